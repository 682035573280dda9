"""What ends by itself, when it does, and what keeps it: on the real core and store, with time that is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.erased import Erased, mark
from bot.inspecting import store_faults
from bot.model import Card
from bot.records import EndReport, LifeRow, Lives, OutboxRow, ReportById, ReportKeys, Rewrap, RouteReport
from bot.retention import Retention, behind
from bot.rotation import Rotation
from bot.routing import Routing
from bot.sealing import Sealing
from bot.vault import Vault
from bot.workplaces import Workplaces
from tests.bot.letterbox import (
    HANDLER,
    WRITER,
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
)
from tests.world import Silent, World, card, labels, said, world

EARLY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TITLE = "Closed reports end soon"
DAY = timedelta(days=1)
OF_A_REPORT = ("reports", "report_keys", "messages", "cases", "attachments", "endings")
HOP = timedelta(days=10)
MOST = timedelta(days=127, hours=12) + 3 * HOP
LEAST = timedelta(days=113)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=EARLY, workspace={"digest_channel": ""}) as built:
        yield built


def titles(w: World, channel: str = "hr-desk") -> list[str]:
    return [each.title for each in w.posts(channel)]


def warnings(w: World) -> list[Card]:
    return [each for each in w.posts("hr-desk") if each.title == TITLE]


async def the_life(w: World) -> LifeRow:
    (life,) = await w.store.read(Lives())
    return life


async def until(w: World, moment: datetime) -> None:
    """Be there, with every job run on each tenth day, and retention's own time where the clock is: it has followed."""
    job = retention(w)
    await job.run()
    while w.clock.now() < moment:
        w.clock._anchor += min(HOP, moment - w.clock.now())
        w.sql("UPDATE upkeep SET at = ?", int(w.clock.now().timestamp()) - 1)
        await w.jump(timedelta())
        await job.run()
    await w.jump(timedelta())


async def closed(w: World, text: str = "It happened.") -> str:
    receipt = await deliver(w, text)
    await fill_in(w, await read(w), "Answer", "We have read it.", HANDLER, signed="desk")
    await close(w, "Something was done.")
    return receipt


def retention(w: World) -> Retention:
    """The job as the service makes it, to be run by hand."""
    means = w.means
    vault = Vault(means.keyring, means.random)
    return Retention(
        store=w.service._store,  # which wakes the delivery
        sealing=Sealing(vault, means.keyring, means.months, means.random),
        months=means.months,
        routing=Routing({"sandbox": Silent(w.workplace)}),
        settings=Workplaces(means.settings),
        clock=w.clock,
        random=means.random,
    )


# --- closed reports ---


async def test_a_closed_report_ends_after_its_desk_was_warned_and_nothing_of_it_is_left(w: World) -> None:
    await closed(w, "Planted-Zaunkönig")
    ended_by, known = w.clock.now() + MOST, (await the_life(w)).report
    await until(w, w.clock.now() + LEAST - 14 * DAY)
    assert warnings(w) == []
    assert rows(w, "reports") == {"reports": 1}
    await until(w, ended_by)
    assert rows(w, *OF_A_REPORT) == dict.fromkeys(OF_A_REPORT, 0)
    (warned,) = warnings(w)
    assert known.hex()[:6].upper() in said(warned)
    assert "Planted" not in said(warned)
    assert "A report arrived" not in titles(w)
    assert w.sql("SELECT count(*) FROM posts WHERE subject = ?", known) == [(0,)]
    assert w.sql("SELECT count(*) FROM outbox WHERE subject = ?", known) == [(0,)]
    assert known not in await left(w)


async def test_its_writer_reads_that_it_will_be_erased_unless_it_is_held(w: World) -> None:
    receipt = await closed(w)
    assert "Some months after closing it is erased here" in said(await come_back(w, receipt))
    w.sql("UPDATE reports SET held = 1")
    assert "Some months after closing" not in said(await come_back(w, receipt))


async def test_it_is_warned_two_weeks_before_and_ends_on_no_fixed_day(w: World) -> None:
    await closed(w)
    began = w.clock.now()
    await until(w, began + timedelta(hours=7))
    due = (await the_life(w)).due
    assert due is not None
    assert timedelta(days=113) <= due - began <= timedelta(days=127, hours=7)
    await until(w, due - 14 * DAY - timedelta(hours=7))
    assert warnings(w) == []
    await until(w, due - 13 * DAY)
    assert len(warnings(w)) == 1
    assert due.date().isoformat() in said(warnings(w)[0]) or (due + DAY).date().isoformat() in said(
        warnings(w)[0]
    )
    await until(w, due - timedelta(hours=1))
    assert rows(w, "reports") == {"reports": 1}


async def test_an_open_report_never_ends_and_outlives_the_month_of_its_key(w: World) -> None:
    receipt = await deliver(w, "Still open.")
    first = (await the_life(w)).expires
    for months in (22, 2, 2):
        await pass_months(w, months)
    life = await the_life(w)
    assert life.expires > first
    assert w.means.months.there()[0] > first
    assert quotes(await everything(w, await come_back(w, receipt))) == ["Still open."]
    assert "Still open." in quotes(await read(w))


