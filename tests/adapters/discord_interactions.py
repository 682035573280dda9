"""What Discord does with answers to interactions, and what it would refuse."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.discord_rules import FILE, form_problems, message_problems
from tests.adapters.discord_world import BOT, Payload, World

COMMAND, COMPONENT, SENT_FORM = 2, 3, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL = 4, 5, 6, 7, 9
EPHEMERAL, SUPPRESS_EMBEDS, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 2, 1 << 7, 1 << 15
SECONDS_TO_ANSWER, SECONDS_OF_A_TOKEN = 3.0, 15 * 60.0
MESSAGE_FIELDS = {
    *("components", "flags", "allowed_mentions", "attachments", "content", "embeds", "tts"),
    *("nonce", "enforce_nonce", "files"),
}
"""What a message may consist of; "files" are what came along in the same request."""

_ALLOWED = {
    COMMAND: {MESSAGE, DEFERRED, MODAL},
    COMPONENT: {MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL},
    SENT_FORM: {MESSAGE, DEFERRED, UPDATE},
}


@dataclass
class Message:
    id: str
    channel: str
    flags: int = 0
    body: Payload = field(default_factory=dict)
    gone: bool = False

    @property
    def components(self) -> list[Payload]:
        return list(self.body.get("components") or ())


@dataclass
class Interaction:
    id: str
    token: str
    kind: int
    payload: Payload
    source: Message | None
    sent: float = field(default_factory=time.monotonic)
    callback: int | None = None
    message: Message | None = None
    modal: Payload | None = None
    expired: bool = False
    followups: list[Message] = field(default_factory=list)
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    followed: asyncio.Event = field(default_factory=asyncio.Event)


class Refused(Exception):
    """An error answer of Discord's."""

    def __init__(self, status: int, code: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.body = {"code": code, "message": words}


class Interactions:
    """All interactions of a test, by token."""

    def __init__(self, world: World, violations: list[str]) -> None:
        self._world = world
        self._violations = violations
        self.known: dict[str, Interaction] = {}
        self.last: Interaction | None = None
        self.deferred = asyncio.Event()

    def begin(self, kind: int, payload: Payload, source: Message | None) -> Interaction:
        made = Interaction(payload["id"], payload["token"], kind, payload, source)
        self.known[made.token] = made
        self.last = made
        return made

    def find(self, token: str) -> Interaction:
        found = self.known.get(token)
        if found is None or found.expired or time.monotonic() - found.sent > SECONDS_OF_A_TOKEN:
            raise Refused(404, 10015, "Unknown Webhook")
        return found

    def callback(self, token: str, body: Payload) -> Payload:
        """The first answer. A second one is refused, as Discord does when an event came twice."""
        asked = self.known.get(token)
        if asked is None:
            raise Refused(404, 10062, "Unknown interaction")
        asked.tried.set()
        if asked.expired:
            raise Refused(404, 10062, "Unknown interaction")
        if asked.callback is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        kind, data = body["type"], body.get("data") or {}
        self._first(asked, kind, data)
        if kind == UPDATE and asked.source is not None and asked.source.gone:
            raise Refused(404, 10008, "Unknown Message")
        asked.callback = kind
        self._show(asked, kind, data)
        return self._resource(asked, kind)

    def edit(self, token: str, body: Payload) -> Message:
        """The message of a deferred answer gets its words."""
        asked = self.find(token)
        if asked.callback is None or asked.message is None:
            raise Refused(404, 10008, "Unknown Message")
        self.check_message(body, private=True, edit=True)
        asked.message.body = body
        asked.message.flags = (asked.message.flags | body.get("flags", 0)) & ~LOADING
        asked.shown.set()
        return asked.message

    def follow(self, token: str, body: Payload) -> Message:
        asked = self.find(token)
        if asked.callback is None:
            raise Refused(404, 10015, "Unknown Webhook")
        self.check_message(body, private=True)
        made = self._message(asked, body)
        asked.followups.append(made)
        asked.followed.set()
        return made

    def check_message(self, body: Payload, *, private: bool, edit: bool = False) -> None:
        """Problems with a message's body; `private` is an answer, which only one person may see."""
        flags = body.get("flags", 0)
        found = message_problems(body.get("components") or [])
        found += [f"the field {name}" for name in sorted(set(body) - MESSAGE_FIELDS)]
        found += ["content or embeds beside components"] * bool(body.get("content") or body.get("embeds"))
        found += ["components without their flag"] * (not flags & COMPONENTS_V2)
        found += ["a public answer"] * (private and not edit and not flags & EPHEMERAL)
        found += ["embeds are not suppressed"] * (not edit and not flags & SUPPRESS_EMBEDS)
        found += self._mentions(body) + self._files(body)
        self.refuse(found)

    def refuse(self, found: list[str]) -> None:
        if found:
            self._violations.extend(found)
            raise Refused(400, 50035, "Invalid Form Body")

    def payload(self, message: Message) -> Payload:
        """A message as the API gives it back."""
        return {
            "id": message.id,
            "channel_id": message.channel,
            "author": self._world.user_payload(BOT),
            "content": "",
            "timestamp": "2024-01-01T00:00:00.000000+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "pinned": False,
            "type": 0,
            "flags": message.flags,
            "components": message.components,
        }

    def _first(self, asked: Interaction, kind: int, data: Payload) -> None:
        found = []
        if kind not in _ALLOWED[asked.kind]:
            found.append(f"callback {kind} to an interaction of type {asked.kind}")
        if kind == UPDATE and (asked.source is None or not asked.source.flags & EPHEMERAL):
            found.append("an answer that changes a public message or none")
        if kind == DEFERRED and data.get("flags") != EPHEMERAL:
            found.append("a deferral that is not private")
        if time.monotonic() - asked.sent > SECONDS_TO_ANSWER:
            found.append("an answer after three seconds")
        if kind == MODAL:
            found += form_problems(data)
        self.refuse(found)
        if kind in {MESSAGE, UPDATE}:
            self.check_message(data, private=True, edit=kind == UPDATE)

    def _show(self, asked: Interaction, kind: int, data: Payload) -> None:
        match kind:
            case 4:
                asked.message = self._message(asked, data)
            case 5:
                asked.message = self._message(asked, {"flags": EPHEMERAL | LOADING})
            case 6:
                asked.message = asked.source
            case 7 if asked.source is not None:
                asked.message = asked.source
                asked.source.body = data
            case 9:
                asked.modal = data
        waiting = kind in {DEFERRED, DEFERRED_UPDATE}
        (self.deferred if waiting else asked.shown).set()

    def _message(self, asked: Interaction, body: Payload) -> Message:
        return Message(self._world.new_id(), asked.payload["channel_id"], body.get("flags", 0), body)

    def _resource(self, asked: Interaction, kind: int) -> Payload:
        made: Payload = {"interaction": {"id": asked.id, "type": asked.kind}, "resource": {"type": kind}}
        if asked.message is not None:
            made["interaction"]["response_message_id"] = asked.message.id
            made["resource"]["message"] = self.payload(asked.message)
        return made

    def _mentions(self, body: Payload) -> list[str]:
        allowed: Any = body.get("allowed_mentions")
        quiet = isinstance(allowed, dict) and allowed.get("parse") == []
        loud = isinstance(allowed, dict) and (allowed.get("users") or allowed.get("roles"))
        return [] if quiet and not loud else ["mentions are not forbidden"]

    def _files(self, body: Payload) -> list[str]:
        there = {f"attachment://{each['filename']}" for each in body.get("attachments") or ()}
        shown = body.get("components") or ()
        wanted = {item["media"]["url"] for each in shown for item in each.get("items") or ()}
        wanted |= {each["file"]["url"] for each in shown if each["type"] == FILE}
        sent = {f"attachment://{name}" for name in body.get("files") or ()}
        return [] if wanted <= there == sent else ["a picture that was not sent, or one that is not shown"]
