from __future__ import annotations

import asyncio
import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import chart
from bot.anonymity import monday_of
from bot.config import WorkspaceSettings
from bot.errors import Denied, Unreachable
from bot.flows.step import WORDS
from bot.model import Card, Facts, Form, Place, Quote, Row, Workspace
from bot.moments import covered_week, moments_around
from bot.proof import grouped
from bot.tree import root
from tests.world import MONDAY, TUESDAY, WORKSPACE, World, said, world

BERLIN = ZoneInfo("Europe/Berlin")
SMALL = "No numbers are shown here, because this workplace is small."
draw = chart.draw


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(digest_at: str = "Mon 09:00", timezone: str = "Europe/Berlin") -> WorkspaceSettings:
    return WorkspaceSettings(platform="sandbox", id="x", desks=("y",), digest_at=digest_at, timezone=timezone)


def digests(w: World) -> list[Card]:
    return [each for each in w.posts("general") if each.title.startswith("Digest")]


def titles(w: World) -> list[str]:
    return [each.title for each in digests(w)]


def root_of(digest: Card) -> str:
    """The last line of a digest: a root in sixteen groups of four."""
    line = said(digest).splitlines()[-1]
    found = re.fullmatch(r"For checking a proof of filing: ((?:[0-9a-f]{4} ){15}[0-9a-f]{4})", line)
    assert found, line
    return found[1]


