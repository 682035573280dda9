"""What the app offers in Discord: its commands, and what has to change there so that they are these."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
from discord.http import Route

from adapters.discord.faults import translated
from bot.config import DiscordSettings
from bot.i18n import N_, Translator, translator

Payload = dict[str, Any]

NAME = "metoo"
"""The same in every language, because people tell each other to type it."""

DESCRIPTION = N_("Open your private menu. Only you see it.")
REPORT = N_("Report privately")
"""What stands among the actions of a message, and of a person."""

_TYPED, _ON_A_PERSON, _ON_A_MESSAGE = 1, 2, 3
_WHERE = {_TYPED: f"/{NAME}", _ON_A_PERSON: f"{REPORT} on a person", _ON_A_MESSAGE: f"{REPORT} on a message"}
_SERVERS_ONLY = {"contexts": [0], "integration_types": [0]}
"""Neither in direct messages nor as an app that somebody installs for themselves: there is no workspace there."""

_LONGEST_NAME, _LONGEST_DESCRIPTION = 32, 100


@dataclass(frozen=True, slots=True)
class Difference:
    """One command that is not there as it should be: what to ask of Discord, and how that is said."""

    said: str
    method: str
    known: str = ""
    payload: Payload | None = None


def offered(speak: Callable[[str], Translator] = translator) -> list[Payload]:
    """Everything that the app offers, as Discord's API takes it. Nobody needs a permission for it.

    What only some may do is asked of the interaction at every press, since a server's admins can change who may use a
    command.
    """
    menu = {
        "type": _TYPED,
        "name": NAME,
        "description": DESCRIPTION,
        "options": [],
        "description_localizations": _in_each(DESCRIPTION, _LONGEST_DESCRIPTION, speak),
    }
    names = {"name": REPORT, "name_localizations": _in_each(REPORT, _LONGEST_NAME, speak)}
    actions: list[Payload] = [{"type": kind, **names} for kind in (_ON_A_PERSON, _ON_A_MESSAGE)]
    return [each | {"default_member_permissions": None} | _SERVERS_ONLY for each in (menu, *actions)]


def _in_each(words: str, longest: int, speak: Callable[[str], Translator]) -> dict[str, str]:
    """The words in every language of Discord's that we have; English is always among them."""
    said = {each.value: speak(each.value)(words) for each in discord.Locale}
    ours = {where: each for where, each in said.items() if where.startswith("en-") or each != words}
    return {where: each for where, each in ours.items() if len(each) <= longest}


async def sync(settings: DiscordSettings, server: int | None = None, *, remove: bool = False) -> list[str]:
    """Change what differs, everywhere or in one server, and say what was changed.

    `remove` takes away what one server has besides what is offered everywhere.
    """
    with translated():
        async with caller(settings) as client:
            wrong = await differences(client, server, [] if remove else None)
            for each in wrong:
                await _ask(client, server, each)
            return [each.said for each in wrong]


async def differences(
    client: discord.Client, server: int | None = None, wanted: list[Payload] | None = None
) -> list[Difference]:
    """What has to change so that exactly these are registered; nothing where they are."""
    there = {_key(each): each for each in await registered(client, server)}
    ours = {_key(each): each for each in (offered() if wanted is None else wanted)}
    found = [_difference(there.get(key), each, server) for key, each in ours.items()]
    strange = [each for key, each in there.items() if key not in ours]
    gone = [Difference(f"Removed {_called(each)}.", "DELETE", str(each["id"])) for each in strange]
    return [*(each for each in found if each is not None), *gone]


async def registered(client: discord.Client, server: int | None = None) -> list[Payload]:
    """What Discord knows at this moment, in all languages; discord.py's own question would leave those out."""
    route = Route("GET", _path(server), app=client.application_id or 0, server=server or 0)
    return list(await client.http.request(route, params={"with_localizations": "true"}))


@asynccontextmanager
async def caller(settings: DiscordSettings) -> AsyncIterator[discord.Client]:
    """A client that only asks and never listens, logged in as long as the block lasts."""
    discord.http.Route.BASE = settings.api_url.rstrip("/")
    async with discord.Client(intents=discord.Intents(guilds=True)) as client:
        await client.login(settings.token.get_secret_value())
        yield client


async def _ask(client: discord.Client, server: int | None, change: Difference) -> None:
    path = _path(server) + ("/{known}" if change.known else "")
    where, own = client.application_id or 0, server or 0
    route = Route(change.method, path, app=where, server=own, known=change.known)
    await client.http.request(route, json=change.payload or {})


def _path(server: int | None) -> str:
    return (
        "/applications/{app}/commands" if server is None else "/applications/{app}/guilds/{server}/commands"
    )


def _difference(there: Mapping[str, Any] | None, wanted: Payload, server: int | None) -> Difference | None:
    """A server's own command has no contexts; Discord does not say any."""
    sent = {name: each for name, each in wanted.items() if server is None or name not in _SERVERS_ONLY}
    if there is None:
        return Difference(f"Added {_called(wanted)}.", "POST", payload=sent)
    if all(_plain(there.get(name)) == _plain(each) for name, each in sent.items()):
        return None
    return Difference(f"Changed {_called(wanted)}.", "PATCH", str(there["id"]), sent)


def _key(command: Mapping[str, Any]) -> tuple[int, str]:
    return command.get("type", _TYPED), command["name"]


def _called(command: Mapping[str, Any]) -> str:
    kind, name = _key(command)
    return _WHERE[kind] if name in (NAME, REPORT) and kind in _WHERE else f"the command {name!r}"


def _plain(value: object) -> object:
    """The same however Discord writes it: an empty map as none, lists in any order."""
    return sorted(value) if isinstance(value, list) else value or None
