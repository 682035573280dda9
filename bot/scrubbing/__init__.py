"""The parts of cleaning a file, which only the process that cleans imports (see `bot.scrub`)."""
