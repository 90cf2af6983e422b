"""Servers of our own to compare with: no products, the simplest that can be said to work."""
