from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sandbox.workplace import Workplace
from bot.config import Delays, Limits
from bot.errors import Unreachable
from bot.model import Card, Workspace
from bot.records import CloseWindow, OpenWindows
from tests.world import TUESDAY, World, card, said, world

BATCH = timedelta(minutes=16)
"""Longer than the longest batch: a count that may move has moved."""

MONTH = timedelta(days=30)
FEW, FIVE = "So far: fewer than five or none", "So far: 5–9"


def wall(w: World) -> Card:
    return w.posts("solidarity")[-1]


def shown(w: World) -> int:
    """The count of the open window, which is what a band is made of."""
    return int(w.sql("SELECT shown FROM windows WHERE length(secret) > 0")[0][0])


def voices(w: World) -> int:
    return int(w.sql("SELECT coalesce(sum(value), 0) FROM voices")[0][0])


async def test_ten_presses_of_one_person_are_one_voice(w: World) -> None:
    await w.stand(wall(w), *[20] * 10)
    assert voices(w) == 1
    await w.stand(wall(w), *range(21, 25))
    await w.jump(BATCH)
    assert (voices(w), shown(w)) == (5, 5)
    assert FIVE in said(wall(w))


async def test_a_voice_that_was_taken_back_counts_no_more(w: World) -> None:
    await w.stand(wall(w), *range(20, 28))
    await w.stand(wall(w), 20, 21, label="Take back")
    await w.jump(BATCH)
    assert (voices(w), shown(w)) == (6, 6)
    assert FIVE in said(wall(w))
    await w.stand(wall(w), *range(22, 27), label="Take back")
    await w.stand(wall(w), 30, 31, 32)
    await w.jump(BATCH)
    assert (voices(w), shown(w)) == (4, 4)
    assert FEW in said(wall(w))


async def test_taking_back_without_having_stood_leaves_nothing(w: World) -> None:
    await w.stand(wall(w), *range(20, 30), label="Take back")
    assert w.sql("SELECT * FROM voices") == []


async def test_nothing_moves_at_a_press(w: World) -> None:
    before = wall(w)
    await w.stand(before, *range(20, 45))
    await w.settle()
    assert wall(w) == before
    assert shown(w) == 0
    await w.pass_time(timedelta(minutes=4, seconds=59))
    assert wall(w) == before
    await w.pass_time(timedelta(minutes=10, seconds=1))
    assert "So far: 25–49" in said(wall(w))


async def test_batches_come_5_to_15_minutes_apart_and_not_at_one_beat(w: World) -> None:
    gaps, last = [], w.clock.now()
    for n in range(12):
        await w.stand(wall(w), *range(20 + 3 * n, 23 + 3 * n))
        before = shown(w)
        while shown(w) == before:
            await w.pass_time(timedelta(seconds=30))
        gaps.append(w.clock.now() - last)
        last = w.clock.now()
    assert min(gaps) >= timedelta(minutes=4, seconds=30)
    assert max(gaps) <= timedelta(minutes=15, seconds=30)
    assert len(set(gaps)) > 4


async def test_two_changed_voices_move_nothing_however_long_it_takes(w: World) -> None:
    await w.stand(wall(w), 20, 21)
    for _ in range(10):
        await w.jump(BATCH)
    assert shown(w) == 0
    await w.stand(wall(w), 22)
    await w.jump(BATCH)
    assert shown(w) == 3


async def test_nobody_who_presses_again_and_again_shows_another_persons_press(w: World) -> None:
    await w.stand(wall(w), 20, 21, 22)
    await w.jump(BATCH)
    await w.stand(wall(w), 20, 21, label="Take back")
    await w.stand(wall(w), 30)
    await w.jump(BATCH)
    assert shown(w) == 3


async def test_nobody_and_four_look_alike(w: World) -> None:
    empty = wall(w)
    await w.stand(empty, 20, 21, 22, 23)
    await w.jump(BATCH)
    assert shown(w) == 4
    assert wall(w) == empty


async def test_a_post_is_updated_and_not_posted_again(w: World) -> None:
    (first,) = w.messages("solidarity")
    for people, band in ((range(10, 15), "5–9"), (range(15, 30), "10–24"), (range(30, 60), "50–99")):
        await w.stand(wall(w), *people)
        await w.jump(BATCH)
        assert f"So far: {band}" in said(wall(w))
    assert [each.ref for each in w.messages("solidarity")] == [first.ref]


