"""The keeper as the bot asks it."""

from __future__ import annotations

import asyncio
import ssl

from adapters.keeper import wire
from bot.config import KeeperSettings
from bot.keeper import KeeperAway, KeeperSpent
from bot.ports import Answered


class DistantKeeper:
    """Asks the keeper over its socket or mutual TLS, each question over a connection of its own."""

    def __init__(self, settings: KeeperSettings) -> None:
        self._settings = settings
        self._tls: ssl.SSLContext | None = None if settings.socket else wire.tls(settings, serves=False)

    async def ask(self, workspace: bytes, asked: bytes) -> Answered:
        """The answer. Raises KeeperAway, KeeperSpent."""
        try:
            async with asyncio.timeout(wire.PATIENCE):
                line = await self._exchange(wire.question(workspace, asked))
        except (OSError, TimeoutError, ValueError) as error:
            raise KeeperAway from error
        if line == wire.SPENT:
            raise KeeperSpent
        try:
            return wire.read_answer(line)
        except ValueError as error:
            raise KeeperAway from error

    async def _exchange(self, line: bytes) -> bytes:
        reader, writer = await self._connect()
        try:
            writer.write(line)
            await writer.drain()
            return await reader.readline()
        finally:
            writer.transport.abort()  # nothing more is said, and a keeper that hangs must not be waited for

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._settings.socket is not None:
            return await asyncio.open_unix_connection(self._settings.socket, limit=wire.LINE)
        host, port = wire.host_and_port(self._settings.address)
        return await asyncio.open_connection(host, port, ssl=self._tls, limit=wire.LINE)
