"""The client's own encrypted database, its key and its lock."""
