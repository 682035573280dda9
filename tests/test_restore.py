"""The drill: a store is served and backed up, its machine is lost, and a real process makes it anew from the backup."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest

from adapters.sandbox.clock import SandboxClock
from bot.archive import CHUNK, MAGIC
from bot.backup import Backup, Rows, TableRows
from bot.config import Settings
from bot.envelope import key_id
from bot.erased import Erased
from bot.errors import Misconfigured, StoreError
from bot.key_settings import KeysSettings
from bot.keys import KeyFile, new_key_file
from bot.means import open_means
from bot.restoring import Restored, restore
from bot.rotation import Rotation
from storage.copying import build, read_all
from storage.schema import head
from storage.sqlite import open_sqlite
from tests.bot.letterbox import (
    HANDLER,
    WRITER,
    answer,
    come_back,
    deliver,
    everything,
    keep,
    quotes,
    rows,
    withdraw,
)
from tests.storage.rows import filing, report
from tests.world import MONDAY, ROOT, World, card, world

TEXT = "Canary-Rotkehlchen-4417"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as built:
        yield built


def unwatched(done: int, count: int) -> None:
    """Nobody looks at the progress."""


async def back_up(w: World, name: str = "backup") -> Path:
    path = w.file.with_name(name)
    made = Backup(path, ROOT, w.clock, w.means.random, unwatched)
    await made.make(partial(read_all, w.file))
    return path


async def bring_back(
    w: World, path: Path, to: Path | None = None, root: bytes = ROOT, *, list_lost: bool = False
) -> Restored:
    made, folders = partial(build, to or w.file.with_name("again.db")), w.means.settings.keys.perishable
    return await restore(path, root, folders, made, clock=w.clock, random=w.means.random, list_lost=list_lost)


def table(path: Path, asked: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as look:
        return look.execute(asked).fetchall()


async def restored_world(w: World, tmp_path: Path) -> Path:
    """A folder in which the next world finds a restored store and the same folders beside it."""
    path = await back_up(w)
    folder = tmp_path / "anew"
    folder.mkdir()
    await bring_back(w, path, folder / "store.db")
    for name in ("months", "months-copy"):
        shutil.copytree(tmp_path / name, folder / name)
    return folder


# --- what comes back ---


async def test_everything_that_was_told_and_answered_comes_back_while_the_bot_serves(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        receipt = await deliver(w, TEXT)
        await answer(w, "We have read it.")
        secret = await keep(w, "Only for me.")
        folder = await restored_world(w, tmp_path)
        assert rows(w, "reports") == {"reports": 2}  # the one that serves was not disturbed
        before = w
    async with world(folder, start=before.clock.now() + timedelta(hours=1), before=before) as again:
        box = await come_back(again, receipt)
        assert quotes(await everything(again, box)) == [TEXT, "We have read it."]
        assert quotes(await everything(again, await come_back(again, secret))) == ["Only for me."]
        (delivered,) = (row[0] for row in again.sql("SELECT hex(id) FROM reports WHERE stage = 'sent'"))
        assert TEXT in quotes(card(await again.act(HANDLER, "desk.words", delivered.lower())))


async def test_windows_are_closed_and_their_numbers_stay_and_no_token_or_secret_is_in_it(w: World) -> None:
    await w.stand(w.posts("solidarity")[0], 11, 12, 13, 14, 15, 16)
    await w.pass_time(timedelta(hours=1))
    tokens = w.sql("SELECT token FROM voices")
    ((number, secret),) = w.sql("SELECT shown, secret FROM windows")
    assert number == 6 == len(tokens)
    path = await back_up(w)
    await bring_back(w, path)
    again = w.file.with_name("again.db")
    assert table(again, "SELECT shown, length(secret) FROM windows") == [(6, 0)]
    assert table(again, "SELECT count(*) FROM voices") == [(0,)]
    assert table(again, "SELECT kind FROM outbox WHERE kind = 'wall'") == [("wall",)]
    assert table(again, "SELECT sum FROM counters") == [(6,)]
    content = again.read_bytes()
    assert secret not in content
    assert not any(token in content for (token,) in tokens)


async def test_no_draft_and_nothing_open_is_in_it(w: World) -> None:
    await w.write(WRITER, text="Not sent.")
    assert rows(w, "drafts") == {"drafts": 1}
    await bring_back(w, await back_up(w))
    assert table(w.file.with_name("again.db"), "SELECT count(*) FROM drafts") == [(0,)]


async def test_a_backup_is_sealed_and_for_its_owner_only(w: World) -> None:
    await deliver(w, TEXT)
    path = await back_up(w)
    content = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert content.startswith(MAGIC)
    known = w.sql("SELECT id, locator FROM reports")
    assert not any(each in content for row in known for each in row)
    assert b"hr-desk" not in content
    assert {each.name for each in path.parent.iterdir()} >= {"backup"}
    assert not path.with_name("backup.part").exists()


async def test_what_lies_where_a_backup_is_written_is_neither_followed_nor_kept(
    w: World, tmp_path: Path
) -> None:
    other = tmp_path / "of somebody else"
    other.write_bytes(b"as it was")
    other.chmod(0o644)
    w.file.with_name("backup.part").symlink_to(other)
    path = await back_up(w)
    assert other.read_bytes() == b"as it was"
    assert not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    w.file.with_name("second.part").write_bytes(bytes(10**6))
    w.file.with_name("second.part").chmod(0o666)
    again = await back_up(w, "second")
    assert again.stat().st_mode & 0o777 == 0o600
    await bring_back(w, again)


async def test_rows_come_in_the_order_of_their_keys_so_that_nothing_tells_when_they_were_written(
    w: World,
) -> None:
    for n in range(6):
        await keep(w, f"Record {n}.")
        await w.pass_time(timedelta(hours=12))
    seen: list[bytes] = []

    def take(found: Rows) -> None:
        for each in found.tables:
            seen.extend(row[0] for row in each.rows if each.name == "reports")

    await read_all(w.file, take)
    assert len(seen) == 6
    assert seen == sorted(seen)


# --- what does not come back ---


async def test_what_was_taken_back_since_does_not_come_back(w: World) -> None:
    receipt, kept = await deliver(w, TEXT), await keep(w, "Only for me.")
    path = await back_up(w)
    await withdraw(w, await come_back(w, receipt))
    await withdraw(w, await come_back(w, kept))
    await w.pass_time(timedelta(days=9))
    assert rows(w, "reports") == {"reports": 0}
    found = await bring_back(w, path)
    assert (found.reports, found.left_out) == (2, 2)
    again = w.file.with_name("again.db")
    for name in ("reports", "report_keys", "messages", "cases", "endings"):
        assert table(again, f"SELECT count(*) FROM {name}") == [(0,)], name  # noqa: S608 - fixed names
    assert table(again, "SELECT kind FROM outbox WHERE kind NOT IN ('wall', 'digest')") == []


async def test_what_is_older_than_the_keys_of_its_month_does_not_come_back(w: World) -> None:
    await keep(w)
    path = await back_up(w)
    (month,) = (row[0] for row in w.sql("SELECT expires FROM reports"))
    w.means.months.destroy(month)
    found = await bring_back(w, path)
    assert (found.left_out, found.months) == (
        0,
        (month,),
    )  # the month is still to come: its key may be put back
    w.clock._anchor += timedelta(days=800)
    found = await bring_back(w, path, w.file.with_name("later.db"))
    assert (found.left_out, found.months) == (1, ())


# --- what is refused, with nothing written ---


async def refused(
    w: World, path: Path, said: str, kind: type[Exception] = Misconfigured, root: bytes = ROOT
) -> None:
    again = w.file.with_name("again.db")
    before = {each.name for each in again.parent.iterdir()} - {"again.db-lock"}
    with pytest.raises(kind, match=said):
        await bring_back(w, path, again, root)
    assert {each.name for each in again.parent.iterdir()} - {"again.db-lock"} == before


def damaged(content: bytes) -> Iterator[tuple[str, bytes]]:
    head, size = len(MAGIC) + 1 + 8 + 32, CHUNK + 16
    first, second = content[head : head + size], content[head + size : head + 2 * size]
    yield "a changed byte at the end", content[:-1] + bytes([content[-1] ^ 1])
    yield (
        "a changed byte in the middle",
        content[: head + 99] + bytes([content[head + 99] ^ 1]) + content[head + 100 :],
    )
    yield "a changed salt", content[: head - 1] + bytes([content[head - 1] ^ 1]) + content[head:]
    yield "cut in a chunk", content[:-100]
    yield "cut between two chunks", content[: head + size]
    yield "without any chunk", content[:head]
    yield "half a head", content[: head - 5]
    yield "something behind it", content + b"more"
    yield "two chunks in another order", content[:head] + second + first + content[head + 2 * size :]
    yield "a chunk twice", content[: head + size] + first + content[head + size :]
    yield "a chunk left out", content[:head] + content[head + size :]


async def test_a_backup_that_was_changed_in_any_way_is_refused_before_anything_is_written(w: World) -> None:
    for n in range(60):
        w.sql(
            "INSERT INTO posts VALUES (?, 'x', ?, 'a', 'b', 'c', ?)", n.to_bytes(16), bytes(16), bytes(9000)
        )
    path = await back_up(w)
    content = path.read_bytes()
    assert len(content) > 3 * CHUNK
    for name, changed in damaged(content):
        path.with_name("changed").write_bytes(changed)
        with pytest.raises(Misconfigured):
            await bring_back(w, path.with_name("changed"))
        assert not w.file.with_name("again.db").exists(), name
    assert (await bring_back(w, path)).left_out == 0


async def test_other_keys_other_files_and_other_places_are_refused(w: World, tmp_path: Path) -> None:
    await deliver(w)
    path = await back_up(w)
    await refused(w, path, "needs the root key with the id", root=bytes(32))
    other = tmp_path / "other"
    other.write_bytes(b"PK\x03\x04 something else")
    await refused(w, other, "is no backup of metoo")
    other.write_bytes(MAGIC + b"\x02" + path.read_bytes()[len(MAGIC) + 1 :])
    await refused(w, other, "newer version")
    again = w.file.with_name("again.db")
    again.write_bytes(b"what is there")
    await refused(w, path, "left as it is", StoreError)
    assert again.read_bytes() == b"what is there"
    again.unlink()
    again.with_name("again.db-wal").write_bytes(b"a log")
    await refused(w, path, "left as it is", StoreError)
    with pytest.raises(Misconfigured, match="left as it is"):
        await back_up(w)


@pytest.mark.parametrize("there", ["empty", "missing", "of another store"])
async def test_without_the_folders_of_the_months_nothing_is_restored(
    w: World, tmp_path: Path, there: str
) -> None:
    path = await back_up(w)
    for name in ("months", "months-copy"):
        shutil.rmtree(tmp_path / name)
        if there != "missing":
            (tmp_path / name).mkdir()
        if there == "of another store":
            (tmp_path / name / "2028-11.key").write_bytes(bytes(69))
    await refused(w, path, "not the folders")


async def test_a_damaged_list_of_erasures_stops_a_restore(w: World, tmp_path: Path) -> None:
    path = await back_up(w)
    for name in ("months", "months-copy"):
        (tmp_path / name / "erased.list").write_bytes(b"junk")
    await refused(w, path, "list of what was erased is damaged")


async def test_a_list_of_erasures_that_is_missing_stops_a_restore_unless_it_is_said_to_be_lost(
    w: World,
) -> None:
    receipt = await keep(w, "Only for me.")
    path = await back_up(w)
    await withdraw(w, await come_back(w, receipt))
    await w.pass_time(timedelta(minutes=21))
    first, second = (folder / "erased.list" for folder in w.means.settings.keys.perishable)
    first.unlink()
    assert (await bring_back(w, path, w.file.with_name("one.db"))).left_out == 1
    second.unlink()
    with pytest.raises(Misconfigured, match=r"missing in .* and .* --list-lost FILE"):
        await bring_back(w, path)
    assert not list(w.file.parent.glob("again.db*"))
    assert (await bring_back(w, path, list_lost=True)).left_out == 0


async def test_a_store_with_another_root_key_is_not_backed_up(w: World) -> None:
    path = w.file.with_name("backup")
    made = Backup(path, bytes(32), w.clock, w.means.random, unwatched)
    with pytest.raises(Misconfigured, match="does not open this store"):
        await made.make(partial(read_all, w.file))
    assert not path.exists()
    assert not path.with_name("backup.part").exists()


async def test_a_store_of_an_older_version_is_started_once_before_it_is_backed_up(w: World) -> None:
    w.sql("UPDATE alembic_version SET version_num = '0004'")
    with pytest.raises(Misconfigured, match="start this one on it once"):
        await back_up(w)
    w.sql("UPDATE alembic_version SET version_num = ?", head())


@pytest.mark.parametrize("since", ["nothing", "the months", "all"])
async def test_a_backup_from_the_middle_of_a_change_of_keys_is_restored(w: World, since: str) -> None:
    if since != "nothing":
        await deliver(w, TEXT)
    if since == "the months":  # it was killed after the first step: of the months no new keys are there
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(w.means.months, "renew", lambda _: None)
            await Rotation(w.means).rotate(unwatched)
    else:
        await Rotation(w.means).rotate(unwatched)
    path, marks = await back_up(w), marks_of(w)
    assert (await bring_back(w, path)).months == ()
    assert marks_of(w) == marks
    await Rotation(w.means).retire(unwatched)
    assert (await bring_back(w, path, w.file.with_name("later.db"))).months == ()


async def test_a_backup_from_before_old_keys_were_destroyed_says_why_it_is_none_any_more(w: World) -> None:
    path = await back_up(w)
    await Rotation(w.means).rotate(unwatched)
    await Rotation(w.means).retire(unwatched)
    with pytest.raises(Misconfigured, match="If metoo keys retire was run since"):
        await bring_back(w, path)
    assert not list(w.file.parent.glob("again.db*"))


def marks_of(w: World) -> list[bytes]:
    return [(each / "store.key").read_bytes() for each in w.means.settings.keys.perishable]


# --- with the real program ---


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder as an operator has it, with a store that was served."""
    new_key_file(tmp_path / "metoo.key", random.Random(5))
    (tmp_path / "metoo.toml").write_text(
        '[[workspaces]]\nplatform = "slack"\nid = "T1"\ndesks = ["C1"]\n\n[keys]\nfile = "metoo.key"\n'
    )
    return tmp_path


