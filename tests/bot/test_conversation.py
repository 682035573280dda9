from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.conversation import DESK, REPORTER, Kind, Said, answer_due
from bot.model import Form, Paragraph, People, TextField
from bot.records import MessageRow, ReportRow
from tests.bot.letterbox import (
    DAY,
    HANDLER,
    HOURS,
    OTHER_HANDLER,
    WRITER,
    answer,
    close,
    come_back,
    deliver,
    everything,
    fill_in,
    left,
    quotes,
    read,
    rows,
    send,
    to_another_desk,
    withdraw,
)
from tests.trace import forms_of_id, forms_of_text, found
from tests.world import World, card, labels, said

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEK = timedelta(days=7)


def in_a_week(moment: datetime) -> datetime:
    return moment + WEEK


def _report(*, delivered: datetime | None = NOON, closed: datetime | None = None) -> ReportRow:
    empty = bytes(16)
    return ReportRow(
        empty, "s:w", "2026-W48", b"", b"", empty, b"", "2028-11", delivered=delivered, closed=closed
    )


def _row(side: str, hours: float | None) -> MessageRow:
    at = None if hours is None else NOON + timedelta(hours=hours)
    return MessageRow(bytes(16), bytes(16), side, "2026-W48", b"", at)


@pytest.mark.parametrize(
    ("rows", "due"),
    [
        ((), 0),
        (((REPORTER, None),), 0),
        (((DESK, 1),), None),
        (((DESK, 1), (REPORTER, None)), None),
        (((DESK, 1), (REPORTER, 2)), 2),
        (((DESK, 1), (REPORTER, 2), (REPORTER, 3)), 2),
        (((REPORTER, 2), (DESK, 3)), None),
        (((REPORTER, 2), (DESK, 3), (REPORTER, 4), (REPORTER, 9)), 4),
    ],
)
def test_an_answer_is_due_after_the_first_thing_that_has_none(
    rows: tuple[tuple[str, float | None], ...], due: float | None
) -> None:
    expected = None if due is None else NOON + timedelta(hours=due) + WEEK
    assert answer_due(_report(), [_row(*each) for each in rows], in_a_week) == expected


def test_no_answer_is_due_before_delivery_or_after_closing() -> None:
    assert answer_due(_report(delivered=None), [], in_a_week) is None
    assert answer_due(_report(closed=NOON), [_row(REPORTER, 1)], in_a_week) is None


@pytest.mark.parametrize("kind", Kind)
def test_what_was_said_survives_being_kept(kind: Kind) -> None:
    said = Said(kind, 'ä "quoted" \\ \n 😀', "U1")
    assert Said.from_json(said.to_json()) == said
    assert "quoted" not in repr(said)


async def test_both_sides_reread_the_whole_thread(w: World) -> None:
    receipt = await deliver(w, "It happened.")
    await answer(w, "Thank you. Where was it?")
    await fill_in(w, await come_back(w, receipt), "Add or answer", "On the stairs.")
    await w.pass_time(HOURS)
    await answer(w, "We look into it.", user="P3")
    thread = ["It happened.", "Thank you. Where was it?", "On the stairs.", "We look into it."]
    for user in ("P1", "P2", "P3"):
        assert quotes(await read(w, user)) == thread
    assert quotes(await everything(w, await come_back(w, receipt))) == thread
    for stranger in ("P4", "P20", "P40"):
        assert "cannot be opened from here" in said(await read(w, stranger))


async def test_a_handler_signs_with_their_name_or_as_the_desk(w: World) -> None:
    receipt = await deliver(w)
    await answer(w, "From all of us.")
    box = await come_back(w, receipt)
    assert [block for block in box.body if isinstance(block, People)] == []
    await answer(w, "From me.", signed="name", user="P2")
    box = await come_back(w, receipt)
    assert [block.ids for block in box.body if isinstance(block, People)] == [("P2",)]
    assert quotes(box) == ["From me."]
    content = await left(w)
    assert b"From me." not in content


