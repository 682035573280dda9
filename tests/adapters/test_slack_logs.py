"""Payloads of any shape leave the program standing and the log empty."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.quiet import HELD, sdk_logger
from bot.errors import Denied, Unreachable
from bot.model import Card, Event, Quote, Reply
from tests.adapters.slack_stage import SlackStage
from tests.adapters.slack_wire import encoded
from tests.adapters.test_slack_inbound import JSON

ANN = "U0000001"
PLANT = "planted-words-nobody-may-log"
FORM = "application/x-www-form-urlencoded"


class Core:
    def __init__(self) -> None:
        self.events: list[Event] = []

    async def __call__(self, event: Event) -> Reply:
        self.events.append(event)
        return Card("Answer", (Quote(PLANT),))


@pytest.fixture(params=["socket", "http"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[SlackStage]:
    stage = SlackStage(request.param)
    stage.add_person(ANN)
    await stage.open(Core())
    yield stage
    await stage.close()


UNKNOWN: list[tuple[str, dict[str, Any]]] = [
    ("interactive", {"type": "block_actions", "actions": [{"action_id": PLANT, "value": PLANT}], "view": {}}),
    ("interactive", {"type": "block_actions", "actions": []}),
    ("interactive", {"type": "block_actions", "actions": [{"action_id": 7}], "user": PLANT}),
    ("interactive", {"type": "view_closed", "view": {"callback_id": PLANT, "state": {"values": PLANT}}}),
    ("interactive", {"type": "shortcut", "callback_id": PLANT}),
    ("interactive", {"type": "dialog_submission", "callback_id": PLANT, "submission": {"x": PLANT}}),
    ("interactive", {"type": PLANT, "view": PLANT}),
    ("interactive", {"type": "message_action", "message": {"text": PLANT}}),
    ("slash_commands", {"command": f"/{PLANT}", "text": PLANT}),
    ("slash_commands", {"command": "/metoo", "text": PLANT}),
    ("events_api", {"type": "event_callback", "event": {"type": "message", "text": PLANT}}),
    ("events_api", {"type": "event_callback", "event": {"type": "user_change", "user": PLANT}}),
    ("events_api", {"type": "event_callback", "event": None, "text": PLANT}),
    ("events_api", {"type": "event_callback", "authorizations": PLANT}),
    ("hello", {"text": PLANT}),
]


def noisy(caplog: pytest.LogCaptureFixture) -> None:
    """Somebody asks for everything, even of the SDKs' own loggers, after we held them down."""
    for name in ("", "slack_bolt", "slack_sdk", "aiohttp", "aiohttp.client"):
        caplog.set_level(logging.DEBUG, name)


def quiet(caplog: pytest.LogCaptureFixture, *needles: str) -> None:
    shown = caplog.text + "".join(f"{record.msg!r}{record.args!r}" for record in caplog.records)
    assert not [needle for needle in needles if needle in shown]


@pytest.mark.parametrize(("kind", "payload"), UNKNOWN)
async def test_no_unknown_payload_reaches_a_log(
    caplog: pytest.LogCaptureFixture, both: SlackStage, kind: str, payload: dict[str, Any]
) -> None:
    noisy(caplog)
    await both.offer(kind, payload)
    assert PLANT in (await both.command(ANN)).text
    quiet(caplog, PLANT, ANN)


def test_the_sdks_are_held_down_whatever_level_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    noisy(caplog)
    sdk_logger()
    for name in HELD:
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


def test_what_an_sdk_says_is_reduced_to_its_place(caplog: pytest.LogCaptureFixture) -> None:
    noisy(caplog)
    try:
        int(PLANT)
    except ValueError as error:
        sdk_logger().exception("failed: %s %s", PLANT, error, stack_info=True)
    sdk_logger().debug(PLANT)
    assert "test_slack_logs, line" in caplog.text
    assert "ValueError" in caplog.text
    quiet(caplog, PLANT)


async def test_a_form_that_arrives_broken_is_never_taken_for_sent(both: SlackStage) -> None:
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": "",
        "state": {"values": {"0:text": {"field": {"value": PLANT}}}},
    }
    answer = await both.send("interactive", {"type": "view_submission", "view": view, "user": {"id": ANN}})
    assert answer is not None
    assert "try again" in json.dumps(answer["view"])


async def test_what_people_write_and_read_reaches_no_log(
    caplog: pytest.LogCaptureFixture, both: SlackStage
) -> None:
    noisy(caplog)
    await both.command(ANN, PLANT)
    both.fail(3, 500)
    place = both.add_channel("G0000001", readers=(ANN,))
    with pytest.raises(Unreachable):
        await both.connection.platform.post(place, Card(PLANT), "nonce")
    both.fail(-1)
    both.server.failures.clear()
    ref = await both.connection.platform.post(place, Card(PLANT), "nonce")
    both.server.refusals["chat.update"] = ["invalid_blocks"]
    with pytest.raises(Denied):
        await both.connection.platform.update(place, ref, Card(PLANT))
    quiet(caplog, PLANT, ANN)


@given(JSON, st.sampled_from(["interactive", "slash_commands", "events_api"]))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_broken_payload_stops_the_program(
    caplog: pytest.LogCaptureFixture, payload: object, kind: str
) -> None:
    asyncio.run(_survives(caplog, payload, kind))


async def _survives(caplog: pytest.LogCaptureFixture, payload: object, kind: str) -> None:
    escaped: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context))
    stage = SlackStage("http")
    await stage.open(Core())
    broken = {
        "type": "block_actions",
        "text": PLANT,
        **(payload if isinstance(payload, dict) else {"actions": payload}),
    }
    content, content_type = encoded("events_api" if kind == "slash_commands" else kind, broken)
    status, _ = await stage.http.post(content, content_type)
    stage.server.violations.clear()
    await stage.close()
    assert status in {200, 400, 404, 500}
    assert escaped == []
    quiet(caplog, PLANT)