async def test_one_that_is_opened_again_lives_and_its_time_begins_anew(w: World) -> None:
    receipt = await closed(w)
    await until(w, w.clock.now() + 100 * DAY)
    before = await the_life(w)
    assert before.due is not None
    await fill_in(w, await come_back(w, receipt), "Something happened since", "Again.")
    await until(w, w.clock.now() + DAY)
    assert (await the_life(w)).due is None
    await close(w, "Done once more.")
    await until(w, w.clock.now() + timedelta(hours=7))
    again = (await the_life(w)).due
    assert again is not None
    assert again > before.due + 80 * DAY


async def test_a_legal_hold_stops_it_and_the_desk_is_warned_anew_after_it(w: World) -> None:
    await closed(w)
    await until(w, w.clock.now() + 118 * DAY)
    assert len(warnings(w)) == 1
    w.sql("UPDATE reports SET held = 1")
    await until(w, w.clock.now() + 60 * DAY)
    assert rows(w, "reports", "endings") == {"reports": 1, "endings": 0}
    w.sql("UPDATE reports SET held = NULL")
    await until(w, w.clock.now() + MOST)
    assert rows(w, "reports") == {"reports": 0}
    assert len(warnings(w)) == 2


async def test_a_desk_is_not_warned_of_what_was_taken_back_or_is_held(w: World) -> None:
    await closed(w)
    await until(w, w.clock.now() + DAY)
    soon = int(w.clock.now().timestamp()) + 3600
    for changed in ("stage = 'withdrawn'", "held = 1"):
        w.sql("UPDATE endings SET due = ?, warned = NULL", soon)
        w.sql(f"UPDATE reports SET {changed}")  # noqa: S608 - fixed words
        await until(w, w.clock.now() + timedelta(hours=6))
        assert warnings(w) == []
        w.sql("UPDATE reports SET stage = 'sent', held = NULL")


async def test_it_does_not_end_while_colleagues_can_still_stand_with_it(w: World) -> None:
    await deliver(w, share="yes")
    await until(w, w.clock.now() + 25 * DAY)
    assert w.sql("SELECT kind FROM windows WHERE length(secret) > 0 AND kind = 'statement'")
    await close(w, "Done.")
    life = await the_life(w)
    assert life.closed is not None
    long_ago = int((w.clock.now() - 40 * DAY).timestamp())
    w.sql(
        "INSERT INTO endings VALUES (?, ?, ?, ?)",
        life.report,
        int(life.closed.timestamp()),
        long_ago,
        long_ago,
    )
    await retention(w).run()
    assert rows(w, "reports") == {"reports": 1}


async def test_a_workspace_sets_how_long(tmp_path: Path) -> None:
    async with world(tmp_path, start=EARLY, workspace={"retention_days": 30, "digest_channel": ""}) as w:
        await closed(w)
        await until(w, w.clock.now() + timedelta(days=38) + 3 * HOP)
        assert rows(w, "reports") == {"reports": 0}


async def test_what_changed_since_it_was_seen_does_not_end(w: World) -> None:
    await closed(w)
    life = await the_life(w)
    gone = OutboxRow(bytes(16), "gone", life.report, life.workspace, w.clock.now())
    seen = EndReport(life.report, "sent", life.expires, life.closed, gone)
    for other in (
        replace(seen, closed=None),
        replace(seen, stage="kept"),
        replace(seen, expires="2001-01"),
        replace(seen, report=bytes(16)),
    ):
        assert await w.store.write(other) == (False,)
    w.sql("UPDATE reports SET held = 1")
    assert await w.store.write(seen) == (False,)
    w.sql("UPDATE reports SET held = NULL")
    assert await w.store.write(seen, seen) == (True, False)


# --- private records ---


async def test_a_private_record_ends_when_its_month_is_over_and_the_key_of_the_month_with_it(
    w: World,
) -> None:
    await keep(w)
    month = (await the_life(w)).expires
    key = (w.means.settings.keys.perishable[0] / f"{month}.key").read_bytes()
    await pass_months(w, 23)
    assert rows(w, "reports") == {"reports": 1}
    await pass_months(w, 4)
    assert rows(w, *OF_A_REPORT) == dict.fromkeys(OF_A_REPORT, 0)
    assert month not in w.means.months.there()
    folders = w.means.settings.keys.perishable
    left_over = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    assert left_over
    assert not any(key in file.read_bytes() for file in left_over)


async def test_a_visit_lets_it_live_on_and_the_record_shows_until_when(w: World) -> None:
    receipt = await keep(w, "Mine.")
    first = (await the_life(w)).expires
    await pass_months(w, 12)
    box = await come_back(w, receipt)
    later = (await the_life(w)).expires
    assert later > first
    assert later in said(box)
    await pass_months(w, 15)
    assert first not in w.means.months.there()
    assert quotes(await everything(w, await come_back(w, receipt))) == ["Mine."]


async def test_one_that_is_held_outlives_its_month(w: World) -> None:
    await keep(w)
    w.sql("UPDATE reports SET held = 1")
    await pass_months(w, 27)
    assert rows(w, "reports") == {"reports": 1}


