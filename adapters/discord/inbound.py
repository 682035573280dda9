"""What a person did on Discord, as an event. Nothing here trusts the shape of what arrives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord

from adapters.discord import custom_id
from adapters.discord.messages import inside, quoted
from adapters.discord.uploads import uploads
from bot.model import Actor, Event, Place, Standing, Workspace

PLATFORM = "discord"
COMMAND = "menu"
"""The action of a bare /metoo."""

_DEPTH = 3
"""A field stands in a label in a modal; deeper than that nothing of ours lies."""


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """An event, and the page of its answer that is wanted."""

    event: Event
    page: int = 1


def read(interaction: discord.Interaction[Any]) -> Asked:
    """Translate a command, a press, a pick or a sent form."""
    actor = actor_of(interaction)
    data: Any = interaction.data
    data = data if isinstance(data, Mapping) else {}
    if interaction.type is discord.InteractionType.application_command:
        return Asked(_commanded(interaction, actor, data))
    to, page = custom_id.read(data.get("custom_id"))
    place = _place(interaction, actor.workspace)
    if interaction.type is discord.InteractionType.modal_submit:
        return Asked(_sent(data, Event(actor, to.action, to.ref, place=place)), page)
    picked = _strings(data.get("values"))
    return Asked(Event(actor, to.action, to.ref, {"choice": picked} if picked else {}, place), page)


def _commanded(interaction: discord.Interaction[Any], actor: Actor, data: Mapping[str, Any]) -> Event:
    if data.get("type") == discord.AppCommandType.user.value:
        return Event(actor, "name", values=_about(data))
    if data.get("type") != discord.AppCommandType.message.value:
        return Event(actor, COMMAND)
    channel = str(interaction.channel_id or "")
    place = Place(actor.workspace, channel) if channel else None
    return Event(actor, "quote", place=place, quoted=quoted(data, actor.workspace.id, channel))


def _about(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The person that a command on somebody is about, if it is one."""
    target = data.get("target_id")
    if not (isinstance(target, str) and target.isascii() and target.isdigit()):
        return {}
    found = inside(inside(inside(data, "resolved"), "users"), target)
    return {"named": (target,)} if found and not found.get("bot") else {}


def _sent(data: Mapping[str, Any], event: Event) -> Event:
    """A sent form: what was typed and picked, and what was uploaded."""
    found = list(_fields(data.get("components"), _DEPTH))
    values = {name: given for name, given, files in found if not files}
    came = {name: uploads(data, list(given)) for name, given, files in found if files}
    return replace(event, values=values, files=came)


def actor_of(interaction: discord.Interaction[Any]) -> Actor:
    """Who did it. Outside a server there is no workspace, which the core refuses."""
    workspace = Workspace(PLATFORM, str(interaction.guild_id or ""))
    user: object = interaction.user
    known = str(user.id) if isinstance(user, (discord.Member, discord.User)) else ""
    stands = standing(user)
    admin = stands is Standing.MEMBER and manages(interaction)
    return Actor(workspace, known, language(interaction), stands, _names(user), admin=admin, files=True)


def manages(interaction: discord.Interaction[Any]) -> bool:
    """Whether somebody may manage the server, as this interaction says."""
    allowed = interaction.permissions
    return allowed.manage_guild or allowed.administrator


def _names(user: object) -> tuple[str, ...]:
    if not isinstance(user, (discord.Member, discord.User)):
        return ()
    nick: object = user.nick if isinstance(user, discord.Member) else None
    called = (nick, user.global_name, user.name)
    return tuple(dict.fromkeys(each for each in called if isinstance(each, str) and each))


def language(interaction: discord.Interaction[Any]) -> str:
    """The language of the person's own Discord, such as "de"."""
    return str(interaction.locale.value).partition("-")[0] or "en"


def standing(user: object) -> Standing:
    """What the interaction itself says about who acts."""
    if isinstance(user, (discord.Member, discord.User)) and user.bot:
        return Standing.BOT
    if not isinstance(user, discord.Member) or not isinstance(user.flags.value, int):
        return Standing.UNKNOWN
    if user.flags.guest:
        return Standing.GUEST
    return Standing.EXTERNAL if user.pending else Standing.MEMBER


def private(message: discord.Message | None) -> bool:
    """Whether a message is one that only the person who presses can see."""
    flags: object = message.flags.value if message is not None else 0
    return isinstance(flags, int) and bool(flags & discord.MessageFlags.ephemeral.flag)


def _place(interaction: discord.Interaction[Any], workspace: Workspace) -> Place | None:
    if interaction.message is None or private(interaction.message) or interaction.channel_id is None:
        return None
    return Place(workspace, str(interaction.channel_id))


def _fields(components: object, depth: int) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Names of fields with what was given, and whether that are files."""
    for each in components if isinstance(components, list) and depth else ():
        if not isinstance(each, Mapping):
            continue
        name = each.get("custom_id")
        if isinstance(name, str):
            yield name, _given(each), each.get("type") == discord.ComponentType.file_upload.value
        yield from _fields([each.get("component")], depth - 1)
        yield from _fields(each.get("components"), depth - 1)


def _given(component: Mapping[str, Any]) -> tuple[str, ...]:
    value = component.get("value")
    if isinstance(value, str):
        return (value,) if value else ()
    return _strings(component.get("values"))


def _strings(values: object) -> tuple[str, ...]:
    return tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()
