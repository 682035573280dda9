"""One-time pages of ours, where a platform cannot take or hand over a file for one person alone."""
