"""What Slack's Web API does in one workspace, as strict as the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from socket import socket
from typing import Any

from tests.adapters.slack_rules import check_home, check_post, check_screen
from tests.adapters.slack_time import FairClock

Json = dict[str, Any]

BOT_TOKEN = "xoxb-made-up"
APP_TOKEN = "xapp-made-up"
HANDED_OUT = "planted-kiebitz-5093"
"""In every trigger and response address, so that it is found where one is kept."""

BOT = "UMETOOBOT"
SCOPES = "commands,chat:write,groups:read,channels:read,files:write,users:read"
TRIGGER_LIFE = 3.0
"""Seconds of a `FairClock` after which a trigger is dead."""
URL_USES = 5

ARGUMENTS = {
    "auth.test": set(),
    "apps.connections.open": {"app_token", "token"},
    "users.list": {"limit", "cursor", "include_locale", "team_id"},
    "conversations.info": {"channel"},
    "conversations.members": {"channel", "limit", "cursor"},
    "views.open": {"trigger_id", "view"},
    "views.update": {"view_id", "hash", "view"},
    "views.publish": {"user_id", "hash", "view"},
    "chat.postMessage": {
        "channel", "text", "blocks", "mrkdwn", "parse", "link_names", "unfurl_links", "unfurl_media",
    },
    "chat.update": {"channel", "ts", "text", "blocks", "parse", "link_names"},
    "chat.delete": {"channel", "ts"},
    "files.getUploadURLExternal": {"filename", "length", "alt_txt"},
    "files.completeUploadExternal": {"files"},
}  # fmt: skip


class Refused(Exception):
    """An answer with ok: false."""


@dataclass
class Channel:
    """A channel, its people and messages by timestamp."""

    info: Json
    readers: tuple[str, ...]
    messages: dict[str, Json] = field(default_factory=dict)


@dataclass
class Shown:
    """What somebody got to see: a view, an ephemeral message, or a refusal of one."""

    kind: str
    view: str = ""
    payload: Json = field(default_factory=dict)


@dataclass
class Trigger:
    """A press that may open one window soon."""

    user: str
    born: float
    used: bool = False


@dataclass
class View:
    """An open window of somebody."""

    user: str
    payload: Json
    hash: str
    changes: int


class Workspace:
    """The state of one workspace, and what each method of the Web API does to it."""

    def __init__(self, team: str = "T0METOO") -> None:
        self.team = team
        self.scopes = SCOPES
        self.page = 3
        self.trigger_life = TRIGGER_LIFE
        self.file_delay = 0
        self.people: dict[str, Json] = {}
        self.channels: dict[str, Channel] = {}
        self.triggers: dict[str, Trigger] = {}
        self.views: dict[str, View] = {}
        self.urls: dict[str, tuple[str, int]] = {}
        self.files: dict[str, Json] = {}
        self.calls: list[str] = []
        self.violations: list[str] = []
        self.failures: list[tuple[int, float | None]] = []
        self.refusals: dict[str, list[str]] = {}
        self.numbers = count(1)
        self.clock = FairClock()
        self.seen: dict[str, asyncio.Queue[Shown]] = {}
        self._listening = socket()
        self._listening.bind(("127.0.0.1", 0))
        self.add_person(BOT, is_bot=True)

    @property
    def url(self) -> str:
        """Where it listens, known before it does."""
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def add_person(self, user: str, **about: Any) -> Json:
        """Somebody is in the workspace."""
        self.people[user] = {"id": user, "team_id": self.team, "locale": "en-US", "deleted": False, **about}
        return self.people[user]

    def shown(self, user: str) -> asyncio.Queue[Shown]:
        """What a person got to see and nobody has looked at yet."""
        return self.seen.setdefault(user, asyncio.Queue())

    def trigger(self, user: str) -> str:
        """A fresh trigger."""
        name = f"trigger.{next(self.numbers)}.{HANDED_OUT}"
        self.triggers[name] = Trigger(user, self.clock.now())
        return name

    def response_url(self, user: str) -> str:
        """A fresh response address."""
        name = f"{next(self.numbers)}-{HANDED_OUT}"
        self.urls[name] = (user, 0)
        return f"{self.url}/hook/{name}"

    def put_view(
        self, name: str, user: str, payload: Json, rule: Callable[[Json], None] = check_screen
    ) -> Json:
        """A window shows this from now on."""
        self.checked(rule, payload)
        before = self.views[name].changes if name in self.views else 0
        view = View(user, payload, f"{next(self.numbers)}.hash", before + 1)
        self.views[name] = view
        self.shown(user).put_nowait(Shown("view", name, payload))
        return {"id": name, "hash": view.hash, "team_id": self.team, **payload}

    def checked(self, rule: Callable[[Json], None], payload: Json) -> None:
        """Refuse and remember what breaks a rule."""
        try:
            rule(payload)
        except (AssertionError, KeyError, TypeError, AttributeError) as error:
            self.violations.append(f"{rule.__name__}: {error!r}")
            raise Refused("invalid_arguments") from error

    def do_auth_test(self, _: Json) -> Json:
        home = "https://example.slack.com/"
        return {"team_id": self.team, "url": home, "user_id": BOT, "bot_id": "BMETOO"}

    def do_apps_connections_open(self, _: Json) -> Json:
        return {"url": f"{self.url.replace('http', 'ws')}/socket"}

    def do_users_list(self, given: Json) -> Json:
        found, cursor = self._paged(list(self.people.values()), given)
        return {"members": found, "response_metadata": {"next_cursor": cursor}}

    def do_conversations_info(self, given: Json) -> Json:
        return {"channel": self._channel(given).info}

    def do_conversations_members(self, given: Json) -> Json:
        found, cursor = self._paged(list(self._channel(given).readers), given)
        return {"members": found, "response_metadata": {"next_cursor": cursor}}

    def do_views_open(self, given: Json) -> Json:
        trigger = self.triggers.get(given["trigger_id"])
        if trigger is None:
            raise Refused("invalid_trigger_id")
        late = self.clock.now() - trigger.born >= self.trigger_life
        if trigger.used or late:
            self.shown(trigger.user).put_nowait(Shown("refused"))
            raise Refused("exchanged_trigger_id" if trigger.used else "expired_trigger_id")
        trigger.used = True
        return {"view": self.put_view(f"V{next(self.numbers)}", trigger.user, given["view"])}

    def do_views_update(self, given: Json) -> Json:
        view = self.views.get(given["view_id"])
        if view is None or view.payload["type"] == "home":
            raise Refused("not_found")
        if given.get("hash", view.hash) != view.hash:
            self.shown(view.user).put_nowait(Shown("refused", given["view_id"]))
            raise Refused("hash_conflict")
        return {"view": self.put_view(given["view_id"], view.user, given["view"])}

    def do_views_publish(self, given: Json) -> Json:
        if given["user_id"] not in self.people:
            raise Refused("user_not_found")
        return {"view": self.put_view(f"H{given['user_id']}", given["user_id"], given["view"], check_home)}

    def do_chat_postMessage(self, given: Json) -> Json:  # noqa: N802 - Slack's name
        channel = self._channel(given)
        if not channel.info["is_member"]:
            raise Refused("not_in_channel")
        if channel.info["is_archived"]:
            raise Refused("is_archived")
        self._message(given, check_post)
        ts = f"1700000000.{next(self.numbers):06}"
        channel.messages[ts] = given
        return {"channel": given["channel"], "ts": ts, "message": {"ts": ts}}

    def do_chat_update(self, given: Json) -> Json:
        channel = self._channel(given)
        if channel.info["is_archived"]:
            raise Refused("is_archived")
        if given["ts"] not in channel.messages:
            raise Refused("message_not_found")
        before = channel.messages[given["ts"]]
        self._message(before | given, check_post)
        channel.messages[given["ts"]] = before | given
        return {"ts": given["ts"]}

    def do_chat_delete(self, given: Json) -> Json:
        if self._channel(given).messages.pop(given["ts"], None) is None:
            raise Refused("message_not_found")
        return {}

    def do_files_getUploadURLExternal(self, given: Json) -> Json:  # noqa: N802 - Slack's name
        name = f"F{next(self.numbers):08}"
        self.files[name] = {"length": int(given["length"]), "alt": given["alt_txt"], "ready": None}
        return {"upload_url": f"{self.url}/upload/{name}", "file_id": name}

    def do_files_completeUploadExternal(self, given: Json) -> Json:  # noqa: N802 - Slack's name
        for each in given["files"]:
            if "content" not in self.files[each["id"]]:
                raise Refused("file_not_found")
            self.files[each["id"]]["ready"] = self.file_delay
        return {"files": given["files"]}

    def _message(self, given: Json, rule: Callable[[Json], None]) -> None:
        self.checked(rule, {name: given[name] for name in given if name not in {"channel", "ts"}})
        for block in given["blocks"]:
            if block["type"] == "image" and not self._file_ready(block["slack_file"]["id"]):
                raise Refused("invalid_blocks")

    def _file_ready(self, name: str) -> bool:
        file = self.files[name]
        if file["ready"] is None:
            return False
        file["ready"] -= 1
        return bool(file["ready"] < 0)

    def _channel(self, given: Json) -> Channel:
        channel = self.channels.get(given["channel"])
        if channel is None or (channel.info["is_private"] and not channel.info["is_member"]):
            raise Refused("channel_not_found")
        return channel

    def _paged(self, found: list[Any], given: Json) -> tuple[list[Any], str]:
        at = int(given.get("cursor") or 0)
        after = at + self.page
        return found[at:after], str(after) if after < len(found) else ""
