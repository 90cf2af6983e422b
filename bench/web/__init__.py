"""The web client: a real hub, real Chromium, and how long a person waits."""
