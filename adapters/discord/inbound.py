"""What a person did on Discord, as an event. Nothing here trusts the shape of what arrives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from adapters.discord import custom_id
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
    if interaction.type is discord.InteractionType.application_command:
        return Asked(Event(actor, COMMAND))
    data: Any = interaction.data
    data = data if isinstance(data, Mapping) else {}
    to, page = custom_id.read(data.get("custom_id"))
    place = _place(interaction, actor.workspace)
    return Asked(Event(actor, to.action, to.ref, _values(interaction.type, data), place), page)


def actor_of(interaction: discord.Interaction[Any]) -> Actor:
    """Who did it. Outside a server there is no workspace, which the core refuses."""
    workspace = Workspace(PLATFORM, str(interaction.guild_id or ""))
    user: object = interaction.user
    known = str(user.id) if isinstance(user, (discord.Member, discord.User)) else ""
    return Actor(workspace, known, language(interaction), standing(user), _names(user))


def _names(user: object) -> tuple[str, ...]:
    if not isinstance(user, (discord.Member, discord.User)):
        return ()
    nick = user.nick if isinstance(user, discord.Member) else None
    return tuple(dict.fromkeys(each for each in (nick, user.global_name, user.name) if each))


def language(interaction: discord.Interaction[Any]) -> str:
    """The language of the person's own Discord, such as "de"."""
    return str(interaction.locale.value).partition("-")[0] or "en"


def standing(user: object) -> Standing:
    """What the interaction itself says about who acts."""
    if isinstance(user, (discord.Member, discord.User)) and user.bot:
        return Standing.BOT
    if not isinstance(user, discord.Member):
        return Standing.UNKNOWN
    if user.flags.guest:
        return Standing.GUEST
    return Standing.EXTERNAL if user.pending else Standing.MEMBER


def private(message: discord.Message | None) -> bool:
    """Whether a message is one that only the person who presses can see."""
    return message is not None and message.flags.ephemeral


def _place(interaction: discord.Interaction[Any], workspace: Workspace) -> Place | None:
    if interaction.message is None or private(interaction.message) or interaction.channel_id is None:
        return None
    return Place(workspace, str(interaction.channel_id))


def _values(kind: discord.InteractionType, data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    if kind is discord.InteractionType.modal_submit:
        return dict(_fields(data.get("components"), _DEPTH))
    picked = _strings(data.get("values"))
    return {"choice": picked} if picked else {}


def _fields(components: object, depth: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in components if isinstance(components, list) and depth else ():
        if not isinstance(each, Mapping):
            continue
        name = each.get("custom_id")
        if isinstance(name, str):
            yield name, _given(each)
        yield from _fields([each.get("component")], depth - 1)
        yield from _fields(each.get("components"), depth - 1)


def _given(component: Mapping[str, Any]) -> tuple[str, ...]:
    value = component.get("value")
    if isinstance(value, str):
        return (value,) if value else ()
    return _strings(component.get("values"))


def _strings(values: object) -> tuple[str, ...]:
    return tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()
