from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.account import Route
from bot.flows.mailbox_cards import STATES
from bot.followup import State
from bot.model import Form
from bot.records import ReportById
from bot.sealing import Sealing
from bot.vault import Vault
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
    keep,
    left,
    quotes,
    read,
    rows,
    send,
    withdraw,
)
from tests.trace import forms_of_text, found
from tests.world import World, card, labels, quoted, said, words

PLANTED = "Planted-Kernbeißer-5512"
ALL = ("reports", "report_keys", "messages")


async def _state(w: World, receipt: str, user: str = WRITER) -> str:
    return said(await come_back(w, receipt, user))


async def test_the_mailbox_says_in_words_where_the_report_stands(w: World) -> None:
    receipt = await send(w)
    assert "State: Not with HR yet." in await _state(w, receipt)
    await w.pass_time(HOURS)
    shown = await _state(w, receipt)
    assert "State: With HR, not read yet." in shown
    assert "The desk's next answer is due by 2026-12-01." in shown
    await w.read(HANDLER, w.posts("hr-desk")[0])
    assert "State: HR has read it." in await _state(w, receipt)
    await w.press(HANDLER, await read(w), "We are looking into it")
    assert "State: HR is looking into it." in await _state(w, receipt)
    await close(w, "We spoke with him.")
    closed = await come_back(w, receipt, "P21")
    assert "State: Closed by HR." in said(closed)
    assert "The desk closed the report and says why:" in said(closed)
    assert quoted(closed) == "We spoke with him."
    assert "due" not in said(closed)


def test_every_state_has_its_words() -> None:
    assert set(STATES) == set(State)


async def _left_unread(w: World, receipt: str) -> None:
    assert "not read yet" in await _state(w, receipt)


async def _only_read(w: World, receipt: str) -> None:
    await read(w)


async def _then_silent(w: World, receipt: str) -> None:
    await w.press(HANDLER, await read(w), "We are looking into it")
    await fill_in(w, await come_back(w, receipt), "Add or answer", "And?")
    await w.pass_time(HOURS)


@pytest.mark.parametrize("so_far", [_left_unread, _only_read, _then_silent])
async def test_overdue_the_mailbox_says_so_and_offers_four_ways(
    w: World, so_far: Callable[[World, str], Awaitable[None]]
) -> None:
    receipt = await deliver(w)
    await so_far(w, receipt)
    await w.pass_time(8 * DAY)
    box = await come_back(w, receipt)
    assert ", and none has come yet. You can remind it, send this to another desk, take your own" in said(box)
    opened = {
        "Remind the desk": "Added",
        "Send to another desk": "Send it to this desk?",
        "Everything in it": "Everything in it",
        "Find support": "Find support",
    }
    for label, title in opened.items():
        assert card(await w.press(WRITER, box, label)).title == title
    await answer(w, "Sorry for the wait.")
    assert "Remind the desk" not in labels(await come_back(w, receipt))


async def test_a_reminder_arrives_late_and_once_a_day(w: World) -> None:
    receipt = await deliver(w)
    await w.pass_time(8 * DAY)
    box, before = await come_back(w, receipt), len(w.posts("hr-desk"))
    for _ in range(3):
        assert card(await w.press(WRITER, box, "Remind the desk")).title == "Added"
    assert len(w.posts("hr-desk")) == before
    await w.pass_time(HOURS)
    assert len(w.posts("hr-desk")) == before + 1
    assert "The writer reminds you that an answer is due." in said(await read(w))
    assert "was due on 2026-12-01" in await _state(w, receipt)
    await w.press(WRITER, await come_back(w, receipt), "Remind the desk")
    assert rows(w, "messages") == {"messages": 1}


