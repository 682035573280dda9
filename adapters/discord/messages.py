"""A message that somebody reports: its text as people read it, its author, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.model import Quoted

LONGEST = 40_000
"""Characters that are passed on; Discord allows fewer in one message."""

_SITE = "https://discord.com/channels"
_ID = re.compile(r"[0-9]{1,20}")
_MENTION = re.compile(r"<(@!?|@&|#)([0-9]{1,20})>")
_EMOJI = re.compile(r"<a?(:\w{1,64}:)[0-9]{1,20}>")


def quoted(data: Mapping[str, Any], guild: str, channel: str) -> Quoted:
    """The message that a command on a message is about; empty where it is not among what came along."""
    target = _said(data, "target_id")
    message = inside(inside(inside(data, "resolved"), "messages"), target)
    author = inside(message, "author")
    person = _said(author, "id") if not author.get("bot") and not message.get("webhook_id") else ""
    text = _said(message, "content") or "\n".join(_embedded(message))
    return Quoted(plain(text, _names(message))[:LONGEST], person, _link(guild, channel, target))


def plain(text: str, names: Mapping[str, str]) -> str:
    """Discord's text as people read it; who is mentioned is called as `names` say, else by id."""

    def shown(mention: re.Match[str]) -> str:
        sign = "#" if mention[1] == "#" else "@"
        return f"{sign}{names.get(mention[2], mention[2])}"

    return _EMOJI.sub(r"\1", _MENTION.sub(shown, text))


def _names(message: Mapping[str, Any]) -> dict[str, str]:
    mentions = message.get("mentions")
    people = [each for each in mentions if isinstance(each, Mapping)] if isinstance(mentions, list) else []
    return {
        _said(each, "id"): name
        for each in people
        if (name := _said(each, "global_name") or _said(each, "username"))
    }


def _embedded(message: Mapping[str, Any]) -> Iterator[str]:
    """What a message without a text of its own shows in its embeds."""
    embeds = message.get("embeds")
    for each in embeds if isinstance(embeds, list) else ():
        if isinstance(each, Mapping):
            yield from filter(None, (_said(each, "title"), _said(each, "description")))


def _link(guild: str, channel: str, message: str) -> str:
    parts = (guild, channel, message)
    return "/".join((_SITE, *parts)) if all(map(_ID.fullmatch, parts)) else ""


def _said(part: Mapping[str, Any], name: str) -> str:
    said = part.get(name)
    return said if isinstance(said, str) else ""


def inside(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a part, empty where there is none."""
    inner = part.get(name)
    return inner if isinstance(inner, Mapping) else {}
