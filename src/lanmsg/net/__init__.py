"""Moving frames: links over TLS and in memory, keys and pins, listening and dialling, discovery."""
