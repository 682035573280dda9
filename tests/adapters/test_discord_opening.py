"""A desk that roles open on Discord: private only where few have them, or where an admin says so."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.model import Place
from tests.adapters import discord_world as world
from tests.adapters.discord_core import Core
from tests.adapters.discord_stage import DiscordStage

CHANNEL = "300000000000000001"


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    made = DiscordStage()
    for n in range(1, 7):
        made.add_person(made.person(n))
    await made.open(Core({}).handle)
    yield made
    await made.close()


@pytest.fixture
def place(stage: DiscordStage) -> Place:
    return stage.add_channel(CHANNEL)


def _role(stage: DiscordStage, holders: int, permissions: int = 0) -> str:
    role = stage.world.add_role(permissions)
    for n in range(1, holders + 1):
        stage.world.people[stage.person(n)].roles.append(role)
    return role


async def _private(stage: DiscordStage, place: Place) -> bool:
    facts = await stage.connection.directory.facts(place)
    assert facts.readers is None, "roles open it, and nobody counts who has them"
    return bool(facts.private)


@pytest.mark.parametrize("holders", [1, 6])
async def test_where_discord_does_not_tell_a_role_makes_a_desk_public(
    stage: DiscordStage, place: Place, holders: int
) -> None:
    stage.world.open_to(CHANNEL, _role(stage, holders))
    assert not await _private(stage, place)


async def test_a_role_that_an_admin_named_leaves_a_desk_private(stage: DiscordStage, place: Place) -> None:
    named, other = _role(stage, 1), _role(stage, 1)
    stage.world.open_to(CHANNEL, named)
    stage.desk_roles.append(named)
    assert await _private(stage, place)
    stage.world.open_to(CHANNEL, other)
    assert not await _private(stage, place)


async def test_a_private_desk_says_which_roles_and_people_open_it(stage: DiscordStage, place: Place) -> None:
    role = _role(stage, 1)
    stage.world.open_to(CHANNEL, role)
    stage.desk_roles.append(role)
    facts = await stage.connection.directory.facts(place)
    assert (facts.readers, facts.private) == (None, True)
    assert facts.openers[0] == f"role-{role[-4:]}"


async def test_a_role_opens_a_desk_by_its_own_permission_too(stage: DiscordStage, place: Place) -> None:
    stage.world.roles[world.GUILD].permissions = 0
    stage.world.channels[CHANNEL].overwrites.clear()
    _role(stage, 1, world.VIEW)
    assert not await _private(stage, place)


@pytest.mark.parametrize(("holders", "private"), [(0, True), (1, True), (3, True), (4, False), (6, False)])
@pytest.mark.parametrize("named", [True, False])
async def test_where_discord_tells_a_role_of_more_than_half_makes_a_desk_public(
    stage: DiscordStage, place: Place, holders: int, *, private: bool, named: bool
) -> None:
    stage.world.may_manage_roles = True
    role = _role(stage, holders)
    stage.world.open_to(CHANNEL, role)
    stage.desk_roles += [role] * named
    assert await _private(stage, place) is private


async def test_a_count_without_the_number_of_members_is_no_count(stage: DiscordStage, place: Place) -> None:
    stage.world.may_manage_roles = True
    stage.world.counted = False
    role = _role(stage, 1)
    stage.world.open_to(CHANNEL, role)
    assert not await _private(stage, place)
    stage.desk_roles.append(role)
    assert await _private(stage, place)


async def test_administrators_read_every_desk_and_leave_it_private(stage: DiscordStage, place: Place) -> None:
    _role(stage, 4, world.ADMINISTRATOR)
    assert await _private(stage, place)
    stage.world.may_manage_roles = True
    assert not await _private(stage, place)


async def test_the_role_of_a_bot_is_nobody_of_us(stage: DiscordStage, place: Place) -> None:
    stage.world.open_to(CHANNEL, stage.world.add_role(bot=world.OWNER))
    facts = await stage.connection.directory.facts(place)
    assert (facts.private, facts.readers) == (True, 0)


async def test_naming_the_role_of_everybody_makes_no_public_channel_private(stage: DiscordStage) -> None:
    stage.desk_roles.append(world.GUILD)
    public = stage.add_channel(CHANNEL, private=False)
    assert not (await stage.connection.directory.facts(public)).private
