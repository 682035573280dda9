"""Answers that take their time on Discord: put off in private, given in the end, also while we leave."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.model import Address, Button, Card, Form, Paragraph, TextField
from tests.adapters.discord_core import Core
from tests.adapters.discord_interactions import COMMAND, COMPONENT, SECONDS_OF_A_TOKEN, SENT_FORM
from tests.adapters.discord_stage import DiscordStage

FORM = Form("Tell", Address("tell.sent", "draft1"), (TextField("text", "What happened"),), "Go on")
MENU = Card(
    "metoo",
    (Paragraph("In danger now? Call for help."),),
    (Button("Tell what happened", Address("tell")), Button("Say me too", Address("voice", "r1"))),
)


@pytest.mark.parametrize(("kind", "first"), [(COMMAND, 5), (COMPONENT, 6), (SENT_FORM, 5)])
async def test_a_slow_answer_is_deferred_in_private_and_then_shown(kind: int, first: int) -> None:
    stage, core = DiscordStage(patience=30.0), Core({"menu": MENU, "tell": FORM})
    stage.add_person(stage.person(1))
    await stage.open(core.handle)
    menu = await stage.command(stage.person(1))
    form = await stage.press(stage.person(1), menu, "Tell what happened")
    await stage.hang_up()
    stage.patience = 0.01
    core.wait.clear()
    await stage.open(core.handle)
    core.replies = {"menu": Card("At last"), "voice": Card("At last"), "tell.sent": Card("At last")}
    doing = {
        COMMAND: stage.command(stage.person(1)),
        COMPONENT: stage.press(stage.person(1), menu, "Say me too"),
        SENT_FORM: stage.submit(stage.person(1), form, {"text": "x"}),
    }
    for other in doing.keys() - {kind}:
        doing[other].close()
    waiting = asyncio.create_task(doing[kind])
    await stage.deferred()
    core.wait.set()
    screen = await waiting
    asked = stage.server.interactions.last
    assert asked is not None
    assert asked.callback == first
    assert screen.text == "At last"
    await stage.close()


async def test_a_form_that_comes_too_late_leaves_a_button_that_opens_it() -> None:
    stage, core = DiscordStage(patience=0.01), Core({"menu": FORM})
    stage.add_person(stage.person(1))
    core.wait.clear()
    await stage.open(core.handle)
    waiting = asyncio.create_task(stage.command(stage.person(1)))
    await stage.deferred()
    core.wait.set()
    door = await waiting
    assert door.buttons == ("Go on",)
    await stage.hang_up()
    stage.patience = 30.0
    await stage.open(core.handle)
    form = await stage.press(stage.person(1), door, "Go on")
    assert form.kind == "form"
    await stage.close()


async def test_leaving_gives_the_answers_that_are_under_way() -> None:
    stage, core = DiscordStage(patience=30.0), Core({"menu": MENU})
    stage.add_person(stage.person(1))
    core.wait.clear()
    await stage.open(core.handle)
    waiting = asyncio.create_task(stage.command(stage.person(1)))
    await core.asked.wait()
    leaving = asyncio.create_task(stage.hang_up())
    await asyncio.sleep(0)
    core.wait.set()
    assert "In danger now?" in (await waiting).text
    await leaving
    await stage.close()


async def test_leaving_gives_up_on_an_answer_that_never_comes() -> None:
    stage, core = DiscordStage(patience=30.0, grace=0.01), Core({"menu": MENU})
    stage.add_person(stage.person(1))
    core.wait.clear()
    await stage.open(core.handle)
    waiting = asyncio.create_task(stage.command(stage.person(1)))
    await core.asked.wait()
    await stage.hang_up()
    waiting.cancel()
    await stage.close()
    assert stage.connection._link.client is None


async def test_an_answer_after_the_token_s_fifteen_minutes_is_dropped_without_a_line() -> None:
    stage, core = DiscordStage(patience=0.01), Core({"menu": MENU})
    stage.add_person(stage.person(1))
    core.wait.clear()
    await stage.open(core.handle)
    asked = await stage.server.deliver(
        COMMAND, {"id": "1", "name": "metoo", "type": 1}, stage.person(1), None
    )
    await stage.deferred()
    asked.sent -= SECONDS_OF_A_TOKEN
    with capture_logs() as said:
        core.wait.set()
        await stage.hang_up()
    assert said == []
    assert asked.message is not None
    assert asked.message.components == []
    await stage.close()
