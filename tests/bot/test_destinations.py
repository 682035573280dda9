from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.box import State
from bot.model import ChoiceField, Form
from bot.records import Change, RouteReport
from tests.bot.letterbox import (
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
    keep,
    quotes,
    read,
    rows,
    send,
    to_another_desk,
    withdraw,
)
from tests.world import TUESDAY, Channel, World, card, labels, said, world

SINCE = "Something happened since"
LABEL = "Something happened since:"


def desk_id(w: World, channel: str) -> str:
    ((found,),) = w.sql("SELECT id FROM desks WHERE channel = ?", channel)
    return bytes(found).hex()


async def since(w: World, receipt: str) -> Form:
    form = await w.press(WRITER, await come_back(w, receipt), SINCE)
    assert isinstance(form, Form), form
    return form


def asked(form: Form) -> list[str]:
    """The desks that a form lets choose from."""
    return [each.label for field in form.fields if isinstance(field, ChoiceField) for each in field.options]


async def _reviewing(w: World) -> str:
    receipt = await deliver(w)
    await w.press(HANDLER, await read(w), "We are looking into it")
    return receipt


async def _read(w: World) -> str:
    receipt = await deliver(w)
    await read(w)
    return receipt


async def _closed(w: World) -> str:
    receipt = await deliver(w)
    await close(w, "Settled.")
    return receipt


async def _withdrawn(w: World) -> str:
    receipt = await deliver(w)
    await withdraw(w, await come_back(w, receipt))
    return receipt


BRING: dict[State, Callable[[World], Awaitable[str]]] = {
    State.KEPT: keep,
    State.WAITING: send,
    State.WITH_HR: deliver,
    State.READ: _read,
    State.REVIEW: _reviewing,
    State.CLOSED: _closed,
    State.WITHDRAWN: _withdrawn,
}


@pytest.mark.parametrize("state", BRING)
async def test_what_happened_since_is_offered_on_every_case_but_one_that_was_taken_back(
    w: World, state: State
) -> None:
    box = await come_back(w, await BRING[state](w))
    if state is State.WITHDRAWN:
        assert SINCE not in labels(box)
        assert "undo taking it back, or write a new report: HR reads nothing here now." in said(box)
        assert box.here is not None
        forged = card(await w.act(WRITER, "box.since", box.here.ref))
        assert "cannot be done with this report now" in said(forged)
    else:
        assert (await fill_in(w, box, SINCE, "It happened again.")).title == "Added"
        assert quotes(await everything(w, box))[-1] == "It happened again."


async def test_the_form_asks_for_the_desk_only_where_another_one_may_get_it(w: World) -> None:
    receipt = await deliver(w)
    both = ["To the desk that has your report", "To another desk: #ombuds"]
    assert asked(await since(w, receipt)) == both
    channel = w.workplace.channels["ombuds"]
    channel.private = False
    assert asked(await since(w, receipt)) == []
    channel.private = True
    await to_another_desk(w, await come_back(w, receipt))
    assert asked(await since(w, receipt)) == []
    await w.pass_time(HOURS)
    assert asked(await since(w, receipt)) == []


async def test_a_desk_that_somebody_named_can_read_is_not_offered(w: World) -> None:
    assert asked(await since(w, await deliver(w, named=("P4",)))) == []


@pytest.mark.parametrize("bring", [keep, send])
async def test_before_a_desk_has_it_there_is_nothing_to_choose(
    w: World, bring: Callable[[World], Awaitable[str]]
) -> None:
    form = await since(w, await bring(w))
    assert [each.name for each in form.fields] == ["text"]


@pytest.mark.parametrize("closed", [False, True])
async def test_to_another_desk_the_first_never_gets_the_message(w: World, closed: bool) -> None:
    receipt = await deliver(w)
    if closed:
        await close(w, "Settled.")
        assert "opens the case again" in (await since(w, receipt)).fields[0].hint
    form, before = await since(w, receipt), [each.title for each in w.posts("hr-desk")]
    sent = await w.fill(WRITER, form, text="It happened again.", where=desk_id(w, "ombuds"))
    assert "Your whole report goes to the other desk with it" in said(sent)
    assert "State: Not with HR yet." in said(await come_back(w, receipt))
    assert w.sql("SELECT desk, closed FROM reports") == [(None, None)]
    for _ in range(3):
        assert "cannot be opened from here" in said(await read(w, HANDLER))
        assert "cannot be opened" in said(
            card(await w.press(HANDLER, w.posts("hr-desk")[0], before_button(w)))
        )
        await w.pass_time(timedelta(minutes=4))
    assert [each.title for each in w.posts("hr-desk")] == before
    await w.pass_time(2 * HOURS)
    assert [each.title.split()[-1] for each in w.posts("hr-desk")] == ["desk"]
    assert [each.title for each in w.posts("ombuds")] == ["A report arrived"]
    shown = await read(w, OTHER_HANDLER)
    assert quotes(shown)[-1] == "It happened again."
    assert LABEL in said(shown)
    assert "State: HR has read it." in said(await come_back(w, receipt))
    assert "Close the report" in labels(shown)


