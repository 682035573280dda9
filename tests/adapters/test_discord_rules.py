"""The loopback server refuses what Discord refuses, and what we promise never to send."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.discord import render
from bot.model import Card
from tests.adapters.discord_gateway import Gateway
from tests.adapters.discord_interactions import (
    COMMAND,
    COMPONENT,
    COMPONENTS_V2,
    DEFERRED,
    DEFERRED_UPDATE,
    EPHEMERAL,
    MESSAGE,
    MODAL,
    SECONDS_TO_ANSWER,
    SENT_FORM,
    SUPPRESS_EMBEDS,
    UPDATE,
    Interaction,
    Interactions,
    Message,
    Refused,
)
from tests.adapters.discord_rules import parts
from tests.adapters.discord_stage import DiscordStage
from tests.adapters.discord_world import LOBBY, Payload

PRIVATE: Payload = {
    "components": parts(render.screens(Card("Menu"))[0]),
    "flags": EPHEMERAL | SUPPRESS_EMBEDS | COMPONENTS_V2,
    "allowed_mentions": {"parse": []},
}
ID = "1" * 18


def begin(kind: int, source: Message | None = None) -> tuple[Interactions, Interaction]:
    stage = DiscordStage()
    stage.add_person(stage.person(1))
    payload = stage.server._interaction(kind, {}, stage.person(1), source)
    return stage.server.interactions, stage.server.interactions.begin(kind, payload, source)


def test_an_answer_as_we_send_it_is_taken() -> None:
    every, asked = begin(COMMAND)
    every.callback(asked.token, {"type": MESSAGE, "data": PRIVATE})
    assert asked.callback == MESSAGE


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed_mentions": None},
        {"allowed_mentions": {"parse": ["users"]}},
        {"allowed_mentions": {"parse": [], "users": [ID]}},
        {"flags": SUPPRESS_EMBEDS | COMPONENTS_V2},
        {"flags": EPHEMERAL | SUPPRESS_EMBEDS},
        {"flags": EPHEMERAL | COMPONENTS_V2},
        {"content": "words beside components"},
        {"reporter": ID},
    ],
)
def test_an_answer_that_mentions_or_is_public_or_has_other_fields_is_refused(wrong: dict[str, Any]) -> None:
    every, asked = begin(COMMAND)
    with pytest.raises(Refused):
        every.callback(asked.token, {"type": MESSAGE, "data": PRIVATE | wrong})
    every.callback(asked.token, {"type": MESSAGE, "data": PRIVATE})
    with pytest.raises(Refused):
        every.follow(asked.token, PRIVATE | wrong)


@pytest.mark.parametrize("wrong", [{"allowed_mentions": None}, {"flags": 0}, {"reporter": ID}])
def test_an_edit_that_mentions_or_has_other_fields_is_refused(wrong: dict[str, Any]) -> None:
    every, asked = begin(COMMAND)
    every.callback(asked.token, {"type": MESSAGE, "data": PRIVATE})
    every.edit(asked.token, PRIVATE)
    with pytest.raises(Refused):
        every.edit(asked.token, PRIVATE | wrong)


@pytest.mark.parametrize(
    ("kind", "callback", "data"),
    [
        (SENT_FORM, MODAL, {"title": "T", "custom_id": "c", "components": []}),
        (SENT_FORM, DEFERRED_UPDATE, {}),
        (COMMAND, UPDATE, PRIVATE),
        (COMMAND, DEFERRED_UPDATE, {}),
        (COMMAND, DEFERRED, {"flags": 0}),
        (COMPONENT, UPDATE, PRIVATE),
    ],
)
def test_a_callback_that_does_not_fit_or_that_others_would_see_is_refused(
    kind: int, callback: int, data: Payload
) -> None:
    every, asked = begin(kind, Message("7", LOBBY, 0, {"components": []}))
    with pytest.raises(Refused):
        every.callback(asked.token, {"type": callback, "data": data})


def test_a_late_a_second_and_an_unknown_answer_are_refused() -> None:
    every, asked = begin(COMMAND)
    asked.sent -= SECONDS_TO_ANSWER
    with pytest.raises(Refused):
        every.callback(asked.token, {"type": MESSAGE, "data": PRIVATE})
    every, asked = begin(COMMAND)
    every.callback(asked.token, {"type": MESSAGE, "data": PRIVATE})
    for token in (asked.token, "another"):
        with pytest.raises(Refused):
            every.callback(token, {"type": MESSAGE, "data": PRIVATE})


async def test_any_intent_but_that_for_servers_is_a_violation() -> None:
    class Socket:
        async def send_str(self, _: str) -> None:
            """Nobody listens."""

        closed = False

    stage = DiscordStage()
    for intents, found in ((1, 0), (1 | 1 << 1, 1), (1 | 1 << 15, 2), (1 | 1 << 9, 3)):
        gateway: Gateway = stage.server.gateway
        asked = {"token": gateway._token, "intents": intents, "shard": [0, 1]}
        await gateway._identify(Socket(), asked)  # type: ignore[arg-type]
        assert len(stage.server.violations) == found
