"""What is logged: our own event names with a few harmless fields; of libraries only where and how serious.

Libraries put payloads into their messages (PLATFORM-FACTS, finding 5), so their words never get through.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

HELD_DOWN = ("discord", "slack_bolt", "slack_sdk", "aiohttp", "sqlalchemy", "aiosqlite", "alembic", "asyncio")
"""Loggers that may not speak below WARNING, whatever level is asked for: each line of theirs has a time."""

ALLOWED = frozenset(
    {
        "event",
        "level",
        "job",
        "error",
        "reason",
        "kind",
        "outbox",
        "platform",
        "table",
        "record",
        "at",
        "address",
    }
)
"""Fields of our own log lines; anything else is left out. No time: whoever keeps the lines adds one."""


class Sparse(logging.Formatter):
    """A library's record as its logger, level and place in the library's source, without its message."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        said = {
            "level": record.levelname.lower(),
            "library": record.name,
            "at": f"{record.module}:{record.lineno}",
        }
        if record.exc_info and record.exc_info[0]:
            said["error"] = record.exc_info[0].__name__
        return json.dumps(said)


def only_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that drops every field that is not on the list."""
    return {name: value for name, value in event.items() if name in ALLOWED}


def configure(level: str, stream: TextIO | None = None) -> None:
    """Log JSON lines to `stream` (standard error). Called once, by the program and never by a library."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(Sparse())
    # An SDK may set its own loggers' level, and another library may come.
    handler.setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in HELD_DOWN:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
