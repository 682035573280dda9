"""A socket on this machine by which commands ask a serving process: one line of JSON there, lines of JSON back.

Keys may pass it, and nothing that people wrote: whoever can open it can read the memory of the process as well.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from bot.errors import MetooError, Misconfigured

_log = structlog.get_logger(__name__)

Tell = Callable[[int, int], None]
"""Is told how many of how many values are done."""

Do = Callable[[Mapping[str, str], Tell], Awaitable[str]]
"""Does what was asked, and says what came of it."""

LONGEST_PATH = 100
"""Bytes of the path of a socket; systems allow between 104 and 108."""

LARGEST = 16 * 1024
"""Bytes of a line that is asked."""

LONGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of a line that is answered: the digests of many workplaces are one."""

_CREDENTIALS = struct.Struct("3i")


@asynccontextmanager
async def listening(path: Path, do: Do) -> AsyncIterator[None]:
    """Take commands at a path, from the same user only. Where that cannot be, serve without and say so."""
    server = None
    try:
        server = await asyncio.start_unix_server(_answering(do), sock=_bound(path), limit=LARGEST)
    except OSError as error:
        _log.warning("no commands can be taken", file=str(path), error=error.strerror)
    try:
        yield
    finally:
        if server is not None:
            server.close()
            _gone(path)


def _gone(path: Path) -> None:
    path.unlink(missing_ok=True)


def _bound(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise OSError(0, "the path is too long; set keys.socket")
    path.unlink(missing_ok=True)  # of a process that was killed: who serves holds the lock of the store
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        before = os.umask(0o177)
        try:
            bound.bind(str(path))
        finally:
            os.umask(before)
    except OSError:
        bound.close()
        raise
    return bound


def _answering(do: Do) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _same_user(writer):
                asked = json.loads(await reader.readline())
                await _answered(do, asked, writer)
        except (ValueError, OSError):
            _log.warning("a command was not understood")
        finally:
            writer.close()

    return answer


async def _answered(do: Do, asked: Mapping[str, str], writer: asyncio.StreamWriter) -> None:
    def say(**said: object) -> None:
        writer.write(json.dumps(said).encode() + b"\n")

    try:
        say(said=await do(asked, lambda done, total: say(done=done, total=total)))
    except MetooError as error:
        say(error=str(error))
    except Exception as error:  # noqa: BLE001 - the entry point of commands: serving goes on
        _log.error("a command failed", error=type(error).__name__)
        say(error="Something went wrong in the serving process. Nothing is lost; its log says more.")
    await writer.drain()


def _same_user(writer: asyncio.StreamWriter) -> bool:
    """Whether the other side is a process of our own user, where the system tells."""
    peer = getattr(socket, "SO_PEERCRED", None)
    if peer is None:
        return True
    said = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, peer, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(said)
    return bool(user == os.getuid())


class NotListening(Misconfigured):
    """No process takes commands there."""


async def ask(path: Path, asked: Mapping[str, str], tell: Tell) -> str:
    """Let the serving process do something. Raises NotListening, or Misconfigured with its sentence."""
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=LONGEST_ANSWER)
    except OSError as error:
        raise NotListening(
            f"metoo is running on this store, and takes no commands at {path} ({error.strerror}). Run this as the same"
            " user, or stop it for a moment."
        ) from error
    ended = Misconfigured("The serving process ended in the middle. Nothing is lost; do this again to go on.")
    try:
        writer.write(json.dumps(asked).encode() + b"\n")
        async for line in reader:
            said: dict[str, Any] = json.loads(line)
            if "error" in said:
                raise Misconfigured(said["error"])
            if "said" in said:
                return str(said["said"])
            tell(said["done"], said["total"])
    except (OSError, ValueError) as error:
        raise ended from error
    finally:
        writer.close()
    raise ended
