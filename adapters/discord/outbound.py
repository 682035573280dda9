"""Posting into Discord's channels, as an ordinary message of the bot and never as an answer to somebody.

An answer to an interaction that everybody sees names who acted (PLATFORM-FACTS, finding 4).
"""

from __future__ import annotations

import discord

from adapters.discord import render
from adapters.discord.faults import translated
from adapters.discord.link import Link, snowflake
from bot.model import Card, Place

_NOBODY = discord.AllowedMentions.none()


class DiscordPlatform:
    """Implements `bot.ports.Platform`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def post(self, place: Place, card: Card, nonce: str) -> str:
        """Post a card; a repeat of the same nonce within minutes is the same message."""
        channel = self._channel(place)
        view = render.post(card)
        with translated():
            message = await channel.send(
                view=view,
                files=render.files(card, view),
                nonce=nonce,
                suppress_embeds=True,
                allowed_mentions=_NOBODY,
            )
        return str(message.id)

    async def update(self, place: Place, ref: str, card: Card) -> None:
        """Replace what a post of ours says."""
        message = self._channel(place).get_partial_message(snowflake(ref))
        view = render.post(card)
        with translated():
            await message.edit(view=view, attachments=render.files(card, view), allowed_mentions=_NOBODY)

    async def remove(self, place: Place, ref: str) -> None:
        """Delete a post of ours, if it is still there."""
        message = self._channel(place).get_partial_message(snowflake(ref))
        with translated():
            try:
                await message.delete()
            except discord.NotFound:
                return

    def _channel(self, place: Place) -> discord.PartialMessageable:
        client = self._link.up()
        guild = snowflake(place.workspace.id)
        return client.get_partial_messageable(snowflake(place.channel), guild_id=guild)
