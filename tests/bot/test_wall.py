from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.config import Deadlines, Delays
from bot.model import Card, Form, Row
from tests.bot.letterbox import HOURS, close, come_back, deliver, read, to_another_desk, withdraw
from tests.world import TUESDAY, World, card, labels, said, world

SENT = timedelta(hours=4, seconds=1)
"""After this a report is at its desk."""

BATCH = timedelta(minutes=16)
NAMED = "touch"


async def shared(w: World, *, open_it: bool = True, **values: str | tuple[str, ...]) -> None:
    """A report whose writer lets colleagues learn of it, at its desk and read there."""
    await w.report("P20", **({"text": "x", "share": "yes", "category": NAMED} | values))
    await w.jump(SENT)
    if open_it:
        await w.read("P1", w.posts("hr-desk")[-1])


def statements(w: World) -> list[Card]:
    return [each for each in w.posts("solidarity") if each.title == "Someone spoke up"]


async def batches(w: World) -> None:
    """A new window has its first batch up to 15 minutes after the job saw it, which itself comes so often."""
    for _ in range(2):
        await w.jump(BATCH)


def waiting(w: World) -> list[datetime]:
    return [
        datetime.fromtimestamp(due, UTC)
        for (due,) in w.sql("SELECT due FROM outbox WHERE kind = 'statement'")
    ]


async def test_a_shared_report_appears_one_to_three_weeks_after_its_delivery(w: World) -> None:
    await shared(w)
    (due,) = waiting(w)
    assert timedelta(days=7) <= due - w.clock.now() <= timedelta(days=21)
    await w.jump(due - w.clock.now() - timedelta(seconds=1))
    assert statements(w) == []
    await w.jump(timedelta(seconds=1))
    (statement,) = statements(w)
    assert "Someone here reported harassment at work. HR has the report." in said(statement)
    assert labels(statement) == ["I stand with you", "I saw it too", "It happened to me too", "Take back"]
    assert waiting(w) == []
    assert "P20" not in repr(statement)


@pytest.mark.parametrize("end", [0, 1])
async def test_both_ends_of_the_delay_are_kept(tmp_path: Path, end: int) -> None:
    days = timedelta(days=(7, 21)[end])
    async with world(tmp_path, start=TUESDAY, delays=Delays(statement=(days, days))) as w:
        await shared(w)
        assert waiting(w) == [w.clock.now() + days]
        await w.jump(days)
        assert len(statements(w)) == 1


async def test_a_report_whose_writer_agreed_to_nothing_is_never_a_statement(w: World) -> None:
    await w.report("P20", text="x", category=NAMED)
    await w.jump(SENT)
    await w.read("P1", w.posts("hr-desk")[0])
    await w.jump(timedelta(days=22))
    assert statements(w) == []
    assert w.sql("SELECT * FROM windows WHERE kind = 'statement'") == []


async def test_a_forged_row_does_not_publish_what_was_not_shared(w: World) -> None:
    await w.report("P20", text="x", category=NAMED)
    await w.jump(SENT)
    await w.read("P1", w.posts("hr-desk")[0])
    ((report,),) = w.sql("SELECT id FROM reports")
    forged = "INSERT INTO outbox (id, kind, subject, workspace, due) VALUES (?, 'statement', ?, ?, 0)"
    for subject in (report, bytes(16)):
        w.sql(forged, (report[:15] + subject[-1:]), subject, "sandbox:practice")
    await w.jump(timedelta(days=22))
    assert waiting(w) == []
    assert len(w.posts("solidarity")) == 1
    assert w.sql("SELECT * FROM windows WHERE kind = 'statement'") == []


async def test_a_forged_row_does_not_publish_before_the_report_is_at_its_desk(w: World) -> None:
    await w.report("P20", text="x", share="yes")
    ((report,),) = w.sql("SELECT id FROM reports")
    forged = "INSERT INTO outbox (id, kind, subject, workspace, due) VALUES (?, 'statement', ?, ?, 0)"
    w.sql(forged, report, report, "sandbox:practice")
    await w.jump(timedelta(seconds=30))
    await w.service._delivery._run()
    assert statements(w) == []


