"""What a desk is reminded of, when, and in which words; and what becomes of a report that nobody answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model import Card
from tests.bot.letterbox import HANDLER, OTHER_HANDLER, come_back, deliver, desk_card, fill_in, quotes
from tests.world import World, card, labels, said, words, world

TUESDAY_EARLY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TITLE = "Answers are due"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY_EARLY) as built:
        yield built


def reminders(w: World, channel: str = "hr-desk") -> list[str]:
    return [said(each) for each in w.posts(channel) if each.title == TITLE]


def code(w: World) -> str:
    return str(w.sql("SELECT hex(id) FROM reports")[0][0][:6])


async def until(w: World, moment: str) -> None:
    """Be at that moment; of what lies before its last day, nothing is looked at."""
    left = datetime.fromisoformat(f"{moment}+00:00") - w.clock.now()
    if left > DAY:
        await w.jump(left - DAY)
        left = DAY
    await w.pass_time(left)


async def read(w: World, user: str = HANDLER, channel: str = "hr-desk") -> Card:
    return await w.read(user, desk_card(w, channel))


async def test_a_desk_is_reminded_before_the_day_on_the_day_and_after_it_once_a_day(w: World) -> None:
    await deliver(w)  # on Tuesday morning; an answer is due a week later
    await until(w, "2026-11-29 23:00")
    assert reminders(w) == []
    await until(w, "2026-11-30 20:00")
    assert [each.splitlines()[1] for each in reminders(w)] == [f"Due soon: 1: {code(w)}"]
    await until(w, "2026-12-01 20:00")
    assert [each.splitlines()[1] for each in reminders(w)][1:] == [f"Due today: 1: {code(w)}"]
    await until(w, "2026-12-02 20:00")
    assert reminders(w)[-1].splitlines()[1] == f"Overdue: 1: {code(w)}"
    assert len(reminders(w)) == 3


async def test_nobody_is_reminded_at_night_or_on_a_weekend(w: World) -> None:
    await deliver(w)
    await until(w, "2026-12-02 20:00")
    before = len(reminders(w))
    await until(w, "2026-12-03 07:30")
    assert len(reminders(w)) == before
    await until(w, "2026-12-04 20:00")
    friday = len(reminders(w))
    await until(w, "2026-12-06 22:00")
    assert len(reminders(w)) == friday
    await until(w, "2026-12-07 20:00")
    assert len(reminders(w)) == friday + 1


async def test_what_was_answered_is_not_due_and_a_desk_without_any_hears_nothing(w: World) -> None:
    await deliver(w)
    await fill_in(w, await read(w), "Answer", "We have read it.", HANDLER, signed="desk")
    await until(w, "2026-12-10 20:00")
    assert reminders(w) == reminders(w, "ombuds") == []


async def test_after_three_months_an_open_case_is_named_until_it_is_closed(w: World) -> None:
    await deliver(w)
    await fill_in(w, await read(w), "Answer", "We have read it.", HANDLER, signed="desk")
    await until(w, "2027-03-01 20:00")
    assert "Longer than three months without an outcome: 1: " in reminders(w)[-1]
    count = len(reminders(w))
    await fill_in(w, await read(w), "Close the report", "Done.", HANDLER, signed="desk")
    await until(w, "2027-03-04 20:00")
    assert len(reminders(w)) == count


async def test_an_outcome_is_named_before_its_day_on_it_and_after_it(w: World) -> None:
    await deliver(w)
    await fill_in(w, await read(w), "Answer", "We have read it.", HANDLER, signed="desk")
    await until(w, "2027-02-22 20:00")
    assert reminders(w) == []
    for day in ("2027-02-23", "2027-02-24"):
        await until(w, f"{day} 20:00")
        assert reminders(w)[-1].splitlines()[1] == f"An outcome is due: 1: {code(w)}"
    await until(w, "2027-02-25 20:00")
    assert "Longer than three months without an outcome" in reminders(w)[-1]
    assert len(reminders(w)) == 3


async def test_a_reminder_holds_numbers_and_codes_and_no_word_or_person(w: World) -> None:
    await deliver(w, "Planted-Distel-2093", named=("P30",))
    await until(w, "2026-12-03 20:00")
    for each in reminders(w):
        assert "Planted" not in each
        assert "P30" not in each
    (post,) = {each.title for each in w.posts("hr-desk")} - {"A report arrived"}
    assert post == TITLE


async def test_a_desk_that_is_no_private_place_is_not_reminded(w: World) -> None:
    await deliver(w)
    w.workplace.channels["hr-desk"].private = False
    await until(w, "2026-12-03 20:00")
    assert reminders(w) == []


async def test_by_working_days_an_answer_is_due_on_friday_and_the_receipt_and_mailbox_say_so(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, start=TUESDAY_EARLY, workspace={"deadlines": "working days"}) as w:
        sent = await w.report("P20", text="x")
        assert "2026-11-27" in said(sent)
        await w.pass_time(timedelta(hours=5))
        await until(w, "2026-11-27 20:00")
        assert "2026-11-27" in said(await come_back(w, words(sent)))
        assert any("Due today" in each or "Overdue" in each for each in reminders(w))


# --- escalation ---


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY_EARLY, workspace={"escalate": True}) as built:
        yield built


async def test_what_nobody_answers_in_time_goes_to_the_next_desk_where_the_workplace_wants_that(
    strict: World,
) -> None:
    w = strict
    receipt = await deliver(w, "It happened.")
    await until(w, "2026-12-02 20:00")
    assert [each.title for each in w.posts("ombuds")] == ["A report arrived"]
    (old,) = [each for each in w.posts("hr-desk") if "with another desk" in each.title]
    assert "Nobody answered in time" in said(old)
    assert labels(old) == []
    assert quotes(await read(w, OTHER_HANDLER, "ombuds")) == ["It happened."]
    box = await come_back(w, receipt)
    assert "State: HR has read it." in said(box)
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports")
    assert "cannot be opened from here" in said(card(await w.act(HANDLER, "desk.read", report)))


async def test_without_a_desk_that_may_have_it_it_stays_where_it_is(strict: World) -> None:
    w = strict
    await deliver(w, named=("P4",))
    await until(w, "2026-12-04 20:00")
    assert w.posts("ombuds") == []
    assert quotes(await read(w)) == ["It happened."]


async def test_while_the_next_desk_is_no_private_place_it_stays_where_it_is(strict: World) -> None:
    w = strict
    await deliver(w)
    w.workplace.channels["ombuds"].private = False
    await until(w, "2026-12-04 20:00")
    assert quotes(await read(w)) == ["It happened."]


async def test_a_desk_that_answered_keeps_it(strict: World) -> None:
    w = strict
    await deliver(w)
    await fill_in(w, await read(w), "Answer", "We have read it.", HANDLER, signed="desk")
    await until(w, "2026-12-10 20:00")
    assert w.posts("ombuds") == []


async def test_as_it_comes_nothing_goes_on_by_itself(w: World) -> None:
    await deliver(w)
    await until(w, "2026-12-10 20:00")
    assert w.posts("ombuds") == []
