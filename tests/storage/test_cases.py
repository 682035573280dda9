"""What every store does to reports and their conversations: withdrawing, routing, answering, erasing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot import records as r
from bot.errors import StoreError
from bot.ports import Store
from tests.storage import rows
from tests.storage.rows import HERE, at, new_id

KEPT = replace(rows.report(), stage="kept")
SENT = rows.report()
DELIVERED = rows.delivered()
WITHDRAWN = replace(rows.delivered(), stage="withdrawn")
MOVED_ON = replace(
    rows.report(), held=at(5)
)  # held by a desk, then sent to another that does not have it yet


async def file(store: Store, report: r.ReportRow) -> r.FileReport:
    """Keep a report in any state, with its keys, what waits about it, and two messages that wait as well."""
    filed = rows.filing(report)
    assert await store.write(filed) == (True,)
    for side in ("reporter", "desk"):
        message = rows.message(report.id, side)
        await store.write(r.AddMessage(message, rows.about(message.id)))
    return filed


async def everything(store: Store, report: bytes) -> tuple[object, ...]:
    """All that is kept about a report."""
    waiting = await store.read(r.Due(at(10**6), 1000))
    messages = await store.read(r.MessagesOf(report))
    about = {report, *(each.id for each in messages)}
    return (
        await store.read(r.ReportById(report)),
        set(await store.read(r.ReportKeys(report))),
        messages,
        {each for each in waiting if each.subject in about},
    )


NOTHING: tuple[object, ...] = (None, set(), (), set())


# --- withdrawing ---


@pytest.mark.parametrize("report", [KEPT, SENT], ids=["kept", "sent"])
async def test_a_report_that_no_desk_has_is_erased_with_all_that_belongs_to_it(
    store: Store, report: r.ReportRow
) -> None:
    other = await file(store, DELIVERED)
    before = await everything(store, other.report.id)
    filed = await file(store, report)
    messages = await store.read(r.MessagesOf(report.id))
    later = (rows.about(report.id, "erase"), rows.about(report.id, "report"))
    assert await store.write(r.Withdraw(report.id, later)) == (True,)
    assert await everything(store, report.id) == NOTHING
    assert await store.read(r.ReportByLocator(report.locator)) is None
    assert [await store.read(r.MessageById(each.id)) for each in messages] == [None, None]
    assert filed.delivery is not None
    assert await store.read(r.OutboxById(filed.delivery.id)) is None
    assert len(await store.read(r.Due(at(10**6), 1000))) == 3  # what waits about the other report
    assert await everything(store, other.report.id) == before


@pytest.mark.parametrize("report", [DELIVERED, MOVED_ON], ids=["delivered", "held"])
async def test_a_report_that_a_desk_has_or_holds_is_marked_and_what_is_later_waits(
    store: Store, report: r.ReportRow
) -> None:
    await file(store, report)
    kept, keys, messages, waiting = await everything(store, report.id)
    later = (rows.about(report.id, "erase", due=10_000), rows.about(report.id, "report"))
    assert await store.write(r.Withdraw(report.id, later)) == (True,)
    assert isinstance(kept, r.ReportRow)
    assert isinstance(waiting, set)
    marked = replace(kept, stage="withdrawn")
    assert await everything(store, report.id) == (marked, keys, messages, waiting | set(later))


@pytest.mark.parametrize(
    "report",
    [WITHDRAWN, *(replace(each, stage="withdrawn") for each in (MOVED_ON, SENT))],
    ids=["had", "held", "free"],
)
async def test_withdrawing_twice_is_withdrawing_once(store: Store, report: r.ReportRow) -> None:
    await file(store, report)
    before = await everything(store, report.id)
    assert await store.write(r.Withdraw(report.id, (rows.about(report.id),))) == (False,)
    assert await everything(store, report.id) == before


async def test_withdrawing_what_is_not_there_lets_nothing_wait(store: Store) -> None:
    nobody = new_id()
    assert await store.write(r.Withdraw(nobody, (rows.about(nobody),))) == (False,)
    assert await everything(store, nobody) == NOTHING


async def test_a_withdrawal_and_what_is_said_with_it_are_one(store: Store) -> None:
    """A report that is erased takes the farewell with it; one that is marked keeps it."""
    for report, left in ((SENT, 0), (DELIVERED, 3)):
        await file(store, report)
        message = rows.message(report.id)
        said = r.AddMessage(message, rows.about(message.id))
        assert await store.write(r.Withdraw(report.id), said) == (True, bool(left))
        assert len(await store.read(r.MessagesOf(report.id))) == left
        assert said.delivery is not None
        assert await store.read(r.OutboxById(said.delivery.id)) == (said.delivery if left else None)


async def test_a_delivery_that_comes_after_a_withdrawal_finds_nothing(store: Store) -> None:
    await file(store, SENT)
    marks = (r.MarkDelivered(SENT.id, new_id(), at(1)), r.MarkOpened(SENT.id, at(1)))
    assert await store.write(r.Withdraw(SENT.id), *marks) == (True, False, False)
    assert await everything(store, SENT.id) == NOTHING


# --- restoring and erasing ---


async def test_a_withdrawal_is_undone_and_nothing_else(store: Store) -> None:
    await file(store, DELIVERED)
    before = await everything(store, DELIVERED.id)
    assert await store.write(r.Withdraw(DELIVERED.id), r.Restore(DELIVERED.id)) == (True, True)
    assert await everything(store, DELIVERED.id) == before


@pytest.mark.parametrize("report", [KEPT, SENT, DELIVERED], ids=["kept", "sent", "delivered"])
async def test_what_is_not_withdrawn_is_neither_restored_nor_erased(
    store: Store, report: r.ReportRow
) -> None:
    await file(store, report)
    before = await everything(store, report.id)
    assert await store.write(r.Restore(report.id), r.EraseReport(report.id)) == (False, False)
    assert await everything(store, report.id) == before


async def test_a_withdrawn_report_is_erased_with_all_that_belongs_to_it(store: Store) -> None:
    other = await file(store, replace(rows.delivered(), stage="withdrawn"))
    before = await everything(store, other.report.id)
    await file(store, WITHDRAWN)
    later = r.AddOutbox(rows.about(WITHDRAWN.id, "erase"))
    assert await store.write(later, r.EraseReport(WITHDRAWN.id)) == (True, True)
    assert await everything(store, WITHDRAWN.id) == NOTHING
    assert await store.write(r.EraseReport(WITHDRAWN.id), r.Restore(WITHDRAWN.id)) == (False, False)
    assert await everything(store, other.report.id) == before


async def test_a_held_report_is_not_erased(store: Store) -> None:
    held = replace(WITHDRAWN, held=at(9))
    await file(store, held)
    before = await everything(store, held.id)
    assert await store.write(r.EraseReport(held.id)) == (False,)
    assert await everything(store, held.id) == before
    assert await store.write(r.Restore(held.id)) == (True,)


# --- routing ---


def route(report: r.ReportRow, *keys: r.ReportKeyRow) -> r.RouteReport:
    return r.RouteReport(report.id, b"elsewhere", keys, rows.about(report.id, "report"))


@pytest.mark.parametrize(
    "report", [KEPT, SENT, replace(DELIVERED, held=at(9))], ids=["kept", "sent", "delivered"]
)
async def test_a_routed_report_is_with_no_desk_until_it_is_delivered(
    store: Store, report: r.ReportRow
) -> None:
    filed = await file(store, report)
    _, _, messages, waiting = await everything(store, report.id)
    first, second = filed.keys
    new, replaced = r.ReportKeyRow(report.id, new_id(), b"new"), replace(second, wrapped=b"again")
    routed = route(report, new, replaced)
    assert await store.write(routed) == (True,)
    assert isinstance(waiting, set)
    assert await everything(store, report.id) == (
        replace(
            report,
            routing=b"elsewhere",
            stage="sent",
            desk=None,
            delivered=None,
            opened=None,
            reviewing=None,
            closed=None,
        ),
        {first, new, replaced},
        messages,
        waiting | {routed.delivery},
    )
    assert await store.write(r.MarkDelivered(report.id, new_id(), at(20))) == (True,)


async def test_a_report_is_routed_without_new_keys_too(store: Store) -> None:
    filed = await file(store, SENT)
    assert await store.write(route(SENT)) == (True,)
    assert set(await store.read(r.ReportKeys(SENT.id))) == set(filed.keys)


@pytest.mark.parametrize("there", [True, False], ids=["withdrawn", "gone"])
async def test_a_report_that_is_withdrawn_or_gone_is_not_routed(store: Store, *, there: bool) -> None:
    if there:
        await file(store, WITHDRAWN)
    before = await everything(store, WITHDRAWN.id)
    assert await store.write(route(WITHDRAWN, r.ReportKeyRow(WITHDRAWN.id, new_id(), b"new"))) == (False,)
    assert await everything(store, WITHDRAWN.id) == before


@pytest.mark.parametrize("report", [KEPT, SENT, DELIVERED, WITHDRAWN], ids=lambda each: str(each.stage))
async def test_what_routing_knows_is_replaced_alone(store: Store, report: r.ReportRow) -> None:
    other = await file(store, rows.report())
    await file(store, report)
    _, *before = await everything(store, report.id)
    assert await store.write(r.PutRouting(report.id, b"other")) == (True,)
    assert await everything(store, report.id) == (replace(report, routing=b"other"), *before)
    assert await store.read(r.ReportById(other.report.id)) == other.report
    assert await store.write(r.PutRouting(new_id(), b"other")) == (False,)


# --- what a desk does ---


async def test_a_desk_looks_into_a_report_once(store: Store) -> None:
    await file(store, SENT)
    marks = (
        r.MarkReviewing(SENT.id, at(1)),
        r.MarkReviewing(SENT.id, at(2)),
        r.MarkReviewing(new_id(), at(1)),
    )
    assert await store.write(*marks) == (True, False, False)
    assert await store.read(r.ReportById(SENT.id)) == replace(SENT, reviewing=at(1))


async def test_a_desk_closes_a_report_and_it_is_open_again(store: Store) -> None:
    await file(store, SENT)
    close, again = r.MarkClosed(SENT.id, at(1)), r.MarkClosed(SENT.id, None)
    assert await store.write(again, close, r.MarkClosed(SENT.id, at(2))) == (False, True, False)
    assert await store.read(r.ReportById(SENT.id)) == replace(SENT, closed=at(1))
    assert await store.write(again, again) == (True, False)
    assert await store.read(r.ReportById(SENT.id)) == SENT
    assert await store.write(r.MarkClosed(new_id(), at(1)), r.MarkClosed(new_id(), None)) == (False, False)


# --- the conversation ---


async def test_messages_come_back_in_the_order_in_which_they_were_added(store: Store) -> None:
    await store.write(rows.filing(SENT), rows.filing(DELIVERED))
    said = [rows.message(SENT.id, side, when) for side, when in [("reporter", None), ("desk", at(1))] * 10]
    elsewhere = rows.message(DELIVERED.id, body=bytes(range(256)) * 200)
    for each in said:
        assert await store.write(r.AddMessage(each)) == (True,)
    await store.write(r.AddMessage(elsewhere))
    expected = tuple(replace(each, number=number) for number, each in enumerate(said, 1))
    assert await store.read(r.MessagesOf(SENT.id)) == expected
    assert await store.read(r.MessagesOf(DELIVERED.id)) == (replace(elsewhere, number=1),)
    assert await store.read(r.MessageById(said[7].id)) == expected[7]
    assert await store.read(r.MessageById(new_id())) is None
    assert await store.read(r.MessagesOf(new_id())) == ()


async def test_the_store_alone_numbers_messages(store: Store) -> None:
    await store.write(rows.filing(SENT))
    for number in (7, 1, -3):
        await store.write(r.AddMessage(replace(rows.message(SENT.id), number=number)))
    assert [each.number for each in await store.read(r.MessagesOf(SENT.id))] == [1, 2, 3]


async def test_messages_at_the_same_time_are_numbered_without_a_gap(store: Store) -> None:
    reports = [rows.report(), rows.report()]
    await store.write(*map(rows.filing, reports))
    said = [rows.message(reports[place % 2].id) for place in range(60)]
    calls = [store.write(r.AddMessage(each)) for each in (*said, *said[::3])]  # some of them twice
    took = await asyncio.gather(*calls)
    assert took == [(True,)] * 60 + [(False,)] * 20
    for report in reports:
        found = await store.read(r.MessagesOf(report.id))
        assert [each.number for each in found] == list(range(1, 31))
        assert {each.id for each in found} == {each.id for each in said if each.report == report.id}


async def test_a_message_waits_to_be_posted_if_it_has_a_delivery(store: Store) -> None:
    await store.write(rows.filing(SENT))
    loud, quiet = rows.message(SENT.id), rows.message(SENT.id)
    delivery = rows.about(loud.id)
    assert await store.write(r.AddMessage(loud, delivery), r.AddMessage(quiet)) == (True, True)
    assert [each for each in await store.read(r.Due(at(0))) if each.kind == "note"] == [delivery]


async def test_a_message_that_is_sent_twice_is_there_once_and_waits_once(store: Store) -> None:
    await store.write(rows.filing(SENT))
    message = rows.message(SENT.id)
    again = r.AddMessage(replace(message, body=b"other"), rows.about(message.id))
    assert await store.write(r.AddMessage(message), again) == (True, False)
    assert await store.read(r.MessagesOf(SENT.id)) == (replace(message, number=1),)
    assert again.delivery is not None
    assert await store.read(r.OutboxById(again.delivery.id)) is None


async def test_a_message_that_fails_leaves_no_gap(store: Store) -> None:
    await store.write(rows.filing(SENT))
    first, second = rows.message(SENT.id), rows.message(SENT.id)
    poison = r.PutDraft(replace(rows.draft(), id=b"short"))  # the table refuses such an id
    with pytest.raises(StoreError):
        await store.write(r.AddMessage(rows.message(SENT.id)), poison)
    await store.write(r.AddMessage(first), r.AddMessage(second))
    assert [each.number for each in await store.read(r.MessagesOf(SENT.id))] == [1, 2]


async def test_a_desk_says_nothing_about_a_withdrawn_report_and_its_writer_can(store: Store) -> None:
    await store.write(rows.filing(WITHDRAWN))
    desk, reporter = rows.message(WITHDRAWN.id, "desk", at(1)), rows.message(WITHDRAWN.id)
    refused = r.AddMessage(desk, rows.about(desk.id))
    assert await store.write(refused, r.AddMessage(reporter)) == (False, True)
    assert await store.read(r.MessagesOf(WITHDRAWN.id)) == (replace(reporter, number=1),)
    assert refused.delivery is not None
    assert await store.read(r.OutboxById(refused.delivery.id)) is None
    assert await store.write(r.Restore(WITHDRAWN.id), refused) == (True, True)


@pytest.mark.parametrize("side", ["desk", "reporter"])
async def test_nothing_is_said_about_a_report_that_is_gone(store: Store, side: str) -> None:
    message = rows.message(new_id(), side)
    said = r.AddMessage(message, rows.about(message.id))
    assert await store.write(said) == (False,)
    assert await store.read(r.MessageById(message.id)) is None
    assert await store.read(r.Due(at(0))) == ()


async def test_a_message_arrives_once(store: Store) -> None:
    await store.write(rows.filing(SENT))
    message = rows.message(SENT.id)
    await store.write(r.AddMessage(message))
    marks = (
        r.MarkArrived(message.id, at(1)),
        r.MarkArrived(message.id, at(2)),
        r.MarkArrived(new_id(), at(1)),
    )
    assert await store.write(*marks) == (True, False, False)
    assert await store.read(r.MessageById(message.id)) == replace(message, number=1, at=at(1))


# --- what waits ---


async def test_what_waits_about_a_subject_is_dropped_by_kind(store: Store) -> None:
    subject, other = new_id(), new_id()
    dropped = [rows.about(subject, "statement", due) for due in (0, 10_000)]
    left = [rows.about(subject, "erase"), rows.about(other, "statement")]
    await store.write(*map(r.AddOutbox, (*dropped, *left)))
    drop = r.DropOutboxAbout("statement", subject)
    assert await store.write(drop, drop, r.DropOutboxAbout("none", subject)) == (True, False, False)
    assert set(await store.read(r.Due(at(10**6)))) == set(left)


async def test_a_private_record_is_kept_without_a_delivery(store: Store) -> None:
    filed = r.FileReport(KEPT, rows.filing(KEPT).keys, None)
    assert await store.write(filed, filed) == (True, False)
    assert await store.read(r.ReportById(KEPT.id)) == KEPT
    assert set(await store.read(r.ReportKeys(KEPT.id))) == set(filed.keys)
    assert await store.read(r.Due(at(10**6))) == ()


async def test_a_report_can_be_filed_without_any_key(store: Store) -> None:
    assert await store.write(r.FileReport(KEPT, (), None)) == (True,)
    assert await store.read(r.ReportKeys(KEPT.id)) == ()
    assert await store.read(r.ReportsSince(HERE, "2026-W01")) == (KEPT,)
