"""Slack: payloads to events, cards and forms to Block Kit, channels as the core needs them."""
