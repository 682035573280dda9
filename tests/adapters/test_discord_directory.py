"""Who can read a channel on Discord: judged by roles and rights, at this moment."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.errors import Denied, Gone
from bot.model import Place, Workspace
from tests.adapters import discord_world as world
from tests.adapters.discord_core import Core
from tests.adapters.discord_stage import DiscordStage

GUILD = world.GUILD
CHANNEL = "300000000000000001"
THREAD = "300000000000000002"


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    made = DiscordStage()
    for n in range(1, 5):
        made.add_person(made.person(n))
    await made.open(Core({}).handle)
    yield made
    await made.close()


async def test_a_private_channel_of_single_people_tells_how_many_read_it(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL, readers=(stage.person(1), stage.person(2)))
    facts = await stage.connection.directory.facts(place)
    assert facts.safe
    assert facts.readers == 2
    assert facts.name == "channel-0001"


async def test_a_public_channel_is_not_safe(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL, private=False)
    facts = await stage.connection.directory.facts(place)
    assert (facts.private, facts.bot, facts.readers) == (False, True, None)


async def test_a_channel_closed_to_us_is_seen_to_be_so(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL, bot=False)
    facts = await stage.connection.directory.facts(place)
    assert (facts.private, facts.bot) == (True, False)


async def test_administrators_and_the_owner_read_everything(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL, readers=(stage.person(1),))
    role = stage.world.add_role(world.ADMINISTRATOR)
    stage.world.people[stage.person(2)].roles.append(role)
    readers = {
        n: await stage.connection.directory.can_read(place, who)
        for n, who in enumerate((world.OWNER, stage.person(1), stage.person(2), stage.person(3)))
    }
    assert readers == {0: True, 1: True, 2: True, 3: False}


async def test_a_role_opens_a_channel_to_those_who_have_it(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    role = stage.world.add_role()
    stage.world.people[stage.person(1)].roles.append(role)
    stage.world.open_to(CHANNEL, role)
    assert await stage.connection.directory.can_read(place, stage.person(1))
    assert not await stage.connection.directory.can_read(place, stage.person(2))


async def test_somebody_who_is_not_here_reads_nothing(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL, private=False)
    assert not await stage.connection.directory.can_read(place, stage.person(99))
    assert not await stage.connection.directory.can_read(place, "U0SLACK")
    assert await stage.connection.directory.can_read(place, stage.person(1))


async def test_one_of_several_who_reads_is_enough_and_ends_the_asking(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL, readers=(stage.person(2),))
    directory = stage.connection.directory
    one, two, three, four = (stage.person(n) for n in range(1, 5))
    stage.server.asked.clear()
    assert await directory.can_read(place, one, two, three, four)
    assert [path.rpartition("/")[2] for path in stage.server.asked] == [GUILD, "channels", one, two]
    assert not await directory.can_read(place, one, three, four, stage.person(99))
    stage.server.asked.clear()
    assert not await directory.can_read(place)
    assert stage.server.asked == []


async def test_what_changed_a_moment_ago_counts(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    assert not await stage.connection.directory.can_read(place, stage.person(1))
    stage.add_channel(CHANNEL, readers=(stage.person(1),))
    assert await stage.connection.directory.can_read(place, stage.person(1))
    stage.add_channel(CHANNEL, private=False)
    assert not (await stage.connection.directory.facts(place)).private


@pytest.mark.parametrize("kind", [world.PUBLIC_THREAD, world.PRIVATE_THREAD])
async def test_a_thread_is_as_private_as_the_channel_it_hangs_in(stage: DiscordStage, kind: int) -> None:
    stage.add_channel(CHANNEL, readers=(stage.person(1),))
    stage.world.channels[CHANNEL].kind = world.FORUM
    stage.world.channels[THREAD] = world.Channel(THREAD, kind, CHANNEL)
    place = Place(stage.workspace, THREAD)
    directory = stage.connection.directory
    assert (await directory.facts(place)).safe
    assert await directory.can_read(place, stage.person(1))
    assert not await directory.can_read(place, stage.person(2))
    assert not (await directory.facts(place)).public
    stage.world.channels[CHANNEL].overwrites.clear()
    facts = await directory.facts(place)
    assert not facts.private
    assert facts.public is (kind == world.PUBLIC_THREAD)


async def test_an_archived_thread_is_not_safe(stage: DiscordStage) -> None:
    stage.add_channel(CHANNEL)
    stage.world.channels[THREAD] = world.Channel(THREAD, world.PRIVATE_THREAD, CHANNEL, archived=True)
    assert not (await stage.connection.directory.facts(Place(stage.workspace, THREAD))).safe


@pytest.mark.parametrize(
    ("kind", "safe"),
    [(world.TEXT_CHANNEL, True), (world.VOICE, True), (world.FORUM, False), (world.CATEGORY, False)],
)
async def test_only_where_messages_can_stand_is_a_place_for_a_post(
    stage: DiscordStage, kind: int, *, safe: bool
) -> None:
    place = stage.add_channel(CHANNEL, readers=(stage.person(1),))
    stage.world.channels[CHANNEL].kind = kind
    facts = await stage.connection.directory.facts(place)
    assert (facts.private, facts.bot, facts.safe) == (True, safe, safe)


async def test_a_channel_that_other_servers_can_follow_is_not_safe(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL, readers=(stage.person(1),))
    stage.world.channels[CHANNEL].kind = world.NEWS
    facts = await stage.connection.directory.facts(place)
    assert (facts.private, facts.external, facts.bot, facts.safe) == (True, True, True, False)


async def test_a_channel_or_server_that_is_not_there_is_no_fact(stage: DiscordStage) -> None:
    directory = stage.connection.directory
    with pytest.raises(Gone):
        await directory.facts(Place(stage.workspace, THREAD))
    with pytest.raises(Denied):
        await directory.facts(Place(Workspace("discord", "1"), CHANNEL))
    with pytest.raises(Denied):
        await directory.population(Workspace("discord", "1"))


async def test_the_population_leaves_bots_out(stage: DiscordStage) -> None:
    stage.add_person(stage.person(5), bot=True)
    assert await stage.connection.directory.population(stage.workspace) == 4
