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
    """Counts what is done, and dies at the given step."""

    def __init__(self, last: int) -> None:
        self.left = last

    def step(self) -> None:
        """One step nearer to the end."""
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, kind: Any, name: str) -> None:
        """Count before and after each call of a method."""
        real: Callable[..., Any] = getattr(kind, name)
        if asyncio.iscoroutinefunction(real):

            async def later(*given: Any) -> Any:
                self.step()
                done = await real(*given)
                self.step()
                return done

            setattr(kind, name, later)
            return

        def now(*given: Any) -> Any:
            self.step()
            done = real(*given)
            self.step()
            return done

        setattr(kind, name, now)


async def main(folder: Path, what: str, last: int) -> None:
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
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
