"""Everything a client is, without a screen."""
