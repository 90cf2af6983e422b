"""What crosses the network: frames, entries, statements, names, typed lines.

Nothing in this package does I/O, reads a clock, or draws random numbers: bytes in, values out.
"""
