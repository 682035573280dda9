"""Posting into Slack channels; nothing here can send to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import aiohttp
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import render
from adapters.slack.blocks import cut
from adapters.slack.calls import TIMEOUT, reason
from adapters.slack.teams import Call, Teams
from bot.errors import Denied, Gone, Unreachable
from bot.model import Card, Image, Place

PAUSES = (1.0, 2.0, 4.0)
"""Seconds between tries with a picture: Slack takes a moment until an uploaded file can be shown."""

HTTP_OK = 200


class SlackPlatform:
    """Implements `bot.ports.Platform`. Slack knows no nonce: a repeated post is a second message."""

    def __init__(self, teams: Teams, pauses: Sequence[float] = PAUSES, *, pictures: bool = True) -> None:
        self._teams = teams
        self._pictures = pictures
        self._pauses = pauses

    async def post(self, place: Place, card: Card, nonce: str) -> str:  # noqa: ARG002 - see the class
        """Post a card; the reference is Slack's timestamp of the message."""
        sent = await self._send(card, "", place)
        return str(sent.get("ts"))

    async def update(self, place: Place, ref: str, card: Card) -> None:
        """Replace a message of ours."""
        await self._send(card, ref, place)

    async def remove(self, place: Place, ref: str) -> None:
        """Delete a message of ours, if it is still there."""
        try:
            await self._ask(place, lambda web: web.chat_delete(channel=place.channel, ts=ref))
        except Gone:
            return

    async def _send(self, card: Card, ref: str, place: Place) -> AsyncSlackResponse:
        if card.image is None or not self._pictures:
            return await self._put(render.post(card), ref, place)
        try:
            file = await self._upload(card.image, place)
        except Denied as error:
            if reason(error) != "missing_scope":
                raise
            return await self._put(render.post(card), ref, place)
        for pause in (0.0, *self._pauses):
            await asyncio.sleep(pause)
            try:
                return await self._put(render.post(card, picture=file), ref, place)
            except Denied as error:
                if reason(error) != "invalid_blocks":
                    raise
        # A digest whose picture Slack does not take is still posted: the picture's words stand in for it.
        return await self._put(render.post(card), ref, place)

    async def _put(self, payload: dict[str, object], ref: str, place: Place) -> AsyncSlackResponse:
        if ref:
            kept = {name: payload[name] for name in ("text", "blocks", "parse", "link_names")}
            sent = {"channel": place.channel, "ts": ref, **kept}
            return await self._ask(place, lambda web: web.api_call("chat.update", json=sent))
        sent = {"channel": place.channel, **payload}
        return await self._ask(place, lambda web: web.api_call("chat.postMessage", json=sent))

    async def _upload(self, image: Image, place: Place) -> str:
        about: dict[str, Any] = {
            "filename": "chart.png",
            "length": len(image.png),
            "alt_txt": cut(image.alt, 1000),
        }
        given = await self._ask(place, lambda web: web.files_getUploadURLExternal(**about))
        url, file = str(given.get("upload_url")), str(given.get("file_id"))
        await _carry(url, image.png, self._teams.plain.proxy)
        named: list[dict[str, str | None]] = [{"id": file, "title": "chart.png"}]
        await self._ask(place, lambda web: web.files_completeUploadExternal(files=named))
        return file

    async def _ask(self, place: Place, call: Call) -> AsyncSlackResponse:
        return await self._teams.ask(place.workspace.id, call)


async def _carry(url: str, content: bytes, proxy: str | None) -> None:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=BytesIO(content), proxy=proxy) as answer,
        ):
            if answer.status != HTTP_OK:
                raise Unreachable(f"Slack did not take a file (status {answer.status})")
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unreachable(f"Slack did not take a file ({type(error).__name__})") from None
