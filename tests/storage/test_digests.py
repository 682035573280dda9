from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import records as r
from bot.ports import Store
from tests.storage import rows
from tests.storage.rows import ELSEWHERE, HERE, new_id

REMARK = r.RemarkRow(HERE, "2026-W48", b"sealed")


async def test_hr_writes_once_for_each_week_and_the_last_words_stay(store: Store) -> None:
    later = replace(REMARK, week="2026-W49")
    assert await store.read(r.RemarkOf(HERE, "2026-W48")) is None
    assert await store.write(r.PutRemark(replace(REMARK, sealed=b"first"))) == (True,)
    await store.write(
        r.PutRemark(REMARK), r.PutRemark(later), r.PutRemark(replace(REMARK, workspace=ELSEWHERE))
    )
    assert await store.read(r.RemarkOf(HERE, "2026-W48")) == REMARK
    assert await store.write(r.DropRemark(HERE, "2026-W48"), r.DropRemark(HERE, "2026-W48")) == (True, False)
    assert await store.read(r.RemarkOf(HERE, "2026-W48")) is None
    assert await store.read(r.RemarkOf(HERE, "2026-W49")) == later


async def test_what_is_posted_with_a_digest_waits_only_if_the_digest_was_decided_now(store: Store) -> None:
    deciding = rows.digest()
    with_it = replace(deciding, also=(rows.waiting(), rows.waiting()))
    assert await store.write(with_it) == (True,)
    again = replace(rows.digest(), also=(rows.waiting(),))
    assert await store.write(again) == (False,)
    waiting = {each.id for each in await store.read(r.Due(rows.at(0), 100))}
    assert {deciding.delivery.id, *(each.id for each in with_it.also)} <= waiting
    assert again.also[0].id not in waiting


async def test_a_counter_begins_once(store: Store) -> None:
    here = new_id().hex()
    assert await store.write(r.StartCount(here, "noise wall", "2026-W48", -7)) == (True,)
    assert await store.write(r.StartCount(here, "noise wall", "2026-W48", 99)) == (False,)
    await store.write(r.AddCount(here, "noise wall", "2026-W48", 3))
    assert await store.read(r.Counted(here, "noise wall", "2026-W01")) == {"2026-W48": -4}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    deeds=st.lists(
        st.tuples(st.integers(0, 5), st.booleans()) | st.sampled_from(["2026-W47", "2026-W48", "2026-W49"]),
        max_size=30,
    )
)
async def test_one_press_changes_one_counter_with_noise_by_one_and_no_threshold_decides_when(
    store: Store, deeds: list[tuple[int, bool] | str]
) -> None:
    here, starts = new_id().hex(), {"2026-W47": 11, "2026-W48": -5, "2026-W49": 2}
    window, stand, counted, expected = rows.wall(here), set[int](), 0, dict[str, int]()
    await store.write(r.OpenWindow(window))
    for deed in (*deeds, "2026-W49"):
        if isinstance(deed, str):
            changed = len(stand) - counted
            count = r.CountVoices(window.id, "noise wall", deed, starts[deed])
            took = await store.write(count, r.MoveCount(window.id, deed, 3, 5))
            assert took[0] is (changed != 0)
            if changed:
                expected[deed] = expected.get(deed, starts[deed]) + changed
            counted = len(stand)
        else:
            who, stands = deed
            await store.write(r.CastVoice(window.id, bytes([who]) * 16, stands))
            (stand.add if stands else stand.discard)(who)
    assert await store.read(r.Counted(here, "noise wall", "2026-W01")) == expected


async def test_a_closed_window_is_counted_no_more(store: Store) -> None:
    here = new_id().hex()
    window = rows.wall(here)
    await store.write(r.OpenWindow(window), r.CastVoice(window.id, new_id(), stands=True))
    count = r.CountVoices(window.id, "noise wall", "2026-W48", 0)
    assert await store.write(count, count, r.CloseWindow(window.id), count) == (True, False, True, False)
    assert await store.read(r.Counted(here, "noise wall", "2026-W01")) == {"2026-W48": 1}
