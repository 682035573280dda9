"""Posting into Slack channels; nothing here can send to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import render
from adapters.slack.blocks import cut
from adapters.slack.calls import TIMEOUT, ask, reason
from bot.errors import Denied, Gone, Unreachable
from bot.model import Card, Image, Place

PAUSES = (1.0, 2.0, 4.0)
"""Seconds between tries with a picture: Slack takes a moment until an uploaded file can be shown."""

HTTP_OK = 200


class SlackPlatform:
    """Implements `bot.ports.Platform`. Slack knows no nonce: a repeated post is a second message."""

    def __init__(self, web: AsyncWebClient, pauses: Sequence[float] = PAUSES) -> None:
        self._web = web
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
            await ask(self._web.chat_delete(channel=place.channel, ts=ref))
        except Gone:
            return

    async def _send(self, card: Card, ref: str, place: Place) -> AsyncSlackResponse:
        if card.image is None:
            return await self._put(render.post(card), ref, place)
        file = await self._upload(card.image)
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
            return await ask(
                self._web.api_call("chat.update", json={"channel": place.channel, "ts": ref, **kept})
            )
        return await ask(self._web.api_call("chat.postMessage", json={"channel": place.channel, **payload}))

    async def _upload(self, image: Image) -> str:
        given = await ask(
            self._web.files_getUploadURLExternal(
                filename="chart.png", length=len(image.png), alt_txt=cut(image.alt, 1000)
            )
        )
        url, file = str(given.get("upload_url")), str(given.get("file_id"))
        await _carry(url, image.png, self._web.proxy)
        await ask(self._web.files_completeUploadExternal(files=[{"id": file, "title": "chart.png"}]))
        return file


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