async def test_a_restart_loses_and_repeats_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await w.stand(wall(w), *range(20, 25))
    async with world(tmp_path, seed=2, start=TUESDAY + timedelta(hours=1), before=w) as again:
        await again.stand(wall(again), *range(20, 25))
        assert voices(again) == 5
        await again.jump(BATCH)
        await again.jump(BATCH)
        assert shown(again) == 5
        assert FIVE in said(wall(again))
        assert len(again.messages("solidarity")) == 1


async def test_after_30_days_secret_and_tokens_are_gone_and_the_number_stays(w: World) -> None:
    old = wall(w)
    await w.stand(old, *range(20, 27))
    await w.jump(BATCH)
    ((window, secret),) = w.sql("SELECT id, secret FROM windows")
    tokens = [token for (token,) in w.sql("SELECT token FROM voices")]
    assert len(tokens) == 7
    assert all(each in files(w) for each in (secret, *tokens))  # the search finds what is there
    await w.jump(MONTH - BATCH - timedelta(seconds=1))
    assert len(w.sql("SELECT * FROM voices")) == 7
    await w.jump(timedelta(seconds=1))
    assert w.sql("SELECT secret, shown FROM windows WHERE id = ?", window) == [(b"", 7)]
    assert w.sql("SELECT * FROM voices") == []
    await w.store.compact()  # the wiping comes a moment after the erasure; this waits for it
    assert not any(each in files(w) for each in (secret, *tokens))
    closed, new = w.posts("solidarity")
    assert FIVE in said(closed)
    assert "Closed. Nobody can tell any more who pressed." in said(closed)
    assert closed.buttons == ()
    assert "Open until 2027-01-23" in said(new)
    assert FEW in said(new)


def files(w: World) -> bytes:
    return b"".join(each.read_bytes() for each in w.file.parent.glob("store.db*"))


async def test_a_press_on_a_closed_window_is_a_calm_sentence_and_counts_nowhere(w: World) -> None:
    old = wall(w)
    await w.stand(old, 20)
    await w.jump(MONTH)
    for label in ("Me too", "Take back"):
        answer = card(await w.press("P20", old, label))
        assert "This has closed. Nothing changed now" in said(answer)
    assert w.sql("SELECT * FROM voices") == []


async def test_a_press_at_the_moment_of_closing_before_any_job_ran_is_refused(w: World) -> None:
    old = wall(w)
    await w.stand(old, 20)
    w.clock._stand_at(TUESDAY + MONTH - timedelta(seconds=1))
    assert "Your choice is kept." in said(card(await w.press("P20", old, "Me too")))
    w.clock._stand_at(TUESDAY + MONTH)
    assert "This has closed." in said(card(await w.press("P21", old, "Me too")))
    assert voices(w) == 1


