"""What `tools/make_typescript.py` writes, by kind."""
