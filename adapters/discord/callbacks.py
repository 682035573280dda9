"""Answers to interactions as ready bytes, over discord.py's own connections.

Most of what a request costs is the objects that aiohttp makes for it. The pool of connections with its bound, TLS and
the reading of answers are aiohttp's here too; only the few lines before the body are ours.
"""

from __future__ import annotations

import asyncio

import aiohttp
import yarl

SECONDS = 30.0
"""How long Discord may say nothing to an answer."""

_WITHIN = aiohttp.ClientTimeout(total=None, sock_connect=SECONDS)
_FINAL = 200


class Callbacks:
    """Posts the answers of one client."""

    def __init__(self, connector: aiohttp.BaseConnector, base: str, agent: str) -> None:
        url = yarl.URL(base)
        self._connector = connector
        self._to = aiohttp.ClientRequest("POST", url, loop=asyncio.get_running_loop())
        self._path = url.raw_path.rstrip("/")
        self._head = (
            f"Host: {self._to.headers['Host']}\r\nUser-Agent: {agent}\r\nContent-Type: application/json\r\n"
        )

    async def post(self, interaction: str, token: str, body: bytes) -> int:
        """Answer, and return Discord's status. Raises what aiohttp raises."""
        asked = f"POST {self._path}/interactions/{interaction}/{token}/callback HTTP/1.1\r\n"
        connection = await self._connector.connect(self._to, [], _WITHIN)
        try:
            status = await _posted(
                connection, f"{asked}{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body
            )
            connection.release()
            return status
        finally:
            connection.close()


async def _posted(connection: aiohttp.connector.Connection, request: bytes) -> int:
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None:
        raise aiohttp.ServerDisconnectedError
    protocol.set_response_params(read_until_eof=True, read_timeout=SECONDS)
    transport.write(request)
    protocol.start_timeout()
    while True:
        head, rest = await protocol.read()
        if head.code >= _FINAL:
            await rest.read()
            return head.code
