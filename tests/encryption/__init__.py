"""Hubs and members that lie, and what becomes of it; histories of people and devices."""