async def pass_months(w: World, count: int) -> None:
    """Be so many months later; retention has followed day by day, and found nothing to do until three days ago."""
    w.clock._anchor += timedelta(days=30.5 * count) - 3 * DAY
    await until(w, w.clock.now() + 3 * DAY)


# --- a clock that is wrong ---


async def test_a_clock_that_was_set_back_erases_nothing_early_and_nothing_twice(w: World) -> None:
    await closed(w)
    await until(w, w.clock.now() + 3 * DAY)
    before = await the_life(w)
    assert before.due is not None
    right = w.clock.now()
    w.clock._anchor = right - timedelta(days=365)
    await fill_in(w, await read(w), "Answer", "While the clock was wrong.", HANDLER, signed="desk")
    w.sql("UPDATE reports SET closed = ?", int(w.clock.now().timestamp()))  # closed anew, a year too early
    with capture_logs() as logged:
        for _ in range(200):
            await retention(w).run()
    assert "the clock was set back" in logged[0]["event"]
    assert await the_life(w) == replace(before, closed=w.clock.now())
    (told,) = await behind(w.means)
    assert f"Nothing ends by itself before {right:%Y-%m-%d}" in told
    assert await Rotation(w.means).do({"do": "ending"}, lambda *_: None) == told
    assert [each.said for each in await store_faults(w.means)] == [told]
    w.clock._anchor = right + timedelta(hours=7)
    assert await behind(w.means) == []
    await retention(w).run()
    again = (await the_life(w)).due
    assert again is not None
    assert again > right + 112 * DAY
    await until(w, again - timedelta(hours=1))
    assert rows(w, "reports") == {"reports": 1}
    assert len(warnings(w)) == 1


async def test_a_clock_that_jumps_ahead_ends_nothing_at_once(w: World) -> None:
    await closed(w)
    await keep(w)
    await until(w, w.clock.now() + DAY)
    await w.jump(timedelta(days=3 * 365))
    await w.jump(timedelta(hours=6))
    assert rows(w, "reports") == {"reports": 2}
    assert {each.expires for each in await w.store.read(Lives())} <= set(w.means.months.there())
    assert warnings(w) == []


# --- living on, and what else happens at that moment ---


async def test_keys_that_changed_meanwhile_are_not_replaced(w: World) -> None:
    await deliver(w)
    life = await the_life(w)
    keys = await w.store.read(ReportKeys(life.report))
    row = next(each for each in keys if each.holder != life.report)
    changed = tuple(replace(each, wrapped=b"other") if each == row else each for each in keys)
    assert await w.store.write(Rewrap(life.report, "2031-01", changed, keys)) == (False,)
    assert await w.store.write(Rewrap(life.report, "2031-01", keys[:1], keys)) == (False,)
    assert (await the_life(w)).expires == life.expires
    assert await w.store.write(Rewrap(life.report, "2031-01", keys, keys)) == (True,)
    assert (await the_life(w)).expires == "2031-01"


async def test_a_report_is_not_sent_on_under_the_key_of_a_month_it_left(w: World) -> None:
    await deliver(w)
    report = await w.store.read(ReportById((await the_life(w)).report))
    assert report is not None
    waits = OutboxRow(bytes(16), "report", report.id, report.workspace, w.clock.now())
    sent = RouteReport(report.id, b"new", (), waits, "2001-01")
    assert await w.store.write(sent) == (False,)
    assert await w.store.write(replace(sent, expires=report.expires)) == (True,)


# --- the list of what was erased ---


async def test_what_is_erased_stands_in_both_lists_and_no_longer_in_the_store(w: World) -> None:
    receipt = await keep(w)
    known = (await the_life(w)).report
    box = await come_back(w, receipt)
    await w.press(WRITER, card(await w.press(WRITER, box, "Delete it")), "Delete it")
    assert w.sql("SELECT mark FROM erasures") == [(mark(known),)]
    await w.pass_time(timedelta(minutes=21))
    assert rows(w, "reports", "erasures") == {"reports": 0, "erasures": 0}
    folders = w.means.settings.keys.perishable
    assert Erased(folders).marks() == {mark(known)}
    assert len({(folder / "erased.list").read_bytes() for folder in folders}) == 1
    assert not any(known in (folder / "erased.list").read_bytes() for folder in folders)
    assert known not in await left(w)


async def test_what_a_full_disk_keeps_off_the_list_stays_in_the_store(w: World) -> None:
    receipt = await keep(w)
    for folder in w.means.settings.keys.perishable:
        (folder / "erased.new").mkdir()
        (folder / "erased.new" / "in the way").touch()
    box = await come_back(w, receipt)
    assert "Delete it" in labels(box)
    await w.press(WRITER, card(await w.press(WRITER, box, "Delete it")), "Delete it")
    await w.pass_time(timedelta(minutes=21))
    assert rows(w, "erasures") == {"erasures": 1}
    for folder in w.means.settings.keys.perishable:
        (folder / "erased.new" / "in the way").unlink()
        (folder / "erased.new").rmdir()
    await w.pass_time(timedelta(minutes=21))
    assert rows(w, "erasures") == {"erasures": 0}
