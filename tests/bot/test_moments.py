"""Weeks are fixed whatever clocks, zones and admins do: each is covered once, in its order, and none is left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.anonymity import monday_of, week_of
from bot.config import WorkspaceSettings
from bot.moments import covered_week, end_of_week, moments_around

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Pacific/Apia", "Pacific/Pago_Pago"]
)
TIMES = st.sampled_from(["Mon 09:00", "Mon 00:00", "Sun 23:59", "Fri 17:30", "Sun 02:30", "Wed 12:00"])
MOMENTS = st.datetimes(datetime(2025, 11, 1), datetime(2027, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def settings(when: str, zone: str) -> WorkspaceSettings:
    return WorkspaceSettings(platform="sandbox", id="x", desks=("y",), digest_at=when, timezone=zone)


@hypothesis.settings(max_examples=40, deadline=None)
@given(MOMENTS, st.lists(st.tuples(TIMES, ZONES, st.integers(1, 80)), min_size=2, max_size=4))
def test_whatever_an_admin_changes_no_week_comes_twice_or_before_another_or_is_left_out(
    now: datetime, changes: list[tuple[str, str, int]]
) -> None:
    decided: list[str] = []
    for when, zone, looks in changes:
        place = settings(when, zone)
        for _ in range(looks):
            week = covered_week(place, moments_around(place, now)[0])
            if not decided or decided[-1] < week:  # as the digest decides
                decided.append(week)
            now += timedelta(hours=6)
    mondays = [monday_of(week) for week in decided]
    gaps = {(after - before).days // 7 for before, after in zip(mondays, mondays[1:], strict=False)}
    assert gaps <= {
        1,
        2,
    }  # two only where a change skipped a moment; the next digest says that it covers both


@given(MOMENTS, TIMES, ZONES)
def test_the_covered_week_has_ended_when_its_digest_comes(now: datetime, when: str, zone: str) -> None:
    place = settings(when, zone)
    last, _ = moments_around(place, now)
    end = end_of_week(place, covered_week(place, last))
    assert end <= last.astimezone(ZoneInfo(zone)) < end + timedelta(days=7, hours=2)


@pytest.mark.parametrize(
    ("week", "zone", "end"),
    [
        ("2026-W43", "Europe/Berlin", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ("2026-W12", "Europe/Berlin", datetime(2026, 3, 22, 23, tzinfo=UTC)),
        ("2026-W13", "Europe/Berlin", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("2026-W53", "America/New_York", datetime(2027, 1, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_week_ends_at_midnight_there(week: str, zone: str, end: datetime) -> None:
    place = settings("Mon 09:00", zone)
    assert end_of_week(place, week) == end
    assert week_of(end - timedelta(seconds=1), zone) == week
    assert week_of(end, zone) > week
