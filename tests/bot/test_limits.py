from __future__ import annotations

import gc
import pprint
import random
from datetime import UTC, datetime, timedelta

import pytest

from adapters.sandbox.clock import SandboxClock
from bot.config import Limits as LimitSettings
from bot.errors import Refusal
from bot.limits import Limits
from bot.model import Actor, Standing, Workspace

MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
HERE, THERE = Workspace("slack", "T0HERE"), Workspace("discord", "T0HERE")
SOMEBODY = Actor(HERE, "U0CANARY77", "en", Standing.MEMBER)
ELSE = Actor(HERE, "U0OTHER88", "en", Standing.MEMBER)


class Desk:
    """Limits with the clock behind them."""

    def __init__(self, start: datetime = MORNING, **changes: int) -> None:
        self.clock = SandboxClock(start, flowing=False)
        self.limits = Limits(LimitSettings(**changes), self.clock, random.Random(1))

    async def later(self, delta: timedelta) -> None:
        await self.clock.jump(self.clock.now() + delta)

    def times(self, kind: str, actor: Actor = SOMEBODY, most: int = 200) -> int:
        """How often this is allowed now, up to `most`."""
        for n in range(most):
            try:
                self.once(kind, actor)
            except Refusal:
                return n
        return most

    def once(self, kind: str, actor: Actor = SOMEBODY) -> None:
        if kind == "report":
            with self.limits.report(actor):
                pass
        else:
            getattr(self.limits, kind)(actor)


MOST = {"report": 3, "press": 30, "receipt": 5, "draft": 40, "message": 20}


@pytest.mark.parametrize("kind", MOST)
def test_one_person_may_do_each_thing_so_often_and_no_more(kind: str) -> None:
    desk = Desk()
    assert desk.times(kind) == MOST[kind]
    assert desk.times(kind) == 0


@pytest.mark.parametrize("kind", MOST)
def test_one_person_at_the_limit_stops_nobody_else(kind: str) -> None:
    desk = Desk()
    desk.times(kind)
    assert desk.times(kind, ELSE) == MOST[kind]


@pytest.mark.parametrize("kind", MOST)
def test_the_same_id_on_another_platform_is_somebody_else(kind: str) -> None:
    desk = Desk()
    desk.times(kind)
    assert desk.times(kind, Actor(THERE, SOMEBODY.user, "en", Standing.MEMBER)) == MOST[kind]


def test_the_limits_do_not_add_up() -> None:
    desk = Desk()
    assert {kind: desk.times(kind) for kind in MOST} == MOST


@pytest.mark.parametrize("kind", ["press", "receipt", "draft"])
async def test_an_hour_later_all_is_free_again(kind: str) -> None:
    desk = Desk()
    desk.times(kind)
    await desk.later(timedelta(minutes=59))
    assert desk.times(kind) == 0
    await desk.later(timedelta(minutes=1))
    assert desk.times(kind) == MOST[kind]


@pytest.mark.parametrize("start", [MORNING, MORNING.replace(hour=23)])
@pytest.mark.parametrize("kind", ["press", "receipt", "draft", "passphrase", "file"])
async def test_a_full_hour_or_midnight_gives_nothing_back(kind: str, start: datetime) -> None:
    desk = Desk(start.replace(minute=57, second=30))
    most = desk.times(kind)
    for _ in range(12):
        await desk.later(timedelta(minutes=4, seconds=55))
        assert desk.times(kind) == 0
    await desk.later(timedelta(minutes=2))
    assert desk.times(kind) == most


async def test_each_try_is_free_an_hour_after_it_and_the_refusal_says_when() -> None:
    desk = Desk(receipts_an_hour=2)
    desk.once("receipt")
    await desk.later(timedelta(minutes=20))
    desk.once("receipt")
    with pytest.raises(Refusal) as refused:
        desk.once("receipt")
    assert refused.value.values == {"minutes": 40}
    await desk.later(timedelta(minutes=40))
    assert desk.times("receipt") == 1
    await desk.later(timedelta(minutes=20))
    assert desk.times("receipt") == 1


async def test_a_clock_that_is_set_back_locks_nobody_out_for_longer_than_an_hour() -> None:
    desk = Desk()
    desk.times("receipt")
    desk.clock = desk.limits._clock = SandboxClock(MORNING - timedelta(hours=5), flowing=False)
    assert desk.times("receipt") == MOST["receipt"]
    desk.clock = desk.limits._clock = SandboxClock(MORNING - timedelta(days=5), flowing=False)
    assert desk.times("receipt") == MOST["receipt"]


