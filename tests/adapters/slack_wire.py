"""How Slack reaches an app: envelopes over the socket or signed requests, each answered in time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp

from tests.adapters.slack_methods import Json
from tests.adapters.slack_server import Server
from tests.adapters.slack_time import FairClock

SECRET = "made-up-signing-secret"
PATIENCE = 3.0
"""Seconds of a `FairClock` for which Slack waits."""

GIVING_UP = 60.0
"""Seconds after which a request over HTTP is given up in any case."""


class Wire(Protocol):
    """One of the two ways."""

    async def send(self, kind: str, payload: Json) -> Json | None:
        """Deliver and return the body of the acknowledgement; None where there was none."""
        ...

    async def offer(self, kind: str, payload: Json) -> object:
        """Deliver, without waiting for what may never come."""
        ...


class SocketWire:
    """Socket Mode."""

    def __init__(self, server: Server) -> None:
        self.patience = PATIENCE
        self._server = server
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        server.on_frame = self._answered

    async def send(self, kind: str, payload: Json) -> Json | None:
        """Send an envelope over the newest socket, and wait."""
        waiting = self._waiting[await self.offer(kind, payload)]
        in_time = await self._server.clock.answered(waiting, self.patience)
        return waiting.result() if in_time else None

    async def offer(self, kind: str, payload: Json) -> str:
        """Send an envelope over the newest socket."""
        name = f"envelope.{next(self._server.numbers)}"
        self._waiting[name] = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": name, "type": kind, "payload": payload, "accepts_response_payload": True}
        await self._server.sockets[-1].send_json(envelope)
        return name

    def _answered(self, frame: Json) -> None:
        self._waiting[frame["envelope_id"]].set_result(frame.get("payload") or {})


class HttpWire:
    """Signed requests."""

    def __init__(self, address: str, clock: FairClock) -> None:
        self.address = address
        self._clock = clock

    async def send(self, kind: str, payload: Json) -> Json | None:
        """Post what Slack would post, signed."""
        begun = self._clock.now()
        status, body = await self.post(*encoded(kind, payload))
        if self._clock.now() - begun >= PATIENCE:
            return None
        return (json.loads(body) if body.startswith("{") else {}) if status == 200 else None

    async def offer(self, kind: str, payload: Json) -> object:
        """Post, whatever the answer."""
        return await self.send(kind, payload)

    async def post(
        self, content: bytes, content_type: str, *, stamp: str = "", signature: str = ""
    ) -> tuple[int, str]:
        """Post anything, with a right signature unless another is given."""
        stamp = stamp or str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature or sign(stamp, content),
        }
        timeout = aiohttp.ClientTimeout(total=GIVING_UP)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(self.address, data=BytesIO(content), headers=headers) as answer,
        ):
            return answer.status, await answer.text()


def encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """A payload as Slack writes it: JSON for events, a form for the rest."""
    form = "application/x-www-form-urlencoded"
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    if kind == "slash_commands":
        return urlencode(payload).encode(), form
    return urlencode({"payload": json.dumps(payload)}).encode(), form


def sign(stamp: str, content: bytes) -> str:
    """Slack's signature."""
    base = b"v0:" + stamp.encode() + b":" + content
    return "v0=" + hmac.new(SECRET.encode(), base, hashlib.sha256).hexdigest()


def user_of(server: Server, user: str) -> Json:
    """Somebody as interactions describe them."""
    known: dict[str, Any] = server.people.get(user, {})
    return {"id": user, "username": "someone", "team_id": known.get("team_id", server.team)}
