"""As much of Discord as takes answers: HTTP over a socket in as few steps as can be, so that it waits for no bot."""

from __future__ import annotations

import asyncio
import json

from tests.bench.messages import Messages

_KNOWN = {"id": "1", "username": "metoo", "discriminator": "0", "avatar": None, "bot": True}
_ABOUT = {"owner": _KNOWN, "name": "metoo", "icon": None, "verify_key": "", "summary": "", "description": ""}
_REST = {"bot_public": False, "bot_require_code_grant": False, "flags": 0}
_ANSWERED = {"interaction": {"id": "1", "type": 3}, "resource": {"type": 4, "message": None}}
_SAID = json.dumps(_KNOWN | _ABOUT | _REST | _ANSWERED).encode()
_EMPTY = b"HTTP/1.1 204 No Content\r\nServer: bench\r\n\r\n"
_WHOLE = b"HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"


class Taker:
    """Gives one answer to all that discord.py asks, or none to whoever asks for none, and counts what it took."""

    def __init__(self) -> None:
        self.taken = 0
        self.port = 0

    async def start(self) -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Line(self), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    def answer(self, asked: bytes) -> bytes:
        """What Discord says to these words of a request's first line."""
        callback = b"/callback" in asked
        self.taken += callback
        return _EMPTY if callback and b"with_response" not in asked else _WHOLE % (len(_SAID), _SAID)


class _Line(Messages):
    def __init__(self, taker: Taker) -> None:
        super().__init__()
        self._taker = taker

    def took(self, head: bytes) -> None:
        self.transport.write(self._taker.answer(head.partition(b"\r\n")[0]))