async def test_the_key_of_yesterday_is_thrown_away_an_hour_after_midnight() -> None:
    desk = Desk(MORNING.replace(hour=23, minute=30))
    desk.once("press")
    await desk.later(timedelta(minutes=40))
    desk.once("press", ELSE)
    assert desk.limits._before is not None
    await desk.later(timedelta(minutes=50))
    desk.once("press", ELSE)
    assert desk.limits._before is None


@pytest.mark.parametrize("kind", ["report", "message"])
async def test_an_hour_does_not_give_back_what_counts_by_the_day(kind: str) -> None:
    desk = Desk()
    desk.times(kind)
    await desk.later(timedelta(hours=13, minutes=59))
    assert desk.times(kind) == 0
    await desk.later(timedelta(minutes=1))
    assert desk.times(kind) == MOST[kind]


def test_a_report_that_fails_is_not_counted() -> None:
    desk = Desk(reports_a_day_in_all=3)
    for _ in range(5):
        with pytest.raises(OSError, match="disk"), desk.limits.report(SOMEBODY):
            raise OSError("disk")
    assert desk.times("report") == 3


def test_the_breaker_of_a_workspace_stops_everybody_there_and_nobody_elsewhere() -> None:
    desk = Desk(reports_a_day_in_all=10)
    people = [Actor(HERE, f"U{n}", "en", Standing.MEMBER) for n in range(6)]
    assert [desk.times("report", each) for each in people] == [3, 3, 3, 1, 0, 0]
    with pytest.raises(Refusal, match="no more are taken until tomorrow"), desk.limits.report(ELSE):
        pytest.fail("the breaker let a report through")
    assert desk.times("report", Actor(THERE, "U1", "en", Standing.MEMBER)) == 3


def test_a_person_beyond_their_limit_does_not_use_up_the_workspace() -> None:
    desk = Desk(reports_a_day_in_all=4)
    desk.times("report")
    for _ in range(10):
        assert desk.times("report") == 0
    assert desk.times("report", ELSE) == 1


async def test_the_breaker_closes_again_the_next_day() -> None:
    desk = Desk(reports_a_day=2, reports_a_day_in_all=1)
    assert desk.times("report") == 1
    await desk.later(timedelta(days=1))
    assert desk.times("report") == 1


def remembered(desk: Desk) -> set[bytes]:
    """Every name that is in memory."""
    return {*desk.limits._counts, *desk.limits._ends}


async def test_a_new_day_forgets_every_name_and_throws_the_key_away() -> None:
    desk = Desk()
    for kind in MOST:
        desk.times(kind)
    key, names = desk.limits._key, remembered(desk)
    assert len(names) == len(MOST) + 1
    await desk.later(timedelta(days=1))
    desk.once("press")
    assert desk.limits._key != key
    assert len(remembered(desk)) == 1
    assert not names & remembered(desk)


def test_no_two_processes_call_a_person_the_same() -> None:
    names = []
    for seed in (1, 2):
        limits = Limits(LimitSettings(), SandboxClock(MORNING, flowing=False), random.Random(seed))
        limits.press(SOMEBODY)
        names.append(set(limits._ends))
    assert not names[0] & names[1]


def test_nothing_in_memory_says_who() -> None:
    desk = Desk()
    for kind in MOST:
        desk.times(kind)
    shown = repr(desk.limits) + pprint.pformat(vars(desk.limits))
    reached, todo = [], list(vars(desk.limits).values())
    while todo:
        each = todo.pop()
        if isinstance(each, str | bytes):
            reached.append(each.encode() if isinstance(each, str) else each)
        elif isinstance(each, dict | tuple | list | set):
            todo += gc.get_referents(each)
    assert desk.limits._key in reached  # the search finds what is there
    assert "U0CANARY77" not in shown
    assert not any(b"CANARY" in each for each in reached)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("report", "it was not sent: copy it if you want to keep it"),
        ("press", "Nothing changed now"),
        ("receipt", "You can try again in {minutes} min. Nothing is lost"),
        ("draft", "What you kept before is still there"),
        ("message", "what you added before is safe"),
    ],
)
def test_a_refusal_says_what_became_of_it(kind: str, words: str) -> None:
    desk = Desk()
    desk.times(kind)
    with pytest.raises(Refusal) as refused:
        desk.once(kind)
    assert words in refused.value.text.replace("\n", " ")
