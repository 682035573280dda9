"""Discord's fast lane: presses on posts are read and answered as discord.py would; all else is left to it."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.discord import inbound, lane
from adapters.discord.callbacks import Callbacks
from bot.model import Address, Button, Card, Event, Form, Paragraph, Reply, Row, TextField
from tests.adapters.discord_core import Core
from tests.adapters.discord_interactions import COMPONENT, EPHEMERAL, Interaction, Message
from tests.adapters.discord_stage import WAIT, DiscordStage
from tests.adapters.discord_world import BOT, LOBBY, MANAGE_SERVER, Payload, Person, World
from tests.adapters.test_discord_fuzz import JUNK, MISSING, RECORDED, paths, put

KEPT = Card(
    "Kept",
    (Paragraph("Your choice is kept."), Row("Until", "Sunday")),
    (Button("Me too", Address("voice.stand", "w1")), Button("Take back", Address("voice.none", "w1"))),
    aside=True,
    alike=True,
)
FORM = Form("Tell", Address("sent", "r1"), (TextField("text", "Text"),), "Send")


def press(person: Person, locale: str = "en-US", nick: str | None = None, **more: Any) -> Payload:
    """What Discord sends of a press on a post; `more` stands in the press itself."""
    stage = DiscordStage()
    stage.world.add_person(person)
    stage.server.locale = locale
    post = Message(stage.world.new_id(), LOBBY, 0, {"components": []})
    data = {"component_type": 2, "custom_id": "voice.stand:w1", "id": 5} | more
    made = stage.server._interaction(COMPONENT, data, person.id, post)
    return made | {"member": made["member"] | {"nick": nick}}


def by_discord_py(payload: Payload) -> inbound.Asked:
    state: Any = discord.Client(intents=discord.Intents(guilds=True))._connection
    state.user = discord.ClientUser(state=state, data=World().user_payload(BOT))  # type: ignore[arg-type]
    return inbound.read(discord.Interaction(data=copy.deepcopy(payload), state=state))  # type: ignore[arg-type]


def told(event: Event) -> tuple[object, ...]:
    return (event.actor, event.action, event.ref, dict(event.values), event.quoted, dict(event.files))


# --- reading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "person",
    [
        Person("41"),
        Person("41", guest=True),
        Person("41", bot=True),
        Person("41", pending=True),
        Person("41", permissions=MANAGE_SERVER),
        Person("41", permissions=1 << 3),
        Person("41", permissions=(1 << 50) - 1 - MANAGE_SERVER - (1 << 3)),
        Person("41", guest=True, permissions=MANAGE_SERVER),
    ],
)
@pytest.mark.parametrize(("locale", "nick"), [("en-US", None), ("de", "Nickname"), ("xx-YY-zz", "user41")])
def test_a_press_on_a_post_is_read_as_discord_py_reads_it(
    person: Person, locale: str, nick: str | None
) -> None:
    payload = press(person, locale, nick)
    found = lane.read(payload)
    assert found is not None
    assert told(found) == told(by_discord_py(payload).event)
    assert found.place == by_discord_py(payload).event.place


@pytest.mark.parametrize("custom_id", ["", "x", "voice.stand:w1:x", "s2/voice.none:w1", "a" * 100, "menu:"])
def test_any_button_of_a_post_is_read_alike(custom_id: str) -> None:
    payload = press(Person("41"), custom_id=custom_id)
    found = lane.read(payload)
    assert found is not None
    assert told(found) == told(by_discord_py(payload).event)


@pytest.mark.parametrize(
    "payload",
    [
        *(payload for _, payload in RECORDED),
        press(Person("41"), custom_id="p2/voice.stand:w1"),
        press(Person("41"), values=["x"]),
        press(Person("41"), component_type=3),
        press(Person("41")) | {"type": 5},
        press(Person("41")) | {"token": "a/../b"},
        press(Person("41")) | {"token": "a\r\nX: y"},
        press(Person("41")) | {"id": "1/2"},
        press(Person("41")) | {"guild_id": None},
        press(Person("41")) | {"message": {"flags": EPHEMERAL}},
        *(press(Person("41")) | {name: None} for name in ("data", "message", "member", "channel", "locale")),
        None,
        [],
        "press",
    ],
)
def test_everything_else_is_left_to_discord_py(payload: Any) -> None:
    assert lane.read(payload) is None


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_broken_press_is_read_as_discord_py_reads_it_or_left_to_it(data: st.DataObject) -> None:
    payload = press(Person("41"))
    places = st.sampled_from(list(paths(payload)))
    for path in data.draw(st.lists(places, min_size=1, max_size=3)):
        put(payload, path, data.draw(st.just(MISSING) | JUNK))
    found = lane.read(copy.deepcopy(payload))
    if found is None:
        return
    try:
        expected = by_discord_py(payload).event
    except Exception:  # noqa: BLE001 - what discord.py cannot read at all it would have left out
        return
    assert told(found) == told(expected)


# --- answering ------------------------------------------------------------------------------------------


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    made = DiscordStage()
    made.add_person(made.person(1))
    yield made
    await made.close()


async def opened(stage: DiscordStage, reply: Reply, handle: Any = None) -> None:
    await stage.open(handle or Core({"voice.stand": reply, "voice.none": reply}).handle)


async def pressed(stage: DiscordStage, action: str = "voice.stand") -> Interaction:
    post = Message(stage.world.new_id(), LOBBY, 0, {"components": []})
    data = {"component_type": 2, "custom_id": f"{action}:w1"}
    return await stage.server.deliver(COMPONENT, data, stage.person(1), post)


async def shown(asked: Interaction) -> Message:
    await asyncio.wait_for(asked.shown.wait(), WAIT)
    assert asked.message is not None
    return asked.message


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py reads no interaction: what is answered then, the lane answered."""

    def none(*_: object, **__: object) -> None:
        raise AssertionError("this was to be answered by the lane")

    monkeypatch.setattr(discord, "Interaction", none)
    monkeypatch.setattr("discord.state.Interaction", none)


