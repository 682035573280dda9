"""The linkability game: what an adversary who sees everything wins above what the platform's own view gives.

The platform saw who used /metoo in each minute; each of them pressed with a coin's chance. The adversary knows the
mechanism and every chance in it, sees all posts and both digests, has accomplices who press and take back, and reads
the store with all keys once the window has closed. Then it names the one of whom it is surest. It is exact: nobody who
sees the same and has acted the same can know more.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import anonymity
from bot.config import Delays, Limits
from bot.model import Card, Row
from tests.bot.letterbox import come_back
from tests.bot.test_backing import stated
from tests.bot.test_wall import statements
from tests.game.adversary import Adversary, Eyes, Guess, suspects
from tests.game.real import Real, Transparent, moments, pressers
from tests.game.rounds import WEEK_END, Memory, Round, Variant
from tests.world import PROMPT, TUESDAY, World, card, world

CAMPAIGN = "METOO_CAMPAIGN" in os.environ
ROOMY = Limits(presses_an_hour=10**6, reports_a_day=10**6, reports_a_day_in_all=10**6)
WEEK_ENDS = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
"""In the practice workspace, whose clocks are those of Berlin."""

ALL_IN_ALL = "Standing with the writer, all in all"

WROTE = 0.35
"""What may be won above a guess among all whom the platform saw that day, by when a report's card comes."""


@dataclass(frozen=True)
class Scene:
    """A workplace, how many use /metoo there on that day, and whether they come at once."""

    people: int
    least: int
    most: int
    burst: bool = False


QUIET, LARGER = Scene(25, 4, 8), Scene(200, 8, 12)
BURST, SURGE = Scene(200, 8, 14, burst=True), Scene(5000, 16, 24, burst=True)

BOUNDS = {
    (QUIET, Eyes()): 0.2,
    (QUIET, Eyes(2)): 0.42,
    (QUIET, Eyes(8)): 0.6,
    (QUIET, Eyes(store=True)): 0.5,
    (QUIET, Eyes(8, store=True)): 0.75,
    (LARGER, Eyes()): 0.42,
    (LARGER, Eyes(8)): 0.6,
    (BURST, Eyes()): 0.42,
    (BURST, Eyes(2)): 0.42,
    (BURST, Eyes(8)): 0.42,
    (SURGE, Eyes()): 0.42,
}
"""What may be won: 0 is a coin's chance, 1 is always. The number alone, which stays in the store, gives a third."""


async def plays(variant: Variant, scene: Scene, eyes: Eyes, rounds: int) -> list[Guess]:
    """So many rounds, on the arithmetic of the mechanism."""
    played = []
    for seed in range(rounds):
        source = random.Random(f"{seed} {scene} {eyes}")
        about = Round.drawn(source, least=scene.least, most=scene.most, burst=scene.burst)
        adversary = Adversary(replace(variant, people=scene.people), eyes, source)
        played.append(await adversary.guess(Memory(adversary.variant, source), about))
    assert not any(each.lost for each in played), "something was seen that its arithmetic says cannot be"
    return played


async def won(variant: Variant, scene: Scene, eyes: Eyes) -> float:
    """Its chance above a coin's, as it knows it itself: that varies less than how often it happened to be right."""
    rounds = (400 if CAMPAIGN else 24) // (1 if scene is QUIET else 3 if eyes.accomplices else 2)
    played = await plays(variant, scene, eyes, rounds)
    return sum(each.sure for each in played) / len(played)


@pytest.mark.campaign
@pytest.mark.parametrize(("scene", "eyes"), BOUNDS)
async def test_who_pressed_stays_within_the_bound(scene: Scene, eyes: Eyes) -> None:
    assert await won(Variant(), scene, eyes) <= BOUNDS[scene, eyes]


async def test_it_is_as_often_right_as_it_believes() -> None:
    played = [
        each
        for eyes in (Eyes(2), Eyes(8), Eyes(store=True))
        for each in await plays(Variant(few=0), QUIET, eyes, 400 if CAMPAIGN else 24)
    ]
    right = 2 * sum(each.right for each in played) / len(played) - 1
    assert right == pytest.approx(sum(each.sure for each in played) / len(played), abs=0.15)


async def test_posts_and_digests_tell_nearly_nothing_more_than_the_number_itself_where_nobody_helps() -> None:
    number = await won(Variant(), QUIET, Eyes(posts=False, store=True))
    assert await won(Variant(), QUIET, Eyes(store=True)) <= number + 0.05


@pytest.mark.parametrize(
    ("variant", "scene", "eyes"),
    [
        (Variant(bands=False), QUIET, Eyes()),
        (Variant(least=1), QUIET, Eyes(2)),
        (Variant(jitter=False, few=0), BURST, Eyes()),
        (Variant(few=0), QUIET, Eyes(8)),
    ],
    ids=["bands", "the rule of three", "the random moment", "the waiting of few"],
)
async def test_it_wins_where_something_is_switched_off(variant: Variant, scene: Scene, eyes: Eyes) -> None:
    assert await won(variant, scene, eyes) > BOUNDS[scene, eyes]


