"""Whatever order voices, batches and closing come in, the counts are those of a simple model."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import records as r
from bot.ports import Store
from storage.inspection import dump
from storage.sqlite import SqliteStore
from tests.storage import rows

TOKENS = [bytes([n]) * 16 for n in range(6)]
WEEKS = ("2026-W47", "2026-W48", "2026-W49")

casts = st.tuples(st.just("cast"), st.integers(0, 5), st.booleans())
moves = st.tuples(st.just("move"), st.sampled_from(WEEKS), st.integers(0, 4))
closes = st.tuples(st.just("close"))
steps = st.lists(st.one_of(casts, casts, casts, moves, closes), max_size=25)


Step = tuple[Any, ...]


class Model:
    """Who stands now, who stood when the count last moved, who has moved it, and what it moved by in each week."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self.open = True
        self.now: set[int] = set()
        self.then: set[int] = set()
        self.used: set[int] = set()
        self.weeks: Counter[str] = Counter()

    def cast(self, who: int, stands: bool) -> bool:
        if self.open:
            (self.now.add if stands else self.now.discard)(who)
        return self.open

    def move(self, week: str, least: int) -> bool:
        changed = self.now ^ self.then
        if not self.open or len(changed - self.used) < max(least, 1):
            return False
        self.used |= changed
        before = self.told
        self.then = set(self.now)
        self.weeks[week] += self.told - before
        return True

    @property
    def told(self) -> int:
        """What the weekly counters know of it."""
        return len(self.then) if len(self.then) >= self.floor else 0

    def close(self) -> bool:
        was, self.open = self.open, False
        return was


def change(window: bytes, step: Step, floor: int) -> r.Change:
    match step:
        case ("cast", int(who), bool(stands)):
            return r.CastVoice(window, TOKENS[who], stands)
        case ("move", str(week), int(least)):
            return r.MoveCount(window, week, least, floor)
        case _:
            return r.CloseWindow(window)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.tuples(st.booleans(), steps), max_size=3), floor=st.sampled_from([0, 2, 3, 5]))
async def test_counts_are_those_of_the_model(
    store: Store, groups: list[tuple[bool, list[Step]]], floor: int
) -> None:
    workspace = rows.new_id().hex()
    window, model = rows.wall(workspace), Model(floor)
    await store.write(r.OpenWindow(window))
    for together, group in groups:
        expected = tuple(getattr(model, name)(*given) for name, *given in group)
        changes = [change(window.id, each, floor) for each in group]
        assert await _written(store, changes, together=together) == expected
    kept = await store.read(r.WindowById(window.id))
    assert kept is not None
    assert kept.shown == len(model.then)
    counted = await store.read(r.Counted(workspace, "wall", "2026-W01"))
    assert dict(counted) == dict(model.weeks)
    assert sum(counted.values()) == model.told


async def _written(store: Store, changes: list[r.Change], *, together: bool) -> tuple[bool, ...]:
    """In one call, or each by a caller of its own, all waiting at once."""
    if together:
        return await store.write(*changes)
    calls = [asyncio.ensure_future(store.write(each)) for each in changes]
    return tuple(took for (took,) in await asyncio.gather(*calls))


async def shown(store: Store, window: r.WindowRow) -> int:
    row = await store.read(r.WindowById(window.id))
    assert row is not None
    return row.shown


async def test_two_who_press_for_ever_never_let_a_third_ones_press_be_seen(store: Store) -> None:
    window, pair, third = rows.wall(), [rows.new_id() for _ in range(2)], rows.new_id()
    moving = r.MoveCount(window.id, "2026-W48", 3)
    await store.write(r.OpenWindow(window))
    await store.write(*(r.CastVoice(window.id, each, stands=True) for each in (*pair, rows.new_id())))
    assert await store.write(moving) == (True,)
    for batch in range(100):
        await store.write(*(r.CastVoice(window.id, each, stands=bool(batch % 2)) for each in pair))
        assert await store.write(r.CastVoice(window.id, third, stands=batch % 3 == 0), moving) == (
            True,
            False,
        )
        assert await shown(store, window) == 3
    await store.write(*(r.CastVoice(window.id, rows.new_id(), stands=True) for _ in range(2)))
    assert await store.write(moving) == (True,)  # three who were never counted: the third one and two more
    assert await shown(store, window) == 6


async def test_who_was_never_counted_is_fresh_again_after_taking_back(store: Store) -> None:
    window, token = rows.wall(), rows.new_id()
    stand, back = (r.CastVoice(window.id, token, each) for each in (True, False))
    moving = r.MoveCount(window.id, "2026-W48", 1)
    await store.write(r.OpenWindow(window), stand, back, r.CastVoice(window.id, rows.new_id(), stands=True))
    assert await store.write(moving, stand, moving, back, moving) == (True, True, True, True, False)
    assert await shown(store, window) == 2


async def test_only_a_voice_that_was_counted_keeps_its_row_when_it_is_taken_back(
    sqlite: SqliteStore, tmp_path: Path
) -> None:
    window, counted, uncounted = rows.wall(), rows.new_id(), rows.new_id()
    moving = r.MoveCount(window.id, "2026-W48", 1)
    await sqlite.write(r.OpenWindow(window), r.CastVoice(window.id, counted, stands=True), moving)
    await sqlite.write(
        r.CastVoice(window.id, counted, stands=False),
        r.CastVoice(window.id, uncounted, stands=True),
        r.CastVoice(window.id, uncounted, stands=False),
        r.CastVoice(window.id, fresh := rows.new_id(), stands=True),
    )
    assert await sqlite.write(moving) == (True,)
    [voices] = [each for each in await dump(tmp_path / "metoo.db") if each.table == "voices"]
    assert voices.columns == ("window", "token", "value", "shown", "moved", "grade", "graded")
    assert {row[1:5] for row in voices.rows} == {
        (counted.hex(), "0", "0", "1"),
        (fresh.hex(), "1", "1", "1"),
    }
    await sqlite.write(r.CloseWindow(window.id))
    [voices] = [each for each in await dump(tmp_path / "metoo.db") if each.table == "voices"]
    assert voices.rows == ()


async def test_the_disk_is_written_and_synced_for_every_press_whatever_was_kept_before(
    sqlite: SqliteStore, tmp_path: Path
) -> None:
    window, token = rows.wall(), rows.new_id()
    await sqlite.write(r.OpenWindow(window))
    await sqlite.settled()
    log = tmp_path / "metoo.db-wal"
    for stands in (False, True, True, False, False):  # never given, given, again, taken back, again
        before = log.read_bytes()
        assert await sqlite.write(r.CastVoice(window.id, token, stands)) == (True,)
        assert log.read_bytes() != before, "whoever waits less had changed nothing"
