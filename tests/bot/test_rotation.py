"""Changing keys: everything opens before, while and after, and nothing old is destroyed that is still needed."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import shares
from bot.audit import Audit
from bot.envelope import VERSION, key_id
from bot.errors import Misconfigured, StoreError
from bot.keys import RENEWED, Keyring, Purpose
from bot.months import Months
from bot.records import AddKey, AuditOf, Desks, DraftRow, Keys, MatchRow, PutDraft, ShareRow
from bot.rotation import COLUMNS, Rotation
from bot.vault import Vault
from storage.tables import TABLES
from tests.world import ROOT, TUESDAY, WORKSPACE, World, card, said, words, world

HOUR = timedelta(hours=1)


def silent(done: int, total: int) -> None:
    """Nobody looks at the progress."""


@asynccontextmanager
async def busy(folder: Path, *, digest: bool = False) -> AsyncIterator[tuple[World, str]]:
    """A workplace with a delivered report, its case, voices and perhaps a digest; and the words of the report."""
    async with world(folder, start=TUESDAY) as here:
        mine = words(await here.report("P20", text="What happened.", category="touch", shared="yes"))
        await here.stand(here.posts("solidarity")[0], *range(21, 31))
        await here.pass_time(5 * HOUR)
        (arrived,) = here.posts("hr-desk")
        reading = await here.read("P1", arrived)
        work = card(await here.press("P1", reading, "Work on this case"))
        await here.press("P1", work, "I work on it")
        if digest:
            await here.pass_time(timedelta(days=7))
        yield here, mine


async def all_is_well(here: World, mine: str) -> None:
    """That everything opens: for the desk, for the receipt, for those who stand, and for who checks the log."""
    arrived = here.posts("hr-desk")[0]
    reading = await here.read("P1", arrived)
    assert "What happened." in repr_of(reading)
    opened = await here.fill("P40", await here.act("P40", "receipt"), words=mine)  # type: ignore[arg-type]
    assert "Your report" in said(opened)
    await here.press("P50", here.posts("solidarity")[0], here.posts("solidarity")[0].buttons[0].label)
    log = await here.store.read(AuditOf(str(WORKSPACE)))
    assert log
    assert Audit(Vault(here.means.keyring, here.means.random), random.Random(1)).verify(log) == ""
    for window in here.sql("SELECT count(*) FROM windows WHERE length(secret) > 0"):
        assert window[0] > 0
    here.service._solidarity._open.clear()  # so that secrets are opened anew
    await here.press("P51", here.posts("solidarity")[0], here.posts("solidarity")[0].buttons[0].label)


def repr_of(reply: Any) -> str:
    return "\n".join(str(getattr(block, "text", "")) for block in reply.body)


def envelopes(file: Path, prefix: bytes) -> set[str]:
    """Columns of the database file in which a value begins with this, looked for behind our own code's back."""
    with closing(sqlite3.connect(file)) as look:
        names = [row[0] for row in look.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        found = set()
        for name in names:
            rows = look.execute(f"SELECT * FROM {name}")  # noqa: S608 - a name of the schema
            columns = [each[0] for each in rows.description]
            for row in rows:
                found |= {
                    f"{name}.{column}"
                    for column, value in zip(columns, row, strict=True)
                    if isinstance(value, bytes) and value.startswith(prefix)
                }
        return found


def old_ids(here: World) -> list[bytes]:
    months = here.means.months
    return [
        *(key_id(each) for purpose in Purpose for each in here.means.keyring.older(purpose)),
        *(key_id(each) for month in months.there() for each in months.older(month)),
    ]


async def test_everything_is_sealed_anew_and_opens_before_and_after_old_keys_are_destroyed(
    tmp_path: Path,
) -> None:
    told: list[tuple[int, int]] = []
    async with busy(tmp_path, digest=True) as (here, mine):
        rotation = Rotation(here.means)
        await all_is_well(here, mine)
        before = {purpose: here.means.keyring.id(purpose) for purpose in Purpose}
        sentence = await rotation.rotate(lambda done, total: told.append((done, total)))
        assert "metoo keys retire" in sentence
        assert told[-1][0] == told[-1][1] > 10
        assert {p for p in Purpose if here.means.keyring.id(p) != before[p]} == set(RENEWED)
        old = old_ids(here)
        assert len(old) > len(RENEWED)
        for known in old:
            assert envelopes(here.file, VERSION + known) == set()
        await all_is_well(here, mine)
        await rotation.retire(silent)
        assert old_ids(here) == []
        assert len(here.sql("SELECT id FROM keys")) == len(Purpose)
        await all_is_well(here, mine)
        await here.store.compact()
    content = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert not [known for known in old if known in content]
    async with world(tmp_path, start=TUESDAY + timedelta(days=8), before=here) as again:
        await all_is_well(again, mine)


async def test_the_columns_that_are_sealed_anew_are_all_that_are_sealed_by_the_server(tmp_path: Path) -> None:
    async with busy(tmp_path, digest=True) as (here, _):
        ring = here.means.keyring
        found = set[str]()
        for purpose in (Purpose.FIELD, Purpose.WINDOW):
            found |= envelopes(here.file, VERSION + ring.id(purpose))
        known = {f"{TABLES[each.kind].name}.{each.column}" for each in COLUMNS}
        assert found <= known
        assert len(found) >= 10


async def test_both_generations_are_used_while_a_change_is_under_way(tmp_path: Path) -> None:
    async with busy(tmp_path) as (here, mine):
        rows = here.means.keyring.next(random.Random(3))
        await here.store.write(*map(AddKey, rows))
        here.means.keyring.take(rows)
        await all_is_well(here, mine)
        await here.report("P30", text="Another.", category="words")
        lines = await Rotation(here.means).listed()
        assert any("generation 2  in use" in line for line in lines)
        assert any("old: " in line and "reports.routing" in line for line in lines)
        await Rotation(here.means).rotate(silent)
        assert here.means.keyring.generation(Purpose.FIELD) == 2  # went on, and made no third one
        left = [line for line in await Rotation(here.means).listed() if "old: " in line]
        assert len(left) == len(RENEWED)
        assert all("old: 0 values" in line or "keys retire" in line for line in left)
        await all_is_well(here, mine)


async def test_the_list_says_how_old_each_key_is_in_weeks(tmp_path: Path) -> None:
    async with busy(tmp_path) as (here, _):
        assert all(
            line.endswith("in use, of this week") for line in (await Rotation(here.means).listed())[1:-1]
        )
        await here.pass_time(timedelta(days=15))
        await Rotation(here.means).rotate(silent)
        here.sql("UPDATE keys SET made = '' WHERE purpose = 'pepper'")
        lines = {line.split()[0]: line for line in await Rotation(here.means).listed()}
        assert lines["draft"].endswith("in use, 2 weeks old")
        assert lines["pepper"].endswith("in use, of unknown age")
        assert lines["field"].endswith("generation 2  in use, of this week")


async def test_what_cannot_be_sealed_anew_keeps_its_key(tmp_path: Path) -> None:
    async with busy(tmp_path) as (here, mine):
        (one,) = here.sql("SELECT id, sealed FROM audit LIMIT 1")
        here.sql("UPDATE audit SET sealed = ? WHERE id = ?", one[1][:-1] + bytes([one[1][-1] ^ 1]), one[0])
        rotation = Rotation(here.means)
        await rotation.rotate(silent)
        with pytest.raises(Misconfigured, match=r"still sealed under an old key, in audit\.sealed"):
            await rotation.retire(silent)
        here.sql("UPDATE audit SET sealed = ? WHERE id = ?", one[1], one[0])
        await rotation.retire(silent)
        await all_is_well(here, mine)


async def test_a_column_that_nobody_registered_keeps_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with busy(tmp_path) as (here, mine):
        monkeypatch.setattr("bot.rotation.COLUMNS", COLUMNS[1:])
        rotation = Rotation(here.means)
        await rotation.rotate(silent)
        with pytest.raises(Misconfigured, match=r"in reports\.routing"):
            await rotation.retire(silent)
        await all_is_well(here, mine)


async def test_without_old_keys_nothing_is_retired(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        assert "There is no old key" in await Rotation(here.means).retire(silent)
        assert len(here.sql("SELECT id FROM keys")) == len(Purpose)


async def test_another_root_key_opens_the_store_from_then_on_and_the_old_one_says_why_not(
    tmp_path: Path,
) -> None:
    new = random.Random(5).randbytes(32)
    async with busy(tmp_path) as (here, mine):
        rotation = Rotation(here.means)
        await rotation.rotate(silent)  # both generations get the new root
        assert "Set keys.file to the new one" in await rotation.rewrap(new)
        assert await rotation.rewrap(new) == "This key opens the store already."
        assert await rotation.do({"do": "root"}, silent) == key_id(new).hex()
        await rotation.retire(silent)
        await rotation.rotate(silent)  # and so do keys that are made later
        rows = await here.store.read(Keys())
        await all_is_well(here, mine)
    with pytest.raises(Misconfigured, match="metoo keys rotate --root"):
        Keyring.open(ROOT, rows, random.Random(1))
    keyring, made = Keyring.open(new, rows, random.Random(1))
    assert made == ()
    assert keyring.listed() == here.means.keyring.listed()


async def test_generations_cannot_change_places(tmp_path: Path) -> None:
    keyring, rows = Keyring.open(ROOT, (), random.Random(1))
    fresh = keyring.next(random.Random(2))
    (field,) = (each for each in fresh if each.purpose == Purpose.FIELD)
    rest = tuple(each for each in rows if each.purpose != Purpose.FIELD)
    with pytest.raises(Misconfigured, match="damaged"):
        Keyring.open(ROOT, (*rest, replace(field, generation=3)), random.Random(1))


async def test_commands_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        with pytest.raises(Misconfigured, match="another version"):
            await Rotation(here.means).do({"do": "dance"}, silent)


async def test_two_changes_at_once_are_one_after_the_other(tmp_path: Path) -> None:
    async with busy(tmp_path) as (here, mine):
        rotation = Rotation(here.means)
        await asyncio.gather(rotation.rotate(silent), rotation.rotate(silent))
        assert here.means.keyring.generation(Purpose.FIELD) == 2
        await all_is_well(here, mine)


async def test_a_backup_from_before_a_change_can_be_restored_until_the_old_keys_are_retired(
    tmp_path: Path,
) -> None:
    backup = tmp_path / "backup.db"
    async with busy(tmp_path) as (here, mine):
        with closing(sqlite3.connect(here.file)) as store, closing(sqlite3.connect(backup)) as copy:
            store.backup(copy)
        await Rotation(here.means).rotate(silent)
        await here.report("P31", text="After the change.", category="words")
    for each in (here.file, *tmp_path.glob("store.db-*")):
        each.unlink(missing_ok=True)
    backup.replace(here.file)
    async with world(tmp_path, start=TUESDAY + 6 * HOUR, before=here) as again:
        await all_is_well(again, mine)
        await Rotation(again.means).rotate(silent)
        await Rotation(again.means).retire(silent)
        await all_is_well(again, mine)


async def test_what_is_held_in_escrow_is_sealed_anew_too(tmp_path: Path) -> None:
    async with busy(tmp_path) as (here, _):
        means, vault = here.means, Vault(here.means.keyring, here.means.random)
        ((report, expires),) = here.sql("SELECT id, expires FROM reports")
        match = MatchRow(bytes(15) + b"1", str(WORKSPACE), bytes(16), b"")
        share = ShareRow(report, bytes(16), b"")
        slots = [each.slot(match, str(WORKSPACE)) for each in shares.SEALED]
        slots.append(shares.WRAPPED.slot(share, str(WORKSPACE)))
        month = means.months.key(expires)
        sealed = vault.seal(slots[0], b"a match"), vault.seal(slots[1], b"somebody")
        shared = vault.seal_with(month, slots[2], b"a share")
        here.sql(
            "INSERT INTO matches (id, workspace, tag, key, named, opening) VALUES (?, ?, ?, ?, ?, x'')",
            match.id,
            match.workspace,
            match.tag,
            *sealed,
        )
        with closing(sqlite3.connect(here.file)) as behind, behind:
            behind.execute(
                "INSERT INTO shares (report, holder, sealed) VALUES (?, ?, ?)", (report, bytes(16), shared)
            )
        rotation = Rotation(means)
        await rotation.rotate(silent)
        await rotation.retire(silent)
        ((key, named),), ((kept,),) = (
            here.sql("SELECT key, named FROM matches"),
            here.sql("SELECT sealed FROM shares"),
        )
        assert vault.unseal(slots[0], key) == b"a match"
        assert vault.unseal(slots[1], named) == b"somebody"
        assert vault.unseal_with(means.months.opening(expires, kept), slots[2], kept) == b"a share"


# --- bad days -------------------------------------------------------------------------------------------


async def test_a_full_disk_stops_a_change_of_keys_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.rotation.BATCH", 2)
    async with busy(tmp_path) as (here, mine):
        rotation, store = Rotation(here.means), here.means.store
        session = store._writer._session  # type: ignore[attr-defined]

        async def pragma(said: str) -> Any:
            return await session.there(lambda: session._driver.execute(f"PRAGMA {said}").fetchall())

        rows = here.means.keyring.next(random.Random(3))
        await store.write(*map(AddKey, rows))
        here.means.keyring.take(rows)
        ((pages,),) = await pragma("page_count")
        await pragma(f"max_page_count = {pages}")
        filler = PutDraft(DraftRow(bytes(16), bytes(10**6)))
        with pytest.raises(StoreError):
            await store.write(filler)
        with pytest.raises(StoreError):
            await asyncio.gather(rotation.rotate(silent), store.write(filler))
        await all_is_well_for_readers(here)
        await pragma("max_page_count = 1000000")
        await rotation.rotate(silent)
        await rotation.retire(silent)
        await all_is_well(here, mine)


async def all_is_well_for_readers(here: World) -> None:
    for row in await here.store.read(Desks(str(WORKSPACE))):
        here.service._desk._sealing.private_of(row)


async def test_folders_of_months_that_cannot_be_written_stop_it_before_anything_is_destroyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with busy(tmp_path) as (here, mine):

        def refused(self: Months, file: Path, key: bytes) -> None:
            raise OSError(30, "Read-only file system")

        with monkeypatch.context() as patched:
            patched.setattr(Months, "_write", refused)
            for change in (Rotation(here.means).rotate, Rotation(here.means).retire):
                with pytest.raises(Misconfigured, match="Read-only file system"):
                    await change(silent)
        await all_is_well(here, mine)
        await Rotation(here.means).rotate(silent)
        await Rotation(here.means).retire(silent)
        assert here.means.keyring.generation(Purpose.FIELD) == 2
        await all_is_well(here, mine)
