"""What the SDKs may log: where something happened and which error, never the words of it."""

from __future__ import annotations

import logging

HELD = ("slack_bolt", "slack_sdk", "aiohttp", "aiohttp.client", "aiohttp.server", "aiohttp.web")
"""Loggers that write requests and frames at DEBUG, whatever level the user asked for."""


def reduce(record: logging.LogRecord) -> bool:
    """Replace what an SDK wanted to say by its place in the code: its messages can hold payloads."""
    error = record.exc_info[0] if record.exc_info else None
    record.msg = "%s, line %d%s"
    record.args = (record.module, record.lineno, f": {error.__name__}" if error else "")
    record.exc_info = None
    record.exc_text = None
    record.stack_info = None
    return True


def sdk_logger() -> logging.Logger:
    """Hold the SDKs' own loggers down, and return the one logger that ours are given."""
    for name in HELD:
        held = logging.getLogger(name)
        held.setLevel(max(held.level, logging.INFO))
    logger = logging.getLogger("slack_sdk.reduced")
    logger.setLevel(logging.WARNING)
    if reduce not in logger.filters:
        logger.addFilter(reduce)
    return logger
