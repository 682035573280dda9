"""What every store answers and does, for every question and every change of `bot.records`."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from bot import records as r
from bot.erased import mark
from bot.errors import StoreError
from bot.ports import Store
from storage.changes import apply
from storage.queries import answer
from tests.storage import rows
from tests.storage.rows import ELSEWHERE, HERE, at, new_id


def test_every_question_has_an_answer_and_every_change_is_written() -> None:
    classes = {each for each in vars(r).values() if isinstance(each, type)}
    questions = {each for each in classes if issubclass(each, r.Query)} - {r.Query}
    assert set(answer.registry) - {object} == questions
    assert set(apply.registry) - {object} == set(get_args(r.Change))


# --- keys, workspaces, desks ---


async def test_there_is_one_key_for_each_purpose(store: Store) -> None:
    first, other = r.KeyRow(new_id(), "routing", b"wrapped"), r.KeyRow(new_id(), "inbox", b"wrapped too")
    assert await store.write(r.AddKey(first), r.AddKey(other)) == (True, True)
    assert await store.write(r.AddKey(replace(first, id=new_id(), wrapped=b"another"))) == (False,)
    assert set(await store.read(r.Keys())) == {first, other}


async def test_a_workspace_is_known_from_its_first_moment_on(store: Store) -> None:
    row = r.WorkspaceRow(HERE, at(0))
    assert await store.read(r.WorkspaceById(HERE)) is None
    assert await store.write(r.AddWorkspace(row)) == (True,)
    assert await store.write(r.AddWorkspace(replace(row, since=at(5)))) == (False,)
    assert await store.read(r.WorkspaceById(HERE)) == row


async def test_a_channel_is_the_desk_of_a_workspace_once(store: Store) -> None:
    one, two, far = rows.desk(), rows.desk("C0OTHER"), rows.desk(workspace=ELSEWHERE)
    assert await store.write(*map(r.AddDesk, (one, two, far))) == (True, True, True)
    assert await store.write(r.AddDesk(rows.desk())) == (False,)
    assert set(await store.read(r.Desks(HERE))) == {one, two}


# --- drafts ---


async def test_a_draft_is_kept_replaced_and_dropped(store: Store) -> None:
    row = rows.draft()
    newer = replace(row, sealed=b"newer")
    assert await store.write(r.PutDraft(row)) == (True,)
    assert await store.read(r.DraftById(row.id)) == row
    assert await store.write(r.PutDraft(newer)) == (True,)
    assert await store.read(r.DraftById(row.id)) == newer
    assert await store.write(r.DropDraft(row.id)) == (True,)
    assert await store.write(r.DropDraft(row.id)) == (False,)
    assert await store.read(r.DraftById(row.id)) is None


async def test_a_draft_is_erased_by_its_last_sweep_and_not_before(store: Store) -> None:
    row = rows.draft()
    await store.write(r.PutDraft(row), r.AgeDrafts(3), r.AgeDrafts(3))
    assert await store.read(r.DraftById(row.id)) == row
    assert await store.write(r.AgeDrafts(3)) == (True,)
    assert await store.read(r.DraftById(row.id)) is None


async def test_a_draft_that_is_put_again_is_young_again(store: Store) -> None:
    kept, left = rows.draft(), rows.draft()
    await store.write(r.PutDraft(kept), r.PutDraft(left), r.AgeDrafts(), r.AgeDrafts(), r.PutDraft(kept))
    await store.write(r.AgeDrafts())
    assert await store.read(r.DraftById(kept.id)) == kept
    assert await store.read(r.DraftById(left.id)) is None


# --- reports ---


async def test_a_report_is_filed_with_its_keys_and_its_delivery(store: Store) -> None:
    filed = rows.filing(rows.report())
    assert await store.write(filed) == (True,)
    assert await store.read(r.ReportById(filed.report.id)) == filed.report
    assert await store.read(r.ReportByLocator(filed.report.locator)) == filed.report
    assert set(await store.read(r.ReportKeys(filed.report.id))) == set(filed.keys)
    assert filed.delivery
    assert await store.read(r.OutboxById(filed.delivery.id)) == filed.delivery


async def test_a_second_send_is_the_same_report(store: Store) -> None:
    first = rows.filing(rows.report())
    again = rows.filing(replace(first.report, body=b"other", locator=new_id()))
    await store.write(first)
    assert await store.write(again) == (False,)
    assert await store.read(r.ReportById(first.report.id)) == first.report
    assert set(await store.read(r.ReportKeys(first.report.id))) == set(first.keys)
    assert again.delivery
    assert await store.read(r.OutboxById(again.delivery.id)) is None


async def test_two_reports_never_share_a_receipt(store: Store) -> None:
    first = rows.filing(rows.report())
    second = rows.filing(replace(rows.report(), locator=first.report.locator))
    await store.write(first)
    with pytest.raises(StoreError):
        await store.write(second)
    assert await store.read(r.ReportById(second.report.id)) is None


async def test_reports_of_any_length_come_back_exactly(store: Store) -> None:
    filed = rows.filing(rows.report(body=bytes(range(256)) * 8192))
    await store.write(filed, rows.filing(rows.report(body=b"")))
    assert await store.read(r.ReportById(filed.report.id)) == filed.report


async def test_reports_are_found_by_workspace_and_week(store: Store) -> None:
    last, now, far = rows.report("2026-W47"), rows.report("2026-W48"), rows.report(workspace=ELSEWHERE)
    next_year = rows.report("2027-W01")
    await store.write(*map(rows.filing, (last, now, far, next_year)))
    assert set(await store.read(r.ReportsSince(HERE, "2026-W48"))) == {now, next_year}
    assert await store.read(r.ReportsSince(HERE, "2027-W02")) == ()


async def test_an_unknown_report_is_none(store: Store) -> None:
    assert await store.read(r.ReportById(new_id())) is None
    assert await store.read(r.ReportByLocator(new_id())) is None
    assert await store.read(r.ReportKeys(new_id())) == ()


async def test_a_report_is_delivered_once_and_opened_once(store: Store) -> None:
    row, desk = rows.report(), new_id()
    await store.write(rows.filing(row))
    assert await store.write(r.MarkDelivered(row.id, desk, at(1))) == (True,)
    assert await store.write(r.MarkDelivered(row.id, new_id(), at(2))) == (False,)
    assert await store.write(r.MarkOpened(row.id, at(3))) == (True,)
    assert await store.write(r.MarkOpened(row.id, at(4))) == (False,)
    expected = replace(row, desk=desk, delivered=at(1), opened=at(3))
    assert await store.read(r.ReportById(row.id)) == expected


async def test_an_unknown_report_is_neither_delivered_nor_opened(store: Store) -> None:
    nobody = new_id()
    assert await store.write(r.MarkDelivered(nobody, new_id(), at(1)), r.MarkOpened(nobody, at(1))) == (
        False,
        False,
    )


# --- outbox and posts ---


async def test_reports_are_due_first_then_notes_then_all_else(store: Store) -> None:
    kinds = ("wall", "report", "digest", "note", "report", "erase", "note")
    waiting = [rows.waiting(-9 + place, kind) for place, kind in enumerate(kinds)]
    await store.write(*map(r.AddOutbox, waiting))
    expected = tuple(waiting[place] for place in (1, 4, 3, 6, 0, 2, 5))
    assert await store.read(r.Due(at(0))) == expected
    for limit in range(len(kinds) + 1):
        assert await store.read(r.Due(at(0), limit)) == expected[:limit]


async def test_a_new_report_is_not_behind_a_thousand_rows_that_wait(store: Store) -> None:
    stuck = [rows.waiting(-60, kind) for kind in ("statement", "note") for _ in range(600)]
    report, early = rows.waiting(0), rows.waiting(1)
    await store.write(*map(r.AddOutbox, (*stuck, report, early)))
    found = await store.read(r.Due(at(0), 1000))
    assert found[0] == report
    assert [each.kind for each in found[1:]] == ["note"] * 600 + ["statement"] * 399


async def test_what_is_due_comes_longest_due_first_and_no_more_than_asked(store: Store) -> None:
    late, soon, now, later = (rows.waiting(due) for due in (-9, -1, 0, 1))
    assert await store.write(*map(r.AddOutbox, (later, now, late, soon))) == (True,) * 4
    assert await store.read(r.Due(at(0))) == (late, soon, now)
    assert await store.read(r.Due(at(0), limit=2)) == (late, soon)


async def test_the_next_moment_is_after_the_one_given(store: Store) -> None:
    await store.write(*(r.AddOutbox(rows.waiting(due)) for due in (0, 2, 1)))
    assert await store.read(r.NextDue(at(0))) == at(1)
    assert await store.read(r.NextDue(at(2))) is None


async def test_what_waits_waits_once_is_postponed_and_dropped(store: Store) -> None:
    row = rows.waiting()
    assert await store.write(r.AddOutbox(row), r.AddOutbox(replace(row, due=at(9)))) == (True, False)
    assert await store.read(r.OutboxById(row.id)) == row
    assert await store.write(r.Postpone(row.id, at(5))) == (True,)
    assert await store.read(r.OutboxById(row.id)) == replace(row, due=at(5))
    assert await store.write(r.DropOutbox(row.id)) == (True,)
    assert await store.write(r.DropOutbox(row.id), r.Postpone(row.id, at(6))) == (False, False)
    assert await store.read(r.OutboxById(row.id)) is None


async def test_a_moment_without_its_time_zone_is_refused(store: Store) -> None:
    row = replace(rows.waiting(), due=at(0).replace(tzinfo=None))
    with pytest.raises(StoreError):
        await store.write(r.AddOutbox(row))


async def test_posts_are_remembered_changed_and_forgotten(store: Store) -> None:
    subject = new_id()
    card, tally, other = rows.post(subject), rows.post(subject, "tally"), rows.post(new_id())
    assert await store.write(*map(r.PutPost, (card, tally, other))) == (True, True, True)
    changed = replace(card, ref="2", shown=b"now")
    assert await store.write(r.PutPost(changed)) == (True,)
    assert await store.read(r.PostsAbout("card", subject)) == (changed,)
    assert await store.write(r.DropPost(card.id)) == (True,)
    assert await store.write(r.DropPost(card.id)) == (False,)
    assert await store.read(r.PostsAbout("card", subject)) == ()


# --- windows and voices ---


async def test_a_workspace_has_one_open_wall(store: Store) -> None:
    first, second, far = rows.wall(), rows.wall(), rows.wall(ELSEWHERE)
    assert await store.write(*map(r.OpenWindow, (first, first, second, far))) == (True, False, False, True)
    assert set(await store.read(r.OpenWindows())) == {first, far}
    assert await store.write(r.CloseWindow(first.id), r.OpenWindow(second)) == (True, True)
    assert set(await store.read(r.OpenWindows())) == {second, far}


async def test_a_report_has_one_open_window_of_a_kind(store: Store) -> None:
    subject = new_id()
    first, second = rows.statement(subject), rows.statement(subject)
    other_kind = replace(rows.statement(subject), kind="other")
    opened = await store.write(*map(r.OpenWindow, (first, second, other_kind, rows.statement(new_id()))))
    assert opened == (True, False, True, True)
    assert await store.write(r.CloseWindow(first.id), r.OpenWindow(first)) == (True, False)
    assert await store.write(r.OpenWindow(second)) == (True,)


async def test_a_window_is_found_by_its_subject_the_open_one_first(store: Store) -> None:
    subject = new_id()
    old, new = rows.statement(subject), replace(rows.statement(subject), opens=at(-5))
    assert await store.read(r.WindowAbout("statement", subject)) is None
    await store.write(r.OpenWindow(old), r.CloseWindow(old.id))
    assert await store.read(r.WindowAbout("statement", subject)) == replace(old, secret=b"")
    await store.write(r.OpenWindow(new))
    assert await store.read(r.WindowAbout("statement", subject)) == new
    assert await store.read(r.WindowAbout("wall", subject)) is None


async def test_a_closed_window_keeps_its_count_and_loses_secret_and_voices(store: Store) -> None:
    window = rows.wall()
    await store.write(
        r.OpenWindow(window), *(r.CastVoice(window.id, new_id(), stands=True) for _ in range(3))
    )
    await store.write(r.MoveCount(window.id, "2026-W48", 3))
    assert await store.write(r.CloseWindow(window.id)) == (True,)
    assert await store.write(r.CloseWindow(window.id), r.CloseWindow(new_id())) == (False, False)
    assert await store.read(r.WindowById(window.id)) == replace(window, secret=b"", shown=3)
    assert await store.read(r.OpenWindows()) == ()
    assert await store.write(r.MoveCount(window.id, "2026-W48", 1)) == (False,)
    assert await store.read(r.Counted(HERE, "wall", "2026-W01")) == {"2026-W48": 3}


async def test_a_voice_takes_effect_in_an_open_window_whatever_was_there(store: Store) -> None:
    window, token = rows.wall(), new_id()
    await store.write(r.OpenWindow(window))
    for stands in (False, True, True, False, False):
        assert await store.write(r.CastVoice(window.id, token, stands)) == (True,)


async def test_a_voice_has_no_effect_in_a_closed_or_unknown_window(store: Store) -> None:
    window = rows.wall()
    await store.write(r.OpenWindow(window), r.CloseWindow(window.id))
    for where in (window.id, new_id()):
        for stands in (True, False):
            assert await store.write(r.CastVoice(where, new_id(), stands)) == (False,)
    assert await store.write(r.MoveCount(window.id, "2026-W48", 1)) == (False,)


async def test_voices_cast_with_other_changes_count_alike(store: Store) -> None:
    window, token = rows.wall(), new_id()
    voice = r.CastVoice(window.id, token, stands=True)
    took = await store.write(voice, r.OpenWindow(window), voice, replace(voice, token=new_id()))
    assert took == (False, True, True, True)
    await store.write(r.AddCount(HERE, "wall", "2026-W01", 1), replace(voice, stands=False))
    assert await store.write(r.MoveCount(window.id, "2026-W48", 1)) == (True,)
    assert await store.read(r.WindowById(window.id)) == replace(window, shown=1)


async def test_a_count_moves_only_when_enough_voices_differ(store: Store) -> None:
    window, tokens = rows.wall(), [new_id() for _ in range(3)]
    stand = [r.CastVoice(window.id, each, stands=True) for each in tokens]
    back = [r.CastVoice(window.id, each, stands=False) for each in tokens]
    await store.write(r.OpenWindow(window), *stand[:2])
    assert await store.write(r.MoveCount(window.id, "2026-W48", 3)) == (False,)
    await store.write(stand[2])
    assert await store.write(r.MoveCount(window.id, "2026-W48", 3)) == (True,)
    await store.write(*back[:2], *(r.CastVoice(window.id, new_id(), stands=True) for _ in range(2)))
    assert await store.write(r.MoveCount(window.id, "2026-W49", 3)) == (
        False,
    )  # two of the four were counted
    await store.write(r.CastVoice(window.id, new_id(), stands=True))
    assert await store.write(r.MoveCount(window.id, "2026-W49", 3)) == (True,)
    assert await store.read(r.WindowById(window.id)) == replace(window, shown=4)
    assert await store.read(r.Counted(HERE, "wall", "2026-W48")) == {"2026-W48": 3, "2026-W49": 1}


async def test_nothing_moves_where_nothing_changed(store: Store) -> None:
    window = rows.wall()
    await store.write(r.OpenWindow(window))
    assert await store.write(r.MoveCount(window.id, "2026-W48", 0)) == (False,)
    assert await store.read(r.Counted(HERE, "wall", "2026-W01")) == {}


async def test_a_voice_counts_in_its_own_window_only(store: Store) -> None:
    one, two, token = rows.wall(), rows.wall(ELSEWHERE), new_id()
    await store.write(r.OpenWindow(one), r.OpenWindow(two), r.CastVoice(one.id, token, stands=True))
    assert await store.write(r.MoveCount(two.id, "2026-W48", 1)) == (False,)
    assert await store.write(r.MoveCount(one.id, "2026-W48", 1), r.CloseWindow(two.id)) == (True, True)
    await store.write(*(r.CastVoice(one.id, new_id(), stands=True) for _ in range(3)))
    await store.write(r.CastVoice(one.id, token, stands=False))
    assert await store.write(r.MoveCount(one.id, "2026-W48", 3)) == (True,)
    assert await store.read(r.WindowById(one.id)) == replace(one, shown=3)


# --- digests and counters ---


async def test_a_week_is_decided_once_in_each_workspace(store: Store) -> None:
    first, again, far = rows.digest(), rows.digest(), rows.digest(workspace=ELSEWHERE)
    assert await store.write(first, again, far) == (True, False, True)
    assert await store.read(r.DigestOf(HERE, "2026-W48")) == first.row
    assert await store.read(r.DigestById(first.row.id)) == first.row
    assert await store.read(r.OutboxById(first.delivery.id)) == first.delivery
    assert await store.read(r.OutboxById(again.delivery.id)) is None
    assert await store.read(r.DigestById(again.row.id)) is None


async def test_the_latest_digest_is_that_of_the_latest_week(store: Store) -> None:
    new, old = rows.digest("2027-W01"), rows.digest("2026-W52")
    assert await store.read(r.LatestDigest(HERE)) is None
    await store.write(new, old, rows.digest("2027-W30", ELSEWHERE))
    assert await store.read(r.LatestDigest(HERE)) == new.row
    assert await store.read(r.DigestOf(HERE, "2027-W30")) is None


async def test_counters_add_up_by_workspace_kind_and_week(store: Store) -> None:
    given = [("2026-W47", 5), ("2026-W48", 2), ("2026-W48", -3), ("2026-W49", 4)]
    added = [r.AddCount(HERE, "wall", week, by) for week, by in given]
    far = (r.AddCount(ELSEWHERE, "wall", "2026-W48", 9), r.AddCount(HERE, "reports", "2026-W48", 9))
    assert await store.write(*added, *far) == (True,) * 6
    assert await store.read(r.Counted(HERE, "wall", "2026-W48")) == {"2026-W48": -1, "2026-W49": 4}


# --- together or not at all ---


async def test_changes_of_one_caller_are_saved_together_or_not_at_all(store: Store) -> None:
    kept, taken = rows.filing(rows.report()), rows.draft()
    clash = rows.filing(replace(rows.report(), locator=kept.report.locator))
    await store.write(kept)
    with pytest.raises(StoreError):
        await store.write(r.PutDraft(taken), clash)
    assert await store.read(r.DraftById(taken.id)) is None


async def test_no_changes_are_saved_at_once(store: Store) -> None:
    assert await store.write() == ()


async def test_everything_is_there_after_compacting(store: Store) -> None:
    filed = [rows.filing(rows.report()) for _ in range(5)]
    await store.write(*filed)
    await store.compact()
    assert set(await store.read(r.ReportsSince(HERE, "2026-W01"))) == {each.report for each in filed}


async def test_a_closed_store_says_so(store: Store) -> None:
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.write(r.AgeDrafts())
    with pytest.raises(StoreError, match="closed"):
        await store.read(r.Keys())
    with pytest.raises(StoreError, match="closed"):
        await store.compact()
    await store.close()


# --- what ends by itself ---


async def test_an_ending_is_kept_replaced_and_dropped_with_its_report(store: Store) -> None:
    row = rows.report()
    ending = r.EndingRow(row.id, at(1), at(2))
    assert await store.write(r.PutEnding(ending)) == (False,)
    await store.write(rows.filing(row))
    (life,) = await store.read(r.Lives())
    assert (life.report, life.stage, life.expires, life.due) == (row.id, "sent", "2028-11", None)
    assert await store.write(r.PutEnding(ending), r.PutEnding(replace(ending, warned=at(3)))) == (True, True)
    (life,) = await store.read(r.Lives())
    assert (life.seen, life.due, life.warned) == (at(1), at(2), at(3))
    assert await store.write(r.DropEnding(row.id), r.DropEnding(row.id)) == (True, False)
    (life,) = await store.read(r.Lives())
    assert life.due is None


async def test_how_far_a_job_has_come_is_kept(store: Store) -> None:
    assert await store.read(r.UpkeepOf("one")) is None
    await store.write(r.PutUpkeep(r.UpkeepRow("one", at(1))), r.PutUpkeep(r.UpkeepRow("two", at(2))))
    await store.write(r.PutUpkeep(r.UpkeepRow("one", at(3))))
    assert (await store.read(r.UpkeepOf("one")), await store.read(r.UpkeepOf("two"))) == (at(3), at(2))


async def test_every_erased_report_leaves_its_mark_until_it_is_listed(store: Store) -> None:
    taken_back, ended, kept = (rows.report() for _ in range(3))
    await store.write(*map(rows.filing, (taken_back, ended, kept)), r.MarkClosed(ended.id, at(1)))
    gone = replace(rows.waiting(kind="gone"), subject=ended.id)
    ending = r.EndReport(ended.id, "sent", ended.expires, at(1), gone)
    assert await store.write(r.Withdraw(taken_back.id), ending) == (True, True)
    marks = tuple(sorted(map(mark, (taken_back.id, ended.id))))
    assert await store.read(r.Erasures()) == marks
    assert await store.write(r.DropErasures(marks[:1]), r.DropErasures(marks[:1])) == (True, False)
    assert await store.read(r.Erasures()) == marks[1:]
    assert [life.report for life in await store.read(r.Lives())] == [kept.id]
