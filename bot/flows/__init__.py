"""One module per conversation: its screens and its steps."""
