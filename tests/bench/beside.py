"""One of several processes that press on one PostgreSQL database: `python -m tests.bench.beside URL WINDOW NAME`.

It says "ready"; for every number that it reads, so many people of its own press once, and it says "done". It leaves
the journal to whoever started it: else that would fall into some laps and not into others.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import blake2b

from bot.process import settle
from bot.records import CastVoice
from storage import presses
from storage.postgres import PostgresStore, open_postgres
from tests.bench.measure import Lap, Press, lap

IN_FLIGHT = 256


def through(store: PostgresStore, window: bytes) -> Press:
    """A voice without the flow around it."""

    async def press(person: str) -> None:
        mark = blake2b(person.encode(), digest_size=16).digest()
        assert await store.write(CastVoice(window, mark, stands=True)) == (True,)

    return press


@asynccontextmanager
async def processes(number: int, url: str, window: bytes) -> AsyncIterator[list[Process]]:
    """So many of them, ready."""
    told = (sys.executable, "-m", "tests.bench.beside", url, window.hex())
    born = [
        await asyncio.create_subprocess_exec(*told, f"p{each}", stdin=PIPE, stdout=PIPE)
        for each in range(number)
    ]
    try:
        for each in born:
            await _said(each, b"ready\n")
        yield born
    finally:
        for each in born:
            if each.stdin:
                each.stdin.close()
        assert [await each.wait() for each in born] == [0] * number, "somebody got an error"


async def together(some: Sequence[Process], people: int) -> Lap:
    """So many people in all, divided among some processes: one lap of all, whose waits are not known."""
    share = people // len(some)

    async def one(process: Process) -> None:
        assert process.stdin
        process.stdin.write(f"{share}\n".encode())
        await _said(process, b"done\n")

    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*map(one, some))
    return Lap(share * len(some), loop.time() - began, 0.0, ())


async def _said(process: Process, word: bytes) -> None:
    assert process.stdout
    assert await process.stdout.readline() == word, "somebody got an error"


async def main(url: str, window: str, name: str) -> None:
    """Press as often as it is told."""
    presses.MOST = sys.maxsize
    store = await open_postgres(url)
    press, pressed = through(store, bytes.fromhex(window)), 0
    settle()
    _say("ready")
    while asked := await asyncio.to_thread(sys.stdin.readline):
        people = [f"{name} {each}" for each in range(pressed, pressed + int(asked))]
        await lap(press, people, IN_FLIGHT)
        pressed += len(people)
        _say("done")
    await store.close()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
