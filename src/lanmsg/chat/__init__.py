"""A chat without its screen: what typed lines do, and what is said about what happens."""
