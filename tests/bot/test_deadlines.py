"""By when a desk owes what, across weekends, daylight saving and the ends of months."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Settings, WorkspaceSettings
from bot.deadlines import Promise
from bot.workplaces import Workplaces

BERLIN = "Europe/Berlin"
WORKING = Promise(BERLIN, timedelta(days=7), 3)
PLAIN = Promise(BERLIN, timedelta(days=7))


def local(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("came", "due"),
    [
        ("2026-11-23 10:00", "2026-11-26 10:00"),
        ("2026-11-25 10:00", "2026-11-30 10:00"),
        ("2026-11-27 16:59", "2026-12-02 16:59"),
        ("2026-11-28 12:00", "2026-12-02 12:00"),
        ("2026-11-29 23:00", "2026-12-02 23:00"),
        ("2026-10-23 10:00", "2026-10-28 10:00"),  # summer time ends in between
        ("2027-03-26 02:30", "2027-03-31 02:30"),  # it begins in between
    ],
)
def test_three_working_days_leave_weekends_out_and_keep_the_hour(came: str, due: str) -> None:
    assert WORKING.answer(local(came)) == local(due)


def test_seven_days_are_seven_days() -> None:
    assert PLAIN.answer(local("2026-11-27 10:00")) == local("2026-12-04 10:00")


@pytest.mark.parametrize(
    ("came", "due"),
    [
        ("2026-11-24 10:00", "2027-02-24 10:00"),
        ("2026-11-30 10:00", "2027-02-28 10:00"),
        ("2027-11-30 10:00", "2028-02-29 10:00"),
        ("2026-12-31 10:00", "2027-03-31 10:00"),
        ("2026-08-31 10:00", "2026-11-30 10:00"),
    ],
)
def test_feedback_is_due_three_months_later_or_at_the_end_of_that_month(came: str, due: str) -> None:
    assert PLAIN.feedback(local(came)) == local(due)


@pytest.mark.parametrize(
    ("moment", "working"),
    [
        ("2026-11-24 08:59", False),
        ("2026-11-24 09:00", True),
        ("2026-11-27 16:59", True),
        ("2026-11-27 17:00", False),
        ("2026-11-28 12:00", False),
        ("2026-11-29 12:00", False),
    ],
)
def test_people_work_on_weekdays_from_nine_to_five_where_they_are(moment: str, working: bool) -> None:
    assert PLAIN.working(local(moment)) is working


def test_after_friday_comes_monday() -> None:
    assert PLAIN.next_working_day(local("2026-11-27 10:00")) == "2026-11-30"
    assert PLAIN.next_working_day(local("2026-11-28 10:00")) == "2026-11-30"
    assert PLAIN.next_working_day(local("2026-11-24 10:00")) == "2026-11-25"


@given(
    st.integers(0, 8 * 365 * 24),
    st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "UTC"]),
)
def test_an_answer_is_never_due_before_three_days_or_after_five_and_never_on_a_weekend(
    hours: int, zone: str
) -> None:
    came = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    due = Promise(zone, timedelta(days=7), 3).answer(came)
    assert timedelta(days=2, hours=22) <= due - came <= timedelta(days=5, hours=2)
    assert due.astimezone(ZoneInfo(zone)).weekday() < 5


def test_a_workplace_says_how_it_counts_and_one_that_is_gone_counts_days() -> None:
    told = {"platform": "slack", "id": "T1", "desks": ("C1",), "timezone": BERLIN}
    plain = WorkspaceSettings.model_validate(told)
    working = WorkspaceSettings.model_validate(told | {"deadlines": "working days"})
    settings = Workplaces(Settings(workspaces=(plain,)))
    assert Promise.of(plain, settings) == PLAIN
    assert Promise.of(working, settings) == WORKING
    assert Promise.of(None, settings) == Promise("UTC", timedelta(days=7))
