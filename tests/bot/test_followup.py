from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import StoreError
from bot.model import Form
from bot.records import Change, Withdraw
from tests.bot.letterbox import (
    DAY,
    HANDLER,
    HOURS,
    OTHER_HANDLER,
    WRITER,
    answer,
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
from tests.trace import forms_of_text, found
from tests.world import World, card, labels, said

PLANTED = "Planted-Kernbeißer-5512"
ALL = ("reports", "report_keys", "messages")


async def test_before_delivery_everything_is_erased_at_once_and_no_byte_is_left(w: World) -> None:
    preview = await w.write(WRITER, text="something else")
    receipt = await send(w, PLANTED)
    await fill_in(w, await come_back(w, receipt), "Add or answer", f"{PLANTED}-more")
    sealed = [row[0] for row in w.sql("SELECT body FROM reports UNION SELECT body FROM messages")]
    assert len(sealed) == 2
    there = await left(w)
    assert all(each[:64] in there for each in sealed)
    asked = card(await w.press(WRITER, await come_back(w, receipt), "Take it back"))
    assert "No desk has it. It is erased here at once, and in backups when the key of their" in said(asked)
    assert "This cannot be undone." in said(asked)
    assert rows(w, "reports") == {"reports": 1}
    gone = card(await w.press(WRITER, asked, "Take it back"))
    assert "It is erased. The words open nothing any more" in said(gone)
    assert rows(w, *ALL) == dict.fromkeys(ALL, 0)
    assert w.sql("SELECT kind FROM outbox WHERE kind IN ('report', 'note', 'erase', 'statement')") == []
    content = await left(w)
    assert all(each[:64] not in content for each in sealed)
    assert found(forms_of_text(PLANTED), content) == []
    await w.pass_time(HOURS)
    assert w.posts("hr-desk") == []
    assert preview.title == "Before you send"


async def test_after_delivery_the_text_is_hidden_at_once_and_erased_after_seven_days(w: World) -> None:
    receipt = await deliver(w, PLANTED)
    await answer(w, "We read it.")
    sealed = [row[0] for row in w.sql("SELECT body FROM reports UNION SELECT body FROM messages")]
    asked = card(await w.press(WRITER, await come_back(w, receipt), "Take it back"))
    assert "HR has read this and may have to act. We ask it to stop; the text is hidden now" in said(asked)
    assert "erased by 2026-12-02" in said(asked)
    taken = card(await w.press(WRITER, asked, "Take it back"))
    assert "State: Taken back. HR cannot open it any more." in said(taken)
    assert "It is erased about a week after you took it back, unless a legal hold applies by then." in said(
        taken
    )
    assert "Until then your words undo this." in said(taken)
    hidden = await read(w)
    assert quotes(hidden) == []
    assert "asks you to stop" in said(hidden)
    assert w.posts("hr-desk")[0].title == "A report arrived"
    await w.pass_time(HOURS)
    assert "was taken back" in w.posts("hr-desk")[0].title
    await w.pass_time(timedelta(days=6, hours=18))
    assert "Undo taking it back" in labels(await come_back(w, receipt))
    await w.pass_time(timedelta(days=1, hours=2))
    assert rows(w, *ALL) == dict.fromkeys(ALL, 0)
    content = await left(w)
    assert all(each[:64] not in content for each in sealed)
    assert "These words open nothing here." in said(await come_back(w, receipt))


async def test_undo_brings_back_everything_and_stops_the_erasure(w: World) -> None:
    receipt = await deliver(w, PLANTED)
    await withdraw(w, await come_back(w, receipt))
    await w.pass_time(6 * DAY)
    box = card(await w.press(WRITER, await come_back(w, receipt), "Undo taking it back"))
    assert "Taken back" not in said(box)
    assert quotes(await read(w)) == [PLANTED]
    await w.pass_time(HOURS)
    assert w.posts("hr-desk")[0].title == "A report arrived"
    assert "The writer wants you to go on after all." in said(await read(w))
    await w.pass_time(20 * DAY)
    assert quotes(await read(w)) == [PLANTED]
    assert rows(w, "reports") == {"reports": 1}


async def test_taking_back_and_undoing_at_once_leaves_the_desk_with_one_standing_card(w: World) -> None:
    receipt = await deliver(w)
    await withdraw(w, await come_back(w, receipt))
    await w.press(WRITER, await come_back(w, receipt), "Undo taking it back")
    await w.pass_time(10 * DAY)
    assert w.posts("hr-desk")[0].title == "A report arrived"
    assert rows(w, "reports") == {"reports": 1}
    thread = said(await everything(w, await come_back(w, receipt)))
    assert thread.index("You took the report back.") < thread.index("You undid taking it back.")


async def test_pressing_take_it_back_twice_is_once(w: World) -> None:
    receipt = await deliver(w)
    asked = card(await w.press(WRITER, await come_back(w, receipt), "Take it back"))
    await w.press(WRITER, asked, "Take it back")
    assert "cannot be done with this report now" in said(card(await w.press(WRITER, asked, "Take it back")))
    assert w.sql("SELECT count(*) FROM outbox WHERE kind = 'erase'") == [(1,)]
    assert rows(w, "messages") == {"messages": 1}


async def test_an_earlier_legal_hold_wins_and_is_shown(w: World) -> None:
    receipt = await deliver(w, PLANTED)
    w.sql("UPDATE reports SET held = delivered")
    box = await come_back(w, receipt)
    assert "A legal hold applies, so it may not be erased while the hold lasts." in said(box)
    asked = card(await w.press(WRITER, box, "Take it back"))
    assert "A legal hold applies: the text is hidden now, and erased only after the hold has" in said(asked)
    taken = card(await w.press(WRITER, asked, "Take it back"))
    assert "A legal hold applies, so it may not be erased while the hold lasts." in said(taken)
    assert "It is erased only after the hold has ended. Until then your words undo this." in said(taken)
    assert "about a week" not in said(taken)
    hidden = await read(w)
    assert quotes(hidden) == []
    assert "A legal hold applies, so it is erased only after the hold has ended." in said(hidden)
    await w.pass_time(40 * DAY)
    assert rows(w, "reports") == {"reports": 1}
    assert "Undo taking it back" in labels(await come_back(w, receipt))
    w.sql("UPDATE reports SET held = NULL")
    await w.pass_time(2 * DAY)
    assert rows(w, *ALL) == dict.fromkeys(ALL, 0)


async def test_a_held_report_on_its_way_to_another_desk_is_never_called_erased(w: World) -> None:
    receipt = await deliver(w)
    w.sql("UPDATE reports SET held = delivered")
    await to_another_desk(w, await come_back(w, receipt))
    asked = card(await w.press(WRITER, await come_back(w, receipt), "Take it back"))
    assert "A legal hold applies" in said(asked)
    assert "erased here at once" not in said(asked)
    taken = card(await w.press(WRITER, asked, "Take it back"))
    assert "State: Taken back." in said(taken)
    assert rows(w, "reports") == {"reports": 1}


@pytest.mark.parametrize("delivered", [False, True])
async def test_a_withdrawal_that_cannot_be_saved_changes_nothing(
    w: World,
    monkeypatch: pytest.MonkeyPatch,
    delivered: bool,
) -> None:
    receipt = await (deliver if delivered else send)(w, PLANTED)
    asked = card(await w.press(WRITER, await come_back(w, receipt), "Take it back"))
    before = w.sql("SELECT * FROM reports"), w.sql("SELECT * FROM messages"), w.sql("SELECT kind FROM outbox")
    real = w.store.write

    async def failing(*changes: Change) -> tuple[bool, ...]:
        if any(isinstance(each, Withdraw) for each in changes):
            w.sql("SELECT 1")
            await real(*changes, object())  # type: ignore[arg-type]  # the last change of the transaction fails
        return await real(*changes)

    monkeypatch.setattr(w.service._store, "_write", failing)
    refused = card(await w.press(WRITER, asked, "Take it back"))
    assert "not" in said(refused)
    assert refused.title == "metoo"
    now = w.sql("SELECT * FROM reports"), w.sql("SELECT * FROM messages"), w.sql("SELECT kind FROM outbox")
    assert now == before
    monkeypatch.undo()
    await w.press(WRITER, asked, "Take it back")
    assert w.sql("SELECT count(*) FROM reports WHERE stage = 'sent'") == [(0,)]


async def test_a_store_that_is_out_of_order_is_said_calmly(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    box = await come_back(w, await deliver(w))
    form = await w.press(WRITER, box, "Add or answer")
    assert isinstance(form, Form)

    async def failing(*changes: Change) -> tuple[bool, ...]:
        raise StoreError("disk full")

    monkeypatch.setattr(w.service._store, "_write", failing)
    assert "This could not be saved just now." in said(await w.fill(WRITER, form, text="x"))
    assert "This could not be saved just now." in said(card(await w.press(WRITER, box, "Add or answer")))
    assert rows(w, "messages") == {"messages": 0}


async def _statements(w: World) -> list[str]:
    return [each.title for each in w.posts("solidarity") if each.title in {"Someone spoke up", "Taken back"}]


async def _share(w: World, receipt: str, label: str, user: str = WRITER) -> str:
    sharing = card(await w.press(user, await come_back(w, receipt, user), "What colleagues may see"))
    await w.press(user, sharing, label)
    return said(card(await w.press(user, await come_back(w, receipt, user), "What colleagues may see")))


async def test_a_statement_is_taken_back_when_it_is_narrowed_and_not_at_that_moment(w: World) -> None:
    receipt = await deliver(w, share="yes")
    await w.read(HANDLER, w.posts("hr-desk")[0])
    await w.pass_time(22 * DAY)
    assert await _statements(w) == ["Someone spoke up"]
    assert "Now: Nothing is shared" in await _share(w, receipt, "Share nothing")
    assert await _statements(w) == ["Someone spoke up"]
    await w.pass_time(HOURS)
    assert await _statements(w) == ["Taken back"]
    assert w.sql("SELECT length(secret) FROM windows WHERE kind = 'statement'") == [(0,)]


async def test_what_was_taken_back_and_is_shared_again_begins_anew_with_its_buttons(w: World) -> None:
    receipt = await deliver(w, share="yes")
    await w.read(HANDLER, w.posts("hr-desk")[0])
    await w.jump(22 * DAY)
    await _share(w, receipt, "Share nothing")
    await w.jump(HOURS)
    await _share(w, receipt, "Share that it happened")
    await w.jump(6 * DAY)
    assert await _statements(w) == ["Taken back"]
    await w.jump(16 * DAY)
    assert await _statements(w) == ["Someone spoke up"]
    (statement,) = (each for each in w.posts("solidarity") if each.title == "Someone spoke up")
    assert "Your choice is kept." in said(card(await w.press("P9", statement, "I stand with you")))
    lengths = w.sql("SELECT length(secret) > 0 FROM windows WHERE kind = 'statement' ORDER BY opens")
    assert lengths == [(0,), (1,)]


async def test_narrowed_before_it_appears_nothing_ever_appears(w: World) -> None:
    receipt = await send(w, share="yes")
    await _share(w, receipt, "Share nothing")
    await w.pass_time(HOURS)
    await w.read(HANDLER, w.posts("hr-desk")[0])
    await w.pass_time(30 * DAY)
    assert await _statements(w) == []


async def test_widened_later_it_appears_by_the_rules(w: World) -> None:
    receipt = await deliver(w)
    await w.read(HANDLER, w.posts("hr-desk")[0])
    assert "They may learn that one report exists" in await _share(w, receipt, "Share that it happened")
    await w.pass_time(6 * DAY)
    assert await _statements(w) == []
    await w.pass_time(16 * DAY)
    assert await _statements(w) == ["Someone spoke up"]


async def test_a_report_that_passed_over_the_first_desk_is_never_shared_even_later(w: World) -> None:
    receipt = await deliver(w, named=("P1",))
    await w.read(OTHER_HANDLER, w.posts("ombuds")[0])
    await _share(w, receipt, "Share that it happened")
    await w.pass_time(30 * DAY)
    assert await _statements(w) == []


async def test_a_withdrawn_report_takes_its_statement_back_and_stays_unshared_after_undo(w: World) -> None:
    receipt = await deliver(w, share="yes")
    await w.read(HANDLER, w.posts("hr-desk")[0])
    await w.pass_time(22 * DAY)
    await withdraw(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    assert await _statements(w) == ["Taken back"]
    await w.press(WRITER, await come_back(w, receipt), "Undo taking it back")
    sharing = card(await w.press(WRITER, await come_back(w, receipt), "What colleagues may see"))
    assert "Now: Nothing is shared" in said(sharing)
    await w.pass_time(30 * DAY)
    assert await _statements(w) == ["Taken back"]
