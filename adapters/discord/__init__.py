"""Discord: interactions to events, cards and forms to components, channels as the core needs them."""
