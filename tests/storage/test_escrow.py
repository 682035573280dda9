"""What every store does with held reports and matches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

from bot import records as r
from bot.ports import Store
from storage.sqlite import SqliteStore
from tests.storage import rows
from tests.storage.rows import HERE, at, new_id

TAG, KEEPER = bytes(range(16)), bytes(range(16, 32))


async def kept(store: Store) -> r.ReportRow:
    report = replace(rows.report(), stage="kept")
    await store.write(replace(rows.filing(report), delivery=None))
    return report


def hold(report: r.ReportRow, mark: bytes, tag: bytes = TAG, k: int = 2, sealed: bytes = b"share") -> r.Hold:
    row = r.HeldRow(report.id, HERE, tag, mark, k, KEEPER, b"routing")
    shares = (r.ShareRow(report.id, new_id(), sealed), r.ShareRow(report.id, new_id(), b"decoy"))
    match = r.MatchRow(new_id(), HERE, tag, b"key")
    return r.Hold(row, shares, match, rows.about(match.id, "match"))


async def waiting(store: Store) -> list[bytes]:
    return [each.subject for each in await store.read(r.Due(at(60))) if each.kind == "match"]


async def test_enough_different_writers_make_one_match_that_waits_once_for_each_who_came_then(
    store: Store,
) -> None:
    first, second, third = [hold(await kept(store), new_id()) for _ in range(3)]
    assert await store.write(first) == (True,)
    assert await waiting(store) == []
    assert await store.read(r.MatchById(first.match.id)) is None
    assert await store.write(second) == (True,)
    assert await waiting(store) == [second.match.id]
    assert await store.read(r.MatchById(second.match.id)) == second.match
    assert await store.write(third) == (True,)
    assert await waiting(store) == [second.match.id] * 2
    assert {each.report for each in await store.read(r.HeldAlike(TAG))} == {
        each.row.report for each in (first, second, third)
    }


async def test_two_that_arrive_together_make_one_match(store: Store) -> None:
    first, second, third = [hold(await kept(store), new_id(), k=3) for _ in range(3)]
    assert await store.write(first) == (True,)
    assert await store.write(second, third) == (True, True)
    assert await waiting(store) == [third.match.id]


async def test_the_same_writer_twice_is_one_writer(store: Store) -> None:
    mark = new_id()
    for _ in range(4):
        assert await store.write(hold(await kept(store), mark)) == (True,)
    assert await waiting(store) == []


async def test_other_tags_do_not_count(store: Store) -> None:
    await store.write(hold(await kept(store), new_id()))
    await store.write(hold(await kept(store), new_id(), tag=bytes(16)))
    assert await waiting(store) == []


async def test_only_a_private_record_is_held_and_only_once(store: Store) -> None:
    report, sent = await kept(store), rows.report()
    await store.write(rows.filing(sent))
    assert await store.write(hold(report, new_id()), hold(report, new_id())) == (True, False)
    assert await store.write(hold(sent, new_id())) == (False,)
    found = await store.read(r.ReportById(report.id))
    assert found == replace(report, stage="held")
    assert await store.read(r.AnyHeld(HERE)) == await store.read(r.HeldOf(report.id))


async def test_letting_go_makes_it_a_private_record_and_erases_what_held_it(store: Store) -> None:
    report = await kept(store)
    held = hold(report, new_id())
    await store.write(held)
    assert set(await store.read(r.SharesOf(report.id))) == set(held.shares)
    assert await store.write(r.LetGo(report.id), r.LetGo(report.id)) == (True, False)
    assert await store.read(r.ReportById(report.id)) == report
    assert await store.read(r.HeldOf(report.id)) is None
    assert await store.read(r.SharesOf(report.id)) == ()


async def test_taking_a_held_report_back_erases_it_at_once_with_its_share(store: Store) -> None:
    report = await kept(store)
    await store.write(hold(report, new_id()))
    assert await store.write(r.Withdraw(report.id)) == (True,)
    assert await store.read(r.ReportById(report.id)) is None
    assert (await store.read(r.HeldAlike(TAG)), await store.read(r.SharesOf(report.id))) == ((), ())


async def test_releasing_gives_it_to_a_desk_in_one_step(store: Store) -> None:
    report, desk = await kept(store), new_id()
    await store.write(hold(report, new_id()))
    key = r.ReportKeyRow(report.id, desk, b"wrapped")
    out = r.LetOut(report.id, b"route", (key,), desk, at(5), "2026-W50")
    assert await store.write(out, out) == (True, False)
    found = await store.read(r.ReportById(report.id))
    assert found == replace(
        report, stage="sent", routing=b"route", desk=desk, delivered=at(5), quiet="2026-W50"
    )
    assert key in await store.read(r.ReportKeys(report.id))
    assert await store.read(r.HeldOf(report.id)) is None


async def test_sending_a_held_report_oneself_ends_the_holding(store: Store) -> None:
    report = await kept(store)
    await store.write(hold(report, new_id()))
    await store.write(r.RouteReport(report.id, b"route", (), rows.about(report.id, "report")))
    found = await store.read(r.ReportById(report.id))
    assert found is not None
    assert found.stage == "sent"
    assert await store.read(r.HeldOf(report.id)) is None


async def test_a_match_goes_to_one_desk_and_is_dropped_only_before(store: Store) -> None:
    first, second = hold(await kept(store), new_id()), hold(await kept(store), new_id())
    await store.write(first)
    await store.write(second)
    match, desk = second.match.id, new_id()
    assert await store.write(r.OpenMatch(match, b"opening")) == (False,)
    assert await store.write(r.MarkMatched(match, desk), r.MarkMatched(match, new_id())) == (True, False)
    assert await store.write(r.OpenMatch(match, b"opening"), r.OpenMatch(match, b"x")) == (True, False)
    assert await store.write(r.DropMatch(match)) == (False,)
    assert await store.read(r.MatchById(match)) == replace(second.match, desk=desk, opening=b"opening")


async def test_a_match_that_has_too_few_again_can_come_about_anew(store: Store) -> None:
    first, second, third = [hold(await kept(store), new_id()) for _ in range(3)]
    await store.write(first)
    await store.write(second)
    await store.write(r.LetGo(first.row.report))
    assert await store.write(r.DropMatch(second.match.id)) == (True,)
    assert await store.write(third) == (True,)
    assert third.match.id in await waiting(store)


async def test_another_keeper_or_number_than_before_holds_nothing_and_leaves_the_record(store: Store) -> None:
    await store.write(hold(await kept(store), new_id(), k=3))
    assert await store.read(r.KeeperOf(HERE)) == r.KeeperRow(HERE, KEEPER)
    for wrong in ({"keeper": bytes(16)}, {"k": 2}):
        report = await kept(store)
        other = hold(report, new_id(), k=3)
        assert await store.write(replace(other, row=replace(other.row, **wrong))) == (False,)
        assert await store.read(r.ReportById(report.id)) == report
        assert await store.read(r.HeldOf(report.id)) is None


async def test_a_keeper_is_known_beyond_what_is_held_until_it_is_dropped_and_a_number_is_not(
    store: Store,
) -> None:
    first, second = await kept(store), await kept(store)
    await store.write(hold(first, new_id(), k=3))
    await store.write(r.LetGo(first.id))
    other = hold(second, new_id(), k=2)
    strange = replace(other, row=replace(other.row, keeper=bytes(16)))
    assert await store.write(strange) == (False,)
    assert await store.write(r.DropKeeper(HERE), r.DropKeeper(HERE)) == (True, False)
    assert await store.write(strange) == (True,)
    assert await store.read(r.KeeperOf(HERE)) == r.KeeperRow(HERE, bytes(16))


async def test_a_match_leaves_the_desk_that_has_it_only_while_nobody_opened_it(store: Store) -> None:
    first, second = hold(await kept(store), new_id()), hold(await kept(store), new_id())
    await store.write(first)
    await store.write(second)
    match, desk = second.match.id, new_id()
    again = rows.about(match, "match")
    assert await store.read(r.MatchesAtDesks(HERE)) == ()
    assert await store.write(r.UnmarkMatched(match, desk, again)) == (False,)
    await store.write(r.MarkMatched(match, desk))
    assert [each.id for each in await store.read(r.MatchesAtDesks(HERE))] == [match]
    assert await store.write(r.UnmarkMatched(match, new_id(), again)) == (False,)
    assert await waiting(store) == [match]
    assert await store.write(r.UnmarkMatched(match, desk, again)) == (True,)
    assert await waiting(store) == [match] * 2
    await store.write(r.MarkMatched(match, desk), r.OpenMatch(match, b"opening"))
    assert await store.write(r.UnmarkMatched(match, desk, again)) == (False,)
    assert await store.write(r.PutNamed(match, b"named"), r.PutNamed(new_id(), b"x")) == (True, False)
    (found,) = await store.read(r.MatchesAtDesks(HERE))
    assert (found.desk, found.named) == (desk, b"named")


async def test_a_match_ends_once_it_was_opened_and_nothing_is_held_under_it(store: Store) -> None:
    first, second = hold(await kept(store), new_id()), hold(await kept(store), new_id())
    await store.write(first)
    await store.write(second)
    match, end = second.match.id, r.EndMatch(second.match.id, rows.about(second.match.id, "apart"))
    await store.write(r.LetGo(first.row.report), r.MarkMatched(match, new_id()))
    assert await store.write(end) == (False,)
    await store.write(r.OpenMatch(match, b"opening"))
    assert await store.write(end) == (False,)
    await store.write(r.LetGo(second.row.report))
    assert await store.write(end) == (True,)
    assert await store.read(r.MatchById(match)) is None
    assert "apart" in [each.kind for each in await store.read(r.Due(at(60)))]


async def test_what_held_a_report_leaves_no_byte(sqlite: SqliteStore, tmp_path: Path) -> None:
    for end in (r.LetGo, r.Withdraw):
        report, secret = await kept(sqlite), token_bytes(300)
        await sqlite.write(hold(report, new_id(), sealed=secret))
        await sqlite.write(end(report.id))
        await sqlite.settled()
        assert not [path for path in tmp_path.glob("*.db*") if secret[100:200] in path.read_bytes()]
