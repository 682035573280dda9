"""The workplace in one file of the kept folder: posts with their cards, who reads what, and the moved clock."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from adapters.sandbox.cards import packed, unpacked
from adapters.sandbox.workplace import Channel, Message
from bot.errors import Misconfigured, Unreachable

FILE = "workplace.json"
VERSION = 1

_WAYS_OUT = "Put a copy of it back, or take it away: the sandbox then starts with empty channels."


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept: how far the clock is `ahead` of real time, the `latest` moment it showed, the channels."""

    ahead: timedelta
    latest: datetime
    channels: tuple[Channel, ...]


class Keeper:
    """Writes the file after each change, before whoever made the change is told that it is done."""

    def __init__(self, path: Path, look: Callable[[], Kept]) -> None:
        self._path = path
        self._look = look
        self._one = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "kept")  # one, so that a cancelled write never overlaps the next
        self._wanted = 0
        self._written = 0

    async def keep(self) -> None:
        """Return once what is there now lies on the disk; those who wait together share a write."""
        self._wanted += 1
        mine = self._wanted
        async with self._one:
            if self._written >= mine:
                return
            now, content = self._wanted, encoded(self._look())
            try:
                await asyncio.get_running_loop().run_in_executor(self._thread, _write, self._path, content)
            except OSError as error:
                raise Unreachable(f"{self._path} cannot be written: {error.strerror}") from error
            self._written = now


def read(path: Path) -> Kept | None:
    """What was kept; None where there is no file. Raises Misconfigured where it cannot be used."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.") from error
    return _decoded(path, raw)


def encoded(kept: Kept) -> bytes:
    """The whole file: the version and a checksum in the first line, the workplace in the second."""
    body = json.dumps(
        {
            "ahead": kept.ahead.total_seconds(),
            "latest": kept.latest.isoformat(),
            "channels": [_channel(each) for each in kept.channels],
        }
    ).encode()
    head = json.dumps({"version": VERSION, "sha256": sha256(body).hexdigest()}).encode()
    return head + b"\n" + body + b"\n"


def _decoded(path: Path, raw: bytes) -> Kept:
    first, _, body = raw.partition(b"\n")
    try:
        head = json.loads(first)
        version = head["version"]
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(path) from error
    if version != VERSION:
        raise Misconfigured(
            f"{path} was written by another version of metoo. Use that version, or another folder for --data."
        )
    try:
        return _workplace(head["sha256"], body.removesuffix(b"\n"))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> Misconfigured:
    return Misconfigured(f"{path} is damaged. {_WAYS_OUT}")


def _workplace(checksum: str, body: bytes) -> Kept:
    if sha256(body).hexdigest() != checksum:
        raise ValueError("not what was written")
    said = json.loads(body)
    channels = tuple(_read_channel(each) for each in said["channels"])
    return Kept(timedelta(seconds=said["ahead"]), datetime.fromisoformat(said["latest"]), channels)


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "purpose": channel.purpose,
        "private": channel.private,
        "external": channel.external,
        "bot": channel.bot,
        "readers": sorted(channel.readers),
        "messages": [_message(each) for each in channel.messages],
    }


def _read_channel(said: dict[str, Any]) -> Channel:
    readers, messages = frozenset(said["readers"]), _read_messages(said["messages"])
    return Channel(**{**said, "readers": readers, "messages": messages})


def _message(message: Message) -> dict[str, Any]:
    return {
        "ref": message.ref,
        "at": message.at.isoformat(),
        "card": packed(message.card) if message.card else None,
        "author": message.author,
        "text": message.text,
        "nonce": message.nonce,
    }


def _read_messages(said: Iterable[dict[str, Any]]) -> list[Message]:
    return [
        Message(
            **{
                **each,
                "at": datetime.fromisoformat(each["at"]),
                "card": unpacked(each["card"]) if each["card"] else None,
            }
        )
        for each in said
    ]


def _write(path: Path, content: bytes) -> None:
    """Replace the file whole, readable by us alone: a kill leaves the old one or the new one."""
    new = path.with_name(path.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - it takes the descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
