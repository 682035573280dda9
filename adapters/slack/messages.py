"""A message that somebody reports: its text as people read it, its author, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.model import Quoted

LONGEST = 40_000
"""Characters of a message; Slack allows no more."""

_DEEPEST = 8
"""Blocks of rich text lie in one another; no deeper than that."""

_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_CHANNEL = re.compile(r"[A-Z0-9]{2,24}")
_MOMENT = re.compile(r"[0-9]{1,16}\.[0-9]{1,9}")


def quoted(payload: Mapping[str, Any], channel: str, home: str) -> Quoted:
    """The message in a message shortcut's payload; `home` is the workspace's own address, empty where unknown."""
    found = payload.get("message")
    message: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    author = message.get("user")
    ours = isinstance(author, str) and not message.get("bot_id")
    text = " ".join(_texts(message)) if not _said(message, "text") else _said(message, "text")
    return Quoted(plain(text)[:LONGEST], str(author) if ours else "", _link(home, channel, message))


def plain(text: str) -> str:
    """Slack's marked-up text as people read it; who is mentioned without a name is shown by id."""
    return unescape(_MARK.sub(_shown, text))


def _shown(mark: re.Match[str]) -> str:
    kind, target, label = mark[1], mark[2], mark[3] or ""
    if kind == "@":
        return f"@{label.removeprefix('@') or target}"
    if kind == "#":
        return f"#{label or target}"
    if kind == "!":
        return label or f"@{target.partition('^')[0]}"
    return f"{label} ({target})" if label and label != target else target


def _said(part: Mapping[str, Any], name: str) -> str:
    said = part.get(name)
    return said if isinstance(said, str) else ""


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    """What a message without a text of its own says in its blocks and attachments."""
    yield from _in_blocks(message.get("blocks"), _DEEPEST)
    attachments = message.get("attachments")
    for each in attachments if isinstance(attachments, list) else ():
        if isinstance(each, Mapping):
            yield from filter(None, (_said(each, "pretext"), _said(each, "title")))
            yield from filter(None, (_said(each, "text") or _said(each, "fallback"),))


def _in_blocks(blocks: object, depth: int) -> Iterator[str]:
    for each in blocks if isinstance(blocks, list) and depth else ():
        if not isinstance(each, Mapping):
            continue
        text = each.get("text")
        if isinstance(text, Mapping):
            text = text.get("text")
        if isinstance(text, str) and text:
            yield text
        for inner in ("elements", "fields"):
            yield from _in_blocks(each.get(inner), depth - 1)


def _link(home: str, channel: str, message: Mapping[str, Any]) -> str:
    """The message's address as Slack makes it; empty where a part of it is not what it should be."""
    at, thread = _said(message, "ts"), _said(message, "thread_ts")
    if urlsplit(home).scheme != "https" or not _CHANNEL.fullmatch(channel) or not _MOMENT.fullmatch(at):
        return ""
    link = f"{home.rstrip('/')}/archives/{channel}/p{at.replace('.', '')}"
    if thread != at and _MOMENT.fullmatch(thread):
        link += "?" + urlencode({"thread_ts": thread, "cid": channel})
    return link
