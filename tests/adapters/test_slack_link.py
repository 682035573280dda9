"""The link itself: sockets that break, tokens that are refused, requests that are forged, logs that stay empty."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from adapters.slack.connection import SlackConnection
from bot.config import SlackSettings
from bot.errors import Denied, Misconfigured, Unreachable
from bot.model import Card, Event, Quote, Reply
from tests.adapters.slack_stage import SlackStage
from tests.adapters.slack_wire import encoded, sign

ANN = "U0000001"
PLANT = "planted-words-nobody-may-log"
FORM = "application/x-www-form-urlencoded"


class Core:
    def __init__(self) -> None:
        self.events: list[Event] = []

    async def __call__(self, event: Event) -> Reply:
        self.events.append(event)
        return Card("Answer", (Quote(PLANT),))


@pytest.fixture
async def http() -> AsyncIterator[tuple[SlackStage, Core]]:
    stage, core = SlackStage("http"), Core()
    stage.add_person(ANN)
    await stage.open(core)
    yield stage, core
    await stage.close()


@pytest.fixture
async def socket() -> AsyncIterator[SlackStage]:
    stage = SlackStage()
    stage.add_person(ANN)
    await stage.open(Core())
    yield stage
    await stage.close()


# --- sockets --------------------------------------------------------------------------------------------


async def test_a_dropped_socket_ends_the_link_and_the_next_one_serves(socket: SlackStage) -> None:
    await socket.server.drop()
    await asyncio.wait_for(socket.server.connected.wait(), 60)
    assert socket.ended == ["returned"]
    assert PLANT in (await socket.command(ANN)).text


async def test_a_socket_that_slack_closes_ends_the_link(socket: SlackStage) -> None:
    socket.server.connected.clear()
    await socket.server.sockets[-1].close()
    await asyncio.wait_for(socket.server.connected.wait(), 60)
    assert socket.ended == ["returned"]


async def test_a_handover_to_a_new_socket_is_no_break(
    socket: SlackStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.connection.LOOK", 0.001)
    await socket.command(ANN)
    socket.server.gate.clear()
    await socket.server.hand_over()
    async with asyncio.timeout(60):
        while socket.server.calls.count("socket") != 2:
            await asyncio.sleep(0.005)
    # The old socket is closed by now, and the new one is not there: long enough for many looks.
    await asyncio.sleep(0.3)
    socket.server.gate.set()
    await asyncio.wait_for(socket.server.connected.wait(), 60)
    assert PLANT in (await socket.command(ANN)).text
    assert socket.ended == []
    assert socket.server.calls.count("apps.connections.open") == 2


async def test_a_socket_that_goes_silently_deaf_is_noticed_and_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adapters.slack.entrance.PING", 0.05)
    stage = SlackStage()
    stage.add_person(ANN)
    await stage.open(Core())
    stage.server.connected.clear()
    stage.server.deaf = True  # it stands, and nothing answers on it any more
    await asyncio.wait_for(stage.server.connected.wait(), 60)
    stage.server.deaf = False
    assert stage.ended == ["returned"]
    assert PLANT in (await stage.command(ANN)).text
    await stage.close()


def connection(stage: SlackStage, **tokens: str) -> SlackConnection:
    given = {"bot_token": "xoxb-made-up", "app_token": "xapp-made-up"} | tokens
    secrets = {name: SecretStr(value) for name, value in given.items()}
    api = f"{stage.server.url}/api"
    return SlackConnection(SlackSettings.model_validate({"api_url": api, **secrets}), ["T0METOO"])


@pytest.mark.parametrize("wrong", [{"bot_token": "xoxb-other"}, {"app_token": "xapp-other"}])
async def test_a_refused_token_ends_the_link_with_its_reason(wrong: dict[str, str]) -> None:
    stage = SlackStage()
    await stage.server.start()
    with pytest.raises(Denied, match="invalid_auth"):
        await connection(stage, **wrong).serve(Core())
    await stage.server.stop()


async def test_a_platform_that_is_down_at_start_ends_the_link() -> None:
    stage = SlackStage()
    link = connection(stage)
    await stage.server.stop()
    with pytest.raises(Unreachable):
        await link.serve(Core())


def test_neither_app_token_nor_signing_secret_is_refused() -> None:
    with pytest.raises(Misconfigured):
        SlackConnection(SlackSettings(), ["T0METOO"], lambda *_: None)


# --- signed requests ------------------------------------------------------------------------------------

COMMAND = {"command": "/metoo", "team_id": "T0METOO", "user_id": ANN, "trigger_id": "t"}


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [
        ("", "v0=00"),
        ("", "vé"),
        ("now", ""),
        ("12.5", ""),
        ("٣", ""),
        ("9" * 5000, ""),
        ("-600", ""),
        ("+600", ""),
    ],
)
async def test_a_forged_or_old_request_is_refused(
    http: tuple[SlackStage, Core], stamp: str, signature: str
) -> None:
    stage, core = http
    content, kind = encoded("slash_commands", COMMAND)
    if stamp.endswith("600"):
        stamp = str(int(time.time()) + int(stamp))
    status, _ = await stage.http.post(content, kind, stamp=stamp, signature=signature)
    assert status == 401
    assert core.events == []


async def test_a_request_that_claims_to_check_tls_needs_a_signature_and_does_nothing(
    http: tuple[SlackStage, Core],
) -> None:
    stage, core = http
    content, kind = encoded("slash_commands", COMMAND | {"ssl_check": "1"})
    assert (await stage.http.post(content, kind, signature="v0=00"))[0] == 401
    assert (await stage.http.post(content, kind))[0] == 200
    assert core.events == []


async def test_a_body_that_was_changed_is_refused(http: tuple[SlackStage, Core]) -> None:
    stage, core = http
    content, kind = encoded("slash_commands", COMMAND)
    stamp = str(int(time.time()))
    status, _ = await stage.http.post(content + b"&x=1", kind, stamp=stamp, signature=sign(stamp, content))
    assert status == 401
    assert core.events == []


async def test_a_body_above_a_megabyte_is_refused(http: tuple[SlackStage, Core]) -> None:
    stage, _ = http
    assert (await stage.http.post(b"x" * (1024 * 1024 + 1), FORM))[0] == 413


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"{", b"payload=%7B", b"", b"payload=null", b"[1]", b"null"]
)
async def test_a_signed_body_that_is_no_payload_is_answered_and_harmless(
    http: tuple[SlackStage, Core], content: bytes
) -> None:
    stage, core = http
    assert (await stage.http.post(content, FORM))[0] in {400, 401, 404, 500}
    assert core.events == []


async def test_slacks_question_for_the_address_is_answered(http: tuple[SlackStage, Core]) -> None:
    stage, _ = http
    content = json.dumps({"type": "url_verification", "challenge": "made-up"}).encode()
    status, body = await stage.http.post(content, "application/json")
    assert (status, "made-up" in body) == (200, True)


async def test_requests_before_the_link_stands_are_put_off() -> None:
    stage = SlackStage("http")
    stage.http.address = f"http://127.0.0.1:{await stage.site.start()}/slack/events"
    assert (await stage.http.post(*encoded("slash_commands", COMMAND)))[0] == 503
    await stage.close()
