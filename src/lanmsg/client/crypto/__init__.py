"""Encryption behind one small interface; the only place that imports vodozemac."""
