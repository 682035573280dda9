"""After an erasure no byte of what was erased is left in the file, its log or its index."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

import pytest

from bot import records as r
from bot.erased import mark
from storage.sqlite import SqliteStore, open_sqlite
from storage.writer import ERASING
from tests.storage import rows
from tests.storage.rows import new_id

PLANTED = token_bytes(24)
LONG = PLANTED * 1000  # over several overflow pages


def left(folder: Path) -> list[str]:
    """The files in which the planted bytes are."""
    found = {each.name: each.read_bytes() for each in sorted(folder.iterdir())}
    return [
        name for name, content in found.items() if PLANTED in content or PLANTED.hex().encode() in content
    ]


DRAFT, WALL = rows.draft(LONG), replace(rows.wall(), secret=PLANTED)
WAITING = replace(rows.waiting(), subject=PLANTED)
POST = rows.post(PLANTED)
VOICE = r.CastVoice(WALL.id, PLANTED, stands=True)

CASE = replace(rows.report(body=LONG), routing=PLANTED, mailbox=PLANTED, locator=PLANTED)
KEY = r.ReportKeyRow(CASE.id, new_id(), LONG)
FILED = r.FileReport(CASE, (KEY,), replace(rows.waiting(), subject=CASE.id, workspace=PLANTED.hex()))
ROUTED = r.FileReport(replace(CASE, body=b"", mailbox=b"", locator=b""), (), None)
SAID = tuple(
    r.AddMessage(
        r.MessageRow(each, CASE.id, "reporter", "2026-W48", LONG),
        replace(rows.waiting(kind="note"), subject=each, workspace=PLANTED.hex()),
    )
    for each in (new_id(), new_id())
)

REMARK = r.RemarkRow("slack:T0123", "2026-W48", LONG)
ATTACHED = r.AddAttachment(r.AttachmentRow(new_id(), CASE.id, LONG))
WORKED_ON = r.PutCase(r.CaseRow(CASE.id, PLANTED, 1))
CLOSED = (r.MarkDelivered(CASE.id, new_id(), rows.at(1)), r.MarkClosed(CASE.id, rows.at(2)))
ENDING = r.PutEnding(r.EndingRow(CASE.id, rows.at(2), rows.at(3), rows.at(3)))
GONE = replace(rows.waiting(kind="gone"), subject=CASE.id)
ENDED = r.EndReport(CASE.id, "sent", CASE.expires, rows.at(2), GONE)

KEPT = r.FileReport(rows.report(), (), None)
KEPT = replace(KEPT, report=replace(KEPT.report, stage="kept"))
HELD = r.Hold(
    r.HeldRow(KEPT.report.id, rows.HERE, PLANTED, PLANTED, 1, b"known", LONG),
    (r.ShareRow(KEPT.report.id, new_id(), LONG),),
    r.MatchRow(new_id(), rows.HERE, PLANTED, LONG),
    rows.waiting(),
)
MATCHED = r.Hold(
    replace(HELD.row, tag=b"tag", mark=b"mark", routing=b"routing"),
    (r.ShareRow(KEPT.report.id, new_id(), b"share"),),
    r.MatchRow(new_id(), rows.HERE, b"tag", b"key"),
    rows.waiting(),
)
INSTALLED = r.PutInstallation(r.InstallationRow(rows.HERE, LONG, 1))
OTHER = replace(HELD, row=replace(HELD.row, k=9))  # too few: no match
OPENS = (r.ReportKeyRow(KEPT.report.id, new_id(), b"new"),)
LET_OUT = r.LetOut(KEPT.report.id, b"new", OPENS, new_id(), rows.at(1), "yes")
PLAIN = rows.filing(rows.report())
SERVER_KEY = r.KeyRow(new_id(), "field", LONG)
LOCK = r.LockRow(new_id(), new_id(), LONG)
DESK = replace(rows.desk(), private=LONG)
LOCKING = r.LockInbox(DESK, b"new", (r.LockRow(new_id(), DESK.id, b"new"),))
CHOSEN = r.PutChosen(r.ChosenRow(rows.HERE, LONG, 1), rows.at(0))
LEAF = r.AddLeaf(r.LeafRow(PLANTED + bytes(8), rows.HERE, "2026-W48"))
FILE = r.AddAttachment(r.AttachmentRow(new_id(), DRAFT.id, LONG))
EMPTY = replace(DRAFT, sealed=b"")

ERASURES: dict[str, tuple[list[tuple[r.Change, ...]], r.Change]] = {
    "a dropped draft": ([(r.PutDraft(DRAFT),)], r.DropDraft(DRAFT.id)),
    "a replaced draft": ([(r.PutDraft(DRAFT),)], r.PutDraft(replace(DRAFT, sealed=b"new"))),
    "an aged draft": ([(r.PutDraft(DRAFT),)], r.AgeDrafts(1)),
    "a delivered row of the outbox": ([(r.AddOutbox(WAITING),)], r.DropOutbox(WAITING.id)),
    "a forgotten post": ([(r.PutPost(POST),)], r.DropPost(POST.id)),
    "a closed window's secret and tokens": ([(r.OpenWindow(WALL),), (VOICE,)], r.CloseWindow(WALL.id)),
    "a voice taken back before it was counted": (
        [
            (r.OpenWindow(replace(WALL, secret=b"other")), VOICE, replace(VOICE, stands=False)),
            (r.CastVoice(WALL.id, new_id(), stands=True),),
        ],
        r.MoveCount(WALL.id, "2026-W48", 1),
    ),
    "a voice taken back after it was counted": (
        [
            (r.OpenWindow(replace(WALL, secret=b"other")), VOICE, r.MoveCount(WALL.id, "2026-W48", 1)),
            (replace(VOICE, stands=False),),
        ],
        r.CloseWindow(WALL.id),
    ),
    "a withdrawn report that no desk had": ([(FILED,), SAID], r.Withdraw(CASE.id)),
    "a withdrawn report": (
        [(FILED,), (r.MarkDelivered(CASE.id, new_id(), rows.at(1)), *SAID), (r.Withdraw(CASE.id),)],
        r.EraseReport(CASE.id),
    ),
    "a closed report that ends": (
        [(FILED,), (*CLOSED, WORKED_ON, ATTACHED, ENDING), SAID],
        ENDED,
    ),
    "a private record that ends": (
        [(replace(FILED, report=replace(CASE, stage="kept"), delivery=None),), (ATTACHED,)],
        r.EndReport(CASE.id, "kept", CASE.expires, None, GONE),
    ),
    "keys under a month that is left": (
        [(r.FileReport(replace(ROUTED.report, routing=b""), (KEY,), None),)],
        r.Rewrap(CASE.id, "2031-01", (KEY,), (replace(KEY, wrapped=b"new"),)),
    ),
    "routing that was replaced": ([(ROUTED,)], r.PutRouting(CASE.id, b"new")),
    "routing and keys of a report sent elsewhere": (
        [(replace(ROUTED, keys=(KEY,)),)],
        r.RouteReport(CASE.id, b"new", (replace(KEY, wrapped=b"new"),), rows.waiting()),
    ),
    "what HR wanted to write": ([(r.PutRemark(REMARK),)], r.DropRemark(REMARK.workspace, REMARK.week)),
    "what HR wrote first": ([(r.PutRemark(REMARK),)], r.PutRemark(replace(REMARK, sealed=b"new"))),
    "a file of a draft": ([(r.PutDraft(EMPTY), FILE)], r.DropAttachment(FILE.row.id)),
    "the files of a dropped draft": ([(r.PutDraft(EMPTY), FILE)], r.DropDraft(DRAFT.id)),
    "the files of an aged draft": ([(r.PutDraft(EMPTY), FILE)], r.AgeDrafts(1)),
    "a leaf": ([(LEAF,)], r.DropLeaf(LEAF.row.leaf)),
    "what is held and was let go": ([(KEPT,), (OTHER,)], r.LetGo(KEPT.report.id)),
    "what is held and was let out": (
        [(KEPT,), (OTHER,)],
        r.LetOut(
            KEPT.report.id,
            b"new",
            (r.ReportKeyRow(KEPT.report.id, new_id(), b"new"),),
            new_id(),
            rows.at(1),
            "yes",
        ),
    ),
    "a match that came to nothing": (
        [(KEPT,), (HELD,), (r.LetGo(KEPT.report.id),)],
        r.DropMatch(HELD.match.id),
    ),
    "the locator of what was released quietly": (
        [
            (replace(KEPT, report=replace(KEPT.report, locator=PLANTED)),),
            (OTHER,),
            (
                r.LetOut(
                    KEPT.report.id,
                    b"new",
                    (r.ReportKeyRow(KEPT.report.id, new_id(), b""),),
                    new_id(),
                    rows.at(1),
                    "yes",
                ),
            ),
        ],
        r.EndQuiet(KEPT.report.id, new_id()),
    ),
    "what came of a match before": (
        [(KEPT,), (MATCHED, r.PutNamed(MATCHED.match.id, LONG))],
        r.PutNamed(MATCHED.match.id, b"new"),
    ),
    "a match of which nothing is left": (
        [
            (KEPT,),
            (HELD, r.MarkMatched(HELD.match.id, new_id()), r.OpenMatch(HELD.match.id, LONG)),
            (r.LetGo(KEPT.report.id),),
        ],
        r.EndMatch(HELD.match.id, rows.waiting()),
    ),
    "what an app was given": ([(INSTALLED,)], r.DropInstallation(rows.HERE, 1)),
    "what an app was given before": (
        [(INSTALLED,)],
        replace(INSTALLED, row=r.InstallationRow(rows.HERE, b"new", 2)),
    ),
    "a case as it was": (
        [(PLAIN,), (r.PutCase(r.CaseRow(PLAIN.report.id, LONG, 1)),)],
        r.PutCase(r.CaseRow(PLAIN.report.id, b"new", 2)),
    ),
    "what was to be set up": (
        [(r.PutSetup(r.SetupRow(rows.HERE, LONG)),)],
        r.PutSetup(r.SetupRow(rows.HERE, b"new")),
    ),
    "what admins chose before": ([(CHOSEN,)], replace(CHOSEN, row=r.ChosenRow(rows.HERE, b"new", 2))),
    "numbers by grade as they were": (
        [(r.MoveGrades(r.SupportRow(WALL.id, LONG), ()),)],
        r.MoveGrades(r.SupportRow(WALL.id, b"new"), ()),
    ),
    "a key of the server": ([(r.AddKey(SERVER_KEY),)], r.DropKey(SERVER_KEY.id)),
    "a key of the server as the old root wrapped it": (
        [(r.AddKey(SERVER_KEY),)],
        r.RewrapKeys((replace(SERVER_KEY, wrapped=b"new"),)),
    ),
    "what was sealed under an old key": (
        [(r.PutRemark(REMARK),)],
        r.Reseal(r.RemarkRow, "sealed", (((REMARK.workspace, REMARK.week), LONG, b"new"),)),
    ),
    "the passphrase that a handler had": ([(r.PutLock(LOCK),)], r.PutLock(replace(LOCK, sealed=b"new"))),
    "the passphrase of somebody who left": ([(r.PutLock(LOCK),)], r.DropLock(LOCK.id)),
    "the open half of an inbox that is locked": ([(r.AddDesk(DESK),)], LOCKING),
    "what waited about a report": (
        [(r.AddOutbox(WAITING),)],
        r.DropOutboxAbout(WAITING.kind, WAITING.subject),
    ),
}


def test_every_change_that_erases_is_tried() -> None:
    tried = {type(erasing) for _, erasing in ERASURES.values()}
    assert set(ERASING) - tried == {
        r.DropErasures,
        r.DecideDigest,
    }  # the first is tried below; a tree keeps its leaves


async def test_nothing_is_left_of_a_mark_that_is_on_the_list(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.write(FILED, *CLOSED, ENDED)
    await sqlite.settled()
    listed = mark(CASE.id)
    assert any(listed in each.read_bytes() for each in tmp_path.iterdir())
    await sqlite.write(r.DropErasures((listed,)))
    await sqlite.settled()
    assert not any(listed in each.read_bytes() for each in tmp_path.iterdir())


@pytest.mark.parametrize("place", ["file", "log"])
@pytest.mark.parametrize("name", ERASURES)
async def test_nothing_is_left_of(sqlite: SqliteStore, tmp_path: Path, name: str, place: str) -> None:
    planting, erasing = ERASURES[name]
    await sqlite.settled()  # a new store wipes once by itself
    for changes in planting:
        await sqlite.write(*changes)
    if place == "file":
        await sqlite.settled()
        await sqlite.compact()
    assert left(tmp_path) != []
    assert await sqlite.write(erasing) == (True,)
    await sqlite.settled()
    assert left(tmp_path) == []


async def test_nothing_is_left_of_what_was_long_in_the_file(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.settled()
    await sqlite.write(r.PutDraft(DRAFT))
    await sqlite.compact()
    assert left(tmp_path) == ["metoo.db"]
    await sqlite.write(r.DropDraft(DRAFT.id))
    await sqlite.settled()
    assert left(tmp_path) == []


async def test_it_is_wiped_without_anybody_asking(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.settled()
    await sqlite.write(r.PutDraft(DRAFT))
    wiped = sqlite._writer._residue.wiped
    await sqlite.write(r.DropDraft(DRAFT.id))
    async with asyncio.timeout(30):
        while sqlite._writer._residue.wiped == wiped:
            await asyncio.sleep(0.005)
    assert left(tmp_path) == []


async def test_an_open_reader_delays_it_and_it_is_done_when_the_reader_ends(
    sqlite: SqliteStore, tmp_path: Path
) -> None:
    await sqlite.settled()
    await sqlite.write(r.PutDraft(DRAFT))
    with closing(sqlite3.connect(tmp_path / "metoo.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM drafts").fetchone()
        await sqlite.write(r.DropDraft(DRAFT.id))
        settled = asyncio.create_task(sqlite.settled())
        while not sqlite._writer._residue.tries:
            await sqlite.read(r.Keys())
        assert not settled.done()
        assert left(tmp_path) != []
        assert await sqlite.write(r.AddCount("presses", "go", "on", 1)) == (True,)
        reader.execute("COMMIT")
        await settled
    assert left(tmp_path) == []


async def test_a_report_that_ends_leaves_no_id_of_its_own_but_in_what_takes_its_posts_away(
    sqlite: SqliteStore, tmp_path: Path
) -> None:
    message = rows.message(CASE.id)
    posts = (rows.post(CASE.id, "report"), rows.post(message.id, "note"), rows.post(CASE.id, "statement"))
    await sqlite.write(
        FILED, *CLOSED, r.AddMessage(message), WORKED_ON, ATTACHED, ENDING, *map(r.PutPost, posts)
    )
    assert await sqlite.write(ENDED) == (True,)
    assert {each.id for each in await sqlite.read(r.PostsAbout("gone", CASE.id))} == {
        posts[0].id,
        posts[1].id,
    }
    assert await sqlite.read(r.PostsAbout("statement", CASE.id)) == (posts[2],)
    assert [row for row in await sqlite.read(r.Due(rows.at(9))) if row.subject == CASE.id] == [GONE]
    assert await sqlite.read(r.Erasures()) == (mark(CASE.id),)
    await sqlite.write(r.DropOutbox(GONE.id), *(r.DropPost(each.id) for each in posts))
    await sqlite.settled()
    files = b"".join(each.read_bytes() for each in sorted(tmp_path.iterdir()))
    assert CASE.id not in files
    assert message.id not in files


async def test_a_report_without_posts_leaves_nothing_to_take_away(sqlite: SqliteStore) -> None:
    await sqlite.write(replace(FILED, delivery=None), *CLOSED)
    assert await sqlite.write(ENDED) == (True,)
    assert await sqlite.read(r.Due(rows.at(9))) == ()


@pytest.mark.parametrize("delivered", [True, False])
async def test_an_open_reader_delays_the_end_of_a_report_until_it_ends(
    sqlite: SqliteStore, tmp_path: Path, *, delivered: bool
) -> None:
    desk = (r.MarkDelivered(CASE.id, new_id(), rows.at(1)), r.Withdraw(CASE.id)) if delivered else ()
    await sqlite.write(FILED, *SAID, *desk)
    await sqlite.settled()
    assert left(tmp_path) == ["metoo.db"]
    with closing(sqlite3.connect(tmp_path / "metoo.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM reports").fetchone()
        assert await sqlite.write(r.EraseReport(CASE.id) if delivered else r.Withdraw(CASE.id)) == (True,)
        settled = asyncio.create_task(sqlite.settled())
        while not sqlite._writer._residue.tries:
            await sqlite.read(r.Keys())
        assert not settled.done()
        assert left(tmp_path) != []
        reader.execute("COMMIT")
        await settled
    assert left(tmp_path) == []


async def test_closing_wipes_what_is_left(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "metoo.db"), pause=3600)
    await store.write(r.PutDraft(DRAFT))
    await store.write(r.DropDraft(DRAFT.id))
    assert left(tmp_path) != []
    await store.close()
    assert left(tmp_path) == []


async def test_what_a_killed_process_left_is_wiped_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "then").mkdir()
    (tmp_path / "now").mkdir()
    store = await open_sqlite(str(tmp_path / "then" / "metoo.db"), pause=3600)
    await store.write(r.PutDraft(DRAFT))
    await store.write(r.DropDraft(DRAFT.id))
    for name in ("metoo.db", "metoo.db-wal"):
        (tmp_path / "now" / name).write_bytes((tmp_path / "then" / name).read_bytes())
    await store.close()
    assert left(tmp_path / "now") == ["metoo.db-wal"]
    store = await open_sqlite(str(tmp_path / "now" / "metoo.db"), pause=0.01)
    await store.settled()
    assert left(tmp_path / "now") == []
    await store.close()


async def test_the_order_of_writing_is_gone_after_compacting(tmp_path: Path) -> None:
    written = [rows.filing(rows.report(body=b"." * 100 * n)) for n in range(40)]
    one, other = tmp_path / "one.db", tmp_path / "other.db"
    await _write_each(one, written)
    await _write_each(other, written[::-1])
    assert _pages(one) != _pages(other)
    for path in (one, other):
        store = await open_sqlite(str(path))
        await store.compact()
        await store.close()
    assert _pages(one) == _pages(other)


async def _write_each(path: Path, changes: list[r.FileReport]) -> None:
    store = await open_sqlite(str(path))
    for each in changes:
        await store.write(each)
    await store.close()


def _pages(path: Path) -> bytes:
    return path.read_bytes()[100:]  # before that, the header counts transactions


async def test_a_press_waits_for_no_wiping(sqlite: SqliteStore) -> None:
    window = rows.wall()
    await sqlite.write(r.OpenWindow(window))
    await sqlite.settled()
    wiped = sqlite._writer._residue.wiped
    for _ in range(20):
        await sqlite.write(r.CastVoice(window.id, new_id(), stands=True))
    assert sqlite._writer._residue.wiped == wiped
