"""Answers that are late, doubled or fail, over Socket Mode and over signed HTTP."""

from __future__ import annotations

import asyncio

from bot.model import (
    Address,
    Button,
    Card,
    Quote,
)
from tests.adapters.slack_rules import texts
from tests.adapters.slack_script import ANN, DESK, Open, called, heard, opened, showing
from tests.adapters.slack_stage import MOMENT

__all__ = ["opened"]


async def test_a_late_answer_to_a_command_follows_a_moment_later(opened: Open) -> None:
    stage, script = await opened(patience=0.01)
    script.gate.clear()
    asked = asyncio.create_task(stage.command(ANN))
    await called(stage, "views.open")
    assert [view.payload["title"]["text"] for view in stage.server.views.values()] == [MOMENT]
    script.gate.set()
    assert "Only you see this." in (await asked).text
    assert stage.server.calls.count("views.open") == 1


async def test_a_late_answer_to_a_form_follows_a_moment_later(opened: Open) -> None:
    stage, script = await opened(patience=0.2)
    script.replies["told"] = Card("Saved")
    form = await stage.press(ANN, await stage.command(ANN), "Tell")
    script.gate.clear()
    asked = asyncio.create_task(stage.submit(ANN, form, {"text": "x"}))
    await showing(stage, form.raw["view"], MOMENT)
    script.gate.set()
    assert "Saved" in (await asked).text


async def test_a_late_answer_to_a_button_follows_a_moment_later(opened: Open) -> None:
    stage, script = await opened(patience=0.2)
    menu = await stage.command(ANN)
    script.gate.clear()
    asked = asyncio.create_task(stage.press(ANN, menu, "Tell"))
    await showing(stage, menu.raw["view"], MOMENT)
    script.gate.set()
    assert (await asked).kind == "form"


async def test_a_core_that_raises_is_answered_calmly_and_acknowledged(opened: Open) -> None:
    stage, script = await opened()
    script.replies["told"] = RuntimeError("planted words")
    form = await stage.press(ANN, await stage.command(ANN), "Tell")
    screen = await stage.submit(ANN, form, {"text": "x"})
    assert "try again" in screen.text
    assert "planted" not in screen.text


async def test_a_core_that_raises_late_takes_no_acknowledgement_back(opened: Open) -> None:
    stage, script = await opened(patience=0.01)
    script.replies["menu"] = RuntimeError("planted words")
    script.gate.clear()
    asked = asyncio.create_task(stage.command(ANN))
    await called(stage, "views.open")
    script.gate.set()
    assert "try again" in (await asked).text


async def test_a_repeated_submission_shows_the_same_answer(opened: Open) -> None:
    stage, script = await opened()
    script.replies["told"] = Card("Saved", buttons=(Button("Tell", Address("tell")),))
    form = await stage.press(ANN, await stage.command(ANN), "Tell")
    screen = await stage.submit(ANN, form, {"text": "x"})
    await stage.repeat_last()
    assert [event.action for event in script.events[-2:]] == ["told", "told"]
    assert (await stage.press(ANN, screen, "Tell")).kind == "form"


async def test_a_double_click_leaves_one_screen(opened: Open) -> None:
    stage, _ = await opened()
    menu = await stage.command(ANN)
    screen = await stage.press(ANN, menu, "Tell")
    await stage.repeat_last()
    assert texts(stage.server.views[menu.raw["view"]].payload) == screen.text


async def test_two_presses_at_once_change_the_window_once(opened: Open) -> None:
    stage, script = await opened()
    menu = await stage.command(ANN)
    script.gate.clear()
    first = asyncio.create_task(stage.press(ANN, menu, "Tell"))
    await heard(script, 2)
    second = asyncio.create_task(stage.repeat_last())
    await heard(script, 3)
    script.gate.set()
    await asyncio.gather(first, second)
    shown = stage.server.views[menu.raw["view"]].changes
    assert shown == 2
    assert stage.server.calls.count("views.update") == 2


async def test_a_trigger_that_died_is_answered_beside_without_private_words(opened: Open) -> None:
    stage, script = await opened()
    stage.server.trigger_life = 0.0
    script.replies["menu"] = Card("Report", (Quote("private words"),))
    screen = await stage.command(ANN)
    assert "try again" in screen.text
    assert "private words" not in screen.text


async def test_an_aside_survives_a_trigger_that_died(opened: Open) -> None:
    stage, script = await opened(patience=0.01)
    stage.server.trigger_life = 0.0
    place = stage.add_channel(DESK, readers=(ANN,))
    ref = await stage.connection.platform.post(
        place, Card("Post", buttons=(Button("Stand", Address("stand")),)), "n"
    )
    script.replies["stand"] = Card("Kept", aside=True)
    script.gate.clear()
    asked = asyncio.create_task(stage.press_post(ANN, DESK, ref, "Stand"))
    await called(stage, "views.open")
    script.gate.set()
    assert "Kept" in (await asked).text


async def test_stopping_waits_for_the_answer_in_flight(opened: Open) -> None:
    stage, script = await opened(patience=0.01)
    script.gate.clear()
    asked = asyncio.create_task(stage.command(ANN))
    await called(stage, "views.open")
    closing = asyncio.create_task(stage.close())
    await asyncio.sleep(0)
    script.gate.set()
    assert "Only you see this." in (await asked).text
    await closing


async def test_a_press_is_acknowledged_only_after_it_is_done(opened: Open) -> None:
    stage, script = await opened()
    place = stage.add_channel(DESK, readers=(ANN,))
    post = Card("Post", buttons=(Button("Stand", Address("stand")),))
    ref = await stage.connection.platform.post(place, post, "n")
    script.replies["stand"] = Card("Kept", aside=True)
    script.gate.clear()
    acknowledged: list[bool] = []
    send = stage.wire.send

    async def watched(kind: str, payload: dict[str, object]) -> dict[str, object] | None:
        answer = await send(kind, payload)
        acknowledged.append(script.gate.is_set())
        return answer

    stage.wire.send = watched  # type: ignore[method-assign]  # to see when
    pressing = asyncio.create_task(stage.press_post(ANN, DESK, ref, "Stand"))
    await heard(script, 1)
    for _ in range(20):
        await asyncio.sleep(0.001)
    script.gate.set()
    assert "Kept" in (await pressing).text
    assert acknowledged == [True]
