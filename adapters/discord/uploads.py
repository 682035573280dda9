"""Files that came with a sent form: fetched from Discord when they are wanted, and no more of them than said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.errors import Gone, Unreachable
from bot.model import Upload

SECONDS = 20.0
"""How long fetching one file may take."""

_HOSTS = {"cdn.discordapp.com", "media.discordapp.net"}
_LOOPBACK = {"127.0.0.1", "localhost"}
_PIECE = 1 << 16


def uploads(data: Mapping[str, Any], wanted: list[str], seconds: float = SECONDS) -> tuple[Upload, ...]:
    """The files with these ids; one that did not come along cannot be read. Their names are dropped here."""
    return tuple(_upload(each, seconds) for each in _found(data, wanted))


def _found(data: Mapping[str, Any], wanted: list[str]) -> Iterator[Mapping[str, Any]]:
    resolved = data.get("resolved")
    known = resolved.get("attachments") if isinstance(resolved, Mapping) else None
    for each in wanted:
        found = known.get(each) if isinstance(known, Mapping) else None
        yield found if isinstance(found, Mapping) else {}


def _upload(attachment: Mapping[str, Any], seconds: float) -> Upload:
    said, address = attachment.get("size"), attachment.get("url")
    size = said if isinstance(said, int) and said >= 0 else 0

    async def read() -> bytes:
        if not isinstance(address, str) or not _trusted(address):
            raise Gone("this file did not come along")
        return await _fetched(address, size + 1, seconds)

    return Upload(size, read)


def _trusted(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    https = parts.scheme == "https" and parts.hostname in _HOSTS
    return https or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


async def _fetched(address: str, most: int, seconds: float) -> bytes:
    """At most so many bytes. Raises Unreachable; what stands in the error's place is logged by nobody."""
    content = bytearray()
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
                raise Unreachable("Discord does not give this file")
            async for piece in answer.content.iter_chunked(_PIECE):
                content += piece
                if len(content) >= most:
                    break
    except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
        raise Unreachable("Discord does not give this file") from None
    return bytes(content[:most])
