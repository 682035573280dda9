"""One kept connection of which HTTP messages are read one after the other, in as few steps as can be."""

from __future__ import annotations

import asyncio

_END = b"\r\n\r\n"


class Messages(asyncio.Protocol):
    """Calls `took` with the head of each message once its body is there, too."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, end, body = self._seen.partition(_END)
        if end and len(body) >= _length(head):
            self._seen = b""
            self.took(head)

    def took(self, head: bytes) -> None:
        raise NotImplementedError


def _length(head: bytes) -> int:
    """How long the body is that these headers announce."""
    found = head.lower().partition(b"\r\ncontent-length:")[2]
    return int(found.partition(b"\r\n")[0]) if found else 0
