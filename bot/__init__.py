"""The platform-agnostic core of metoo: everything points here, and this points at nothing."""
