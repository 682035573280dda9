"""The plainest things that count presses: rows in clear through aiosqlite, in shared commits or one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

_TABLE = "CREATE TABLE presses (post TEXT, person TEXT, value INTEGER, PRIMARY KEY (post, person))"
_PRESS = "INSERT INTO presses VALUES ('post', ?, 1) ON CONFLICT DO UPDATE SET value = excluded.value"
_MOST = 512


class Plain:
    """One connection with WAL and `synchronous=FULL`, so that it is as durable as ours."""

    def __init__(self, database: aiosqlite.Connection) -> None:
        self._database = database
        self._lock = asyncio.Lock()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []
        self._news = asyncio.Event()

    async def together(self, person: str) -> None:
        """Everybody who waits shares a commit."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((person, done))
        self._news.set()
        await done

    async def alone(self, person: str) -> None:
        """One commit for each press."""
        async with self._lock:
            await self._database.execute(_PRESS, (person,))
            await self._database.commit()

    async def count(self) -> int:
        [(found,)] = await self._database.execute_fetchall("SELECT count(*) FROM presses")
        return int(found)

    async def work(self) -> None:
        """Serve those who press together."""
        while True:
            await self._news.wait()
            self._news.clear()
            while batch := self._waiting[:_MOST]:
                del self._waiting[:_MOST]
                await self._database.execute("BEGIN")
                await self._database.executemany(_PRESS, [(person,) for person, _ in batch])
                await self._database.commit()
                for _, done in batch:
                    done.set_result(None)


@asynccontextmanager
async def plain(file: Path) -> AsyncIterator[Plain]:
    async with aiosqlite.connect(file) as database:
        await database.execute("PRAGMA journal_mode = WAL")
        await database.execute("PRAGMA synchronous = FULL")
        await database.execute(_TABLE)
        made = Plain(database)
        working = asyncio.create_task(made.work())
        try:
            yield made
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
