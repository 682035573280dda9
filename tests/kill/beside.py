"""One of several processes that serve one PostgreSQL database, with people of its own, until it is killed.

`python -m tests.kill.beside URL FOLDER NAME` says "serving" on its output once its people begin.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from random import Random, SystemRandom

from bot import receipt
from bot.clock import SystemClock
from bot.means import opened_alone
from bot.records import OpenWindows
from storage.postgres import open_postgres
from tests.kill.child import Burst, Order
from tests.kill.outside import CHEAP, ROOT, settings

PRESSERS, WRITERS = 6, 2


async def main(url: str, folder: str, name: str) -> None:
    """Serve and live."""
    store = await open_postgres(url, pause=0.5)
    store.neighbours._beat = 0.1
    given = settings(Path(folder))
    random = SystemRandom()
    means = await opened_alone(
        given, store, ROOT, neighbours=store.neighbours, clock=SystemClock(), random=random
    )
    burst = Burst(Order(folder, Random(name).getrandbits(32)), means)
    await burst.service.prepare()
    windows = [row.id.hex() for row in await store.read(OpenWindows())]
    async with asyncio.TaskGroup() as group:
        group.create_task(burst.service.serve())
        sys.stdout.write("serving\n")
        sys.stdout.flush()
        if name != "nobody":
            for number in range(PRESSERS):
                group.create_task(burst._press(f"{name}-{number}", windows))
            for number in range(WRITERS):
                group.create_task(burst._write(f"{name}-w{number}"))


if __name__ == "__main__":
    receipt.MEMORY = CHEAP
    asyncio.run(main(*sys.argv[1:]))
