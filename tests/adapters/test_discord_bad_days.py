"""Bad days of Discord with the whole core behind it: nothing is lost, nothing comes twice, and we do not insist."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.discord_interactions import COMPONENT, Message
from tests.adapters.discord_stage import WAIT, DiscordStage
from tests.adapters.discord_world import GUILD, LOBBY
from tests.theatre import Theatre, receipt_words, theatre

HOURS, HOUR = timedelta(hours=5), timedelta(hours=1)
ARRIVED = "A report arrived"
TEXT = "planted-pirol-2291"


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(DiscordStage(), tmp_path) as built:
        yield built


@pytest.fixture
def stage(play: Theatre) -> DiscordStage:
    assert isinstance(play.stage, DiscordStage)
    return play.stage


async def send(play: Theatre) -> str:
    preview = await play.to_preview(play.stage.person(9), {"text": TEXT})
    return receipt_words((await play.stage.press(play.stage.person(9), preview, "Send")).text)


async def test_an_hour_of_failures_delays_a_report_and_it_comes_once(
    play: Theatre, stage: DiscordStage
) -> None:
    await send(play)
    stage.server.failures_at = {"/messages": [(503, None)] * 10_000}
    await play.pass_time(HOURS)
    await play.pass_time(HOUR)
    assert stage.posts(play.desk) == []
    tries = 10_000 - len(stage.server.failures_at["/messages"])
    assert 5 < tries < 200
    stage.server.failures_at.clear()
    await play.pass_time(HOUR)
    assert len(await play.arrived(play.desk, ARRIVED)) == 1


@pytest.mark.parametrize("after", [None, 31.0, 120.0, 1e12])
async def test_a_rate_limit_of_any_length_delays_a_report_and_it_comes_once(
    play: Theatre, stage: DiscordStage, after: float | None
) -> None:
    await send(play)
    stage.server.unsaid = after is None
    stage.server.failures_at = {"/messages": [(429, after)] * 2}
    await play.pass_time(HOURS)
    await play.pass_time(3 * HOUR)
    assert stage.server.failures_at == {"/messages": []}
    assert len(await play.arrived(play.desk, ARRIVED)) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_stops_the_posting_there_for_a_while(
    play: Theatre, stage: DiscordStage, status: int
) -> None:
    await send(play)
    stage.server.failures_at = {"/messages": [(status, None)] * 10_000}
    await play.pass_time(HOURS)
    left = len(stage.server.failures_at["/messages"])
    await play.pass_time(2 * HOUR)
    assert 0 < left - len(stage.server.failures_at["/messages"]) <= 12
    stage.server.failures_at.clear()
    await play.pass_time(HOUR)
    assert len(await play.arrived(play.desk, ARRIVED)) == 1


async def test_a_server_that_leaves_and_comes_back_has_lost_nothing(
    play: Theatre, stage: DiscordStage
) -> None:
    words = await send(play)
    await play.pass_time(HOURS)
    await play.arrived(play.desk, ARRIVED)
    await send(play)
    stage.world.bot_is_here = False
    await stage.server.gateway.send("GUILD_DELETE", {"id": GUILD})
    await play.pass_time(HOURS)
    assert len(stage.posts(play.desk)) == 1
    assert 0 < len(stage.server.refused) < 5 * 60
    stage.world.bot_is_here = True
    await stage.server.gateway.send("GUILD_CREATE", stage.world.gateway_guild())
    await play.pass_time(2 * HOUR)
    assert len(play.posts(play.desk, ARRIVED)) == 2
    assert "HR" in (await play.come_back(stage.person(20), words)).text


@pytest.mark.parametrize(
    "known", ["gone.long.ago:some-ref", "tell", "p7/gone:x", "s2/gone:", "", "x" * 100, "menu:x:y"]
)
async def test_a_button_of_another_version_or_another_bot_is_answered_kindly(
    play: Theatre, stage: DiscordStage, known: str
) -> None:
    old = Message(stage.world.new_id(), LOBBY, 0, {"components": []})
    data = {"component_type": 2, "custom_id": known}
    asked = await stage.server.deliver(COMPONENT, data, stage.person(9), old)
    await asyncio.wait_for(asked.shown.wait(), WAIT)
    assert asked.message is not None
    said = str(asked.message.components)
    assert "This button is from an earlier version" in said or "Tell what happened" in said
    assert "Find support" in said


async def test_a_desk_that_roles_open_is_told_within_the_hour_when_another_does(
    play: Theatre, stage: DiscordStage
) -> None:
    roles = [stage.world.add_role() for _ in range(2)]
    stage.desk_roles += roles
    stage.world.open_to(play.desk, roles[0])
    await play.pass_time(2 * HOUR)
    told = "Other roles or people open this channel"
    assert play.posts(play.desk, told) == []
    stage.world.open_to(play.desk, roles[1])
    await play.pass_time(3 * HOUR)
    (post,) = await play.arrived(play.desk, told)
    assert not any(role[-4:] in post.text for role in roles)
    await play.pass_time(2 * HOUR)
    assert len(play.posts(play.desk, told)) == 1