async def until(w: World, moment: str) -> None:
    await w.jump(at(moment) - w.clock.now())


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes seconds at first; only the tests about the picture draw."""
    monkeypatch.setattr(chart, "draw", lambda *_: b"a picture")


@pytest.mark.parametrize(
    ("start", "moment", "week"),
    [
        ("2026-10-20 10:00", "2026-10-26 08:00", "2026-W43"),
        ("2026-10-13 10:00", "2026-10-19 07:00", "2026-W42"),
        ("2027-03-16 10:00", "2027-03-22 08:00", "2027-W11"),
        ("2027-03-23 10:00", "2027-03-29 07:00", "2027-W12"),
        ("2026-12-29 10:00", "2027-01-04 08:00", "2026-W53"),
        ("2027-01-05 10:00", "2027-01-11 08:00", "2027-W01"),
    ],
)
async def test_it_comes_at_nine_in_berlin_right_across_clock_changes_and_years(
    tmp_path: Path, start: str, moment: str, week: str
) -> None:
    async with world(tmp_path, start=at(start)) as w:
        await w.jump(at(moment) - at(start) - timedelta(seconds=1))
        assert titles(w) == []
        await w.jump(timedelta(seconds=1))
        assert titles(w) == [f"Digest for week {week}"]


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.sampled_from(["Mon 09:00", "Sun 02:30", "Sun 03:00", "Sat 23:59", "Sun 00:00", "fri 1:05"]),
    st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
)
def test_a_moment_is_around_now_and_on_its_weekday(now: datetime, when: str, zone: str) -> None:
    settings = weekly(when, zone)
    last, upcoming = moments_around(settings, now)
    assert last <= now < upcoming
    assert timedelta(days=6, hours=22) <= upcoming - last <= timedelta(days=7, hours=2)
    assert f"{upcoming.astimezone(ZoneInfo(zone)):%a}" == when[:3].title()
    assert moments_around(settings, upcoming)[0] == upcoming
    assert moments_around(settings, upcoming - timedelta(seconds=1)) == (last, upcoming)
    before, after = (monday_of(covered_week(settings, each)) for each in (last, upcoming))
    assert after - before == timedelta(weeks=1)


@pytest.mark.parametrize("when", ["Sun 02:00", "Sun 02:30", "Sun 02:59", "Sun 03:00"])
def test_an_hour_that_comes_twice_or_not_at_all_makes_one_digest(when: str) -> None:
    settings, found = weekly(when), set[datetime]()
    now = at("2026-10-01 00:00")
    while now < at("2027-04-10 00:00"):
        _, upcoming = moments_around(settings, now)
        found.add(upcoming)
        near = min(abs(now.date() - day.date()) for day in (at("2026-10-25 00:00"), at("2027-03-28 00:00")))
        now += timedelta(minutes=10) if near <= timedelta(days=1) else timedelta(hours=12)
    weeks = [covered_week(settings, each) for each in sorted(found)]
    assert len(weeks) == len(set(weeks)) == 28
    assert all(each.astimezone(BERLIN).isoweekday() == 7 for each in found)


async def test_a_first_start_exactly_at_the_moment_posts_and_just_after_it_waits(tmp_path: Path) -> None:
    for each in ("at", "after"):
        (tmp_path / each).mkdir()
    async with world(tmp_path / "at", start=MONDAY) as w:
        assert titles(w) == ["Digest for week 2026-W47"]
        await w.jump(timedelta(days=6))
        assert len(titles(w)) == 1
    async with world(tmp_path / "after", start=MONDAY + timedelta(seconds=1)) as w:
        await w.jump(timedelta(days=6))
        assert titles(w) == []
        await until(w, "2026-11-30 08:00")
        assert titles(w) == ["Digest for week 2026-W48"]


async def test_after_three_weeks_of_downtime_one_digest_says_so(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await until(w, "2026-11-30 08:00")
        assert "covers" not in said(digests(w)[0])
    async with world(tmp_path, seed=2, start=at("2026-12-22 10:00"), before=w) as again:
        assert titles(again) == ["Digest for week 2026-W48", "Digest for week 2026-W51"]
        assert "This digest covers 3 weeks: the ones before could not be posted." in said(digests(again)[1])
        await until(again, "2026-12-28 08:00")
        assert titles(again)[2:] == ["Digest for week 2026-W52"]
        assert "covers" not in said(digests(again)[2])


async def test_what_hr_wrote_for_a_week_of_downtime_stands_in_the_digest_that_covers_it(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await until(w, "2026-11-30 08:01")
        form = await w.act("P1", WORDS.action)
        assert isinstance(form, Form)
        await w.fill("P1", form, text="We hired somebody.")
    async with world(tmp_path, seed=2, start=at("2026-12-22 10:00"), before=w) as again:
        assert titles(again)[-1] == "Digest for week 2026-W51"
        assert Quote("We hired somebody.") in digests(again)[-1].body
        assert again.sql("SELECT * FROM remarks") == []


async def test_a_first_digest_says_how_many_weeks_it_covers(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        assert titles(w) == []
    async with world(tmp_path, seed=2, start=at("2026-12-22 10:00"), before=w) as again:
        assert titles(again) == ["Digest for week 2026-W51"]
        assert "This digest covers 4 weeks" in said(digests(again)[0])


async def test_restarts_do_not_repeat_it(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await until(w, "2026-11-30 08:00")
    for n in range(3):
        start = at("2026-11-30 08:00") + timedelta(hours=n)
        async with world(tmp_path, seed=2 + n, start=start, before=w) as again:
            await again.jump(timedelta(minutes=30))
            assert titles(again) == ["Digest for week 2026-W48"]
            assert len(again.sql("SELECT * FROM digests")) == 1


async def test_decided_by_many_at_once_it_is_one(w: World) -> None:
    (job,) = (each for each in w.service.jobs if each.name == "digest")
    w.clock._stand_at(at("2026-11-30 08:00"))
    await asyncio.gather(*(job._run() for _ in range(5)))
    assert len(w.sql("SELECT * FROM digests")) == 1
    await w.jump(timedelta(minutes=1))
    assert len(titles(w)) == 1


async def test_what_was_decided_does_not_change_while_it_waits_to_be_posted(w: World) -> None:
    w.workplace.channels["general"].bot = False
    await until(w, "2026-11-30 08:00")
    ((sealed,),) = w.sql("SELECT numbers FROM digests")
    await w.stand(w.posts("solidarity")[0], *range(20, 40))
    await w.jump(timedelta(minutes=16))
    assert titles(w) == []
    w.workplace.channels["general"].bot = True
    await w.jump(timedelta(minutes=30))
    assert w.sql("SELECT numbers FROM digests") == [(sealed,)]
    assert "Me-toos in the last 12 weeks: fewer than five or none" in said(digests(w)[0])


async def test_it_sums_up_me_toos_in_bands(w: World) -> None:
    await w.stand(w.posts("solidarity")[0], *range(20, 31))
    await w.jump(timedelta(minutes=16))
    await until(w, "2026-11-30 08:00")
    await until(w, "2026-12-07 08:00")
    first, second = digests(w)
    assert Row("Me-toos in the last 12 weeks", "10–24") in first.body
    assert Row("Me-toos in the last 12 weeks", "10–24") in second.body
    assert Row("Standing with someone", "fewer than five or none") in first.body


async def test_a_silent_week_has_the_same_shape(w: World) -> None:
    await until(w, "2026-11-30 08:00")
    await w.stand(w.posts("solidarity")[0], *range(20, 60))
    await w.jump(timedelta(minutes=16))
    await until(w, "2026-12-07 08:00")
    silent, loud = digests(w)
    assert [type(each) for each in silent.body] == [type(each) for each in loud.body]
    assert silent.body[-4:-2] == loud.body[-4:-2]
    assert root_of(silent) != root_of(loud)
    assert bool(silent.image) is bool(loud.image) is True
    assert "Few or none does not mean that little happened" in said(silent)
    assert "Have seven words? Look in: /metoo." in said(silent)


@pytest.mark.parametrize(("people", "numbers"), [(24, False), (25, True)])
async def test_under_25_members_there_are_no_numbers_and_no_picture(
    tmp_path: Path,
    people: int,
    numbers: bool,
) -> None:
    async with world(tmp_path, start=TUESDAY, people=people) as w:
        await w.stand(w.posts("solidarity")[0], *range(5, 20))
        await w.jump(timedelta(minutes=16))
        await until(w, "2026-11-30 08:00")
        (digest,) = digests(w)
        assert (SMALL in said(digest)) is not numbers
        rows = {each.label for each in digest.body if isinstance(each, Row)}
        assert (rows == {"What changed here"}) is not numbers
        assert bool(digest.image) is numbers
        assert root_of(digest)
        assert "Have seven words? Look in: /metoo." in said(digest)


@pytest.mark.parametrize("raises", [False, True])
async def test_while_the_population_is_unknown_it_waits_a_day_and_then_comes_without_numbers(
    w: World,
    monkeypatch: pytest.MonkeyPatch,
    raises: bool,
) -> None:
    async def unknown(workspace: Workspace) -> int | None:
        if raises:
            raise Unreachable("no answer")
        return None

    monkeypatch.setattr(w.workplace, "population", unknown)
    await until(w, "2026-11-30 08:00")
    await until(w, "2026-12-01 07:59")
    assert titles(w) == []
    await w.jump(timedelta(minutes=20))
    (digest,) = digests(w)
    assert SMALL in said(digest)
    assert digest.image is None


async def test_where_metoo_was_removed_it_waits_until_it_is_back_and_has_its_numbers_then(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(workspace: Workspace) -> int | None:
        return None

    async def removed(place: Place) -> Facts:
        raise Denied("metoo is not there")

    with monkeypatch.context() as patched:
        patched.setattr(w.workplace, "population", unknown)
        patched.setattr(w.workplace, "facts", removed)
        await until(w, "2026-12-09 08:00")
        assert titles(w) == []
    await w.jump(timedelta(minutes=11))
    (digest,) = digests(w)
    assert SMALL not in said(digest)
    assert "2026-W49" in digest.title


async def test_once_the_population_is_known_it_comes_within_minutes(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(workspace: Workspace) -> int | None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr(w.workplace, "population", unknown)
        await until(w, "2026-11-30 08:00")
        assert titles(w) == []
    await w.jump(timedelta(minutes=11))
    assert SMALL not in said(digests(w)[0])


async def test_the_picture_says_in_words_what_it_shows(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "draw", draw)
    await w.stand(w.posts("solidarity")[0], *range(20, 31))
    await w.jump(timedelta(minutes=16))
    await until(w, "2026-11-30 08:00")
    image = digests(w)[0].image
    assert image is not None
    assert image.png.startswith(b"\x89PNG\r\n")
    assert "2026-W37 to 2026-W47: fewer than five or none; 2026-W48: 10–24" in image.alt


async def test_without_matplotlib_the_numbers_come_without_a_picture(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart, "draw", lambda *_: None)
    await until(w, "2026-11-30 08:00")
    (digest,) = digests(w)
    assert digest.image is None
    assert Row("Me-toos in the last 12 weeks", "fewer than five or none") in digest.body


async def test_the_root_is_that_of_the_weeks_own_tree_and_stays_while_the_post_waits(w: World) -> None:
    w.workplace.channels["general"].bot = False
    await until(w, "2026-11-30 08:00")
    await w.report("P20", text="after the digest was decided")
    w.workplace.channels["general"].bot = True
    await w.jump(timedelta(minutes=30))
    ((week, leaves),) = w.sql("SELECT week, leaves FROM trees")
    assert root_of(digests(w)[0]) == grouped(root(week, leaves))
    assert len(w.sql("SELECT * FROM leaves")) == 1


async def test_what_does_not_fit_into_one_tree_makes_a_larger_one(w: World) -> None:
    for n in range(4097):
        w.sql("INSERT INTO leaves VALUES (?, ?, ?)", n.to_bytes(32), str(WORKSPACE), "2026-W48")
    await until(w, "2026-11-30 08:00")
    ((leaves,),) = w.sql("SELECT leaves FROM trees")
    assert len(leaves) == 8192 * 32
    assert w.sql("SELECT * FROM leaves") == []
    assert root_of(digests(w)[0]) == grouped(root("2026-W48", leaves))


async def test_a_digest_that_was_changed_in_the_database_is_not_posted_and_stops_nothing_else(
    w: World,
) -> None:
    w.workplace.channels["general"].bot = False
    await until(w, "2026-11-30 08:00")
    w.sql("UPDATE digests SET numbers = zeroblob(length(numbers))")
    w.workplace.channels["general"].bot = True
    await w.jump(timedelta(hours=1))
    assert titles(w) == []
    await until(w, "2026-12-07 08:00")
    assert titles(w) == ["Digest for week 2026-W49"]


async def test_without_a_channel_there_is_none(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"digest_channel": ""}) as w:
        await until(w, "2026-12-07 08:00")
        assert w.sql("SELECT * FROM digests") == []


async def test_three_people_on_two_walls_never_make_a_number(w: World) -> None:
    for _ in range(2):
        await w.stand(w.posts("solidarity")[-1], 20, 21, 22)
        await w.jump(timedelta(minutes=16))
        await w.jump(timedelta(days=30))
    assert [shown for (shown,) in w.sql("SELECT shown FROM windows WHERE secret = x''")] == [3, 3]
    await w.stand(w.posts("solidarity")[-1], *range(20, 25))
    await w.jump(timedelta(minutes=16))
    await w.jump(timedelta(minutes=16))
    await until(w, "2027-01-25 08:00")
    before, after = digests(w)[-2:]
    assert Row("Me-toos in the last 12 weeks", "fewer than five or none") in before.body
    assert Row("Me-toos in the last 12 weeks", "5–9") in after.body


async def test_whatever_day_or_zone_an_admin_changes_to_each_week_has_one_digest_in_its_order(
    w: World,
) -> None:
    places = w.service.workplaces
    for digest_at, zone in (
        ("Mon 09:00", "Pacific/Auckland"),
        ("Mon 09:00", "Pacific/Pago_Pago"),
        ("Fri 17:30", "Pacific/Pago_Pago"),
        ("Mon 00:00", "Europe/Berlin"),
        ("Sun 23:59", "Pacific/Apia"),
    ):
        changed = {"digest_at": digest_at, "timezone": zone}
        places._file = {name: each.model_copy(update=changed) for name, each in places._file.items()}
        for _ in range(10):
            await w.jump(timedelta(days=1))
    weeks = [each.title.rpartition(" ")[2] for each in digests(w)]
    assert weeks == sorted(set(weeks))
    mondays = [monday_of(week) for week in weeks]
    gaps = [(after - before).days // 7 for before, after in itertools.pairwise(mondays)]
    covers = [2 if "covers 2 weeks" in said(each) else 1 for each in digests(w)[1:]]
    assert gaps == covers
