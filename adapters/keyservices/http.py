"""One question to a key service over HTTP: JSON there, JSON back, and a sentence for everything else."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.errors import Misconfigured

PATIENCE = aiohttp.ClientTimeout(total=15)
LARGEST = 64 * 1024
"""Bytes of an answer; a wrapped key has a few hundred."""


@dataclass(frozen=True, repr=False)
class Answer:
    """What a service said."""

    status: int
    said: Mapping[str, Any]


async def ask(name: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Post a body and read the answer. Raises Misconfigured where the service cannot be reached."""
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return Answer(answer.status, _said(await answer.content.read(LARGEST)))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Misconfigured(
            f"{name} at {urlsplit(url).netloc} does not answer, so the root key cannot be unwrapped. A metoo that"
            " runs goes on; none can be started until it answers again, or until the key is put back from its copy on"
            " paper (metoo keys from-paper)."
        ) from error


def _said(content: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def encoded(key: bytes) -> str:
    """Bytes as these services want them."""
    return b64encode(key).decode()


def decoded(name: str, text: object) -> bytes:
    """Bytes as these services give them. Raises Misconfigured for anything else."""
    try:
        return b64decode(str(text), validate=True)
    except ValueError:
        raise Misconfigured(f"{name} answered something that is no key.") from None
