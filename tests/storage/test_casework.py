"""What every store does with a desk's casework, its audit log and what was set up."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from bot import records as r
from bot.ports import Store
from storage.casework import FIRST
from storage.sqlite import SqliteStore
from tests.storage import rows
from tests.storage.rows import ELSEWHERE, HERE, at, new_id


def entry(workspace: str = HERE, minute: float = 0) -> r.AuditRow:
    return r.AuditRow(new_id(), workspace, at(minute), token_bytes(40), token_bytes(32))


async def test_a_case_changes_only_from_the_version_that_was_read(store: Store) -> None:
    report = rows.report()
    await store.write(rows.filing(report))
    first, second = (r.CaseRow(report.id, token_bytes(9), n) for n in (1, 2))
    assert await store.write(r.PutCase(second)) == (False,)
    assert await store.write(r.PutCase(first), r.PutCase(first), r.PutCase(second)) == (True, False, True)
    assert await store.write(r.PutCase(replace(first, version=2))) == (False,)
    assert await store.read(r.CaseOf(report.id)) == second


async def test_a_case_of_a_report_that_is_gone_is_not_kept_and_goes_with_it(store: Store) -> None:
    report = rows.report()
    case = r.CaseRow(report.id, token_bytes(9), 1)
    assert await store.write(r.PutCase(case)) == (False,)
    await store.write(rows.filing(report), r.PutCase(case))
    assert await store.write(r.Withdraw(report.id)) == (True,)
    assert await store.read(r.CaseOf(report.id)) is None


async def test_an_erased_case_leaves_no_byte(sqlite: SqliteStore, tmp_path: Path) -> None:
    report, secret = rows.report(), token_bytes(300)
    await sqlite.write(rows.filing(report), r.PutCase(r.CaseRow(report.id, secret, 1)))
    await sqlite.write(r.PutCase(r.CaseRow(report.id, b"other", 2)))
    await sqlite.settled()
    assert not [path for path in tmp_path.glob("*.db*") if secret[100:200] in path.read_bytes()]


async def test_desks_have_what_was_delivered_and_not_taken_back(store: Store) -> None:
    here, there, waiting, back = rows.report(), rows.report(workspace=ELSEWHERE), rows.report(), rows.report()
    desk = new_id()
    await store.write(*(rows.filing(each) for each in (here, there, waiting, back)))
    await store.write(*(r.MarkDelivered(each.id, desk, at(1)) for each in (here, there, back)))
    await store.write(r.Withdraw(back.id))
    assert [each.id for each in await store.read(r.ReportsAtDesks(HERE))] == [here.id]


async def test_an_audit_log_is_a_chain_for_each_workspace(store: Store) -> None:
    first, second, other = entry(), entry(minute=1), entry(ELSEWHERE)
    await store.write(r.AppendAudit(first), r.AppendAudit(other))
    await store.write(r.AppendAudit(second))
    log = await store.read(r.AuditOf(HERE))
    assert [each.number for each in log] == [1, 2]
    assert [replace(each, number=0, head=b"") for each in log] == [first, second]
    head = sha256(FIRST + first.digest).digest()
    assert [each.head for each in log] == [head, sha256(head + second.digest).digest()]
    assert await store.read(r.LastAudit(HERE)) == log[-1]
    assert [each.number for each in await store.read(r.AuditOf(ELSEWHERE))] == [1]
    assert await store.read(r.LastAudit("slack:NOBODY")) is None


async def test_readers_and_set_up_are_kept_in_place_of_what_was_known(store: Store) -> None:
    desk = new_id()
    assert await store.read(r.WatchOf(desk)) is None
    for row in (r.WatchRow(desk, 3, None), r.WatchRow(desk, None, 3)):
        await store.write(r.PutWatch(row))
        assert await store.read(r.WatchOf(desk)) == row
    await store.write(*(r.PutSetup(r.SetupRow(HERE, each)) for each in (b"one", b"two")))
    await store.write(r.PutSetup(r.SetupRow(ELSEWHERE, b"three")))
    assert set(await store.read(r.Setups())) == {r.SetupRow(HERE, b"two"), r.SetupRow(ELSEWHERE, b"three")}


async def test_what_admins_chose_changes_only_from_the_version_that_was_read(store: Store) -> None:
    first, second = (r.ChosenRow(HERE, token_bytes(9), n) for n in (1, 2))
    desk, waiting, entered = rows.desk(), rows.waiting(), entry()
    assert await store.write(r.PutChosen(second, at(0), desks=(desk,))) == (False,)
    assert await store.read(r.Desks(HERE)) == ()
    assert await store.write(
        r.PutChosen(first, at(0), (r.AppendAudit(entered),), (desk, desk), (waiting,))
    ) == (True,)
    assert await store.write(
        r.PutChosen(first, at(1), (r.AppendAudit(entry()),)), r.PutChosen(second, at(1))
    ) == (
        False,
        True,
    )
    assert await store.read(r.Chosen()) == (second,)
    assert await store.read(r.Desks(HERE)) == (desk,)
    assert await store.read(r.OutboxById(waiting.id)) == waiting
    assert [each.id for each in await store.read(r.AuditOf(HERE))] == [entered.id]
    assert await store.read(r.WorkspaceById(HERE)) == r.WorkspaceRow(HERE, at(0))


async def test_what_admins_chose_before_leaves_no_byte(sqlite: SqliteStore, tmp_path: Path) -> None:
    secret = token_bytes(300)
    await sqlite.write(r.PutChosen(r.ChosenRow(HERE, secret, 1), at(0)))
    await sqlite.write(r.PutChosen(r.ChosenRow(HERE, b"other", 2), at(1)))
    await sqlite.settled()
    assert not [path for path in tmp_path.glob("*.db*") if secret[100:200] in path.read_bytes()]
