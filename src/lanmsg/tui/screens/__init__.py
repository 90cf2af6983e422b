"""What opens in front of the chat: one file each."""
