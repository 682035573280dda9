"""A writer's own words for colleagues: never unapproved, never changed by anybody else, taken back at any time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Card, Form
from tests.bot.letterbox import (
    COLLEAGUE,
    HANDLER,
    WRITER,
    come_back,
    everything,
    left,
    quotes,
    read,
    to_another_desk,
    withdraw,
)
from tests.world import TUESDAY, World, card, labels, said, words, world

HOURS, WEEKS = timedelta(hours=5), timedelta(days=22)
MINE = "planted-words-31: I said no, and it went on."
LESS = "planted-words-32: I said no."
SHOWN, ASK = "Words for colleagues to approve", "Ask for other words"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY) as built:
        yield built


async def shared(w: World) -> str:
    """A report at its desk, read there, of which colleagues may learn; its words."""
    receipt = words(await w.report(WRITER, text="x", share="yes"))
    await w.pass_time(HOURS)
    await read(w)
    return receipt


async def sharing(w: World, receipt: str) -> Card:
    return card(await w.press(WRITER, await come_back(w, receipt), "What colleagues may see"))


async def add(w: World, receipt: str, text: str = MINE) -> Card:
    shown = await sharing(w, receipt)
    label = next(each for each in labels(shown) if each in {"Add words of my own", "Other words"})
    form = await w.press(WRITER, shown, label)
    assert isinstance(form, Form)
    return await w.fill(WRITER, form, text=text)


async def to_approve(w: World, user: str = HANDLER) -> Card:
    return card(await w.press(user, await read(w, user), SHOWN))


async def approve(w: World, user: str = HANDLER) -> Card:
    return card(await w.press(user, await to_approve(w, user), "Approve exactly these words"))


def statements(w: World) -> list[Card]:
    return [each for each in w.posts("solidarity") if each.title == "Someone spoke up"]


async def test_a_handler_reads_the_exact_words_and_only_then_colleagues_do(w: World) -> None:
    receipt = await shared(w)
    assert "HR has not agreed to these words yet." in said(await add(w, receipt))
    await w.pass_time(HOURS)
    assert quotes(await to_approve(w)) == [MINE]
    assert "These words are approved." in said(await approve(w))
    assert statements(w) == []
    assert "HR agreed to these words." in said(await sharing(w, receipt))
    assert "The desk agreed to your words" in said(await everything(w, await come_back(w, receipt)))
    await w.jump(WEEKS)
    (statement,) = statements(w)
    assert quotes(statement) == [MINE]
    assert MINE.encode() not in await left(w)


async def test_words_that_nobody_approved_never_appear_and_the_statement_does(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.jump(WEEKS)
    (statement,) = statements(w)
    assert quotes(statement) == []
    await approve(w)
    await w.settle()
    assert [quotes(each) for each in statements(w)] == [[MINE]]


async def test_words_reach_the_desk_late_as_everything_does(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(timedelta(minutes=14))
    assert SHOWN not in labels(await read(w))
    await w.pass_time(HOURS)
    assert SHOWN in labels(await read(w))


async def test_an_approval_hurries_no_statement(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(HOURS)
    await approve(w)
    await w.jump(timedelta(days=6))
    assert statements(w) == []


async def test_other_words_take_the_place_of_approved_ones_and_wait_for_a_handler_again(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(HOURS)
    await approve(w)
    await w.jump(WEEKS)
    await add(w, receipt, LESS)
    await w.pass_time(HOURS)
    assert [quotes(each) for each in statements(w)] == [[]]
    assert quotes(await approve(w, COLLEAGUE)) == [LESS]
    await w.settle()
    assert [quotes(each) for each in statements(w)] == [[LESS]]


async def test_words_are_taken_back_and_the_statement_stays(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(HOURS)
    await approve(w)
    await w.jump(WEEKS)
    await w.press(WRITER, await sharing(w, receipt), "Take my words back")
    await w.pass_time(HOURS)
    assert [quotes(each) for each in statements(w)] == [[]]
    assert SHOWN not in labels(await read(w))
    assert "Add words of my own" in labels(await sharing(w, receipt))


async def test_taking_words_back_before_the_statement_does_not_hurry_it(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.press(WRITER, await sharing(w, receipt), "Take my words back")
    await w.jump(timedelta(days=6))
    assert statements(w) == []


async def test_who_shares_nothing_any_more_shares_no_words_either(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(HOURS)
    await w.press(WRITER, await sharing(w, receipt), "Share nothing")
    assert SHOWN not in labels(await read(w))
    await w.press(WRITER, await sharing(w, receipt), "Share that it happened")
    assert "Add words of my own" in labels(await sharing(w, receipt))


async def test_a_handler_asks_for_other_words_and_changes_none(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(HOURS)
    form = await w.press(HANDLER, await to_approve(w), ASK)
    assert isinstance(form, Form)
    await w.fill(HANDLER, form, text="Please leave the year out.")
    box = await come_back(w, receipt)
    assert "The desk asks you for other words for colleagues:" in said(box)
    assert quotes(box) == ["Please leave the year out."]
    await w.jump(WEEKS)
    assert [quotes(each) for each in statements(w)] == [[]]


async def test_words_that_changed_between_reading_and_approving_are_not_approved(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(HOURS)
    shown = await to_approve(w)
    await add(w, receipt, LESS)
    for _ in range(2):
        refused = card(await w.press(HANDLER, shown, "Approve exactly these words"))
        assert "This changed in the meantime" in said(refused)
        await w.pass_time(HOURS)
    await w.jump(WEEKS)
    assert [quotes(each) for each in statements(w)] == [[]]


async def test_another_desk_approves_for_itself(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(HOURS)
    await approve(w)
    await to_another_desk(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    assert "HR has not agreed to these words yet." in said(await sharing(w, receipt))
    await w.jump(WEEKS)
    assert [quotes(each) for each in statements(w)] == [[]]


async def test_words_go_with_a_report_that_is_taken_back(w: World) -> None:
    receipt = await shared(w)
    await add(w, receipt)
    await w.pass_time(HOURS)
    await approve(w)
    await w.jump(WEEKS)
    await withdraw(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    assert statements(w) == []
    assert MINE not in str([quotes(each) for each in w.posts("solidarity")])


async def test_too_many_words_and_none_are_not_kept(w: World) -> None:
    receipt = await shared(w)
    assert "5 characters longer than fits" in said(await add(w, receipt, "x" * 505))
    assert "There is no text yet" in said(await add(w, receipt, "  "))
    assert "Add words of my own" in labels(await sharing(w, receipt))


async def test_without_sharing_words_are_neither_offered_nor_taken(w: World) -> None:
    receipt = words(await w.report(WRITER, text="x"))
    await w.pass_time(HOURS)
    shown = await sharing(w, receipt)
    assert "Add words of my own" not in labels(shown)
    key = shown.buttons[0].to.ref
    refused = card(await w.act(WRITER, "box.worded", f"{key}.x", {"text": (MINE,)}))
    assert "This cannot be done with this report now." in said(refused)
    assert w.sql("SELECT count(*) FROM messages") == [(0,)]


@pytest.mark.parametrize("action", ["words.show", "words.yes", "words.other", "words.asked"])
@pytest.mark.parametrize("user", ["P30", "P4"])
async def test_who_may_not_read_the_report_may_not_approve(w: World, action: str, user: str) -> None:
    await add(w, await shared(w))
    await w.pass_time(HOURS)
    (yes,) = (each for each in (await to_approve(w)).buttons if each.to.action == "words.yes")
    refused = card(await w.act(user, action, yes.to.ref, {"text": ("x",)}))
    assert "cannot be opened from here" in said(refused)


async def test_a_report_that_left_its_desk_because_of_somebody_named_is_never_a_statement(w: World) -> None:
    receipt = words(await w.report(WRITER, text="x", share="yes", named=("P9",)))
    await w.pass_time(HOURS)
    await w.read(HANDLER, w.posts("hr-desk")[0])
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    await w.pass_time(timedelta(hours=3))
    assert "A report arrived" in [each.title for each in w.posts("ombuds")]
    await w.read("P4", w.posts("ombuds")[0])
    await w.jump(WEEKS)
    await w.jump(WEEKS)
    assert statements(w) == []
    assert (await come_back(w, receipt)).title == "Your report"
