"""The keeper as a process of its own, for `metoo keeper`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.keeper import wire
from bot.config import KeeperSettings
from bot.errors import Misconfigured
from bot.keeper import KeeperSpent
from bot.ports import Keeping

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(keeper: Keeping, settings: KeeperSettings) -> AsyncIterator[asyncio.Server]:
    """Answer questions while the context is open. Raises Misconfigured where it cannot listen."""
    if settings.socket is None and not settings.address:
        raise Misconfigured(
            "Say where the keeper listens: keeper.socket, or keeper.address with certificates."
        )
    answering: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(_serve(keeper, reader, writer))
        answering.add(task)
        task.add_done_callback(answering.discard)
        await task

    try:
        server = await _listen(serve, settings)
    except OSError as error:
        raise Misconfigured(f"The keeper cannot listen there: {error.strerror or error}.") from error
    try:
        yield server
    finally:
        server.close()
        await server.wait_closed()
        if answering:
            await asyncio.wait(answering)
        if settings.socket is not None:
            settings.socket.unlink(missing_ok=True)


async def _listen(serve: Serve, settings: KeeperSettings) -> asyncio.Server:
    if settings.socket is not None:
        _free(settings.socket)
        before = os.umask(0o177)  # a socket that others could reach would let them spend the budget
        try:
            return await asyncio.start_unix_server(serve, settings.socket, limit=wire.LINE)
        finally:
            os.umask(before)
    host, port = wire.host_and_port(settings.address)
    return await asyncio.start_server(serve, host, port, ssl=wire.tls(settings, serves=True), limit=wire.LINE)


def _free(path: Path) -> None:
    """Remove the socket that a killed keeper left; anything else there is not ours."""
    if path.is_socket():
        path.unlink()
    elif path.exists():
        raise Misconfigured(f"{path} is not a socket. Please move it away, or change keeper.socket.")


async def _serve(keeper: Keeping, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(wire.PATIENCE):
            writer.write(await _answer(keeper, await reader.readline()))
            await writer.drain()
    except (OSError, ValueError, TimeoutError):
        return  # a line without an end, or somebody who is gone: nothing to say to them
    finally:
        writer.close()


async def _answer(keeper: Keeping, line: bytes) -> bytes:
    try:
        return wire.answer(await keeper.ask(*wire.read_question(line)))
    except KeeperSpent:
        return wire.SPENT
    except ValueError:
        return wire.WRONG
