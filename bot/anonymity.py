"""The numbers of privacy: weeks, bands, delays and the thresholds below which nothing is shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from math import ceil, sqrt
from zoneinfo import ZoneInfo

from bot.i18n import N_
from bot.ports import Random

LEAST_CHANGED = 3
"""Voices that must have changed before a shown count moves. Fixed; `least_changed` draws mostly more."""

LEAST_SHOWN = 5
"""Voices below which a window adds nothing to any sum, and reports below which a kind is not told. Fixed.

The band of a sum over several windows would else tell zero from four in the last of them, to whoever knows the
others; and three people who press on two walls would make "5–9".
"""

LEAST_FOR_SHARE = 10
"""Reports below which no share of them is told: among fewer, one report alone moves it by more than a tenth."""

POPULATION_FOR_NUMBERS = 25
"""Eligible members below which no number at all is shown."""

POPULATION_FOR_NOISE = 5000
"""Eligible members from which noise may be added to the numbers of digests: among fewer it would drown them."""

POPULATION_FOR_STATEMENTS = 50
"""Eligible members from which a report may be shared as a statement."""

ALIKE_FOR_CATEGORY = 5
"""Reports of twelve months that must share a category before a statement names it."""

WEEKS_FOR_CATEGORY = 3
"""Different weeks that these reports must come from: else one person could write them in two days."""

WINDOW = timedelta(days=30)
"""How long voices of a wall or a statement are counted before token and secret are destroyed."""

KEEP_MONTHS = 24
"""Months after filing in which a report's perishable key dies unless somebody comes back (DESIGN §3)."""

KEEP_CLOSED = 120
"""Days after its closing at which a report ends, where a workspace says nothing else."""

WARNED_BEFORE = timedelta(days=14)
"""How long before a closed report ends its desk reads that it will."""

SPREAD = timedelta(days=7)
"""Random spread of an expiry to both sides: a fixed one would tell the filing date."""

SHORTEST_BATCH = timedelta(seconds=1)
"""With batches of no length at all, their job would run without a pause."""

GRADES = timedelta(days=2)
"""How far apart the moments are at which a desk's numbers by grade may move; each is up to a day later."""

_FLOORS = (0, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)

BANDS = (
    N_("fewer than five or none"),
    "5–9",
    "10–24",
    "25–49",
    "50–99",
    N_("100 or more"),
    N_("250 or more"),
    N_("500 or more"),
    N_("1,000 or more"),
    N_("2,500 or more"),
    N_("5,000 or more"),
    N_("10,000 or more"),
)
"""Names of the bands, lowest first; message ids where they are words."""

_SHARES = (0, 50, 75, 90)

SHARES = (
    N_("fewer than half of them"),
    N_("half of them or more"),
    N_("three quarters of them or more"),
    N_("nine in ten or more"),
)
"""Names of the bands of a share. "All" and "none" are no bands: they would say the same of every single report."""


def band(count: int) -> int:
    """The band of a count, as an index into `BANDS`; zero and four are in the same."""
    return bisect_right(_FLOORS, max(count, 0)) - 1


def least_in(band: int) -> int:
    """The smallest count in a band."""
    return _FLOORS[band]


def most_in(band: int) -> int:
    """The largest count in a band; the last has none, and counts as if it were very large."""
    return _FLOORS[band + 1] - 1 if band + 1 < len(_FLOORS) else 10**9


def band_name(count: int) -> str:
    """The message id of the band of a count."""
    return BANDS[band(count)]


