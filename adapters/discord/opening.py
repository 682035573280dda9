"""Which roles open a channel, and whether each of them leaves it private: where Discord is silent, it does not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import discord


class Verdict(Enum):
    """What a role that opens a channel means for it."""

    VOUCHED = "few have it, or the admin named it in desk_roles"
    ADMINISTRATOR = "it reads every channel there is, and nobody can change that"
    UNKNOWN = "nobody says how many have it"
    EVERYBODY = "all members have it, or more than half of them"


@dataclass(frozen=True, slots=True)
class Opening:
    """One role that opens a channel."""

    role: discord.Role
    verdict: Verdict

    @property
    def private(self) -> bool:
        """Whether a channel that this role opens can count as private."""
        return self.verdict in {Verdict.VOUCHED, Verdict.ADMINISTRATOR}


def reading_roles(guild: discord.Guild, channel: discord.abc.GuildChannel) -> list[discord.Role]:
    """Roles of people that open the channel. Two that do not open it do not open it together either."""
    return [
        role
        for role in guild.roles
        if not role.is_bot_managed() and channel.permissions_for(role).view_channel
    ]


async def openings(
    guild: discord.Guild, channel: discord.abc.GuildChannel, vouched: Collection[str]
) -> list[Opening]:
    """Every role of people that opens the channel, and what it means; `vouched` are ids the admin named.

    Where the role of everybody opens it, all others do too, and say nothing more.
    """
    reading = reading_roles(guild, channel)
    if guild.default_role in reading:
        return [Opening(guild.default_role, Verdict.EVERYBODY)]
    held = await _holders(guild) if reading else {}
    people = _people(guild)
    return [Opening(role, _verdict(role, held.get(role.id), people, vouched)) for role in reading]


def bots(guild: discord.Guild) -> int:
    """Bots that show themselves by a role of their own."""
    return sum(role.is_bot_managed() for role in guild.roles)


def _verdict(role: discord.Role, held: int | None, people: int | None, vouched: Collection[str]) -> Verdict:
    most = None if held is None or people is None else 2 * held > people
    if most:
        return Verdict.EVERYBODY
    if str(role.id) in vouched:
        return Verdict.VOUCHED
    if role.permissions.administrator:
        return Verdict.ADMINISTRATOR
    return Verdict.UNKNOWN if most is None else Verdict.VOUCHED


def _people(guild: discord.Guild) -> int | None:
    count = guild.approximate_member_count
    return None if count is None else max(0, count - bots(guild))


async def _holders(guild: discord.Guild) -> dict[int, int]:
    """How many have each role. Discord tells only who may manage roles, which we do not ask for."""
    try:
        return {role.id: held for role, held in (await guild.role_member_counts()).items()}
    except discord.Forbidden:
        return {}
