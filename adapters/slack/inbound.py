"""Slack's payloads as events; whatever is broken or missing in one makes None, never an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.members import Known
from adapters.slack.messages import quoted
from bot.model import MAX_ACTION, MAX_REF, Actor, Event, Place, Standing, Workspace, commanded

SHORTCUT = "metoo_quote"
"""What the app's manifest calls the shortcut on messages."""

ANYWHERE = "metoo_say"
"""What it calls the shortcut that stands everywhere, in threads too."""


@dataclass(frozen=True, slots=True, repr=False)
class Arrival:
    """An event with what Slack needs for the answer; it lives as long as the answer takes."""

    event: Event
    trigger: str = ""
    response_url: str = ""
    view: str = ""
    hash: str = ""
    page: int = 1


def command(payload: object, known: Known) -> Arrival | None:
    """A slash command; of what is typed behind it a few words are known, and nothing else goes further."""
    called = (_text(payload, "user_name"),)
    actor = _actor(_text(payload, "team_id"), _text(payload, "user_id"), "", known, called)
    if actor is None:
        return None
    return Arrival(
        Event(actor, commanded(_text(payload, "text"))),
        trigger=_text(payload, "trigger_id"),
        response_url=_text(payload, "response_url"),
    )


def press(payload: object, known: Known) -> Arrival | None:
    """A pressed button or a pick from a list, on a modal or on a message."""
    actor = _acting(payload, known)
    action = _first(_at(payload, "actions"))
    written = _text(action, "action_id")
    if actor is None or not written:
        return None
    head, _, name = written.partition(":")
    picked = _text(action, "selected_option", "value")
    ref = _text(action, "block_id").partition(":")[2] if picked else _text(action, "value")
    if len(name) > MAX_ACTION or len(ref) > MAX_REF:
        name, ref = "", ""  # written by another version: the core says so
    values = {"choice": (picked,)} if picked else {}
    view = _at(payload, "view")
    at_home = _text(view, "type") == "home"  # what is answered there opens in a window
    return Arrival(
        Event(actor, name, ref, values, _place(payload, actor.workspace)),
        trigger=_text(payload, "trigger_id"),
        response_url=_text(payload, "response_url"),
        view="" if at_home else _text(view, "id"),
        hash=_text(view, "hash"),
        page=_number(head.partition(".")[2]),
    )


def submission(payload: object, known: Known) -> Arrival | None:
    """A form that was sent."""
    actor = _acting(payload, known)
    action = _text(payload, "view", "callback_id")
    ref = _text(payload, "view", "private_metadata")
    if actor is None or not action or len(action) > MAX_ACTION or len(ref) > MAX_REF:
        return None
    values = dict(_values(_at(payload, "view", "state", "values")))
    return Arrival(Event(actor, action, ref, values), view=_text(payload, "view", "id"))


def shortcut(payload: object, known: Known) -> Arrival | None:
    """*Report privately* on a message."""
    actor = _acting(payload, known)
    if actor is None or not isinstance(payload, Mapping) or _text(payload, "callback_id") != SHORTCUT:
        return None
    channel = _text(payload, "channel", "id")
    place = Place(actor.workspace, channel) if channel else None
    message = quoted(payload, channel, known.address(actor.workspace.id))
    return Arrival(
        Event(actor, "quote", place=place, quoted=message),
        trigger=_text(payload, "trigger_id"),
        response_url=_text(payload, "response_url"),
    )


def anywhere(payload: object, known: Known) -> Arrival | None:
    """*Say me too privately*, which stands everywhere."""
    actor = _acting(payload, known)
    if actor is None or _text(payload, "callback_id") != ANYWHERE:
        return None
    return Arrival(Event(actor, "say"), trigger=_text(payload, "trigger_id"))


def home(payload: object, known: Known) -> Arrival | None:
    """Somebody opens the Home of the app."""
    user = _text(payload, "event", "user")
    if _text(payload, "event", "tab") != "home":
        return None
    actor = _actor(team(payload), user, "", known, ())
    return None if actor is None else Arrival(Event(actor, "home"))


def kind(payload: object) -> str:
    """What kind of event something is that happened in a workspace."""
    return _text(payload, "event", "type")


def team(payload: object) -> str:
    """The workspace in which it happened: the one that installed us, where several share a channel."""
    return _workspace(_text(_first(_at(payload, "authorizations")), "team_id"), _text(payload, "team_id"))


def _acting(payload: object, known: Known) -> Actor | None:
    home = _text(payload, "user", "team_id")
    view = _text(payload, "view", "app_installed_team_id"), _text(payload, "view", "team_id")
    team = _workspace(view[0], _text(payload, "team", "id"), view[1], home)
    called = (_text(payload, "user", "username"), _text(payload, "user", "name"))
    return _actor(team, _text(payload, "user", "id"), home, known, called)


def _workspace(*named: str) -> str:
    """The first that is a workspace: where a whole organisation installed us, some payloads name only that."""
    return next((each for each in named if each and not each.startswith("E")), "")


def _actor(team: str, user: str, home: str, known: Known, called: tuple[str, ...]) -> Actor | None:
    if not team or not user:
        return None
    member = known.member(team, user)
    standing = member.standing
    if home and home != team and standing in {Standing.UNKNOWN, Standing.GUEST, Standing.EXTERNAL}:
        # Slack Connect. In an Enterprise Grid the list itself vouches for people whose home is another team.
        standing = Standing.EXTERNAL
    names = tuple(dict.fromkeys(each for each in called if each))
    admin = member.admin and standing is Standing.MEMBER
    return Actor(Workspace("slack", team), user, member.locale, standing, names, admin=admin)


def _place(payload: object, workspace: Workspace) -> Place | None:
    if _text(payload, "container", "type") != "message":
        return None
    channel = _text(payload, "container", "channel_id") or _text(payload, "channel", "id")
    return Place(workspace, channel) if channel else None


def _values(state: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    seen: set[str] = set()
    for block, inputs in state.items() if isinstance(state, Mapping) else ():
        name = str(block).partition(":")[2]
        given = tuple(_given(_first(list(inputs.values()) if isinstance(inputs, Mapping) else None)))
        # A long list of options is several inputs of one name: the first that was used counts.
        if name and given and name not in seen:
            seen.add(name)
            yield name, given


def _given(element: object) -> Iterator[str]:
    for one in (
        _at(element, "value"),
        _at(element, "selected_option", "value"),
        _at(element, "selected_user"),
        _at(element, "selected_conversation"),
    ):
        if isinstance(one, str) and one:
            yield one
    many = _at(element, "selected_users")
    yield from (user for user in many if isinstance(user, str)) if isinstance(many, list) else ()


def _at(payload: object, *path: str) -> Any:
    for name in path:
        payload = (
            payload.get(name) if isinstance(payload, dict) else None
        )  # what JSON makes; every press asks often
    return payload


def _text(payload: object, *path: str) -> str:
    found = _at(payload, *path)
    return found if isinstance(found, str) else ""


def _first(found: object) -> object:
    return found[0] if isinstance(found, list) and found else None


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1  # noqa: PLR2004 - pages
