"""What is logged: our own event names with a few harmless fields; of libraries only where and how serious.

Libraries put payloads into their messages (PLATFORM-FACTS, finding 5), so their words never get through. What a
person's action ran into is held back while we serve, and said later and together: a line of its own would tell when.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from bot import anonymity

HELD_DOWN = ("discord", "slack_bolt", "slack_sdk", "aiohttp", "sqlalchemy", "aiosqlite", "alembic", "asyncio")
"""Loggers that may not speak below WARNING, whatever level is asked for: each line of theirs has a time."""

_NAME = re.compile(r"[A-Za-z_][\w.-]{0,79}")
_ID = re.compile(r"[\w-]{1,64}(:[\w-]{1,64})?")
_PLACE = re.compile(r"[\w.<> :-]{0,200}")

ALLOWED = {
    "event": re.compile(r"[A-Za-z][A-Za-z ,;:'?-]{0,99}"),
    "level": _NAME,
    "module": _NAME,
    "job": _NAME,
    "error": _NAME,
    "reason": _NAME,
    "kind": _NAME,
    "outcome": _NAME,
    "problem": _NAME,
    "platform": _NAME,
    "table": _NAME,
    "outbox": _ID,
    "record": _ID,
    "workspace": _ID,
    "channel": _ID,
    "at": _PLACE,
    "address": re.compile(r"[\w.:\[\]/-]{1,200}"),
    "times": re.compile(r"[\d–,]{1,20}"),
    "answered": None,
    "wanted": None,
    "kept": None,
    "duration": None,
}
"""Fields of our own log lines, and how their values look (None: a number); anything else is left out.

No time: whoever keeps the lines adds one.
"""

HELD_BACK = frozenset(
    {
        "defect",
        "store failed",
        "platform failed",
        "record cannot be opened",
        "page failed",
        "slack event failed",
        "slack answer not drawn",
        "slack request unreadable",
        "discord event failed",
        "web request failed",
    }
)
"""Lines about what a person's action ran into. They come at a moment of their own, several as one."""

MOST_HELD = 200
"""Different lines that are held; what comes beyond them is counted with the last."""


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


class Named(structlog.PrintLogger):
    """Writes lines, and knows the module they come from."""

    def __init__(self, out: TextIO, *names: Any) -> None:
        super().__init__(out)
        self.module = str(names[0]) if names else ""


class Held:
    """Holds back what people's actions ran into, from `begin` to `end`."""

    def __init__(self) -> None:
        self._holding = False
        self._lines: dict[str, int] = {}
        self._out: TextIO = sys.stderr

    def to(self, out: TextIO) -> None:
        """Where it is said."""
        self._out, self._holding, self._lines = out, False, {}

    def begin(self) -> None:
        """Hold from now on."""
        self._holding = True

    def end(self) -> None:
        """Say what is held, and hold nothing any more."""
        self.tell()
        self._holding = False

    def __call__(self, _logger: Any, _method: str, line: Any) -> str:
        """The last of the processors: it is given a whole line."""
        if not self._holding or json.loads(line).get("event") not in HELD_BACK:
            return str(line)
        if line not in self._lines and len(self._lines) >= MOST_HELD:
            line = next(reversed(self._lines))
        self._lines[line] = self._lines.get(line, 0) + 1
        raise structlog.DropEvent

    def tell(self) -> int:
        """Say each held line once, in an order that tells nothing, and how often in a band where it was often.

        Returns how many there were.
        """
        lines, self._lines = self._lines, {}
        for line, times in sorted(lines.items()):
            often = {"times": anonymity.band_name(times)} if anonymity.band(times) else {}
            self._out.write(json.dumps(json.loads(line) | often, ensure_ascii=False) + "\n")
        if lines:
            self._out.flush()
        return sum(lines.values())


held = Held()
"""The one of this process, as logging is."""


def only_allowed(logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that drops every field that is not on the list or does not look as it should."""
    given = dict(event) | ({"module": logger.module} if getattr(logger, "module", "") else {})
    kept = {name: value for name, value in given.items() if name in ALLOWED and _fits(name, value)}
    return {"event": "unnamed", **kept}


def _fits(name: str, value: object) -> bool:
    shape = ALLOWED[name]
    if shape is None:
        return type(value) in {int, float}
    return type(value) is str and shape.fullmatch(value) is not None


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
    held.to(out)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            only_allowed,
            structlog.processors.JSONRenderer(sort_keys=False),
            held,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=lambda *names: Named(out, *names),
        cache_logger_on_first_use=False,
    )
