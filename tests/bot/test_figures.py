"""What a digest says of reports: whose, in which bands, and when it moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import anonymity, noise
from bot.account import Route
from bot.config import WorkspaceSettings
from bot.conversation import DESK, REPORTER, answered_in_time
from bot.deadlines import Promise
from bot.figures import NONE, Figures, Numbers
from bot.records import (
    AddCount,
    AddMessage,
    Counted,
    DeskRow,
    Desks,
    FileReport,
    MessageRow,
    ReportRow,
    StartCount,
)
from bot.sealing import Sealing
from bot.vault import Vault
from tests.world import TUESDAY, WORKSPACE, World, world

WEEK = "2026-W47"
HERE = str(WORKSPACE)
CAME = datetime(2026, 11, 2, 9, tzinfo=UTC)
SOON, LATE = CAME + timedelta(days=2), CAME + timedelta(days=9)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY) as built:
        yield built


def settings_of(w: World) -> WorkspaceSettings:
    return w.means.settings.workspaces[0]


def figures(w: World, draw: Callable[[float], int] = noise.draw) -> Figures:
    return Figures(store=w.store, sealing=sealing(w), settings=w.service.workplaces, draw=draw)


def sealing(w: World) -> Sealing:
    means = w.means
    return Sealing(Vault(means.keyring, means.random), means.keyring, means.months, means.random)


async def desk_of(w: World, channel: str) -> DeskRow:
    return next(each for each in await w.store.read(Desks(HERE)) if each.channel == channel)


async def file(
    w: World,
    count: int,
    *,
    channel: str = "hr-desk",
    category: str = "touch",
    answered: datetime | None = SOON,
    came: datetime = CAME,
    missed: tuple[str, ...] = (),
) -> None:
    """Reports as they are once a desk has them and has answered at that moment."""
    desk = await desk_of(w, channel)
    for _ in range(count):
        row = ReportRow(
            w.means.random.randbytes(16),
            HERE,
            "2026-W45",
            b"",
            b"body",
            w.means.random.randbytes(16),
            b"box",
            "2028-11",
        )
        routing = sealing(w).seal_route(row, Route(category, desks=(desk.id.hex(),), missed=missed))
        row = replace(row, routing=routing, desk=desk.id, delivered=came)
        said = MessageRow(w.means.random.randbytes(16), row.id, DESK, "2026-W45", b"said", answered)
        await w.store.write(FileReport(row, (), None), *((AddMessage(said),) if answered else ()))


async def found(w: World, before: Numbers = NONE, members: int = 60) -> Numbers:
    return await figures(w).of(settings_of(w), WEEK, members, before)


async def test_a_share_is_told_from_ten_reports_on(w: World) -> None:
    await file(w, 9)
    assert (await found(w)).answered is None
    await file(w, 1, answered=LATE)
    assert (await found(w)).answered == 3
    await file(w, 3, answered=None)
    assert (await found(w)).answered == 1


async def test_a_report_that_skipped_the_first_desk_is_in_no_public_number(w: World) -> None:
    await file(w, 30, channel="ombuds", answered=None)
    numbers = await found(w)
    assert (numbers.answered, numbers.kinds) == (None, ())
    assert all(count == 0 for _, count in numbers.used)


async def test_one_that_left_the_first_desk_because_nobody_answered_counts_as_not_answered(w: World) -> None:
    await file(w, 12)
    first = (await desk_of(w, "hr-desk")).id.hex()
    await file(w, 12, channel="ombuds", missed=(first,))
    numbers = await found(w)
    assert numbers.answered == 1
    assert dict(numbers.used)["touch"] == 12


async def test_what_came_after_the_week_or_a_year_before_its_end_is_not_counted(w: World) -> None:
    end = datetime(2026, 11, 22, 23, tzinfo=UTC)  # Monday in Berlin
    for came in (end, end + timedelta(days=1), end - timedelta(days=365, seconds=1)):
        await file(w, 10, came=came, answered=came)
    assert (await found(w)).kinds == ()
    await file(w, 10, came=end - timedelta(seconds=1), answered=None)
    numbers = await found(w)
    assert dict(numbers.kinds) == {"touch": 2}
    assert numbers.answered is None  # none of their answers was due yet


async def test_kinds_and_share_stay_until_three_reports_changed(w: World) -> None:
    await file(w, 10)
    await file(w, 4, category="words")
    first = await found(w)
    assert dict(first.kinds) == {"touch": 2}
    await file(w, 2, category="words", answered=None)
    second = await found(w, first)
    assert (second.kinds, second.answered) == (first.kinds, first.answered)
    await file(w, 1, category="words", answered=None)
    third = await found(w, second)
    assert dict(third.kinds) == {"touch": 2, "words": 1}
    assert (first.answered, third.answered) == (3, 2)


async def test_a_digest_without_numbers_in_between_does_not_show_one_report(w: World) -> None:
    await file(w, 9)
    first = await figures(w).of(settings_of(w), WEEK, 60, NONE)
    await file(w, 1)
    usual = await figures(w).of(settings_of(w), WEEK, 60, first)
    without = await figures(w).of(settings_of(w), WEEK, 0, first)
    assert (without.me_too, without.kinds, without.answered) == (None, (), None)
    after = await figures(w).of(settings_of(w), WEEK, 60, without)
    assert (after.kinds, after.answered) == (usual.kinds, usual.answered) == (first.kinds, first.answered)


async def test_a_damaged_report_keeps_no_other_from_being_counted(w: World) -> None:
    await file(w, 11)
    w.sql("UPDATE reports SET routing = zeroblob(40) WHERE id = (SELECT min(id) FROM reports)")
    assert dict((await found(w)).used)["touch"] == 10


async def test_under_25_members_nothing_is_counted(w: World) -> None:
    await file(w, 20)
    assert await found(w, members=24) == NONE


# --- noise ---


class Draws:
    def __init__(self) -> None:
        self.budgets: list[float] = []

    def __call__(self, budget: float) -> int:
        self.budgets.append(budget)
        return 7


async def test_from_5000_members_on_noise_is_drawn_once_for_each_cell_and_kept(w: World) -> None:
    draws, noisy = Draws(), settings_of(w).model_copy(update={"noise": 0.5})
    await w.store.write(AddCount(HERE, "wall", WEEK, 1000))
    await w.store.write(StartCount(HERE, "noise wall", WEEK, 7), AddCount(HERE, "noise wall", WEEK, 110))
    numbers = await figures(w, draws).of(noisy, WEEK, 5000, NONE)
    assert draws.budgets == [0.5] * 23  # twelve weeks of two kinds, one of which had begun
    assert numbers.noise == 0.5
    assert numbers.weekly == (1,) * 11 + (5,)
    assert numbers.me_too == 5
    again = await figures(w, draws).of(noisy, WEEK, 5000, NONE)
    assert (again, len(draws.budgets)) == (numbers, 23)
    assert set((await w.store.read(Counted(HERE, "noise statement", "2026-W01"))).values()) == {7}


async def test_a_smaller_budget_is_named_once_no_week_has_a_larger_one_any_more(w: World) -> None:
    weeks, last = anonymity.weeks_before("2027-W10", 14), NONE
    named = []
    for n, week in enumerate(weeks):
        setting = settings_of(w).model_copy(update={"noise": 2.0 if n == 0 else 0.5})
        members = 4000 if n == 0 else 24 if n == 3 else 5000
        last = await figures(w, Draws()).of(setting, week, members, last)
        last = Numbers.from_json(last.to_json())
        named.append(last.noise)
    assert named == [0.0, 2.0, 2.0, 0.0, *[2.0] * 8, 0.5, 0.5]


async def test_below_5000_members_or_unasked_there_is_none(w: World) -> None:
    draws, noisy = Draws(), settings_of(w).model_copy(update={"noise": 0.5})
    await w.store.write(AddCount(HERE, "wall", WEEK, 12))
    for settings, members in ((noisy, 4999), (settings_of(w), 5000)):
        numbers = await figures(w, draws).of(settings, WEEK, members, NONE)
        assert (numbers.me_too, numbers.noise) == (2, 0)
    assert draws.budgets == []


async def test_what_people_press_reaches_the_cells_with_noise_one_by_one(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"noise": 10.0}) as w:
        await w.stand(w.posts("solidarity")[0], 20)
        await w.jump(timedelta(minutes=16))
        ((first,),) = w.sql("SELECT sum FROM counters WHERE kind = 'noise wall'")
        await w.stand(w.posts("solidarity")[0], 21, 22)
        await w.jump(timedelta(minutes=16))
        assert w.sql("SELECT sum FROM counters WHERE kind = 'noise wall'") == [(first + 2,)]


def test_noise_is_discrete_and_has_the_scale_of_its_budget() -> None:
    draws = [noise.draw(0.5) for _ in range(2000)]
    spread = sum(each * each for each in draws) / len(draws)
    assert 5 < spread < 12  # 7.8 for a discrete Laplace of scale 2
    assert abs(sum(draws)) / len(draws) < 0.5
    assert {type(each) for each in draws} == {int}


def test_without_opendp_there_is_a_sentence_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert noise.lacking() == ""
    monkeypatch.setattr(noise, "find_spec", lambda _: None)
    assert "OpenDP is not installed" in noise.lacking()


# --- answered in time ---

WEEKLY = Promise("UTC", timedelta(days=7))


def row(side: str, days: float) -> MessageRow:
    return MessageRow(bytes(16), bytes(16), side, "2026-W45", b"", CAME + timedelta(days=days))


@pytest.mark.parametrize(
    ("rows", "days", "in_time"),
    [
        ([], 6, None),
        ([], 7.5, None),  # all of the last day counts
        ([], 8, False),
        ([(DESK, 0)], 1, True),
        ([(DESK, 7.5)], 20, True),
        ([(DESK, 8)], 20, False),
        ([(DESK, 9)], 8, False),
        ([(DESK, 1), (REPORTER, 3)], 5, True),
        ([(DESK, 1), (REPORTER, 3)], 11, False),
        ([(DESK, 1), (REPORTER, 3), (DESK, 9)], 20, True),
        ([(REPORTER, 3), (DESK, 9)], 20, False),
        ([("note", 1)], 20, False),
    ],
)
def test_in_time_means_every_answer_that_was_due(
    rows: list[tuple[str, float]], days: float, in_time: bool | None
) -> None:
    report = ReportRow(bytes(16), HERE, "2026-W45", b"", b"", b"", b"", "2028-11", delivered=CAME)
    messages = [row(*each) for each in rows]
    assert answered_in_time(report, messages, WEEKLY, CAME + timedelta(days=days)) is in_time
    assert answered_in_time(replace(report, delivered=None), messages, WEEKLY, LATE) is None
