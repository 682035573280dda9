"""What a handler sees of a report: on the card in the channel, before its words, and with them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import Card, ChoiceField, Form, People, TextField
from tests.bot.letterbox import (
    COLLEAGUE,
    HANDLER,
    WRITER,
    answer,
    close,
    come_back,
    deliver,
    desk_card,
    everything,
    fill_in,
    quotes,
    read,
    withdraw,
)
from tests.world import SHOW, World, card, labels, said

HOURS = timedelta(hours=5)
TEXT = "Planted-Dachs-812: she stood in the door."


async def front(w: World, user: str = HANDLER) -> Card:
    return card(await w.press(user, desk_card(w), "Read privately"))


def rows(shown: Card) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in said(shown).splitlines() if ": " in line)


async def test_kind_and_mark_come_first_and_the_words_on_a_second_press(w: World) -> None:
    await deliver(w, TEXT, category="touch", named=("P30",))
    work = card(await w.press(COLLEAGUE, await front(w, COLLEAGUE), "Work on this case"))
    await w.press(COLLEAGUE, work, "Mark a safety concern")
    shown = await front(w)
    assert said(shown).splitlines()[1].startswith("A safety concern is marked.")
    assert "Kind: Touch" in said(shown)
    assert [each.ids for each in shown.body if isinstance(each, People)] == [("P30",)]
    assert quotes(shown) == []
    assert labels(shown)[0] == SHOW
    assert quotes(card(await w.press(HANDLER, shown, SHOW))) == [TEXT]


async def test_its_writer_is_told_that_it_was_read_only_once_the_words_were_shown(w: World) -> None:
    receipt = await deliver(w, TEXT)
    shown = await front(w)
    await w.press(HANDLER, shown, "Work on this case")
    assert "With HR, not read yet." in said(await come_back(w, receipt))
    await w.press(HANDLER, shown, SHOW)
    assert "HR has read it." in said(await come_back(w, receipt))


async def test_of_a_report_that_was_taken_back_both_presses_say_so(w: World) -> None:
    receipt = await deliver(w, TEXT)
    shown = await front(w)
    await withdraw(w, await come_back(w, receipt))
    for each in (card(await w.press(HANDLER, shown, SHOW)), await front(w)):
        assert "Its writer took this report back" in said(each)
        assert labels(each) == []


async def test_the_card_says_state_age_and_what_is_due_and_follows_what_the_desk_does(w: World) -> None:
    await deliver(w, TEXT)
    first = rows(desk_card(w))
    assert first["State"] == "Nobody has read it yet"
    assert first["Here since"] == "2026-11-24"
    assert first["Next answer due"] == "2026-12-01"
    assert first["Outcome due"] == "2027-02-24"
    shown = await w.read(HANDLER, desk_card(w))
    await w.settle()
    assert rows(desk_card(w))["State"] == "Read"
    await w.press(HANDLER, shown, "We are looking into it")
    await w.settle()
    assert rows(desk_card(w))["State"] == "Being looked into"
    assert rows(desk_card(w))["Next answer due"] == "no answer is due"
    await close(w, "Done.")
    await w.settle()
    assert rows(desk_card(w))["State"] == "Closed"
    assert "Outcome due" not in rows(desk_card(w))
    assert len(w.posts("hr-desk")) == 1
    assert TEXT not in str(w.posts("hr-desk"))


async def test_the_card_does_not_move_with_its_writer_but_with_what_has_arrived(w: World) -> None:
    receipt = await deliver(w, TEXT)
    await answer(w, "We have read it.")
    await close(w, "Done.")
    await w.settle()
    before = desk_card(w)
    await fill_in(w, await come_back(w, receipt), "Add or answer", "It goes on.")
    await w.pass_time(timedelta(minutes=14))
    assert desk_card(w) == before
    await w.pass_time(HOURS)
    assert rows(desk_card(w))["State"] == "Read"
    assert rows(desk_card(w))["Next answer due"] == "2026-12-01"


async def test_a_card_is_not_renewed_where_somebody_removed_it_or_everybody_could_see_it(w: World) -> None:
    await deliver(w, TEXT)
    w.workplace.channels["hr-desk"].private = False
    w.sql("UPDATE reports SET opened = delivered")
    await w.jump(timedelta(hours=1))
    assert rows(desk_card(w))["State"] == "Nobody has read it yet"
    w.workplace.channels["hr-desk"].private = True
    shown = await w.read(HANDLER, desk_card(w))
    w.sql("DELETE FROM posts WHERE kind = 'report'")
    await w.press(HANDLER, shown, "We are looking into it")
    await w.jump(timedelta(hours=1))
    assert [each.title for each in w.posts("hr-desk")].count("A report arrived") == 1


async def test_a_ready_phrase_stands_before_ones_own_words_or_alone(w: World) -> None:
    receipt = await deliver(w, TEXT)
    form = await w.press(HANDLER, await read(w), "Answer")
    assert isinstance(form, Form)
    (phrase,) = (each for each in form.fields if isinstance(each, ChoiceField) and each.name == "phrase")
    thanks = next(each.label for each in phrase.options if each.value == "thanks")
    assert all(len(each.label) <= 75 for each in phrase.options)  # all of it is seen before it is sent
    await w.fill(HANDLER, form, phrase="thanks", text="I am Linden.")
    await fill_in(w, await read(w), "Answer", "", HANDLER, phrase="more")
    told = quotes(await everything(w, await come_back(w, receipt)))
    assert told[1] == f"{thanks}\n\nI am Linden."
    assert told[2] == "It would help us to know more, if you want to tell. You need not."


async def test_with_an_answer_a_desk_sets_what_its_writer_reads_as_the_state(w: World) -> None:
    receipt = await deliver(w, TEXT)
    shown = await fill_in(w, await read(w), "Answer", "", HANDLER, state="wait")
    assert "The writer reads as the state: HR waits for something that is not in its hands." in said(shown)
    assert "State: HR waits for something" in said(await come_back(w, receipt))
    await w.settle()
    assert rows(desk_card(w))["State"] == "Being looked into"
    await close(w, "Done.")
    assert "State: Closed by HR." in said(await come_back(w, receipt))


async def test_an_answer_without_text_phrase_and_state_is_none(w: World) -> None:
    await deliver(w, TEXT)
    assert "There is no text yet" in said(await fill_in(w, await read(w), "Answer", " ", HANDLER))
    assert "There is no text yet" in said(await fill_in(w, await read(w), "Answer", "", HANDLER, phrase="x"))
    assert w.sql("SELECT count(*) FROM messages") == [(0,)]


async def test_what_another_desk_said_of_the_state_is_not_the_state_of_the_next(w: World) -> None:
    receipt = await deliver(w, TEXT)
    await fill_in(w, await read(w), "Answer", "", HANDLER, state="act")
    asked = card(await w.press(WRITER, await come_back(w, receipt), "Send to another desk"))
    await w.press(WRITER, asked, "Send")
    await w.pass_time(HOURS)
    assert "State: With HR, not read yet." in said(await come_back(w, receipt))


@pytest.mark.parametrize("label", ["Answer", "Close the report"])
async def test_no_form_of_a_handler_has_more_fields_than_fit(w: World, label: str) -> None:
    await deliver(w, TEXT)
    form = await w.press(HANDLER, await read(w), label)
    assert isinstance(form, Form)
    assert [each.name for each in form.fields if isinstance(each, TextField)] == ["text"]
