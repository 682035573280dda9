"""The gateway's bad days, shards in several processes, and events that nobody can read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from structlog.testing import capture_logs

from adapters.discord.check import missing
from adapters.discord.connection import DiscordConnection
from bot.config import DiscordSettings
from bot.errors import Denied
from bot.model import Card
from tests.adapters.discord_core import Core
from tests.adapters.discord_server import TOKEN
from tests.adapters.discord_stage import WAIT, DiscordStage
from tests.adapters.discord_world import LOBBY

MENU = {"menu": Card("Menu")}


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordStage]:
    async def at_once(*_: object, **__: object) -> None:
        """Discord wants five seconds between two identifies; this one does not."""

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    monkeypatch.setattr("discord.shard.ExponentialBackoff.delay", lambda _: 0.01)
    made = DiscordStage()
    made.add_person(made.person(1))
    yield made
    await made.close()


async def answered(stage: DiscordStage) -> None:
    await asyncio.wait_for(stage.server.gateway.connected.wait(), WAIT)
    assert (await stage.command(stage.person(1))).text == "Menu"


# --- sessions that end ----------------------------------------------------------------------------------


@pytest.mark.parametrize("resumable", [True, False])
async def test_an_invalid_session_is_resumed_or_begun_anew(stage: DiscordStage, *, resumable: bool) -> None:
    await stage.open(Core(MENU).handle)
    await stage.server.gateway.invalidate(resumable=resumable)
    await answered(stage)
    gateway = stage.server.gateway
    assert (gateway.identified, gateway.resumed) == ((1, 1) if resumable else (2, 0))
    assert stage.connection.connected


async def test_a_new_session_begins_where_discord_says_and_not_at_a_fixed_address(
    stage: DiscordStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL("ws://127.0.0.1:9/"))
    await stage.open(Core(MENU).handle)
    await stage.server.gateway.invalidate(resumable=False)
    await answered(stage)


async def test_a_gateway_that_asks_to_reconnect_and_is_away_for_a_while_is_found_again(
    stage: DiscordStage,
) -> None:
    await stage.open(Core(MENU).handle)
    stage.server.gateway.refuse = 3
    await stage.server.gateway.ask_to_reconnect()
    await answered(stage)
    assert stage.server.gateway.refuse == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (4004, "unauthorized"),
        (4010, "invalid_shard"),
        (4011, "sharding_required"),
        (4012, "invalid_api_version"),
        (4013, "invalid_intents"),
        (4014, "disallowed_intents"),
    ],
)
async def test_an_end_that_trying_again_does_not_mend_says_its_reason(
    stage: DiscordStage, code: int, reason: str
) -> None:
    await stage.open(Core(MENU).handle)
    await stage.server.gateway.drop(code)
    error = await stage.ended()
    assert isinstance(error, Denied)
    assert error.code == reason
    assert TOKEN not in f"{error} {error.__cause__}"
    await stage.connect(Core(MENU).handle)
    await answered(stage)


# --- shards ---------------------------------------------------------------------------------------------


def shared(stage: DiscordStage, *shards: int) -> DiscordConnection:
    given = {"token": TOKEN, "api_url": stage.server.url, "shards": shards, "shard_count": 2}
    return DiscordConnection(DiscordSettings.model_validate(given), {})


async def connected(*connections: DiscordConnection) -> None:
    async with asyncio.timeout(20):
        while not all(each.connected for each in connections):
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(*each: tuple[DiscordConnection, Core]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """These connections at once, as if each were a process of its own."""
    tasks = [asyncio.create_task(connection.serve(core.handle)) for connection, core in each]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_two_processes_share_the_shards_and_each_event_reaches_one(stage: DiscordStage) -> None:
    await stage.server.start()
    cores = [Core({"menu": Card(f"Menu of {n}")}) for n in (0, 1)]
    both = [shared(stage, n) for n in (0, 1)]
    assert not any(each.connected for each in both)
    async with serving(*zip(both, cores, strict=True)) as tasks:
        await connected(*both)
        assert sorted(stage.server.gateway.shards) == [(0, 2), (1, 2)]
        assert (await stage.command(stage.person(1))).text == "Menu of 1"
        assert [len(core.events) for core in cores] == [0, 1]
        place = stage.add_channel(stage.channel(1))
        for n, each in enumerate(both):
            await each.platform.post(place, Card(f"From {n}"), f"n{n}")
        assert [post.text for post in stage.posts(place.channel)] == ["From 0", "From 1"]
        tasks[0].cancel()
        await stage.server.gateway.drop()
        await asyncio.wait_for(stage.server.gateway.connected.wait(), WAIT)
        assert (await stage.command(stage.person(1))).text == "Menu of 1"


async def test_one_process_serves_as_many_shards_as_discord_recommends(stage: DiscordStage) -> None:
    stage.server.gateway.shard_count = 2
    await stage.open(Core(MENU).handle)
    await connected(stage.connection)
    assert sorted(stage.server.gateway.shards) == [(0, 2), (1, 2)]
    await answered(stage)


@pytest.mark.parametrize(("shards", "count"), [((0,), 0), ((2,), 2), ((0, 0), 2)])
def test_shards_that_cannot_be_are_said_before_anything_begins(shards: tuple[int, ...], count: int) -> None:
    wrong = DiscordSettings.model_validate({"token": "x", "shards": shards, "shard_count": count})
    (said,) = missing(wrong)
    assert "smaller than discord.shard_count" in said
    assert missing(DiscordSettings.model_validate({"token": "x", "shards": (0, 1), "shard_count": 2})) == []


# --- events that cannot be read -------------------------------------------------------------------------


async def test_an_event_that_cannot_be_read_is_left_out_and_the_link_stands(stage: DiscordStage) -> None:
    await stage.open(Core(MENU).handle)
    with capture_logs() as said:
        await stage.server.gateway.send("INTERACTION_CREATE", {"id": "planted-words", "type": [], "token": 1})
        await stage.server.gateway.send("CHANNEL_UPDATE", ["planted-words"])
        await stage.server.gateway.send("GUILD_CREATE", None)
        await stage.server.gateway.send("WHATEVER_COMES", {"planted": "words"})
        await answered(stage)
    assert [(each["event"], each["kind"]) for each in said if "kind" in each] == [
        ("discord event unreadable", "INTERACTION_CREATE"),
        ("discord event unreadable", "CHANNEL_UPDATE"),
        ("discord event unreadable", "GUILD_CREATE"),
    ]
    assert "planted" not in str(said)
    assert stage.server.gateway.identified == 1


async def test_a_server_and_a_channel_that_we_do_not_know_are_answered_all_the_same(
    stage: DiscordStage,
) -> None:
    await stage.open(Core(MENU).handle)
    asked = await stage.server.deliver(2, {"id": "1", "name": "metoo", "type": 1}, stage.person(1), None)
    await asyncio.wait_for(asked.shown.wait(), WAIT)
    payload = dict(asked.payload) | {"guild_id": "999", "id": stage.world.new_id(), "token": "t-2"}
    payload["channel"] = dict(payload["channel"]) | {"type": 99, "id": "998"}
    other = stage.server.interactions.begin(2, payload | {"channel_id": LOBBY}, None)
    await stage.server.gateway.send("INTERACTION_CREATE", other.payload)
    await asyncio.wait_for(other.shown.wait(), WAIT)
