"""Interactions as Discord sends them, any part missing or of another type: the link stands, nothing is logged."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.model import Address, Button, Card, FileField, Form, PersonField, Reply, TextField
from tests.adapters.discord_core import Core
from tests.adapters.discord_interactions import COMMAND, COMPONENT, SENT_FORM
from tests.adapters.discord_stage import DiscordStage
from tests.adapters.discord_world import LOBBY, Payload

PLANTED = "planted-words-of-a-person"
Path = tuple[str | int, ...]

FORM = Form(
    "Tell",
    Address("sent", "r1"),
    (TextField("text", "Text"), PersonField("who", "Who"), FileField("files", "Files", most=2)),
    "Send",
)
CORE: dict[str, Reply] = {
    "menu": Card("Menu", (), (Button("Tell", Address("tell", "r1")),)),
    "tell": FORM,
    "sent": Card("Saved"),
}
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([50, 2**70, -1, 1.5, "", "0", PLANTED, "<@1>", "planted/../..", "\x00"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "custom_id", "value", "values", "bot", "type"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)
MISSING = object()


def recorded() -> list[tuple[int, Payload]]:
    """One of every kind of interaction, as the stage's people cause them."""
    stage = DiscordStage()
    for n in (1, 2):
        stage.add_person(stage.person(n))
    one, two = stage.person(1), stage.person(2)
    screen = stage.server.interactions._message
    typed = {"id": "1", "name": "metoo", "type": 1}
    on_person = {"id": "3", "name": "Report privately", "type": 2, "target_id": two}
    on_person["resolved"] = {"users": {two: stage.world.user_payload(two)}, "members": {}}
    mentioned = [stage.world.user_payload(one)]
    on_message = stage.about(two, f"{PLANTED} <@{one}>", mentions=mentioned, embeds=[{"title": PLANTED}])
    upload = {"id": "77", "size": 3, "url": "https://cdn.discordapp.com/x", "filename": PLANTED}
    fields = [
        {"type": 4, "id": 2, "custom_id": "text", "value": PLANTED},
        {"type": 5, "id": 3, "custom_id": "who", "values": [two]},
        {"type": 19, "id": 4, "custom_id": "files", "values": ["77"]},
    ]
    sent = {
        "custom_id": "sent:r1",
        "components": [{"type": 18, "id": n, "component": each} for n, each in enumerate(fields, 1)],
        "resolved": {"attachments": {"77": upload}, "users": {two: stage.world.user_payload(two)}},
    }
    press = {"component_type": 2, "custom_id": "tell:r1", "id": 5}
    picked = {"component_type": 3, "custom_id": "sent:r1", "values": ["c7"], "id": 6}
    made = stage.server._interaction(COMMAND, typed, one, None)
    message = screen(stage.server.interactions.begin(COMMAND, made, None), {"flags": 64})
    return [
        (COMMAND, made),
        (COMMAND, stage.server._interaction(COMMAND, on_person, one, None)),
        (COMMAND, stage.server._interaction(COMMAND, on_message, one, None)),
        (COMPONENT, stage.server._interaction(COMPONENT, press, one, message)),
        (COMPONENT, stage.server._interaction(COMPONENT, picked, one, message)),
        (SENT_FORM, stage.server._interaction(SENT_FORM, sent, one, message)),
    ]


RECORDED = recorded()
KEPT = {("token",), ("type",), ("id",)}
"""What tells the loopback server which interaction is answered; each has its own test."""


def paths(part: Any, above: Path = ()) -> Iterator[Path]:
    """Every place in a payload."""
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, each in inner:
        if (*above, name) not in KEPT:
            yield (*above, name)
        yield from paths(each, (*above, name))


@st.composite
def broken(draw: st.DrawFn) -> tuple[int, Payload]:
    """One recorded interaction in which one to three places are missing or are something else."""
    kind, payload = draw(st.sampled_from(RECORDED))
    changed = copy.deepcopy(payload)
    for path in draw(st.lists(st.sampled_from(list(paths(payload))), min_size=1, max_size=3)):
        put(changed, path, draw(st.just(MISSING) | JUNK))
    return kind, changed


def put(payload: Any, path: Path, value: object) -> None:
    """Change one place, if it is still there."""
    *way, last = path
    part: Any = payload
    for name in way:
        try:
            part = part[name]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(part, dict) and value is MISSING:
        part.pop(last, None)
    elif isinstance(part, dict):
        part[last] = value
    elif isinstance(part, list) and isinstance(last, int) and last < len(part):
        part[last] = None if value is MISSING else value


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a link that broke is waited for: no shrinking
)
@given(some=st.lists(broken(), min_size=15, max_size=25))
def test_every_broken_interaction_is_answered_or_left_out_and_none_is_logged(
    some: list[tuple[int, Payload]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    with capture_logs() as said:
        asyncio.run(deliver(some))
    assert {each["event"] for each in said} <= {"connected", "discord event unreadable"}
    assert PLANTED not in caplog.text + str(said)


async def deliver(some: list[tuple[int, Payload]]) -> None:
    stage, core = DiscordStage(), Core(CORE)
    for n in (1, 2):
        stage.add_person(stage.person(n))
    await stage.open(core.handle)
    screen = await stage.command(stage.person(1))
    for kind, payload in some:
        source = screen.raw.message if kind != COMMAND else None
        payload |= {"id": stage.world.new_id(), "token": f"t{stage.world.new_id()}"}
        asked = stage.server.interactions.begin(kind, payload | {"channel_id": LOBBY}, source)
        await stage.server.gateway.send("INTERACTION_CREATE", payload)
        assert asked.token == payload["token"]
    assert (await stage.command(stage.person(2))).text.startswith("Menu")
    assert stage.server.gateway.identified == 1
    assert stage.server.gateway.resumed == 0
    await stage.close()
