"""The times that the system writes on the files of a store, made to say nothing."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)

_SUFFIXES = ("", "-wal", "-shm")


class FileTimes:
    """Sets the times of the files to now, again and again, whether or not anything was written.

    Otherwise the log's would be the moment of the last press, and every copy keeps it. Setting them opens no
    file: closing one would drop SQLite's locks on it.
    """

    def __init__(self, path: Path, pause: float) -> None:
        self._files = [path.with_name(path.name + each) for each in _SUFFIXES]
        self._pause = pause
        self._failed = False
        self._task = asyncio.create_task(self._work(), name="file times")

    async def close(self) -> None:
        """Set them a last time; for when nothing writes to the files any more."""
        self._task.cancel()
        await asyncio.wait({self._task})
        self._set()

    async def _work(self) -> None:
        while True:
            self._set()
            await asyncio.sleep(self._pause)

    def _set(self) -> None:
        try:
            for each in self._files:
                with suppress(FileNotFoundError):  # SQLite makes and removes the two beside the database
                    os.utime(each)
        except OSError as error:
            if not self._failed:
                _log.warning("the times of the store's files cannot be set", error=error.strerror)
            self._failed = True
        else:
            self._failed = False