def before_button(w: World) -> str:
    return w.posts("hr-desk")[0].buttons[0].label


@pytest.mark.parametrize("bring", [_read, _reviewing, _closed])
async def test_to_the_desk_that_has_it_the_case_is_open_again_when_it_arrives(
    w: World, bring: Callable[[World], Awaitable[str]]
) -> None:
    receipt = await bring(w)
    await w.fill(WRITER, await since(w, receipt), text="It goes on.", where="same")
    was_closed = w.sql("SELECT closed IS NOT NULL FROM reports") == [(1,)]
    assert ("Closed by HR" in said(await come_back(w, receipt))) == was_closed
    await w.pass_time(HOURS)
    assert w.sql("SELECT closed FROM reports") == [(None,)]
    assert "next answer is due by" in said(await come_back(w, receipt))
    shown = await read(w)
    assert quotes(shown)[-1] == "It goes on."
    assert LABEL in said(shown)
    assert w.posts("ombuds") == []
    await close(w, "Settled again.")
    assert "State: Closed by HR." in said(await come_back(w, receipt))


async def test_message_and_way_to_another_desk_are_saved_together_or_not_at_all(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await deliver(w)
    form, real, seen = await since(w, receipt), w.store.write, list[tuple[Change, ...]]()

    async def failing(*changes: Change) -> tuple[bool, ...]:
        if any(isinstance(each, RouteReport) for each in changes):
            seen.append(changes)
            return await real(*changes, object())  # type: ignore[arg-type]  # the last of the transaction fails
        return await real(*changes)

    before = w.sql("SELECT * FROM reports"), w.sql("SELECT * FROM report_keys"), w.sql("SELECT * FROM outbox")
    monkeypatch.setattr(w.service._store, "_write", failing)
    refused = await w.fill(WRITER, form, text="Again.", where=desk_id(w, "ombuds"))
    assert refused.title == "metoo"
    now = w.sql("SELECT * FROM reports"), w.sql("SELECT * FROM report_keys"), w.sql("SELECT * FROM outbox")
    assert now == before
    assert rows(w, "messages") == {"messages": 0}
    assert {type(each).__name__ for each in seen[0]} == {"RouteReport", "AddOutbox", "AddMessage"}
    monkeypatch.undo()
    assert (await w.fill(WRITER, form, text="Again.", where=desk_id(w, "ombuds"))).title == "Added"
    assert rows(w, "messages") == {"messages": 1}


async def test_a_form_sent_again_is_one_message_and_one_way(w: World) -> None:
    receipt = await deliver(w)
    form, where = await since(w, receipt), desk_id(w, "ombuds")
    answers = await asyncio.gather(*(w.fill(WRITER, form, text="Once.", where=where) for _ in range(3)))
    assert {said(each) for each in answers} == {said(answers[0])}
    await w.pass_time(timedelta(minutes=30))
    assert said(await w.fill(WRITER, form, text="Once.", where=where)) == said(answers[0])
    await w.pass_time(2 * HOURS)
    assert quotes(await read(w, OTHER_HANDLER)) == ["It happened.", "Once."]
    assert len(w.posts("ombuds")) == len(w.posts("hr-desk")) == 1


async def test_sending_a_record_pressed_several_times_at_once_is_one_report_with_one_card(w: World) -> None:
    receipt = await keep(w, "First.")
    await fill_in(w, await come_back(w, receipt), "Add to it", "Second.")
    asked_once = card(await w.press(WRITER, await come_back(w, receipt), "Send it to HR"))
    boxes = await asyncio.gather(*(w.press(WRITER, asked_once, "Send") for _ in range(3)))
    assert all("State: Not with HR yet." in said(card(each)) for each in boxes)
    assert w.sql("SELECT count(*) FROM outbox WHERE kind IN ('report', 'note')") == [(2,)]
    await w.pass_time(HOURS)
    assert [each.title for each in w.posts("hr-desk")] == ["A report arrived"]


async def test_who_has_sent_much_today_can_send_a_record_tomorrow_and_loses_nothing(w: World) -> None:
    receipt = await keep(w)
    for _ in range(2):
        await send(w)
    asked_once = card(await w.press(WRITER, await come_back(w, receipt), "Send it to HR"))
    refused = said(card(await w.press(WRITER, asked_once, "Send")))
    assert "No more can be sent from here today. Nothing is lost: all of it stays as it is" in refused
    await w.pass_time(timedelta(days=1))
    asked_once = card(await w.press(WRITER, await come_back(w, receipt), "Send it to HR"))
    assert "State: Not with HR yet." in said(card(await w.press(WRITER, asked_once, "Send")))


async def test_trying_again_after_a_refusal_opens_the_form_once_more(w: World) -> None:
    box = await come_back(w, await deliver(w))
    for label in ("Add or answer", SINCE):
        refused = await fill_in(w, box, label, " ")
        assert "There is no text yet, so nothing was added." in said(refused)
        assert (await fill_in(w, refused, "Try again", "Now with words.")).title == "Added"
    assert rows(w, "messages") == {"messages": 2}


@pytest.mark.parametrize("where", ["hr-desk", "ombuds", "", "x", "ab" * 16, "'; --"])
async def test_a_desk_that_may_not_get_it_is_refused_in_a_sentence_and_nothing_is_kept(
    w: World, where: str
) -> None:
    receipt = await deliver(w, named=("P4",))
    form = await since(w, receipt)
    desk = desk_id(w, where) if where in {"hr-desk", "ombuds"} else where
    refused = await w.fill(WRITER, form, text="Again.", where=desk)
    if where:
        assert "The desk you chose cannot get it now" in said(refused)
        assert "nothing was kept of what you typed" in said(refused)
    else:  # nothing chosen is no mistake
        assert refused.title == "Added"
    assert rows(w, "messages") == {"messages": int(not where)}
    assert w.sql("SELECT desk IS NULL FROM reports") == [(0,)]
    await w.pass_time(HOURS)
    assert w.posts("ombuds") == []


async def test_of_three_desks_the_one_that_was_chosen_gets_it(tmp_path: Path) -> None:
    workspace = {"desks": ("hr-desk", "ombuds", "council")}
    async with world(tmp_path, start=TUESDAY, workspace=workspace) as w:
        w.workplace.channels["council"] = Channel("council", private=True, readers=frozenset({"P5"}))
        receipt = await deliver(w)
        form = await since(w, receipt)
        assert asked(form)[1:] == ["To another desk: #ombuds", "To another desk: #council"]
        await w.fill(WRITER, form, text="Again.", where=desk_id(w, "council"))
        await w.pass_time(HOURS)
        assert w.posts("ombuds") == []
        assert quotes(await read(w, "P5")) == ["It happened.", "Again."]
        assert "cannot be opened" in said(await read(w, OTHER_HANDLER))
        assert asked(await since(w, receipt))[1:] == ["To another desk: #ombuds"]


async def test_in_a_private_record_it_waits_with_the_rest_until_it_is_sent(w: World) -> None:
    receipt = await keep(w, "First.")
    kept = await w.fill(WRITER, await since(w, receipt), text="Second.")
    assert "Nobody but you can open it." in said(kept)
    await w.press(WRITER, card(await w.press(WRITER, await come_back(w, receipt), "Send it to HR")), "Send")
    await w.pass_time(HOURS)
    assert quotes(await read(w)) == ["First.", "Second."]
    assert LABEL in said(await read(w))


async def test_a_desk_that_gets_it_later_can_say_that_it_looks_into_it_too(w: World) -> None:
    receipt = await _reviewing(w)
    await answer(w, "From the first.")
    await to_another_desk(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    reading = await read(w, OTHER_HANDLER)
    again = card(await w.press(OTHER_HANDLER, reading, "We are looking into it"))
    assert "We are looking into it" not in labels(again)
    assert "State: HR is looking into it." in said(await come_back(w, receipt))
    await w.press(OTHER_HANDLER, reading, "We are looking into it")
    assert rows(w, "messages") == {"messages": 3}


async def test_what_is_final_about_another_desk_is_said_before(w: World) -> None:
    receipt = await deliver(w)
    asked_once = card(await w.press(WRITER, await come_back(w, receipt), "Send to another desk"))
    assert "A desk that had it before cannot open it any more, and does not get it again." in said(asked_once)
    await w.press(WRITER, asked_once, "Send")
    back = card(await w.press(WRITER, await come_back(w, receipt), "Take it back"))
    assert "A desk had it before. What it has read it may have to act on." in said(back)
    kept = card(await w.press(WRITER, await come_back(w, await keep(w)), "Send it to HR"))
    assert "You can take it back later, but what HR has read it may have to act on." in said(kept)