async def test_where_no_numbers_are_shown_posts_and_digests_tell_nothing() -> None:
    assert await won(Variant(few=0), replace(QUIET, people=6), Eyes(8)) < 1e-9


async def test_among_six_nothing_is_ever_seen(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, people=24) as w:
        board = Real(w)
        await board.begin()
        for n in range(1, 25):
            await board.press(f"P{n}", stands=True)
            await board.until(16.0 * n)
            assert board.text() == Variant(people=24).text(n) == Variant(people=6).text(0) == "small"


SWITCHED_OFF = {
    "nothing": Variant(),
    "bands": Variant(bands=False),
    "the rule of three": Variant(least=1),
    "the random moment": Variant(jitter=False, few=0),
    "the waiting of few": Variant(few=0),
}


async def test_what_the_post_says_is_the_band_of_the_number(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, people=25, limits=ROOMY) as w:
        board = Real(w)
        await board.begin()
        for n in range(1, 13):
            await board.press(f"P{n}", stands=True)
            await board.until(16.0 * n)
            assert board.text() == Variant(people=25).text(board.shown())
        assert board.shown() == 12


@pytest.mark.parametrize("off", SWITCHED_OFF)
async def test_the_real_thing_behaves_as_the_arithmetic_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off: str
) -> None:
    """Whatever the real number does, its arithmetic must be able to explain; and digests count what it says."""
    variant = replace(SWITCHED_OFF[off], people=25, bands=False)
    if off == "bands":
        monkeypatch.setattr(anonymity, "_FLOORS", tuple(range(1000)))
        monkeypatch.setattr(anonymity, "BANDS", tuple(map(str, range(1000))))
    monkeypatch.setattr(anonymity, "LEAST_CHANGED", variant.least)
    delays = Delays() if variant.few else PROMPT
    if not variant.jitter:
        delays = delays.model_copy(update={"batch": (timedelta(seconds=50),) * 2})
    eyes = Eyes(8 if variant.jitter else 0, every=8 if variant.jitter else 1)
    start = WEEK_ENDS - timedelta(minutes=WEEK_END + 16)
    for seed in range(20 if CAMPAIGN else 2):
        source = random.Random(seed)
        about = Round.drawn(source, least=8, most=10, burst=False)
        folder = tmp_path / str(seed)
        folder.mkdir()
        async with world(folder, start=start, people=25, limits=ROOMY, delays=delays) as w:
            board = Real(w) if off == "bands" else Transparent(w)
            await board.begin()
            assert not (await Adversary(variant, eyes, source).guess(board, about)).lost
            week, end = board.numbers
            assert counters(w) == list(filter(None, (variant.told(0, week), variant.told(week, end))))


def counters(w: World) -> list[int]:
    """What each week says of walls, where it says anything."""
    found = w.sql("SELECT sum FROM counters WHERE kind = 'wall' ORDER BY week")
    return [told for (told,) in found if told]


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
    assert who_wrote(4000, Delays().report, most, burst=burst) <= WROTE


def test_it_wins_where_reports_do_not_wait() -> None:
    assert who_wrote(400, (timedelta(0), timedelta(0)), 10) > 2 * WROTE


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


def who_came_back(times: int, rounds: int = 2000) -> float:
    """How often it names the writer who came back on so many days, by who used /metoo before each of them."""
    low, high = (each.total_seconds() / 60 for each in Delays().report)
    right = 0
    for seed in range(rounds):
        source = random.Random(f"{seed} {times}")
        everybody = [f"P{n}" for n in range(25)]
        left = set(everybody)
        for _ in range(times):
            used = [
                (source.uniform(0, 480), who) for who in everybody if who == "P0" or source.random() < 1 / 3
            ]
            (minute,) = (at for at, who in used if who == "P0")
            arrived = minute + anonymity.delay(Delays().report, source).total_seconds() / 60
            left &= set(suspects(used, arrived, (low - 0.1, high + 0.1)))
        right += source.choice(sorted(left)) == "P0"
    return right / rounds


def test_every_message_more_tells_more_of_who_writes() -> None:
    once, twice, often = (who_came_back(times) for times in (1, 2, 4))
    assert once < 0.35
    assert once < twice < 0.9
    assert often > 0.9


async def test_mailbox_and_desk_never_say_another_number_than_the_post(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, people=60, limits=ROOMY) as w:
        post, receipt, report = await stated(w)
        for n in range(21, 41):
            await w.stand(post, n, label="I stand with you")
            await w.jump(timedelta(minutes=16 * (n % 3)))
            band = rows(statements(w)[-1])["So far"]
            assert rows(await come_back(w, receipt))["Colleagues who stand with you"] == band
            assert rows(card(await w.act("P1", "desk.words", report)))[ALL_IN_ALL] == band
        assert band == "10–24"


def rows(shown: Card) -> dict[str, str]:
    return {each.label: each.value for each in shown.body if isinstance(each, Row)}


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
        await w.report("P25", text="something happened")
        assert await pressers(w, people) == set(people[:9])  # the search finds what is there, and no writer
        await w.jump(timedelta(days=31))
        await w.store.compact()
        assert await pressers(w, people) == set()
        told = moments(w)
        assert told
        assert not [each for each in told for press in when if abs(each - press) < timedelta(minutes=2)]
