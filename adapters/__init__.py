"""Each platform translated to the core and back; no adapter knows another."""