async def test_an_unopened_report_is_shared_only_once_the_desk_missed_its_deadline(tmp_path: Path) -> None:
    late = Deadlines(acknowledge=timedelta(days=25))
    async with world(tmp_path, start=TUESDAY, deadlines=late) as w:
        await shared(w, open_it=False)
        await w.jump(timedelta(days=25, seconds=-1))
        assert statements(w) == []
        await w.jump(timedelta(seconds=1))
        assert len(statements(w)) == 1


async def test_a_report_that_passed_over_a_desk_is_never_a_statement(w: World) -> None:
    await w.report("P20", text="x", share="yes", named=("P2",))
    await w.jump(SENT)
    assert w.posts("hr-desk") == []
    await w.read("P4", w.posts("ombuds")[0])
    await w.jump(timedelta(days=40))
    assert statements(w) == []


async def test_below_50_members_a_statement_waits_until_there_are_enough(w: World) -> None:
    await shared(w)
    w.members(49)
    await w.jump(timedelta(days=25))
    await w.jump(timedelta(days=1))
    assert statements(w) == []
    w.members(50)
    await w.jump(timedelta(days=1, minutes=1))
    assert len(statements(w)) == 1


async def test_below_50_members_sharing_is_not_offered(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, people=49) as w:
        before = card(await w.press("P20", card(await w.act("P20", "menu")), "Tell what happened"))
        form = await w.press("P20", before, "Start writing")
        assert "share" not in {field.name for field in getattr(form, "fields", ())}
        w.members(50)
        form = await w.press("P20", before, "Start writing")
        assert "share" in {field.name for field in getattr(form, "fields", ())}


@pytest.mark.parametrize(("alike", "named"), [(4, False), (5, True)])
async def test_the_kind_is_named_from_five_alike_and_decided_once(
    tmp_path: Path,
    alike: int,
    named: bool,
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await others(w, alike - 1)
        await shared(w)
        await w.jump(timedelta(days=22))
        (statement,) = statements(w)
        assert (Row("Kind", "Touch") in statement.body) is named
        # One more, or one that cannot be read any more, must not change what was said: it would tell of it.
        await others(w, 1)
        w.sql("UPDATE reports SET routing = zeroblob(100) WHERE delivered IS NULL")
        await w.stand(statement, *range(30, 36))
        await batches(w)
        (updated,) = statements(w)
        assert "So far: 5–9" in said(updated)
        assert (Row("Kind", "Touch") in updated.body) is named


async def others(w: World, count: int, weeks: int = 2) -> None:
    """So many reports of one kind that the desk has read, from different weeks before this one."""
    for n in range(count):
        await w.report(f"P{40 + n}", text="x", category=NAMED)
    await w.jump(SENT)
    for number, (known,) in enumerate(w.sql("SELECT id FROM reports WHERE opened IS NULL")):
        await w.act("P1", "desk.words", known.hex())
        w.sql("UPDATE reports SET week = ? WHERE id = ?", f"2026-W{40 + number % weeks}", known)


def kinds(w: World) -> list[Row]:
    (statement,) = statements(w)
    return [each for each in statement.body if isinstance(each, Row) and each.label == "Kind"]


async def test_one_persons_reports_of_two_days_do_not_name_what_another_told(w: World) -> None:
    await others(w, 6, weeks=1)
    await shared(w)
    await w.jump(timedelta(days=22))
    assert kinds(w) == []


@pytest.mark.parametrize(
    "away",
    ["opened = NULL", "delivered = NULL, opened = NULL", "stage = 'withdrawn'", "stage = 'kept'"],
)
async def test_what_no_handler_read_or_its_writer_took_back_names_no_kind(w: World, away: str) -> None:
    await others(w, 4)
    await shared(w)
    w.sql(f"UPDATE reports SET {away} WHERE week = '2026-W40'")  # noqa: S608 - fixed words
    await w.jump(timedelta(days=22))
    assert kinds(w) == []


async def test_what_two_handlers_closed_as_no_report_names_no_kind(w: World) -> None:
    await others(w, 4)
    known = w.sql("SELECT hex(id) FROM reports")[0][0].lower()
    for handler in ("P1", "P2"):
        form = await w.press(handler, card(await w.act(handler, "desk.words", known)), "Close the report")
        assert isinstance(form, Form)
        await w.fill(handler, form, text="This was a test.", outcome="no_report")
    await shared(w)
    await w.jump(timedelta(days=22))
    assert kinds(w) == []


async def test_only_the_last_twelve_months_and_only_the_same_kind_count(w: World) -> None:
    await others(w, 3)
    w.sql("UPDATE reports SET week = '2025-W40'")
    for n in range(3):
        await w.report(f"P{50 + n}", text="x", category="words")
    await others(w, 3)
    await shared(w)
    await w.jump(timedelta(days=22))
    assert kinds(w) == []


async def test_a_damaged_report_does_not_keep_others_from_being_shared(w: World) -> None:
    await others(w, 1)
    w.sql("UPDATE reports SET routing = zeroblob(100)")
    await shared(w)
    await w.jump(timedelta(days=22))
    assert len(statements(w)) == 1


async def test_without_a_solidarity_channel_nothing_is_posted(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"solidarity_channel": ""}) as w:
        await shared(w)
        await w.jump(timedelta(days=30))
        assert [len(w.posts(each)) for each in ("solidarity", "random", "facilities")] == [0, 0, 0]


