"""What every store does with files under seal and with commitments and the trees that prove them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

import pytest

from bot import records as r
from bot.errors import StoreError
from bot.ports import Store
from storage.sqlite import SqliteStore
from tests.storage import rows
from tests.storage.rows import ELSEWHERE, HERE, at, new_id


def leaf(week: str = "2026-W48", workspace: str = HERE) -> r.LeafRow:
    return r.LeafRow(token_bytes(32), workspace, week)


def file(owner: bytes) -> r.AttachmentRow:
    return r.AttachmentRow(new_id(), owner, token_bytes(5000))


def tree(*leaves: r.LeafRow, week: str = "2026-W48", workspace: str = HERE) -> r.TreeRow:
    inside = sorted([*(each.leaf for each in leaves), *(token_bytes(32) for _ in range(8))])
    return r.TreeRow(workspace, week, b"".join(inside))


def decided(of: r.TreeRow) -> r.DecideDigest:
    return replace(rows.digest(of.week, of.workspace), tree=of)


async def left(store: Store, week: str = "2026-W52", workspace: str = HERE) -> set[r.LeafRow]:
    return set(await store.read(r.Leaves(workspace, week)))


# --- commitments ---


async def test_a_commitment_waits_once_and_can_be_dropped(store: Store) -> None:
    row = leaf()
    assert await store.write(r.AddLeaf(row), r.AddLeaf(row), r.AddLeaf(replace(row, week="2026-W50"))) == (
        True,
        False,
        False,
    )
    assert await store.read(r.Leaves(HERE, "2026-W48")) == (row,)
    assert await store.write(r.DropLeaf(row.leaf), r.DropLeaf(row.leaf)) == (True, False)
    assert await store.read(r.Leaves(HERE, "2026-W48")) == ()


async def test_commitments_are_asked_for_up_to_a_week_of_one_workspace_in_the_order_of_their_bytes(
    store: Store,
) -> None:
    before, now, later = [leaf("2026-W53") for _ in range(3)], [leaf("2027-W01")], leaf("2027-W02")
    there = leaf("2026-W53", ELSEWHERE)
    await store.write(*(r.AddLeaf(each) for each in (later, there, *now, *before)))
    found = await store.read(r.Leaves(HERE, "2027-W01"))
    assert found == tuple(sorted([*before, *now], key=lambda each: each.leaf))
    assert await store.read(r.Leaves(ELSEWHERE, "2027-W01")) == (there,)
    assert await store.read(r.Leaves(HERE, "2026-W52")) == ()


@pytest.mark.parametrize("length", [0, 31, 33])
async def test_a_commitment_has_32_bytes(store: Store, length: int) -> None:
    with pytest.raises(StoreError):
        await store.write(r.AddLeaf(replace(leaf(), leaf=bytes(length))))


# --- trees ---


async def test_what_a_tree_proves_waits_no_more_and_all_else_still_does(store: Store) -> None:
    proved, late, there = [leaf(), leaf("2026-W47")], leaf(), leaf(workspace=ELSEWHERE)
    await store.write(*(r.AddLeaf(each) for each in (*proved, late, there)))
    made = tree(*proved)
    assert await store.write(decided(made)) == (True,)
    assert await left(store) == {late}
    assert await left(store, workspace=ELSEWHERE) == {there}
    assert await store.read(r.TreesSince(HERE, "2026-W48")) == (made,)
    assert await store.write(r.DropLeaf(proved[0].leaf)) == (False,)


async def test_a_week_that_is_decided_keeps_its_one_tree_and_takes_no_commitment_from_another(
    store: Store,
) -> None:
    first, second = leaf(), leaf()
    await store.write(r.AddLeaf(first), r.AddLeaf(second))
    made = tree(first)
    assert await store.write(decided(made), decided(tree(first, second))) == (True, False)
    assert await store.read(r.TreesSince(HERE, "2026-W01")) == (made,)
    assert await left(store) == {second}


async def test_trees_are_asked_for_from_a_week_on_the_earliest_first(store: Store) -> None:
    weeks = ("2027-W01", "2026-W47", "2026-W53", "2026-W48")
    made = {week: tree(week=week) for week in weeks}
    await store.write(*map(decided, made.values()), decided(tree(workspace=ELSEWHERE)))
    found = await store.read(r.TreesSince(HERE, "2026-W48"))
    assert [each.week for each in found] == ["2026-W48", "2026-W53", "2027-W01"]
    assert found == tuple(made[each.week] for each in found)
    assert await store.read(r.TreesSince(HERE, "2027-W02")) == ()


async def test_a_digest_without_a_tree_leaves_all_commitments_waiting(store: Store) -> None:
    row = leaf()
    assert await store.write(r.AddLeaf(row), rows.digest()) == (True, True)
    assert await left(store) == {row}
    assert await store.read(r.TreesSince(HERE, "2026-W01")) == ()


# --- files ---


async def test_a_file_belongs_to_a_draft_or_a_report_and_to_nothing_else(store: Store) -> None:
    draft, report = rows.draft(), rows.report()
    await store.write(r.PutDraft(draft), rows.filing(report))
    ours = [file(draft.id), file(report.id)]
    assert await store.write(*map(r.AddAttachment, ours)) == (True, True)
    assert await store.write(r.AddAttachment(ours[0]), r.AddAttachment(file(new_id()))) == (False, False)
    for each in ours:
        assert await store.read(r.AttachmentById(each.id)) == each
    assert await store.write(r.DropAttachment(ours[0].id), r.DropAttachment(ours[0].id)) == (True, False)
    assert await store.read(r.AttachmentById(ours[0].id)) is None


async def test_a_withdrawn_report_takes_no_file(store: Store) -> None:
    report = rows.report()
    await store.write(rows.filing(report), r.MarkDelivered(report.id, new_id(), at(1)), r.Withdraw(report.id))
    assert await store.write(r.AddAttachment(file(report.id))) == (False,)


async def test_what_belonged_to_a_draft_goes_with_the_report_and_outlives_the_draft(store: Store) -> None:
    draft, other, report = rows.draft(), rows.draft(), rows.report()
    mine, theirs = [file(draft.id), file(draft.id)], file(other.id)
    await store.write(r.PutDraft(draft), r.PutDraft(other), *map(r.AddAttachment, (*mine, theirs)))
    claim = r.ClaimAttachments(draft.id, report.id)
    assert await store.write(rows.filing(report), claim, r.DropDraft(draft.id)) == (True, True, True)
    for each in mine:
        assert await store.read(r.AttachmentById(each.id)) == replace(each, owner=report.id)
    assert await store.read(r.AttachmentById(theirs.id)) == theirs
    assert await store.write(claim) == (False,)


async def test_the_files_of_a_dropped_draft_go_with_it(store: Store) -> None:
    draft, other = rows.draft(), rows.draft()
    mine, theirs = file(draft.id), file(other.id)
    await store.write(r.PutDraft(draft), r.PutDraft(other), r.AddAttachment(mine), r.AddAttachment(theirs))
    await store.write(r.DropDraft(draft.id))
    assert await store.read(r.AttachmentById(mine.id)) is None
    assert await store.read(r.AttachmentById(theirs.id)) == theirs


async def test_the_files_of_a_draft_that_grew_too_old_go_with_it_and_those_of_a_young_one_stay(
    store: Store,
) -> None:
    old, young, report = rows.draft(), rows.draft(), rows.report()
    files = [file(old.id), file(young.id), file(report.id)]
    await store.write(r.PutDraft(old), r.PutDraft(young), rows.filing(report), *map(r.AddAttachment, files))
    await store.write(r.AgeDrafts(2), r.PutDraft(young), r.AgeDrafts(2))
    assert [await store.read(r.AttachmentById(each.id)) for each in files] == [None, files[1], files[2]]


@pytest.mark.parametrize("delivered", [False, True])
async def test_the_files_of_a_report_that_is_erased_go_with_it(store: Store, *, delivered: bool) -> None:
    report, other = rows.report(), rows.report()
    mine, theirs = file(report.id), file(other.id)
    await store.write(*map(rows.filing, (report, other)), *map(r.AddAttachment, (mine, theirs)))
    if delivered:
        await store.write(r.MarkDelivered(report.id, new_id(), at(1)), r.Withdraw(report.id))
        assert await store.read(r.AttachmentById(mine.id)) == mine
        assert await store.write(r.EraseReport(report.id)) == (True,)
    else:
        assert await store.write(r.Withdraw(report.id)) == (True,)
    assert await store.read(r.AttachmentById(mine.id)) is None
    assert await store.read(r.AttachmentById(theirs.id)) == theirs


async def test_a_write_that_fails_leaves_neither_its_tree_nor_its_file(store: Store) -> None:
    row, draft = leaf(), rows.draft()
    mine = file(draft.id)
    await store.write(r.AddLeaf(row))
    with pytest.raises(StoreError):
        await store.write(
            r.PutDraft(draft),
            r.AddAttachment(mine),
            decided(tree(row)),
            r.AddLeaf(replace(row, leaf=b"short")),
        )
    assert await left(store) == {row}
    assert await store.read(r.TreesSince(HERE, "2026-W01")) == ()
    assert await store.read(r.AttachmentById(mine.id)) is None


# --- and no byte of what is gone is left in a file ---

DRAFT, CASE, LEAF = rows.draft(), rows.report(), leaf()
SEALED = token_bytes(32) * 300  # over several overflow pages
OF_DRAFT = r.AddAttachment(r.AttachmentRow(new_id(), DRAFT.id, SEALED))
OF_CASE = r.AddAttachment(r.AttachmentRow(new_id(), CASE.id, SEALED))

ERASURES: dict[str, tuple[tuple[r.Change, ...], r.Change, bytes]] = {
    "a commitment": ((r.AddLeaf(LEAF),), r.DropLeaf(LEAF.leaf), LEAF.leaf),
    "a dropped file": (
        (r.PutDraft(DRAFT), OF_DRAFT),
        r.DropAttachment(OF_DRAFT.row.id),
        SEALED[:32],
    ),
    "a dropped draft's file": ((r.PutDraft(DRAFT), OF_DRAFT), r.DropDraft(DRAFT.id), SEALED[:32]),
    "an aged draft's file": ((r.PutDraft(DRAFT), OF_DRAFT), r.AgeDrafts(1), SEALED[:32]),
    "a withdrawn report's file": ((rows.filing(CASE), OF_CASE), r.Withdraw(CASE.id), SEALED[:32]),
}


@pytest.mark.parametrize("place", ["file", "log"])
@pytest.mark.parametrize("name", ERASURES)
async def test_no_byte_is_left_of(sqlite: SqliteStore, tmp_path: Path, name: str, place: str) -> None:
    planting, erasing, planted = ERASURES[name]
    await sqlite.settled()
    await sqlite.write(*planting)
    if place == "file":
        await sqlite.settled()
    assert any(planted in each.read_bytes() for each in tmp_path.iterdir())
    assert await sqlite.write(erasing) == (True,)
    await sqlite.settled()
    assert not any(planted in each.read_bytes() for each in tmp_path.iterdir())
