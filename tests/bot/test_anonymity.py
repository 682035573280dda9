from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import anonymity
from bot.anonymity import BANDS

WEEKS = st.dates(date(2020, 1, 6), date(2040, 1, 1)).map(anonymity.iso_week)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


class Extreme(random.Random):
    """Randomness that always gives the one end of what may come."""

    def __init__(self, *, high: bool) -> None:
        super().__init__(0)
        self._high = high

    def uniform(self, a: float, b: float) -> float:
        return b if self._high else a


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (0, 4, "fewer than five or none"),
        (5, 9, "5–9"),
        (10, 24, "10–24"),
        (25, 49, "25–49"),
        (50, 99, "50–99"),
        (100, 249, "100 or more"),
        (250, 499, "250 or more"),
        (500, 999, "500 or more"),
        (1000, 2499, "1,000 or more"),
        (2500, 4999, "2,500 or more"),
        (5000, 9999, "5,000 or more"),
        (10000, 10**9, "10,000 or more"),
    ],
)
def test_a_band_reaches_from_its_first_to_its_last_count(first: int, last: int, name: str) -> None:
    assert anonymity.band_name(first) == anonymity.band_name(last) == name
    assert BANDS[anonymity.band(first)] == name
    assert anonymity.band(first - 1) == max(anonymity.band(first) - 1, 0)
    assert anonymity.band(last + 1) == min(anonymity.band(last) + 1, len(BANDS) - 1)


@pytest.mark.parametrize("count", [-1000, -1, 0, 1, 2, 3, 4])
def test_nobody_and_four_look_alike(count: int) -> None:
    assert anonymity.band(count) == 0


@given(st.integers(-10, 20000), st.integers(0, 20000))
def test_more_voices_never_show_a_lower_band(count: int, more: int) -> None:
    assert anonymity.band(count) <= anonymity.band(count + more)


@pytest.mark.parametrize(
    ("platform", "stated", "members"),
    [(60, None, 60), (60, 30, 30), (30, 60, 30), (None, 60, 0), (None, None, 0), (0, 60, 0), (60, 0, 0)],
)
def test_the_smaller_population_counts_and_an_unknown_one_is_none(
    platform: int | None, stated: int | None, members: int
) -> None:
    assert anonymity.population(platform, stated) == members


def test_numbers_begin_at_25_members_and_statements_at_50() -> None:
    assert [anonymity.numbers_allowed(n) for n in (0, 24, 25)] == [False, False, True]
    assert [anonymity.statements_allowed(n) for n in (25, 49, 50)] == [False, False, True]


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_share_is_shown_from_ten_reports_on_and_never_says_all_or_none(part: int, more: int) -> None:
    whole = part + more
    band = anonymity.share(part, whole)
    assert (band is None) is (whole < 10)
    if band is not None:
        least, below = (0, 50, 75, 90, 101)[band : band + 2]
        assert least * whole <= 100 * part < below * whole
        assert anonymity.share(part + 1, whole + 1) in {band, band + 1}


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_count_of_reports_stays_until_three_of_them_changed(before: int, now: int) -> None:
    assert anonymity.follows(before, now) == (now if abs(now - before) >= 3 else before)


@given(st.dictionaries(st.sampled_from("abcdefghi"), st.integers(0, 12)))
def test_no_kind_that_is_left_out_follows_from_the_others_and_a_known_total(counts: dict[str, int]) -> None:
    told = anonymity.told_apart(counts)
    hidden = [counts[name] for name in counts if name not in told]
    assert len(hidden) != 1 or len(counts) == 1
    assert all(counts[name] >= 5 and band == anonymity.band(counts[name]) for name, band in told.items())
    assert sum(each >= 5 for each in hidden) <= 1
    assert list(told.values()) == sorted(told.values(), reverse=True)


FEW, BATCH = timedelta(minutes=160), (timedelta(minutes=5), timedelta(minutes=15))


@given(st.randoms(use_true_random=False), st.integers(0, 600))
def test_a_count_never_moves_by_fewer_than_three_and_always_by_many(source: random.Random, few: int) -> None:
    least = anonymity.least_changed(timedelta(minutes=few), BATCH, source)
    assert 3 <= least <= max(3, ceil(3 * (few / 10) ** 0.5))


def test_the_fewer_changed_the_longer_a_count_waits() -> None:
    source = random.Random(1)
    drawn = [anonymity.least_changed(FEW, BATCH, source) for _ in range(16_000)]
    for changed in (3, 6, 9, 12):
        moves = sum(least <= changed for least in drawn) / len(drawn)
        assert moves == pytest.approx(changed**2 / 144, rel=0.1)


@pytest.mark.parametrize("batch", [BATCH, (timedelta(0), timedelta(0))])
def test_where_few_need_not_wait_three_are_enough(batch: tuple[timedelta, timedelta]) -> None:
    assert anonymity.least_changed(timedelta(0), batch, random.Random(1)) == 3


