"""The fast lane for presses on posts, in front of discord.py: in a surge there is little else.

Of every press discord.py makes a member, a channel and a message with all its parts, and it writes every answer anew.
Here a press is read from the event itself, and an answer that everybody gets is made into bytes once. Whatever is not
plainly a pressed button of a post is discord.py's, and so is every answer that is not the same for everybody or that
Discord did not take at once.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import Any

import discord
import orjson

from adapters.discord import custom_id, render
from adapters.discord.callbacks import Callbacks
from adapters.discord.inbound import PLATFORM, Asked
from bot.model import Actor, Card, Event, Place, Reply, Standing, Workspace

NOBODY = discord.AllowedMentions.none()

_ID = re.compile("[1-9][0-9]{0,19}")
_TOKEN = re.compile(r"[\w.~-]+", re.ASCII)
_PRESS = discord.InteractionType.component.value
_BUTTON = discord.ComponentType.button.value
_MESSAGE = discord.InteractionResponseType.channel_message.value
_PRIVATE = discord.MessageFlags.ephemeral.flag
_GUEST = discord.MemberFlags.guest.flag
_MANAGES = discord.Permissions(manage_guild=True, administrator=True).value
_FLAGS = discord.MessageFlags(ephemeral=True, suppress_embeds=True, components_v2=True).value
_TOO_MANY, _FAILURE = 429, 500


class Press:
    """A press on a post that discord.py has not read."""

    def __init__(self, payload: Any, event: Event, callbacks: Callbacks, state: Any) -> None:
        self.id = int(payload["id"])
        self.asked = Asked(event)
        self._payload = payload
        self._callbacks = callbacks
        self._state = state

    @cached_property
    def whole(self) -> discord.Interaction[Any]:
        """The same as discord.py reads it."""
        return discord.Interaction(data=self._payload, state=self._state)

    async def answered(self, reply: Reply) -> bool:
        """Answer with what everybody gets. False if this is another answer, or discord.py has to try."""
        body = (
            _body(reply, self.asked.event.actor.locale) if isinstance(reply, Card) and reply.alike else None
        )
        if body is None:
            return False
        try:
            status = await self._callbacks.post(self._payload["id"], self._payload["token"], body)
        except Exception:  # noqa: BLE001 - whatever fails here, discord.py asks once more and Discord takes one answer
            return False
        # of any other refusal nothing is to be had by asking again, and nothing is said: it would tell when
        return status < _FAILURE and status != _TOO_MANY


def read(payload: Any) -> Event | None:
    """A pressed button of a post; None for everything else, and for what is broken."""
    try:
        return _event(payload) if _plain(payload) else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _plain(payload: Any) -> bool:
    pressed = payload["data"]
    ids = (payload["id"], payload["guild_id"], payload["channel"]["id"], payload["member"]["user"]["id"])
    return (
        payload["type"] == _PRESS
        and pressed["component_type"] == _BUTTON
        and "values" not in pressed
        and not payload["message"]["flags"] & _PRIVATE
        and all(map(_ID.fullmatch, ids))
        and _TOKEN.fullmatch(payload["token"]) is not None
    )


def _event(payload: Any) -> Event | None:
    to, page = custom_id.read(payload["data"]["custom_id"])
    workspace = Workspace(PLATFORM, payload["guild_id"])
    member = payload["member"]
    user, stands = member["user"], _standing(member)
    called = (member.get("nick"), user.get("global_name"), user["username"])
    actor = Actor(
        workspace,
        user["id"],
        payload["locale"].partition("-")[0] or "en",
        stands,
        tuple(dict.fromkeys(each for each in called if isinstance(each, str) and each)),
        admin=stands is Standing.MEMBER and bool(int(member["permissions"]) & _MANAGES),
        files=True,
    )
    place = Place(workspace, payload["channel"]["id"])
    return Event(actor, to.action, to.ref, place=place) if page == 1 else None


def _standing(member: Any) -> Standing:
    if member["user"].get("bot"):
        return Standing.BOT
    if member["flags"] & _GUEST:
        return Standing.GUEST
    return Standing.EXTERNAL if member.get("pending") else Standing.MEMBER


@lru_cache(maxsize=64)
def _body(card: Card, locale: str) -> bytes | None:
    """A card as the whole body of an answer, if it takes one page and no file."""
    first, *more = render.screens(card, locale)
    if more or render.files(card, first):
        return None
    said = {
        "components": first.to_components(),  # type: ignore[no-untyped-call]
        "flags": _FLAGS,
        "allowed_mentions": NOBODY.to_dict(),
        "attachments": [],
        "content": None,
        "tts": False,
    }
    return orjson.dumps({"type": _MESSAGE, "data": said})