async def test_nothing_reaches_the_desk_before_its_delay(w: World) -> None:
    receipt = await deliver(w)
    await answer(w, "Where was it?")
    added = await fill_in(w, await come_back(w, receipt), "Add or answer", "On the stairs.")
    assert "between 15 min and 4 h from now.\nWe cannot message you" in said(added)
    await w.pass_time(timedelta(minutes=14))
    assert "On the stairs." not in quotes(await read(w))
    assert len(w.posts("hr-desk")) == 1
    own = await everything(w, await come_back(w, receipt))
    assert any(isinstance(each, Paragraph) and "not with HR yet" in each.text for each in own.body)
    await w.pass_time(HOURS)
    assert "On the stairs." in quotes(await read(w))
    assert len(w.posts("hr-desk")) == 2


async def test_what_is_added_before_the_report_arrives_comes_no_earlier_than_its_own_delay(
    w: World,
) -> None:
    receipt = await send(w, "First.")
    await fill_in(w, await come_back(w, receipt), "Add or answer", "Second.")
    dues = w.sql("SELECT kind, due FROM outbox WHERE kind IN ('report', 'note') ORDER BY due DESC")
    assert {kind for kind, _ in dues} == {"report", "note"}
    await w.pass_time(HOURS)
    assert quotes(await read(w)) == ["First.", "Second."]


async def test_cards_in_the_desk_never_contain_a_word_of_it(w: World) -> None:
    receipt = await deliver(w, "Secret-Zaunkönig", category="touch")
    await answer(w, "Secret-Amsel")
    for label in ("Add or answer", "Something happened since"):
        await fill_in(w, await come_back(w, receipt, "P30"), label, "Secret-Dohle", "P30")
    box = await come_back(w, receipt)
    await w.press(WRITER, card(await w.press(WRITER, box, "Tell HR who I am")), "Tell HR who I am")
    await w.pass_time(HOURS)
    await close(w, "Secret-Elster")
    shown = repr([(each, said(each), [vars_of(block) for block in each.body]) for each in w.posts("hr-desk")])
    assert len(w.posts("hr-desk")) == 4
    assert "Secret" not in shown
    assert WRITER not in shown


def vars_of(block: object) -> list[object]:
    return [getattr(block, name) for name in getattr(type(block), "__slots__", ())]


async def test_a_form_sent_twice_is_one_message(w: World) -> None:
    receipt = await deliver(w)
    form = await w.press(WRITER, await come_back(w, receipt), "Add or answer")
    assert isinstance(form, Form)
    answers = await asyncio.gather(*(w.fill(WRITER, form, text="Once.") for _ in range(3)))
    assert {each.title for each in answers} == {"Added"}
    reply = await w.press(HANDLER, await read(w), "Answer")
    assert isinstance(reply, Form)
    read_again = await asyncio.gather(*(w.fill(HANDLER, reply, text="One answer.") for _ in range(3)))
    assert all("One answer." in quotes(each) for each in read_again)
    await w.pass_time(HOURS)
    assert rows(w, "messages") == {"messages": 2}
    assert sorted(quotes(await read(w))) == ["It happened.", "Once.", "One answer."]
    assert len(w.posts("hr-desk")) == 2


async def test_two_forms_are_two_messages_even_with_the_same_words(w: World) -> None:
    receipt = await deliver(w)
    for _ in range(2):
        await fill_in(w, await come_back(w, receipt), "Add or answer", "Again.")
    assert quotes(await everything(w, await come_back(w, receipt))) == ["It happened.", "Again.", "Again."]


