"""The fast lane reads presses as bolt would, and leaves everything else to bolt."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from adapters.slack import inbound, lane
from adapters.slack.members import Members

PRESS = {
    "type": "block_actions",
    "team": {"id": "T1"},
    "user": {"id": "U1"},
    "actions": [{"action_id": "1:voice.stand", "value": "+ %2B ü 🌧 & =", "block_id": "b"}],
}


def sent(payload: object, **more: str) -> bytes:
    return urlencode({"payload": json.dumps(payload), **more}).encode()


@pytest.mark.parametrize("more", [{}, {"other": "x y+z"}])
def test_a_press_is_read_as_bolt_reads_it(more: dict[str, str]) -> None:
    found, expected = lane.press(sent(PRESS, **more), Members()), inbound.press(PRESS, Members())
    assert found is not None
    assert expected is not None
    assert found.event.ref == "+ %2B ü 🌧 & ="
    assert (found.event.action, found.event.ref) == (expected.event.action, expected.event.ref)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"payload=",
        b"payload=block_actions",
        b"payload=%7Bblock_actions",
        b"payload=%ff%00block_actions",
        b"payload=" + b"[" * 100_000 + b"block_actions",
        urlencode({"command": "/metoo", "text": "payload=block_actions"}).encode(),
        sent({"type": "view_submission", "about": "block_actions"}),
        sent(["block_actions"]),
        sent({"type": "block_actions"}),
        sent(PRESS | {"actions": []}),
        sent(PRESS | {"user": None}),
        b"&".join([sent(PRESS)] * 30),
        json.dumps(PRESS).encode(),
        "payload=ü block_actions".encode("latin-1"),
    ],
)
def test_everything_else_is_left_to_bolt(content: bytes) -> None:
    assert lane.press(content, Members()) is None
