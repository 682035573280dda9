"""What a test of the program's edges needs: an environment without settings, and logging put back as it was."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.logs import HELD_DOWN, held


def cleared(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Be in an empty folder, with no setting of ours in the environment."""
    for name in tuple(os.environ):
        if name.upper().startswith("METOO_") or name == "CREDENTIALS_DIRECTORY":
            monkeypatch.delenv(name)
    monkeypatch.chdir(folder)


@contextmanager
def logging_put_back() -> Iterator[None]:
    """Let a test configure logging, and undo it."""
    root = logging.getLogger()
    kept = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in HELD_DOWN}
    known = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    filters = [(each, list(each.filters)) for each in known]  # an SDK's adapter may have put some there
    for each in known:
        each.filters = []
    root.handlers = []
    try:
        yield
    finally:
        root.handlers, root.level = kept
        root.setLevel(kept[1])
        for each, before in filters:
            each.filters = before
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        structlog.reset_defaults()
        held.to(sys.stderr)


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Let something run beside the test, and end it; that it ended by itself is an error."""
    task = asyncio.create_task(work)
    try:
        yield
        assert not task.done(), "it ended by itself"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
