"""The terminal app: it draws what the client says and hands on what keys mean. Only it imports Textual."""
