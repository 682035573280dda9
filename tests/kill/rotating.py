"""A process that changes keys and kills itself at its n-th step: before or after a commit, or between two files."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import rotation
from bot.means import open_means
from bot.months import Months
from storage.sqlite import open_sqlite
from tests.kill.outside import ROOT, Later, settings


class Steps:
    """Counts what is done, and dies at a step: ":7" is one of all, "Reseal after:0" the first of its kind."""

    def __init__(self, last: str) -> None:
        kind, _, count = last.rpartition(":")
        self.kind = kind
        self.left = int(count)

    def step(self, kind: str) -> None:
        """One step nearer to the end."""
        if self.kind in {"", kind}:
            self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, kind: Any, name: str) -> None:
        """Count before and after each call of a method, which is named for what it is given or for itself."""
        real: Callable[..., Any] = getattr(kind, name)
        if asyncio.iscoroutinefunction(real):

            async def later(*given: Any) -> Any:
                called = type(given[1]).__name__ if given[1:] else "nothing"
                self.step(f"{called} before")
                done = await real(*given)
                self.step(f"{called} after")
                return done

            setattr(kind, name, later)
            return

        def now(*given: Any) -> Any:
            self.step(f"{name} before")
            done = real(*given)
            self.step(f"{name} after")
            return done

        setattr(kind, name, now)


async def main(folder: Path, what: str, last: str) -> None:
    """Rotate or retire."""
    store = await open_sqlite(str(folder / "store.db"))
    means = await open_means(settings(folder), store, ROOT, Later(timedelta()), secrets.SystemRandom())
    steps = Steps(last)
    steps.around(type(store), "write")
    steps.around(Months, "_write")
    steps.around(Months, "_erase")
    rotation.BATCH = 2
    await rotation.Rotation(means).do({"do": what}, lambda *_: None)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
