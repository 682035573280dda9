"""The linkability game: what an adversary who sees everything wins above what the platform's own view gives.

Each round is about two people whom the platform saw use /metoo; one of them pressed, or wrote. A coin's chance is what
the platform gives. The adversary knows the mechanism, sees all posts, has accomplices who press, and afterwards the
database with all keys.
"""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import anonymity
from bot.config import Delays, Limits
from tests.game.adversary import Adversary, suspects
from tests.game.real import Real, moments, pressers
from tests.game.rounds import COLLUDERS, Memory, Play, Round, Variant
from tests.world import TUESDAY, world

CAMPAIGN = "METOO_CAMPAIGN" in os.environ
BOUND = 0.35
"""What it may win: 0 is a coin's chance, 1 is always. With a share of the rounds, half of this is chance."""

ROUNDS = 3000 if CAMPAIGN else 100
ROOMY = Limits(presses_an_hour=10**6, reports_a_day=10**6, reports_a_day_in_all=10**6)


async def won(variant: Variant, accomplices: int, rounds: int, *, burst: bool = False) -> float:
    """The advantage over a coin, on the arithmetic of the mechanism."""
    right = 0
    for seed in range(rounds):
        source = random.Random(f"{seed} {variant} {burst}")
        about = Round.drawn(variant.people, source, burst=burst)
        adversary = Adversary(variant, accomplices, source)
        right += await adversary.guess(Play(Memory(variant, source), about), about) == about.presser
    return 2 * right / rounds - 1


@pytest.mark.campaign
@pytest.mark.parametrize("burst", [False, True], ids=["quiet", "burst"])
@pytest.mark.parametrize("people", [25, 200, 5000])
@pytest.mark.parametrize("accomplices", [0, 2, len(COLLUDERS)])
async def test_who_pressed_stays_within_the_bound(people: int, accomplices: int, burst: bool) -> None:
    rounds = ROUNDS if people == 25 else max(ROUNDS // 5, 10)
    assert await won(Variant(people=people), accomplices, rounds, burst=burst) <= (
        BOUND if rounds >= 100 else 2 * BOUND
    )


async def test_among_six_nothing_is_ever_seen(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, people=24) as w:
        board = Real(w)
        await board.begin()
        for n in range(1, 25):
            await board.press(f"P{n}", stands=True)
            await board.until(16.0 * n)
            assert board.text() == Variant(people=24).text(n) == Variant(people=6).text(0) == "small"


@pytest.mark.parametrize(
    "variant",
    [Variant(people=25, bands=False), Variant(people=25, least=1)],
    ids=["bands", "the rule of three"],
)
async def test_it_wins_where_something_is_switched_off(variant: Variant) -> None:
    assert await won(variant, len(COLLUDERS), ROUNDS) > BOUND


@pytest.mark.parametrize("change", ["nothing", "bands", "the rule of three"])
async def test_the_real_thing_behaves_as_the_arithmetic_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The adversary's own stories, of which it has learned all above, have to explain what the real post says."""
    variant = Variant(people=25)
    if change == "bands":
        variant = Variant(people=25, bands=False)
        monkeypatch.setattr(anonymity, "_FLOORS", tuple(range(1000)))
        monkeypatch.setattr(anonymity, "BANDS", tuple(map(str, range(1000))))
    if change == "the rule of three":
        variant = Variant(people=25, least=1)
        monkeypatch.setattr(anonymity, "LEAST_CHANGED", 1)
    async with world(tmp_path, start=TUESDAY, people=25, limits=ROOMY) as w:
        for seed in range(20 if CAMPAIGN else 2):
            source = random.Random(seed)
            about = Round.drawn(25, source, burst=False)
            adversary, board = Adversary(variant, len(COLLUDERS), source, stories=300), Real(w)
            await board.begin()
            await adversary.guess(Play(board, about), about)
            assert adversary.heads[about.presser].unheard == 0


def who_wrote(rounds: int, wait: tuple[timedelta, timedelta], most: int, *, burst: bool = False) -> float:
    """What it wins above a guess among all whom the platform saw that day, from the moment of a report's card."""
    right, guess = 0, 0.0
    low, high = (each.total_seconds() / 60 for each in wait)
    for seed in range(rounds):
        source = random.Random(f"{seed} {most}")
        used = [(source.uniform(0, 60 if burst else 480), f"P{n}") for n in range(source.randint(2, most))]
        minute, writer = source.choice(used)
        arrived = minute + anonymity.delay(wait, source).total_seconds() / 60
        right += source.choice(suspects(used, arrived, (low - 0.1, high + 0.1))) == writer
        guess += 1 / len(used)
    return (right - guess) / rounds


@pytest.mark.parametrize("burst", [False, True], ids=["quiet", "burst"])
@pytest.mark.parametrize("most", [3, 10, 100])
def test_who_wrote_stays_within_the_bound(most: int, burst: bool) -> None:
    assert who_wrote(4000, Delays().report, most, burst=burst) <= BOUND


def test_it_wins_where_reports_do_not_wait() -> None:
    assert who_wrote(400, (timedelta(0), timedelta(0)), 10) > 2 * BOUND


@pytest.mark.parametrize("waits", [True, False])
async def test_a_real_card_leaves_as_many_suspects_as_the_arithmetic_says(
    tmp_path: Path, waits: bool
) -> None:
    delays = Delays() if waits else Delays(report=(timedelta(0), timedelta(0)))
    low, high = (each.total_seconds() / 60 for each in delays.report)
    async with world(tmp_path, start=TUESDAY, people=25, delays=delays, limits=ROOMY) as w:
        found = []
        for writer in ("P11", "P13", "P15"):
            before, begin = len(w.messages("hr-desk")), w.clock.now()
            for n in range(11, 17):  # each ten minutes after the other
                if f"P{n}" == writer:
                    await w.report(writer, text="something happened")
                    await w.settle()
                else:
                    await w.act(f"P{n}", "support")
                await w.pass_time(timedelta(minutes=10))
            while len(w.messages("hr-desk")) == before:
                await w.pass_time(timedelta(minutes=1))
            arrived = (w.messages("hr-desk")[before].at - begin).total_seconds() / 60
            used = [(10.0 * n, f"P{11 + n}") for n in range(6)]
            found.append(suspects(used, arrived, (low - 1, high + 1)))
            assert writer in found[-1]
            await w.pass_time(timedelta(hours=4))
    assert (min(map(len, found)) > 1) is waits


async def test_with_all_keys_the_file_names_nobody_once_the_window_has_closed(tmp_path: Path) -> None:
    people = [f"P{n}" for n in range(5, 26)]
    async with world(tmp_path, start=TUESDAY, people=25) as w:
        board, when = Real(w), list[datetime]()
        await board.begin()
        for n, who in enumerate(people[:9]):
            await board.until(37.0 + 21 * n)
            await board.press(who, stands=True)
            when.append(w.clock.now())
        await w.jump(timedelta(minutes=16))
        assert await pressers(w, people) == set(people[:9])  # the search finds what is there
        await w.jump(timedelta(days=31))
        await w.store.compact()
        assert await pressers(w, people) == set()
        told = moments(w)
        assert told
        assert not [each for each in told for press in when if abs(each - press) < timedelta(minutes=2)]