async def test_taking_back_a_closed_case_does_not_reopen_it(w: World) -> None:
    receipt = await deliver(w)
    await close(w, "Settled.")
    await withdraw(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    assert w.sql("SELECT closed IS NOT NULL FROM reports") == [(1,)]


@pytest.mark.parametrize(("days", "asked"), [(29, ""), (30, "30"), (89, "30"), (90, "90"), (110, "90")])
async def test_thirty_and_ninety_days_after_closing_the_mailbox_asks(w: World, days: int, asked: str) -> None:
    receipt = await deliver(w)
    await close(w, "Settled.")
    await w.jump(timedelta(days=days, minutes=1))
    shown = await _state(w, receipt)
    assert ("Has something happened since?" in shown) == bool(asked)
    assert (
        f"This was closed at least {asked} days ago. Has something happened since? If it has, you can say"
        in shown
        or (not asked)
    )
    assert "Something happened since" in labels(await come_back(w, receipt))


async def test_only_the_receipt_opens_a_private_record(w: World) -> None:
    receipt = await keep(w, PLANTED, category="touch", named=("P9",))
    ((report, holder),) = w.sql("SELECT report, holder FROM report_keys")
    assert report == holder
    stored = await w.store.read(ReportById(report))
    assert stored is not None
    means = w.means
    sealing = Sealing(Vault(means.keyring, means.random), means.keyring, means.months, means.random)
    assert sealing.route(stored) == Route()
    for user in ("P1", "P4", "P9", WRITER):
        assert "cannot be opened from here" in said(await read(w, user))
    await w.pass_time(2 * DAY)
    assert w.posts("hr-desk") == w.posts("ombuds") == []
    assert quotes(await everything(w, await come_back(w, receipt))) == [PLANTED]
    assert found(forms_of_text(PLANTED), await left(w)) == []


async def test_a_private_record_says_what_it_is_and_until_when(w: World) -> None:
    preview = await w.write(WRITER, text="Only for me.")
    kept = card(await w.press(WRITER, preview, "Keep it for now"))
    assert "Nobody but you can open this record, and HR knows nothing of it." in said(kept)
    assert words(kept) == words(preview)
    ((expires,),) = w.sql("SELECT expires FROM reports")
    assert expires in {"2028-11", "2028-12"}
    assert f"It is kept until about {expires}." in said(kept)
    box = await come_back(w, words(kept))
    assert "State: A private record. Nobody but you can open it." in said(box)
    assert f"It is kept until about {expires}." in said(box)
    assert box.title == "Your private record"
    offered = {"Add to it", "Something happened since", "Send it to HR", "Everything in it", "Delete it"}
    assert offered <= set(labels(box))
    assert not {"Take it back", "Tell HR who I am", "What colleagues may see"} & set(labels(box))
    assert w.sql("SELECT kind FROM outbox WHERE kind = 'report'") == []


async def test_keeping_twice_or_at_once_with_sending_is_one_record_with_one_receipt(w: World) -> None:
    preview = await w.write(WRITER, text="x")
    presses = ("Keep it for now", "Keep it for now", "Send")
    answers = await asyncio.gather(*(w.press(WRITER, preview, each) for each in presses))
    assert {words(card(each)) for each in answers} == {words(preview)}
    assert rows(w, "reports", "drafts") == {"reports": 1, "drafts": 0}


async def test_what_was_added_to_a_private_record_goes_with_it_when_it_is_sent(w: World) -> None:
    receipt = await keep(w, "First.", category="touch")
    for text in ("Second.", "Third."):
        await fill_in(w, await come_back(w, receipt), "Add to it", text)
    await w.pass_time(5 * DAY)
    assert w.sql("SELECT count(*) FROM outbox WHERE kind IN ('report', 'note')") == [(0,)]
    route = card(await w.press(WRITER, await come_back(w, receipt), "Send it to HR"))
    assert "People who can read it now: 3" in said(route)
    box = card(await w.press(WRITER, route, "Send"))
    assert "State: Not with HR yet." in said(box)
    assert w.posts("hr-desk") == []
    await w.pass_time(HOURS)
    assert len(w.posts("hr-desk")) == 1
    assert quotes(await read(w)) == ["First.", "Second.", "Third."]
    assert "Kind: Touch" in said(await read(w))
    assert "not with HR yet" not in said(await everything(w, await come_back(w, receipt)))


async def test_a_private_record_that_names_the_first_desk_goes_to_the_next(w: World) -> None:
    receipt = await keep(w, named=("P2",))
    await w.press(WRITER, card(await w.press(WRITER, await come_back(w, receipt), "Send it to HR")), "Send")
    await w.pass_time(HOURS)
    assert w.posts("hr-desk") == []
    assert quotes(await read(w, OTHER_HANDLER)) == ["Only for me."]


async def test_a_deleted_private_record_leaves_no_byte(w: World) -> None:
    receipt = await keep(w, PLANTED)
    await fill_in(w, await come_back(w, receipt), "Add to it", f"{PLANTED}-more")
    sealed = [row[0] for row in w.sql("SELECT body FROM reports UNION SELECT body FROM messages")]
    assert (await withdraw(w, await come_back(w, receipt))).title == "Erased"
    assert rows(w, *ALL) == dict.fromkeys(ALL, 0)
    content = await left(w)
    assert all(each[:64] not in content for each in sealed)
    assert "These words open nothing here." in said(await come_back(w, receipt))


async def test_who_mistyped_their_words_is_one_press_away_from_typing_them_again(w: World) -> None:
    refused = await come_back(w, "abacus")
    asked = await w.press(WRITER, refused, "Try again")
    assert isinstance(asked, Form)
    assert asked.title == "I have a receipt"


async def test_who_tells_is_asked_on_the_preview_and_read_by_the_desk(w: World) -> None:
    preview = await w.write(WRITER, text="I was there.")
    (choice,) = (each for each in preview.choices if each.label == "Who tells")
    assert [each.label for each in choice.options][:3] == ["It happened to me", "I saw it", "I was told"]
    chosen = card(await w.act(WRITER, choice.to.action, choice.to.ref, {"choice": ("saw",)}))
    (choice,) = (each for each in chosen.choices if each.label == "Who tells")
    assert choice.value == "saw"
    await w.press(WRITER, chosen, "Send")
    await w.pass_time(HOURS)
    assert "Who tells: I saw it" in said(await read(w))
