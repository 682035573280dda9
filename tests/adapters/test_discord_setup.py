"""Set-up where Discord is its own: Manage Server, and roles of which nobody says how many have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters import discord_world as world
from tests.adapters.discord_stage import DiscordStage
from tests.test_setup_journey import MOMENT, TEST, add_desk, begin, form, overview
from tests.theatre import Theatre, theatre

VOUCH = "Only people who handle reports have them"


@pytest.fixture
async def stage() -> DiscordStage:
    return DiscordStage()


@pytest.fixture
async def play(stage: DiscordStage, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(stage, tmp_path, workspace=None) as built:
        stage.connection._directory._desk_roles = built.service.workplaces.desk_roles
        stage.add_person(stage.person(9), admin=True)
        yield built


async def test_who_may_manage_the_server_is_an_admin_and_a_channels_rights_make_nobody_one(
    play: Theatre, stage: DiscordStage
) -> None:
    await begin(play)
    assert "Set up" in (await stage.command(stage.person(9))).buttons
    for wrong in (0, world.VIEW | world.SEND, 1 << 4, 1 << 28):  # Manage Channels and Manage Roles among them
        stage.world.people[stage.person(20)].permissions = wrong
        assert "Set up" not in (await stage.command(stage.person(20))).buttons
    stage.world.people[stage.person(20)].permissions = world.ADMINISTRATOR
    assert "Set up" in (await stage.command(stage.person(20))).buttons


async def test_a_role_that_opens_a_desk_is_vouched_for_in_chat(play: Theatre, stage: DiscordStage) -> None:
    role = stage.world.add_role()
    stage.world.open_to(play.desk, role)
    asked = await add_desk(play, play.desk)
    assert f"how many people have these: role-{role[-4:]}" in asked.text
    assert "none yet" in (await overview(play)).text
    kept = await stage.press(stage.person(9), await add_desk(play, play.desk), VOUCH)
    assert "Kept." in kept.text
    await play.press(stage.person(9), await overview(play), "Start metoo here", "Start")
    assert play.service.workplaces.serving(stage.workspace).desk_roles == (role,)
    await stage.press(stage.person(9), await overview(play), "Send a test report")
    await play.pass_time(MOMENT)
    await play.arrived(play.desk, TEST)


async def test_nobody_can_vouch_for_everybody(play: Theatre, stage: DiscordStage) -> None:
    role = stage.world.add_role()
    stage.world.open_to(play.general, role)
    assert "It is not a private place" in (await add_desk(play, play.general)).text
    await form(play, "Desks", "Add a desk")
    stage.world.open_to(play.desk, role)
    asked = await add_desk(play, play.desk)
    stage.world.add_channel(play.desk, private=False, readers=(), bot=True)
    assert "It is not a private place" in (await stage.press(stage.person(9), asked, VOUCH)).text
    assert "none yet" in (await overview(play)).text


async def test_vouching_waits_with_its_desk_once_metoo_serves(play: Theatre, stage: DiscordStage) -> None:
    await begin(play)
    role = stage.world.add_role()
    stage.world.open_to(play.ombuds, role)
    await stage.press(stage.person(9), await add_desk(play, play.ombuds), VOUCH)
    served = play.service.workplaces.serving(stage.workspace)
    assert (served.desks, served.desk_roles) == ((play.desk,), ())