@pytest.mark.usefixtures("alone")
async def test_the_lane_answers_alone_and_over_one_connection(stage: DiscordStage) -> None:
    await opened(stage, KEPT)
    some = [await shown(await pressed(stage, action)) for action in ("voice.stand", "voice.none") * 3]
    assert all(each.flags & EPHEMERAL for each in some)
    assert len({str(each.body) for each in some}) == 1
    # one connection is the gateway's, one was logging in's and is kept
    assert len(stage.connection._link.client.http.connector._conns) == 1


async def test_the_lane_says_what_discord_py_would_say(
    stage: DiscordStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(stage, KEPT)
    quickly = await shown(await pressed(stage))
    monkeypatch.setattr(lane, "read", lambda _: None)
    assert (await shown(await pressed(stage))).body == quickly.body


@pytest.mark.parametrize(
    "reply", [Card("Only yours"), Card("Long", (Paragraph("word " * 3000),), alike=True)]
)
async def test_an_answer_that_is_not_the_same_for_all_or_is_long_is_given_all_the_same(
    stage: DiscordStage, reply: Card
) -> None:
    await opened(stage, reply)
    kept = lane._body.cache_info().currsize
    asked = await pressed(stage)
    assert reply.title in str((await shown(asked)).components)
    await stage.hang_up()
    assert len(asked.followups) == (3 if reply.alike else 0)
    assert lane._body.cache_info().currsize == kept + reply.alike, (
        "what is said to one person stays in memory"
    )


async def test_a_press_on_a_post_can_open_a_form(stage: DiscordStage) -> None:
    await opened(stage, FORM)
    asked = await pressed(stage)
    await asyncio.wait_for(asked.shown.wait(), WAIT)
    assert asked.modal is not None


# --- bad days -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failures", [[(500, None)], [(429, 0.01)], [(503, None), (429, 0.01)]])
async def test_where_discord_fails_or_wants_a_pause_the_answer_comes_after_it(
    stage: DiscordStage, failures: list[tuple[int, float | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = asyncio.sleep
    monkeypatch.setattr("discord.webhook.async_.asyncio.sleep", lambda _: sleep(0))
    await opened(stage, KEPT)
    stage.server.failures_at = {"/callback": failures}
    assert "Kept" in str((await shown(await pressed(stage))).components)
    assert stage.server.failures_at == {"/callback": []}


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_what_discord_refuses_is_not_tried_again_and_leaves_no_line(
    stage: DiscordStage, status: int
) -> None:
    await opened(stage, KEPT)
    stage.server.failures_at = {"/callback": [(status, None)]}
    with capture_logs() as said:
        await pressed(stage)
        assert "Kept" in str((await shown(await pressed(stage))).components)
        await stage.hang_up()
    assert [each for each in said if each["event"] != "connected"] == []
    assert [each.endswith("/callback") for each in stage.server.asked].count(True) == 2


async def test_a_kept_connection_that_broke_meanwhile_costs_nobody_an_answer(stage: DiscordStage) -> None:
    await opened(stage, KEPT)
    await shown(await pressed(stage))
    for pool in stage.connection._link.client.http.connector._conns.values():
        for protocol, _ in pool:
            protocol.transport.abort()
    await shown(await pressed(stage))


async def test_a_connection_that_ends_in_the_middle_of_an_answer_is_followed_by_another(
    stage: DiscordStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(stage, KEPT)

    async def broken(*_: object) -> int:
        raise ConnectionResetError

    monkeypatch.setattr("adapters.discord.callbacks._posted", broken)
    assert "Kept" in str((await shown(await pressed(stage))).components)


class Scripted(asyncio.Protocol):
    """A server that hints at something before it answers, and gives the first answer in pieces."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.lines = 0
        self.ended = asyncio.Event()
        self._says = [b"404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", b"204 Yes\r\n\r\n"]

    def connection_made(self, transport: Any) -> None:
        self.lines += 1
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.asked.append(data)
        said = self._says.pop(0)
        self._transport.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 " + said)
        if b"chunked" in said:
            asyncio.get_running_loop().call_later(0.01, self._transport.write, b"0\r\n\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()


async def test_what_comes_before_the_answer_is_passed_over_and_its_words_do_not_stay_in_the_line() -> None:
    server = Scripted()
    listening = await asyncio.get_running_loop().create_server(lambda: server, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, aiohttp.TCPConnector() as lent:
        callbacks = Callbacks(lent, f"http://127.0.0.1:{port}/api/v10", "agent")
        assert [await callbacks.post("1", "t", b"{}") for _ in range(2)] == [404, 204]
        await lent.close()
        await asyncio.wait_for(server.ended.wait(), WAIT)
    assert server.lines == 1
    head, _, body = server.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v10/interactions/1/t/callback HTTP/1.1\r\nHost: 127.0.0.1")
    assert body == b"{}"
    assert server.asked[0] == server.asked[1]


async def test_a_slow_answer_to_a_press_on_a_post_is_put_off_in_private_and_then_given(
    stage: DiscordStage,
) -> None:
    stage.patience = 0.01
    core = Core({"voice.stand": KEPT})
    core.wait.clear()
    await opened(stage, KEPT, core.handle)
    asked = await pressed(stage)
    await stage.deferred()
    core.wait.set()
    message = await shown(asked)
    assert asked.callback == 5
    assert message.flags & EPHEMERAL
    assert "Kept" in str(message.components)


async def test_leaving_gives_the_answers_to_presses_that_are_under_way(stage: DiscordStage) -> None:
    core = Core({"voice.stand": KEPT})
    core.wait.clear()
    await opened(stage, KEPT, core.handle)
    asked = await pressed(stage)
    await core.asked.wait()
    leaving = asyncio.create_task(stage.hang_up())
    await asyncio.sleep(0)
    core.wait.set()
    assert "Kept" in str((await shown(asked)).components)
    await leaving


async def test_a_defect_behind_a_press_is_logged_without_what_it_was_about(stage: DiscordStage) -> None:
    asked = asyncio.Event()

    async def broken(_: Event) -> Reply:
        asked.set()
        raise ValueError("planted-words")

    await opened(stage, KEPT, broken)
    with capture_logs() as said:
        await pressed(stage)
        await asked.wait()
        await stage.hang_up()
    assert [each for each in said if each["event"] != "connected"] == [
        {"event": "discord event failed", "kind": "on_press", "error": "ValueError", "log_level": "error"}
    ]
