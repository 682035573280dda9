"""What discord.py may log: which sentence of its own and which error, never what was filled in."""

from __future__ import annotations

import logging

HELD = ("discord", "aiohttp")
"""Loggers that write whole events and bodies at DEBUG, and addresses with ids at WARNING."""


MUTE = "discord.webhook"
"""Answers to what people do: each line would be the moment somebody did something."""


def reduce(record: logging.LogRecord) -> bool:
    """Keep the template of a message and the kind of its error; drop ids, addresses and texts."""
    error = record.exc_info[0] if record.exc_info else None
    record.msg = f"{record.msg} [{error.__name__}]" if error else record.msg
    record.args = ()
    record.exc_info = None
    record.exc_text = None
    record.stack_info = None
    return True


def hold_loggers() -> None:
    """Hold the SDK's loggers at INFO or above, whatever the user's level, and reduce what they say."""
    logging.getLogger(MUTE).setLevel(logging.CRITICAL + 1)
    for name in HELD:
        logging.getLogger(name).setLevel(max(logging.getLogger(name).level, logging.INFO))
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in HELD:
            _hold(logging.getLogger(name))


def _hold(logger: logging.Logger) -> None:
    if logging.NOTSET < logger.level < logging.INFO:
        logger.setLevel(logging.INFO)
    if reduce not in logger.filters:
        logger.addFilter(reduce)
