"""What Slack sends, with parts missing, of other types or from other versions: no exception, and no word in a log."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack import inbound, lane
from adapters.slack.members import Members
from bot.model import Card, Event, Reply
from tests.adapters.slack_recorded import PLANT, RECORDED
from tests.adapters.slack_stage import SlackStage
from tests.adapters.slack_wire import encoded
from tests.adapters.test_slack_inbound import JSON

Path = tuple[str | int, ...]
READERS = (
    inbound.command,
    inbound.press,
    inbound.submission,
    inbound.shortcut,
    inbound.anywhere,
    inbound.home,
)
ODD = st.one_of(
    JSON,
    st.sampled_from(
        [None, [], {}, "", 0, -1, 1e308, True, PLANT, "x" * 5000, "\ud800", ["\x00"], {"text": PLANT}]
    ),
)


def places(found: object, at: Path = ()) -> Iterator[Path]:
    """Every place in a payload, by the way to it."""
    if at:
        yield at
    entries = (
        found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    )
    for name, inner in entries:
        yield from places(inner, (*at, name))


def put(payload: dict[str, Any], at: Path, value: object) -> None:
    """Something else at one place; nothing at all where that is Ellipsis."""
    here: Any = payload
    last: Any = at[-1]
    for name in at[:-1]:
        try:
            here = here[name]
        except (LookupError, TypeError):
            return  # an earlier change took the way away
    if isinstance(here, dict) and value is ...:
        here.pop(last, None)
    elif isinstance(here, dict) or (isinstance(here, list) and isinstance(last, int) and last < len(here)):
        here[last] = None if value is ... else value


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A recorded payload, changed at one to three places."""
    kind, recorded = draw(st.sampled_from(RECORDED))
    payload = copy.deepcopy(recorded)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.sampled_from(sorted(places(recorded), key=repr)))
        put(payload, at, copy.deepcopy(draw(st.one_of(st.just(...), ODD))))
    return kind, payload


@pytest.mark.parametrize(("kind", "payload"), RECORDED)
def test_each_recorded_payload_is_understood_as_it_is(kind: str, payload: dict[str, Any]) -> None:
    told = payload.get("event", {}).get("type") in {"user_change", "tokens_revoked", "app_uninstalled"}
    assert any(read(payload, Members()) for read in READERS) != told
    assert (inbound.team(payload) == "T0METOO") == ("team_id" in payload)


@given(changed())
@settings(max_examples=500, deadline=None)
def test_no_changed_payload_breaks_the_translation(found: tuple[str, dict[str, Any]]) -> None:
    kind, payload = found
    for read in READERS:
        arrival = read(payload, Members())
        assert arrival is None or arrival.event.actor.workspace.id
    assert isinstance(inbound.kind(payload) + inbound.team(payload), str)
    content, _ = encoded("interactive", payload)
    lane.press(content, Members())
    assert kind


async def calm(_: Event) -> Reply:
    return Card("Answer")


@given(st.lists(changed(), min_size=8, max_size=8), st.sampled_from(["http", "socket"]))
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_changed_payload_reaches_the_loop_or_a_log(
    caplog: pytest.LogCaptureFixture, sent: list[tuple[str, dict[str, Any]]], mode: str
) -> None:
    for name in ("", "slack_bolt", "slack_sdk", "aiohttp"):
        caplog.set_level(logging.DEBUG, name)
    asyncio.run(_survives(sent, mode))
    shown = caplog.text + "".join(f"{each.msg!r}{each.args!r}" for each in caplog.records)
    assert PLANT not in shown


async def _survives(sent: list[tuple[str, dict[str, Any]]], mode: str) -> None:
    escaped: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context))
    stage = SlackStage(mode)
    stage.add_person("U0000005")
    await stage.open(calm)
    for kind, payload in sent:
        if mode == "socket":
            await stage.offer(kind, json.loads(json.dumps(payload)))
        else:
            status, _ = await stage.http.post(
                *encoded("interactive" if kind == "slash_commands" else kind, payload)
            )
            assert status in {200, 400, 404, 500}
    assert "Answer" in (await stage.command("U0000005")).text
    stage.server.violations.clear()
    await stage.close()
    assert escaped == []