async def test_of_two_handlers_who_answer_at_once_one_is_heard_and_the_other_decides_again(w: World) -> None:
    receipt = await deliver(w)
    forms = [await w.press(user, await read(w, user), "Answer") for user in ("P1", "P2")]
    mine = await w.press(WRITER, await come_back(w, receipt), "Add or answer")
    one, two = forms
    assert isinstance(one, Form)
    assert isinstance(two, Form)
    assert isinstance(mine, Form)
    first, second, _ = await asyncio.gather(
        w.fill("P1", one, text="One.", signed="name"),
        w.fill("P2", two, text="Two.", signed="name"),
        w.fill(WRITER, mine, text="Three."),
    )
    sent, late = (first, second) if first.title.startswith("Report ") else (second, first)
    (kept,), (lost,) = quotes(sent)[1:], quotes(late)
    assert {kept, lost} == {"One.", "Two."}
    assert "Somebody else at this desk did something" in said(late)
    assert sorted(quotes(await everything(w, await come_back(w, receipt)))[1:]) == sorted([kept, "Three."])
    user = "P1" if lost == "One." else "P2"
    again = card(await w.press(user, late, "Read it again"))
    assert quotes(again)[1:] == [kept]
    await fill_in(w, again, "Answer", lost, user)
    await w.pass_time(HOURS)
    for handler in ("P1", "P2", "P3"):
        assert sorted(quotes(await read(w, handler))[1:]) == ["One.", "Three.", "Two."]


async def test_an_answer_and_a_closing_at_once_are_not_both_sent_unseen(w: World) -> None:
    receipt = await deliver(w)
    shown = await read(w), await read(w, "P2")
    closing = await w.press("P2", shown[1], "Close the report")
    assert isinstance(closing, Form)
    await fill_in(w, shown[0], "Answer", "Tell us more, please.", "P1")
    late = await w.fill("P2", closing, text="Nothing came.", outcome="unclear")
    assert quotes(late) == ["Nothing came."]
    assert "Closed" not in said(await come_back(w, receipt))
    again = card(await w.press("P2", late, "Read it again"))
    await fill_in(w, again, "Close the report", "Now it is clear.", "P2", outcome="acted")
    assert "Closed" in said(await come_back(w, receipt))


async def test_a_handler_who_answers_a_withdrawn_report_is_told_and_nothing_is_kept(w: World) -> None:
    receipt = await deliver(w)
    reading = await read(w)
    answering, closing = [await w.press(HANDLER, reading, each) for each in ("Answer", "Close the report")]
    assert isinstance(answering, Form)
    assert isinstance(closing, Form)
    await withdraw(w, await come_back(w, receipt))
    for form in (answering, closing):
        refused = await w.fill(HANDLER, form, text="Too late.")
        assert "This changed in the meantime, so nothing was done." in said(refused)
    for label in ("We are looking into it", "Ask once who wrote"):
        assert "This changed in the meantime" in said(card(await w.press(HANDLER, reading, label)))
    assert w.sql("SELECT count(*) FROM messages WHERE side = 'desk'") == [(0,)]
    assert w.sql("SELECT reviewing, closed FROM reports") == [(None, None)]


async def test_the_desk_asks_once_who_wrote_and_a_second_time_is_refused_kindly(w: World) -> None:
    receipt = await deliver(w)
    reading = await read(w)
    await asyncio.gather(*(w.press(user, reading, "Ask once who wrote") for user in ("P1", "P2")))
    assert rows(w, "messages") == {"messages": 1}
    asked = await read(w, "P3")
    assert "Asked the writer once who they are; they need not answer." in said(asked)
    assert "Ask once who wrote" not in labels(asked)
    assert "asks once whether you want to say who you are. You need not" in said(await come_back(w, receipt))
    for user in ("P1", "P3"):
        refused = said(card(await w.press(user, reading, "Ask once who wrote")))
        assert "The writer has been asked once already. To ask again would press them" in refused
    assert rows(w, "messages") == {"messages": 1}


