"""Starts the process, kills it at a moment of choice, and cuts its power: drops what it had not synced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

from tests.kill.child import Order

REPOSITORY = Path(__file__).parents[2]
SECTOR = 512


class Nursery:
    """One process that has imported everything and forks a child for each round."""

    def __init__(self, log: Path) -> None:
        self._path = log
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kill.child"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            bufsize=1,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._log.close()

    def said(self) -> str:
        """All that was logged so far."""
        return self._path.read_text()

    def run(self, order: Order) -> int:
        """One round that ends by itself; how it ended."""
        self._start(order)
        return self._ended()

    def kill(self, order: Order, *, after: float, in_burst: bool) -> int:
        """One round that is killed so many seconds after its fork, or after the burst began; how it ended."""
        pid = self._start(order)
        if in_burst:
            said = self._hear()
            if said["what"] == "ended":
                return int(said["code"])
        time.sleep(after)  # the moment itself, not a wait for something
        with suppress(ProcessLookupError):  # then it ended by itself, which the caller hears
            os.kill(pid, signal.SIGKILL)
        return self._ended()

    def _start(self, order: Order) -> int:
        assert self._process.stdin
        self._process.stdin.write(order.line())
        heard = self._hear()
        assert heard["what"] == "child", heard
        return int(heard["pid"])

    def _ended(self) -> int:
        while (heard := self._hear())["what"] != "ended":
            pass
        return int(heard["code"])

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the process that forks has ended"
        heard: dict[str, Any] = json.loads(line)
        return heard


def cut_power(store: Path, synced: Path, random: Random, *, torn: bool) -> None:
    """Leave of each file what was synced; if `torn`, also some of the sectors that were on their way."""
    for file in store.iterdir():
        if file.name.endswith("-lock"):
            continue
        kept = synced / file.name
        left = kept.read_bytes() if kept.exists() else None
        if torn and not file.name.endswith("-shm"):
            left = _torn(left or b"", file.read_bytes(), random)
        if left is None:
            file.unlink()
        else:
            file.write_bytes(left)
    for kept in synced.iterdir():
        kept.write_bytes((store / kept.name).read_bytes()) if (store / kept.name).exists() else kept.unlink()


def _torn(synced: bytes, written: bytes, random: Random) -> bytes:
    """Each sector as it was synced or as it was written since, and the length of either."""
    share = random.random()
    size = len(random.choice((synced, written)))
    synced, written = (each[:size].ljust(size, b"\0") for each in (synced, written))
    at = range(0, size, SECTOR)
    return b"".join((written if random.random() < share else synced)[n : n + SECTOR] for n in at)
