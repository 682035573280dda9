"""The client that is connected now, shared by all that ask Discord something."""

from __future__ import annotations

import discord

from bot.errors import Gone, Unreachable


class Link:
    """Holds the client while it is logged in; each `serve` brings a new one."""

    def __init__(self) -> None:
        self.client: discord.Client | None = None

    def up(self) -> discord.Client:
        """The client, or `Unreachable` while there is none."""
        if self.client is None or self.client.is_closed():
            raise Unreachable("not connected to Discord")
        return self.client


def snowflake(text: str) -> int:
    """An id of Discord's. What is none cannot be found there: `Gone`."""
    if not (text.isascii() and text.isdigit()):
        raise Gone("this is not an id of Discord's")
    return int(text)