@pytest.mark.parametrize("by", [timedelta(days=3650), timedelta(days=1), -timedelta(days=1)])
async def test_a_changed_end_in_the_database_opens_nothing_and_keeps_nothing_alive(
    tmp_path: Path, by: timedelta
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        old = wall(w)
        await w.stand(old, 20, 21, 22)
        ((window,),) = w.sql("SELECT id FROM windows")
        w.sql("UPDATE windows SET closes = closes + ?", int(by.total_seconds()))
        # This process still knows the window as it was opened.
        await w.jump(MONTH - timedelta(days=2))
        assert "Your choice is kept." in said(card(await w.press("P23", old, "Me too")))
    async with world(tmp_path, start=TUESDAY + MONTH - timedelta(days=2), before=w) as again:
        refused = card(await again.press("P24", old, "Me too"))
        assert "cannot be opened" in said(refused)
        await again.jump(timedelta(days=2))
        assert again.sql("SELECT secret FROM windows WHERE id = ?", window) == [(b"",)]
        assert again.sql("SELECT * FROM voices") == []
        assert "This has closed." in said(card(await again.press("P24", old, "Me too")))


async def test_while_the_population_is_unknown_a_post_waits_instead_of_calling_the_place_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(_: Workplace, workspace: Workspace) -> int | None:
        return None

    with monkeypatch.context() as patched:
        patched.setattr(Workplace, "population", unknown)
        async with world(tmp_path, start=TUESDAY) as w:
            await w.pass_time(timedelta(hours=1))
            assert w.posts("solidarity") == []
            patched.undo()
            await w.pass_time(timedelta(minutes=2))
            assert FEW in said(wall(w))


async def test_a_post_keeps_its_numbers_while_the_platform_does_not_say_how_many_there_are(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(workspace: Workspace) -> int | None:
        raise Unreachable("no answer")

    await w.stand(wall(w), *range(20, 26))
    await w.jump(BATCH)
    before = wall(w)
    with monkeypatch.context() as patched:
        patched.setattr(w.workplace, "population", down)
        await w.stand(wall(w), *range(26, 40))
        await w.jump(BATCH)
        assert wall(w) == before
    await w.jump(BATCH)
    assert "So far: 10–24" in said(wall(w))


async def test_the_smaller_population_decides_whether_numbers_are_shown(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, people=60, workspace={"population": 24}) as w:
        await w.stand(wall(w), *range(1, 25))
        await w.jump(BATCH)
        assert "No numbers are shown here, because this workplace is small." in said(wall(w))
        assert "So far" not in said(wall(w))


async def test_batches_of_no_length_do_not_run_without_a_pause(tmp_path: Path) -> None:
    at_once = Delays(batch=(timedelta(0), timedelta(0)), few=timedelta(0))
    async with world(tmp_path, start=TUESDAY, delays=at_once) as w:
        await w.stand(wall(w), *range(20, 25))
        await w.jump(timedelta(seconds=2))
        assert FIVE in said(wall(w))


async def test_a_number_that_few_would_move_waits_and_many_at_once_do_not(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, delays=Delays(few=timedelta(days=365))) as w:
        await w.stand(wall(w), *range(20, 25))
        await w.pass_time(timedelta(days=2))
        assert FEW in said(wall(w))
    folder = tmp_path / "usual"
    folder.mkdir()
    async with world(folder, start=TUESDAY, delays=Delays()) as w:
        await w.stand(wall(w), *range(20, 32))
        await w.jump(BATCH)
        assert shown(w) == 12
        await w.stand(wall(w), *range(32, 35))
        await w.pass_time(timedelta(days=2))
        assert shown(w) == 15


async def test_there_is_one_wall_however_often_the_job_runs(w: World) -> None:
    for _ in range(3):
        await w.service._solidarity.keep_walls()
    await w.settle()
    assert len(w.sql("SELECT * FROM windows")) == 1
    assert len(w.posts("solidarity")) == 1
    ((opens, closes),) = w.sql("SELECT opens, closes FROM windows")
    assert datetime.fromtimestamp(closes, UTC) - datetime.fromtimestamp(opens, UTC) == MONTH


PEOPLE = st.integers(10, 17)
DEEDS = st.lists(
    st.tuples(st.sampled_from(["voice.stand", "voice.stand", "voice.back"]), PEOPLE) | st.just(("batch", 0)),
    max_size=30,
)


class Model:
    """What a count should show: who stands, who is counted in it, and who moved it once already."""

    def __init__(self) -> None:
        self.stands: set[int] = set()
        self.counted: set[int] = set()
        self.moved: set[int] = set()

    def do(self, deed: str, person: int) -> None:
        if deed == "voice.stand":
            self.stands.add(person)
        elif deed == "voice.back":
            self.stands.discard(person)
        elif len((changed := self.stands ^ self.counted) - self.moved) >= 3:
            self.moved |= changed
            self.counted = set(self.stands)


@pytest.fixture
async def busy(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, limits=Limits(presses_an_hour=10**6)) as built:
        yield built


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
async def test_what_is_shown_follows_a_simple_model(busy: World, deeds: list[tuple[str, int]]) -> None:
    await busy.store.write(*(CloseWindow(row.id) for row in await busy.store.read(OpenWindows())))
    await busy.service._solidarity.open_wall(busy.means.settings.workspaces[0], "harassment")
    await busy.jump(BATCH)
    ((window,),) = busy.sql("SELECT id FROM windows WHERE length(secret) > 0")
    model = Model()
    for deed, person in (*deeds, ("batch", 0)):
        model.do(deed, person)
        if deed == "batch":
            await busy.jump(BATCH)
        else:
            await busy.act(f"P{person}", deed, window.hex())
        assert shown(busy) == len(model.counted)
    assert voices(busy) == len(model.stands)


async def test_a_workplace_that_falls_below_25_shows_no_number_any_more_and_one_that_grows_does(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await w.stand(w.posts("solidarity")[0], *range(20, 32))
        await w.jump(timedelta(minutes=16))
        assert "10–24" in said(w.posts("solidarity")[0])
        w.members(24)
        await w.jump(timedelta(minutes=32))
        assert "10–24" not in said(w.posts("solidarity")[0])
        w.members(60)
        await w.jump(timedelta(minutes=32))
        assert "10–24" in said(w.posts("solidarity")[0])