async def furnished(house: Path, reports: int = 0) -> None:
    """A store with this key, and some rows."""

    store = await open_sqlite(str(house / "metoo.db"))
    settings = Settings(keys=KeysSettings(perishable=(house / "metoo-months", house / "metoo-months-copy")))
    root, clock = KeyFile(house / "metoo.key").root(), SandboxClock(MONDAY, flowing=False)
    means = await open_means(settings, store, root, clock, random.Random(6))
    means.months.key("2028-11")
    Erased(settings.keys.perishable).add(())
    for _ in range(reports):
        await store.write(filing(report(body=os.urandom(8192))))
    await store.close()


def metoo(house: Path, *said: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in that folder; no file may grow beyond `limit` bytes, as on a disk that is full."""

    def limited() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "bot", *said]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("METOO_")}
    clean["PYTHONPATH"] = str(Path(__file__).parents[1])
    return subprocess.run(  # noqa: S603 - our own program
        command, cwd=house, env=clean, capture_output=True, text=True, check=False, preexec_fn=limited
    )


def files(house: Path) -> set[str]:
    return {each.name for each in house.iterdir()}


async def test_the_drill_with_the_program_itself(house: Path) -> None:
    await furnished(house, reports=12)
    before = table(house / "metoo.db", "SELECT * FROM reports ORDER BY id")
    store = await open_sqlite(str(house / "metoo.db"))  # it is being served
    done = await asyncio.to_thread(metoo, house, "backup", "safe")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "Without these, this file is no backup" in done.stdout
    assert "Rows" in done.stderr
    over = await asyncio.to_thread(metoo, house, "restore", "safe")
    assert over.returncode == 1
    assert "another metoo is serving" in over.stderr
    await store.close()
    (house / "metoo.db").unlink()
    back = await asyncio.to_thread(metoo, house, "restore", "safe")
    assert back.returncode == 0, back.stderr
    assert "Reports: 12 of 12; 0 were erased or have expired since." in back.stdout
    assert table(house / "metoo.db", "SELECT * FROM reports ORDER BY id") == before
    once_more = await asyncio.to_thread(metoo, house, "restore", "safe")
    assert once_more.returncode == 1
    assert "left as it is" in once_more.stderr


async def test_who_has_no_key_is_told_which_one_a_backup_needs(house: Path) -> None:
    await furnished(house)
    assert (await asyncio.to_thread(metoo, house, "backup", "safe")).returncode == 0
    wanted = key_id(KeyFile(house / "metoo.key").root()).hex()
    (house / "metoo.db").unlink()
    (house / "metoo.key").rename(house / "away.key")
    said = await asyncio.to_thread(metoo, house, "restore", "safe")
    assert said.returncode == 1
    assert "There is no key file at metoo.key" in said.stderr
    assert f"This backup needs the root key with the id {wanted}, and no new one" in said.stderr
    (house / "photo").write_bytes(b"no backup")
    said = await asyncio.to_thread(metoo, house, "restore", "photo")
    assert said.stderr == "Error: This file is no backup of metoo.\n"
    assert "metoo.db" not in files(house)


async def test_a_restore_that_was_killed_is_recognised_and_done_again(house: Path) -> None:
    await furnished(house, reports=3)
    assert (await asyncio.to_thread(metoo, house, "backup", "safe")).returncode == 0
    (house / "metoo.db").rename(house / "metoo.db-restoring")
    checked = await asyncio.to_thread(metoo, house, "check")
    assert "was interrupted" in checked.stdout + checked.stderr
    assert not (house / "metoo.db").exists()
    back = await asyncio.to_thread(metoo, house, "restore", "safe")
    assert back.returncode == 0, back.stderr
    assert "metoo.db-restoring" not in files(house)
    assert table(house / "metoo.db", "SELECT count(*) FROM reports") == [(3,)]


async def test_a_full_disk_is_a_sentence_and_leaves_nothing_half(house: Path) -> None:
    await furnished(house, reports=40)
    full = await asyncio.to_thread(metoo, house, "backup", "safe", limit=100_000)
    assert full.returncode == 1
    assert "Error: The backup cannot be written to safe: " in full.stderr
    assert "Traceback" not in full.stderr
    assert not {"safe", "safe.part"} & files(house)
    assert (await asyncio.to_thread(metoo, house, "backup", "safe")).returncode == 0
    whole = (house / "metoo.db").read_bytes()
    (house / "metoo.db").rename(house / "kept.db")
    full = await asyncio.to_thread(metoo, house, "restore", "safe", limit=100_000)
    assert full.returncode == 1
    assert "nothing could be restored" in full.stderr
    assert "Traceback" not in full.stderr
    assert not {"metoo.db", "metoo.db-restoring"} & files(house)
    assert (house / "kept.db").read_bytes() == whole


async def test_a_backup_of_a_newer_version_is_a_sentence_and_leaves_nothing(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Backup._write

    def newer(self: Backup, out: BinaryIO, rows: Rows) -> None:
        tables = (
            TableRows(each.name, (*each.columns, "tomorrow"), ([*row, "x"] for row in each.rows))
            for each in rows.tables
        )
        real(self, out, Rows("9999", rows.count, tables))

    monkeypatch.setattr(Backup, "_write", newer)
    path = await back_up(w)
    with pytest.raises(Misconfigured, match="this backup was made by a newer version"):
        await bring_back(w, path)
    assert {each.name for each in w.file.parent.glob("again.db*")} <= {"again.db-lock"}


async def test_a_place_that_cannot_be_written_and_a_store_that_is_not_there_are_sentences(
    house: Path,
) -> None:
    nowhere = await asyncio.to_thread(metoo, house, "backup", "safe")
    assert nowhere.returncode == 1
    assert "there is no store at" in nowhere.stderr
    await furnished(house)
    for file in ("missing/safe", "/proc/safe"):
        said = await asyncio.to_thread(metoo, house, "backup", file)
        assert said.returncode == 1
        assert f"Error: The backup cannot be written to {file}: " in said.stderr
        assert "Traceback" not in said.stderr
    with closing(sqlite3.connect(house / "photos.db")) as other, other:
        other.execute("CREATE TABLE photos (id INTEGER PRIMARY KEY)")
    (house / "metoo.toml").write_text(
        (house / "metoo.toml").read_text() + '\n[storage]\nurl = "sqlite:///photos.db"\n'
    )
    said = await asyncio.to_thread(metoo, house, "backup", "safe")
    assert said.returncode == 1
    assert "is not a store of metoo" in said.stderr
    assert "Traceback" not in said.stderr


async def test_a_restore_that_is_killed_in_the_middle_leaves_no_store(house: Path) -> None:
    await furnished(house, reports=400)
    assert (await asyncio.to_thread(metoo, house, "backup", "safe")).returncode == 0
    (house / "metoo.db").rename(house / "kept.db")
    command = [sys.executable, "-m", "bot", "restore", "safe"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("METOO_")}
    clean["PYTHONPATH"] = str(Path(__file__).parents[1])
    process = await asyncio.create_subprocess_exec(*command, cwd=house, env=clean)
    while not (house / "metoo.db-restoring").exists() and process.returncode is None:
        await asyncio.sleep(0.001)
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.wait()
    if (house / "metoo.db").exists():  # it was faster than we were: then it is whole
        assert table(house / "metoo.db", "SELECT count(*) FROM reports") == [(400,)]
    else:
        assert "was interrupted" in (await asyncio.to_thread(metoo, house, "check")).stdout
        assert (await asyncio.to_thread(metoo, house, "restore", "safe")).returncode == 0