def share(part: int, whole: int) -> int | None:
    """The band of a share, as an index into `SHARES`; None where there are too few to show one."""
    if whole < LEAST_FOR_SHARE:
        return None
    return bisect_right(_SHARES, 100 * part // whole) - 1


def least_changed(few: timedelta, batch: tuple[timedelta, timedelta], random: Random) -> int:
    """How many voices must have changed for a count to move in this batch: three or, mostly, more.

    A count that moves as soon as a third voice changes names it, where few people come, to whoever sees when
    /metoo is used; two accomplices make anybody the third. So three wait `few` in the mean: each batch lets a
    count of n changed voices move with the chance (n / 3)² · (length of a batch / `few`), and many at once.
    """
    if few <= timedelta(0):
        return LEAST_CHANGED
    length = max(sum(batch, timedelta(0)) / 2, SHORTEST_BATCH)
    return max(LEAST_CHANGED, ceil(LEAST_CHANGED * sqrt(random.uniform(0, 1) * (few / length))))


def follows(before: int, now: int) -> int:
    """What a shown count of reports becomes: it stays until at least as many changed as voices have to."""
    return now if abs(now - before) >= LEAST_CHANGED else before


def told_apart(counts: Mapping[str, int]) -> dict[str, int]:
    """The bands of those cells that may be told, largest first; no cell that is left out follows from the others.

    Left out is what has fewer than five. If that is one cell alone, the smallest of the others is left out with it:
    whoever knows how many there are in all could else subtract.
    """
    told = sorted(
        (name for name, count in counts.items() if count >= LEAST_SHOWN), key=lambda each: -counts[each]
    )
    if len(counts) - len(told) == 1:
        told = told[:-1]
    return {name: band(counts[name]) for name in told}


def population(platform: int | None, stated: int | None) -> int:
    """The smaller of what the platform and the admin say; a platform that does not say counts as none."""
    if platform is None:
        return 0
    return platform if stated is None else min(platform, stated)


def numbers_allowed(members: int) -> bool:
    """Whether any number may be shown in a workspace of this size."""
    return members >= POPULATION_FOR_NUMBERS


def noise_allowed(members: int) -> bool:
    """Whether noise may stand between the numbers and what is shown in a workspace of this size."""
    return members >= POPULATION_FOR_NOISE


def statements_allowed(members: int) -> bool:
    """Whether reports may be shared with colleagues in a workspace of this size."""
    return members >= POPULATION_FOR_STATEMENTS


def iso_week(day: date) -> str:
    """The ISO week of a day, such as "2026-W48"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def week_of(moment: datetime, zone: str) -> str:
    """The ISO week that a moment falls in, at a workspace's place."""
    return iso_week(moment.astimezone(ZoneInfo(zone)).date())


def monday_of(week: str) -> date:
    """The first day of an ISO week. Raises ValueError for what is none."""
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def weeks_before(week: str, count: int) -> tuple[str, ...]:
    """The last `count` weeks up to and including `week`, oldest first."""
    monday = monday_of(week)
    return tuple(iso_week(monday - timedelta(weeks=back)) for back in reversed(range(count)))


def delay(between: tuple[timedelta, timedelta], random: Random) -> timedelta:
    """A random wait between two durations, in whole seconds."""
    low, high = between
    return timedelta(seconds=round(random.uniform(low.total_seconds(), high.total_seconds())))


def expiry_month(moment: datetime, random: Random) -> str:
    """The month in which something kept since `moment` expires, such as "2028-11", with its spread."""
    spread = timedelta(seconds=random.uniform(-SPREAD.total_seconds(), SPREAD.total_seconds()))
    return _later((moment + spread).date())


def ending(closed: datetime, days: int, random: Random) -> datetime:
    """The moment at which a report ends that was closed then, with its spread."""
    return closed + timedelta(days=days) + delay((-SPREAD, SPREAD), random)


def month_of(moment: datetime) -> str:
    """The month of a moment, such as "2028-11"."""
    return moment.date().isoformat()[:7]


def expiry_months(moment: datetime) -> tuple[str, ...]:
    """Every month in which something kept in the two weeks from `moment` on can expire."""
    days = (moment - SPREAD, moment, moment + SPREAD, moment + 3 * SPREAD)
    return tuple(dict.fromkeys(_later(each.date()) for each in days))


def _later(day: date) -> str:
    months = day.year * 12 + day.month - 1 + KEEP_MONTHS
    return f"{months // 12}-{months % 12 + 1:02d}"