async def test_another_desk_cannot_ask_a_second_time_either(w: World) -> None:
    receipt = await deliver(w)
    await w.press(HANDLER, await read(w), "Ask once who wrote")
    await to_another_desk(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    reading = await read(w, OTHER_HANDLER)
    assert "Ask once who wrote" not in labels(reading)
    forged = card(await w.act(OTHER_HANDLER, "desk.ask", reading.buttons[0].to.ref))
    assert "The writer has been asked once already." in said(forged)
    assert rows(w, "messages") == {"messages": 1}


async def test_only_the_desk_sees_who_wrote_and_the_store_keeps_no_trace_of_it(w: World) -> None:
    writer = "canary-person-77"
    w.workplace.people[writer] = w.workplace.people.pop(WRITER)
    receipt = await deliver(w, "It happened.")
    box = await come_back(w, receipt, writer)
    asked = card(await w.press(writer, box, "Tell HR who I am"))
    assert "This cannot be untold." in said(asked)
    for _ in range(2):
        assert card(await w.press(writer, asked, "Tell HR who I am")).title == "Added"
    after = labels(await come_back(w, receipt, writer))
    assert "Tell HR who I am" not in after
    assert "Meet with someone I trust" in after
    assert all(not isinstance(each, People) for each in (await read(w)).body)
    await w.pass_time(HOURS)
    reading = await read(w)
    assert [each.ids for each in reading.body if isinstance(each, People)] == [(writer,)]
    assert "Ask once who wrote" not in labels(reading)
    assert rows(w, "messages") == {"messages": 1}
    content = await left(w)
    assert found(forms_of_id(writer), content) == []
    assert found(forms_of_text("hr-desk"), content) != []


async def test_a_meeting_can_be_asked_for_without_a_name(w: World) -> None:
    receipt = await deliver(w)
    asked = card(await w.press(WRITER, await come_back(w, receipt), "Tell HR who I am"))
    form = await w.press(WRITER, asked, "Meet with someone I trust instead")
    assert isinstance(form, Form)
    (field,) = form.fields
    assert isinstance(field, TextField)
    assert "with somebody I trust beside me" in field.value
    assert "Your name goes along only if you write it." in field.hint
    await w.fill(WRITER, form, text="Tuesday at the works council.")
    await w.pass_time(HOURS)
    reading = await read(w)
    assert "The writer would like to meet, with someone they trust:" in said(reading)
    assert quotes(reading)[-1] == "Tuesday at the works council."
    assert all(not isinstance(each, People) for each in reading.body)


@pytest.mark.parametrize("text", ["", "  \n\u3000"])
async def test_nothing_is_added_and_nothing_sent_without_text(w: World, text: str) -> None:
    receipt = await deliver(w)
    refused = await fill_in(w, await come_back(w, receipt), "Add or answer", text)
    assert "There is no text yet, so nothing was added." in said(refused)
    refused = await fill_in(w, await read(w), "Close the report", text, HANDLER)
    assert "There is no text yet, so nothing was sent." in said(refused)
    assert rows(w, "messages") == {"messages": 0}


async def test_a_text_that_is_too_long_is_refused_in_words_that_are_true(w: World) -> None:
    receipt = await deliver(w)
    refused = await fill_in(w, await come_back(w, receipt), "Add or answer", "ä" * 40_007)
    assert "This is 7 characters longer than fits, so nothing was added." in said(refused)
    refused = await fill_in(w, await read(w), "Answer", "ä" * 40_007, HANDLER)
    assert "This is 7 characters longer than fits, so nothing was sent." in said(refused)
    assert (await fill_in(w, await come_back(w, receipt), "Add or answer", "ä" * 40_000)).title == "Added"


async def test_who_adds_very_much_in_a_day_hears_it_before_writing_and_that_nothing_is_lost(w: World) -> None:
    box = await come_back(w, await deliver(w))
    late = await w.press(WRITER, box, "Add or answer")
    assert isinstance(late, Form)
    for n in range(20):
        assert (await fill_in(w, box, "Add or answer", f"{n}")).title == "Added"
    for label in ("Add or answer", "Something happened since"):
        refused = card(await w.press(WRITER, box, label))
        assert "Please add more tomorrow; what you added before is safe." in said(refused)
    assert "Please add more tomorrow" in said(await w.fill(WRITER, late, text="one more"))
    assert rows(w, "messages") == {"messages": 20}
    await w.pass_time(DAY)
    assert len(quotes(await read(w))) == 21