async def test_people_stand_under_a_statement_as_on_the_wall(w: World) -> None:
    await shared(w)
    await w.jump(timedelta(days=22))
    (statement,) = statements(w)
    answers = [card(await w.press("P30", statement, each)) for each in labels(statement) * 2]
    assert answers == [answers[0]] * 8
    assert "emoji reactions are never read here" in said(statement)
    await w.stand(statement, *range(31, 41))
    await batches(w)
    assert "So far: 10–24" in said(statements(w)[0])
    wall = next(each for each in w.posts("solidarity") if each.title == "Me too")
    assert "So far: fewer than five or none" in said(wall)


async def test_a_statement_closes_after_30_days_and_is_not_opened_again(w: World) -> None:
    await shared(w)
    await w.jump(timedelta(days=22))
    (posted,) = statements(w)
    await w.stand(posted, *range(30, 36))
    await batches(w)
    await w.jump(timedelta(days=31))
    (closed,) = statements(w)
    assert "So far: 5–9" in said(closed)
    assert "Closed. Nobody can tell any more who pressed." in said(closed)
    assert closed.buttons == ()
    assert w.sql("SELECT secret FROM windows WHERE kind = 'statement'") == [(b"",)]
    for label in labels(posted):
        assert "This has closed." in said(card(await w.press("P40", posted, label)))
    await w.jump(timedelta(days=31))
    assert len(w.sql("SELECT * FROM windows WHERE kind = 'statement'")) == 1


async def test_a_report_that_left_the_first_desk_for_somebody_picked_is_in_no_statement(w: World) -> None:
    await shared(w, named=("P9",))
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    await w.pass_time(timedelta(hours=3))
    assert [each.title for each in w.posts("ombuds")] == ["A report arrived"]
    await w.pass_time(timedelta(days=30))
    assert statements(w) == []


async def test_nothing_is_shared_while_somebody_picked_can_read_the_desk_that_has_it(w: World) -> None:
    await shared(w, named=("P9",))
    await close(w, "Done.")
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    await w.pass_time(timedelta(days=30))
    assert statements(w) == []
    w.workplace.channels["hr-desk"].readers -= {"P9"}
    await w.pass_time(timedelta(days=2))
    assert len(statements(w)) == 1


async def test_a_kind_that_the_first_desk_cannot_count_to_five_is_not_named(w: World) -> None:
    await w.report("P21", text="x", category=NAMED, named=("P1",))
    for n in range(3):
        await w.report(f"P{30 + n}", text="x", category=NAMED)
    await shared(w)
    await w.pass_time(timedelta(days=22))
    (statement,) = statements(w)
    assert "Touch" not in said(statement)


async def test_a_statement_goes_when_its_report_is_taken_back_between_two_desks(w: World) -> None:
    receipt = await deliver(w, share="yes")
    await read(w)
    await w.pass_time(timedelta(days=22))
    assert len(statements(w)) == 1
    await to_another_desk(w, await come_back(w, receipt))
    assert (await withdraw(w, await come_back(w, receipt))).title == "Erased"
    await w.pass_time(HOURS)
    assert statements(w) == []
    assert [each.title for each in w.posts("solidarity")][-1] == "Taken back"