def test_one_cell_left_out_alone_takes_the_smallest_of_the_others_with_it() -> None:
    assert anonymity.told_apart({"a": 4, "b": 7, "c": 30}) == {"c": 3}
    assert anonymity.told_apart({"a": 4, "b": 0, "c": 30}) == {"c": 3}
    assert anonymity.told_apart({"a": 5, "b": 9, "c": 30}) == {"c": 3, "b": 1, "a": 1}


def test_the_fixed_numbers_are_those_of_the_design() -> None:
    assert anonymity.LEAST_SHOWN == 5
    assert anonymity.LEAST_FOR_SHARE == 10
    assert [anonymity.noise_allowed(n) for n in (4999, 5000)] == [False, True]
    assert anonymity.LEAST_CHANGED == 3
    assert anonymity.ALIKE_FOR_CATEGORY == 5
    assert timedelta(days=30) == anonymity.WINDOW
    assert anonymity.KEEP_MONTHS == 24
    assert timedelta(days=7) == anonymity.SPREAD


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 11, 23), "2026-W48"),
        (date(2026, 1, 1), "2026-W01"),
        (date(2025, 12, 29), "2026-W01"),
        (date(2025, 12, 28), "2025-W52"),
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
    ],
)
def test_a_day_is_in_its_iso_week(day: date, week: str) -> None:
    assert anonymity.iso_week(day) == week


def test_a_moment_is_in_the_week_of_the_place() -> None:
    sunday_night = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert anonymity.week_of(sunday_night, "UTC") == "2026-W47"
    assert anonymity.week_of(sunday_night, "Europe/Berlin") == "2026-W48"
    assert anonymity.week_of(sunday_night, "America/New_York") == "2026-W47"


def test_the_weeks_before_go_across_a_year_of_53_weeks() -> None:
    assert anonymity.weeks_before("2027-W02", 4) == ("2026-W52", "2026-W53", "2027-W01", "2027-W02")
    assert anonymity.weeks_before("2026-W01", 2) == ("2025-W52", "2026-W01")
    assert anonymity.weeks_before("2026-W10", 1) == ("2026-W10",)


@given(WEEKS, st.integers(1, 120))
def test_the_weeks_before_are_as_many_mondays_in_a_row(week: str, count: int) -> None:
    weeks = anonymity.weeks_before(week, count)
    mondays = [anonymity.monday_of(each) for each in weeks]
    assert (len(weeks), weeks[-1]) == (count, week)
    assert list(weeks) == sorted(weeks)  # the store compares weeks as texts
    assert all(monday.isoweekday() == 1 for monday in mondays)
    assert all(after - before == timedelta(weeks=1) for before, after in pairwise(mondays))


@pytest.mark.parametrize("wrong", ["2025-W53", "2026-W54", "2026-W00", "2026", "", "W48"])
def test_what_is_no_week_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        anonymity.monday_of(wrong)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers())
def test_a_delay_is_between_its_bounds_in_whole_seconds(low: int, more: int, seed: int) -> None:
    bounds = timedelta(seconds=low), timedelta(seconds=low + more)
    wait = anonymity.delay(bounds, random.Random(seed))
    assert bounds[0] <= wait <= bounds[1]
    assert wait.microseconds == 0


def test_a_delay_can_reach_both_of_its_bounds() -> None:
    bounds = timedelta(minutes=15), timedelta(hours=4)
    assert anonymity.delay(bounds, Extreme(high=False)) == bounds[0]
    assert anonymity.delay(bounds, Extreme(high=True)) == bounds[1]


def test_delays_differ() -> None:
    source = random.Random(1)
    waits = {anonymity.delay((timedelta(minutes=15), timedelta(hours=4)), source) for _ in range(50)}
    assert len(waits) > 40


@pytest.mark.parametrize(
    ("moment", "early", "late"),
    [
        (datetime(2026, 11, 24, 10, tzinfo=UTC), "2028-11", "2028-12"),
        (datetime(2026, 11, 15, tzinfo=UTC), "2028-11", "2028-11"),
        (datetime(2026, 12, 30, tzinfo=UTC), "2028-12", "2029-01"),
        (datetime(2027, 1, 3, tzinfo=UTC), "2028-12", "2029-01"),
        (datetime(2028, 2, 29, tzinfo=UTC), "2030-02", "2030-03"),
    ],
)
def test_a_report_expires_24_months_later_give_or_take_a_week(
    moment: datetime, early: str, late: str
) -> None:
    assert anonymity.expiry_month(moment, Extreme(high=False)) == early
    assert anonymity.expiry_month(moment, Extreme(high=True)) == late


@given(MOMENTS, st.integers(0, 14 * 24 * 60), st.integers())
def test_every_month_in_which_something_can_expire_has_its_key_two_weeks_ahead(
    moment: datetime, minutes: int, seed: int
) -> None:
    later = moment + timedelta(minutes=minutes)
    assert anonymity.expiry_month(later, random.Random(seed)) in anonymity.expiry_months(moment)


@given(MOMENTS)
def test_months_are_few_and_each_is_there_once(moment: datetime) -> None:
    months = anonymity.expiry_months(moment)
    assert 1 <= len(months) <= 3
    assert len(set(months)) == len(months)
    assert list(months) == sorted(months)
