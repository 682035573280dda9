"""Other processes on one PostgreSQL database: whose turn it is, and what they changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from zlib import crc32

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.neighbours import EVERYTHING
from storage.faults import faults, reason
from storage.postgres_locks import CHANNEL, OTHERS, SERVE, TELL, TRY

_log = structlog.get_logger(__name__)

BEAT = 2.0
"""Seconds between two looks whether a turn is still ours, or has become free."""

QUIET = 30.0
"""Seconds of silence after which everything may have changed: words of others can be lost with a connection."""

_LEASE = (
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    "SET idle_session_timeout = '20s'",
)
"""How soon the database takes a turn from a process that says nothing any more, such as on a lost machine."""

_AGAIN = 1.0


class PostgresNeighbours:
    """Implements `bot.ports.Neighbours` by locks that end with a connection: a killed process keeps none."""

    def __init__(self, engine: AsyncEngine, beat: float = BEAT) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._beat = beat
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._listening: asyncio.Task[None] | None = None
        self._number = 0

    async def close(self) -> None:
        """Listen no more."""
        if self._listening:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Wait for a turn and work; cancelled and begun anew where the turn is lost in between."""
        while True:
            try:
                async with self._engine.connect() as connection:
                    await self._wait(connection, name)
                    if await self._worked(connection, work):
                        return
            except SQLAlchemyError as error:
                _log.warning("a turn waits", reason=reason(error))
                await asyncio.sleep(_AGAIN)
            else:
                _log.warning("a turn was lost", reason="the database went away")

    async def news(self) -> frozenset[str]:
        """What other processes may have changed, once there is something."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name="news of other processes")
        heard = {await self._heard.get()}
        while not self._heard.empty():
            heard.add(self._heard.get_nowait())
        return EVERYTHING | heard - {""} if "" in heard else frozenset(heard)

    async def say(self, word: str) -> None:
        """Notify: PostgreSQL hands it to whoever listens, and writes it into no table and no log of its own."""
        with faults("nothing could be said to other processes"):
            async with self._engine.connect() as connection:
                await connection.exec_driver_sql(TELL, (word,))

    async def others(self) -> int:
        """How many other processes serve this store."""
        async with self._engine.connect() as connection:
            return int((await connection.exec_driver_sql(OTHERS, (self._number,))).scalar_one())

    async def _wait(self, connection: AsyncConnection, name: str) -> None:
        for each in _LEASE:
            await connection.exec_driver_sql(each)
        # Not by waiting inside the database: that would hold what was erased in sight.
        number = (crc32(name.encode()) & 0x7FFFFFFF,)
        while not (await connection.exec_driver_sql(TRY, number)).scalar_one():  # noqa: ASYNC110 - others hold it
            await asyncio.sleep(self._beat)

    async def _worked(self, connection: AsyncConnection, work: Callable[[], Awaitable[None]]) -> bool:
        """Whether the work ended by itself, and not because the turn was lost."""
        working = asyncio.ensure_future(work())
        beating = asyncio.create_task(self._keep(connection))
        try:
            await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
            return working.done()
        finally:
            for each in (working, beating):
                each.cancel()
            await asyncio.wait({working, beating})

    async def _keep(self, connection: AsyncConnection) -> None:
        with suppress(SQLAlchemyError):
            while True:
                await asyncio.sleep(self._beat)
                async with asyncio.timeout(self._beat * 4):
                    await connection.exec_driver_sql("SELECT 1")

    async def _listen(self) -> None:
        while True:
            with suppress(SQLAlchemyError, OSError):
                async with self._engine.connect() as connection:
                    said: Any = (await connection.exec_driver_sql(SERVE)).one()
                    self._number = said[1]
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    await self._hear(driver)
            await asyncio.sleep(_AGAIN)

    async def _hear(self, driver: Any) -> None:
        """Until the connection breaks."""
        try:
            await driver.execute(f"LISTEN {CHANNEL}")
            while True:
                self._heard.put_nowait("")
                async for each in driver.notifies(timeout=QUIET):
                    self._heard.put_nowait(each.payload)
                await driver.execute("SELECT 1")
        except driver.Error:
            _log.warning("news of other processes", reason="the database went away")
