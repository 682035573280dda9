"""Posting into channels: once, without names, and with every failure of Discord's in our own words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.discord.connection import DiscordConnection
from bot.config import DiscordSettings
from bot.errors import Denied, Gone, PlatformError, RateLimited, Unreachable
from bot.model import Address, Button, Card, Image, Paragraph, People, Place, Workspace
from tests.adapters.discord_core import Core
from tests.adapters.discord_stage import DiscordStage

CARD = Card(
    "A report arrived",
    (Paragraph("Category: pressure"), People("For", ("123456",))),
    (Button("Read privately", Address("read", "r1")),),
    image=Image(b"png bytes", "Between five and nine"),
)
CHANNEL = "300000000000000001"
ELSEWHERE = Place(Workspace("discord", "110000000000000001"), "300000000000000099")


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    made = DiscordStage()
    await made.open(Core({}).handle)
    yield made
    await made.close()


async def test_a_post_is_a_message_of_the_bot_with_picture_and_button(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    ref = await stage.connection.platform.post(place, CARD, "n1")
    (post,) = stage.posts(CHANNEL)
    assert post.ref == ref
    assert "Category: pressure" in post.text
    assert post.buttons == ("Read privately",)
    assert post.alt == "Between five and nine"
    assert post.payload["files"] == {"picture.png": b"png bytes"}
    assert "123456" not in str(post.payload)


async def test_the_same_nonce_is_the_same_post(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    refs = {await stage.connection.platform.post(place, CARD, "n" * 25) for _ in range(2)}
    assert len(refs) == len(stage.posts(CHANNEL)) == 1


async def test_a_failure_of_discord_is_tried_again_without_a_second_post(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    stage.fail(1, 502)
    await stage.connection.platform.post(place, CARD, "n1")
    assert len(stage.posts(CHANNEL)) == 1


async def test_a_post_is_changed_and_removed(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    platform = stage.connection.platform
    ref = await platform.post(place, CARD, "n1")
    await platform.update(place, ref, Card("Assigned"))
    assert [(post.text, post.alt) for post in stage.posts(CHANNEL)] == [("Assigned", "")]
    await platform.remove(place, ref)
    assert stage.posts(CHANNEL) == []
    await platform.remove(place, ref)
    with pytest.raises(Gone):
        await platform.update(place, ref, CARD)


async def test_a_channel_that_is_not_there_is_gone_and_one_closed_to_us_is_denied(
    stage: DiscordStage,
) -> None:
    with pytest.raises(Gone):
        await stage.connection.platform.post(ELSEWHERE, CARD, "n1")
    with pytest.raises(Gone):
        await stage.connection.platform.post(Place(stage.workspace, "C0SLACK"), CARD, "n1")
    closed = stage.add_channel(CHANNEL, bot=False)
    with pytest.raises(Denied):
        await stage.connection.platform.post(closed, CARD, "n1")


@pytest.mark.parametrize(
    ("status", "after", "error"),
    [
        (503, None, Unreachable),
        (401, None, Denied),
        (403, None, Denied),
        (404, None, Gone),
        (400, None, Denied),
        (429, 60.0, RateLimited),
    ],
)
async def test_an_error_of_discords_is_one_of_ours(
    stage: DiscordStage, status: int, after: float | None, error: type[PlatformError]
) -> None:
    place = stage.add_channel(CHANNEL)
    stage.fail(1, status, after)
    with pytest.raises(error) as raised:
        await stage.connection.platform.post(place, CARD, "n1")
    if isinstance(raised.value, RateLimited):
        assert raised.value.after == after
    assert stage.posts(CHANNEL) == []


async def test_a_rate_limit_that_does_not_end_is_told_with_its_pause(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    stage.fail(5, 429, 0.01)
    with pytest.raises(RateLimited) as raised:
        await stage.connection.platform.post(place, CARD, "n1")
    assert raised.value.after == 0.01


async def test_a_short_rate_limit_is_waited_for(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    stage.fail(2, 429, 0.01)
    await stage.connection.platform.post(place, CARD, "n1")
    assert len(stage.posts(CHANNEL)) == 1


async def test_without_a_connection_everything_is_unreachable() -> None:
    connection = DiscordConnection(DiscordSettings(), {})
    with pytest.raises(Unreachable):
        await connection.platform.post(ELSEWHERE, CARD, "n1")
    with pytest.raises(Unreachable):
        await connection.platform.update(ELSEWHERE, "1", CARD)
    with pytest.raises(Unreachable):
        await connection.platform.remove(ELSEWHERE, "1")
    with pytest.raises(Unreachable):
        await connection.directory.facts(ELSEWHERE)
    with pytest.raises(Unreachable):
        await connection.directory.can_read(ELSEWHERE, "1")
    with pytest.raises(Unreachable):
        await connection.directory.population(ELSEWHERE.workspace)


async def test_after_the_platform_went_away_everything_is_unreachable(stage: DiscordStage) -> None:
    place = stage.add_channel(CHANNEL)
    await stage.server.stop()
    with pytest.raises(Unreachable):
        await stage.connection.platform.post(place, CARD, "n1")
