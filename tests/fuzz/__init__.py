"""Foreign bytes for everything that reads them."""
