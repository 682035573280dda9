from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from adapters.sandbox.clock import SandboxClock
from bot.errors import Misconfigured
from bot.keys import LATER, Purpose
from bot.means import open_means
from bot.model import Card
from storage.sqlite import open_sqlite
from tests.world import ROOT, TUESDAY, World, card, quoted, said, settings, words, world


def flip(sealed: bytes) -> bytes:
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


async def two(w: World) -> tuple[Card, Card]:
    """Two delivered reports, the first text "one", the second "two"."""
    posted = []
    for user, text in (("P20", "one"), ("P21", "two")):
        await w.report(user, text=text)
        await w.jump(timedelta(hours=5))
        posted.append(w.posts("hr-desk")[-1])
    return posted[0], posted[1]


async def read(w: World, posted: Card) -> Card:
    return await w.read("P1", posted)


async def is_unreadable(w: World, posted: Card, record: bytes) -> None:
    answer = said(await read(w, posted))
    assert "This record cannot be opened" in answer
    assert record.hex()[:8] in answer
    assert not {"one", "two"} & set(answer.split())


async def test_a_changed_or_moved_ciphertext_names_its_record_and_others_open(w: World) -> None:
    first, second = await two(w)
    one, other = (bytes.fromhex(each.buttons[0].to.ref) for each in (first, second))
    for column in ("body", "routing"):
        ((mine,),) = w.sql(f"SELECT {column} FROM reports WHERE id = ?", one)  # noqa: S608 - fixed names
        ((moved,),) = w.sql(f"SELECT {column} FROM reports WHERE id = ?", other)  # noqa: S608 - fixed names
        for instead in (flip(mine), moved, mine[:-1], mine + b"\0", b"", bytes(len(mine))):
            w.sql(f"UPDATE reports SET {column} = ? WHERE id = ?", instead, one)  # noqa: S608 - fixed names
            await is_unreadable(w, first, one)
            assert quoted(await read(w, second)) == "two"
        w.sql(f"UPDATE reports SET {column} = ? WHERE id = ?", mine, one)  # noqa: S608 - fixed names
    assert quoted(await read(w, first)) == "one"


async def test_a_data_key_of_another_report_or_holder_opens_nothing(w: World) -> None:
    first, second = await two(w)
    one, other = (bytes.fromhex(each.buttons[0].to.ref) for each in (first, second))
    (desk,), (passed,) = (
        w.sql("SELECT id FROM desks WHERE channel = ?", each)[0] for each in ("hr-desk", "ombuds")
    )
    where = "FROM report_keys WHERE report = ? AND holder = ?"
    ((mine,),) = w.sql(f"SELECT wrapped {where}", one, desk)
    for report, holder in ((other, desk), (one, passed), (one, one)):
        ((moved,),) = w.sql(f"SELECT wrapped {where}", report, holder)
        w.sql("UPDATE report_keys SET wrapped = ? WHERE report = ? AND holder = ?", moved, one, desk)
        await is_unreadable(w, first, one)
    assert quoted(await read(w, second)) == "two"
    w.sql("UPDATE report_keys SET wrapped = ? WHERE report = ? AND holder = ?", mine, one, desk)
    assert quoted(await read(w, first)) == "one"


async def test_two_desks_that_swapped_their_channels_open_nothing(w: World) -> None:
    first, _ = await two(w)
    rows = dict(w.sql("SELECT channel, id FROM desks"))
    w.sql("UPDATE desks SET channel = 'x' WHERE id = ?", rows["hr-desk"])
    w.sql("UPDATE desks SET channel = 'hr-desk' WHERE id = ?", rows["ombuds"])
    w.sql("UPDATE desks SET channel = 'ombuds' WHERE id = ?", rows["hr-desk"])
    for user in ("P1", "P4"):
        answer = said(await w.read(user, first))
        assert "cannot be opened" in answer
        assert "one" not in answer.split()


@pytest.mark.parametrize("how", ["of a thief", "of another desk"])
async def test_a_public_half_that_was_swapped_gets_no_report(tmp_path: Path, how: str) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        rows = dict(w.sql("SELECT channel, public FROM desks"))
        thiefs = Random(5).randbytes(len(rows["hr-desk"]))
        w.sql(
            "UPDATE desks SET public = ? WHERE channel = 'hr-desk'",
            thiefs if how == "of a thief" else rows["ombuds"],
        )
        ((desk,),) = w.sql("SELECT id FROM desks WHERE channel = 'hr-desk'")
        preview = await w.write("P20", text="one")
        answer = said(card(await w.press("P20", preview, "Send")))
        assert "cannot be opened" in answer
        assert desk.hex()[:8] in answer
        assert w.sql("SELECT count(*) FROM reports") == [(0,)]
        w.sql("UPDATE desks SET public = ? WHERE channel = 'hr-desk'", rows["hr-desk"])
        assert words(card(await w.press("P20", preview, "Send"))) == words(preview)


async def test_a_missing_month_names_its_files_and_other_months_open(w: World) -> None:
    first, second = await two(w)
    ((month,),) = w.sql("SELECT expires FROM reports WHERE id = ?", bytes.fromhex(first.buttons[0].to.ref))
    w.sql("UPDATE reports SET expires = '2031-01' WHERE id = ?", bytes.fromhex(first.buttons[0].to.ref))
    answer = said(await read(w, first))
    assert "went wrong on our side" in answer
    assert quoted(await read(w, second)) == "two"
    assert not list(w.file.parent.glob("months*/2031*"))  # a key made now would hide that one is missing
    w.sql("UPDATE reports SET expires = ? WHERE id = ?", month, bytes.fromhex(first.buttons[0].to.ref))
    assert quoted(await read(w, first)) == "one"


def change(folder: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(folder / "store.db")) as connection, connection:
        connection.execute(statement, values)


async def opened(folder: Path, root: bytes = ROOT) -> None:
    store = await open_sqlite(str(folder / "store.db"))
    try:
        await open_means(settings(folder), store, root, SandboxClock(TUESDAY, flowing=False), Random(2))
    finally:
        await store.close()


async def test_a_store_whose_keys_are_not_whole_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await w.report("P20", text="one")
        rows = w.sql("SELECT id, purpose, wrapped FROM keys")
    assert {purpose for _, purpose, _ in rows} == set(Purpose)
    with pytest.raises(Misconfigured, match="This key does not open this store"):
        await opened(tmp_path, bytes(32))
    for row, purpose, wrapped in rows:
        if purpose not in LATER:  # those are made where an older version left none
            change(tmp_path, "DELETE FROM keys WHERE id = ?", row)
            with pytest.raises(Misconfigured, match="A key inside this store is missing"):
                await opened(tmp_path)
            keep = "INSERT INTO keys (id, purpose, wrapped) VALUES (?, ?, ?)"
            change(tmp_path, keep, row, purpose, wrapped)
        change(tmp_path, "UPDATE keys SET wrapped = ? WHERE id = ?", flip(wrapped), row)
        with pytest.raises(Misconfigured, match=f"damaged: {purpose} .{row.hex()}"):
            await opened(tmp_path)
        change(tmp_path, "UPDATE keys SET wrapped = ? WHERE id = ?", wrapped, row)
    await opened(tmp_path)
    change(tmp_path, "DELETE FROM keys")
    with pytest.raises(Misconfigured, match="The keys inside this store are gone"):
        await opened(tmp_path)
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        assert connection.execute("SELECT count(*) FROM keys").fetchone() == (0,)


async def test_a_missing_folder_of_months_is_said_before_anything_is_made_anew(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await w.report("P20", text="one")
    for name in ("months", "months-copy"):
        (tmp_path / name).rename(tmp_path / "elsewhere")
        with pytest.raises(Misconfigured, match="The folder with the keys of the months is missing"):
            await opened(tmp_path)
        assert not (tmp_path / name).exists()
        (tmp_path / "elsewhere").rename(tmp_path / name)
    await opened(tmp_path)


async def test_one_copy_of_the_months_is_enough_and_heals_the_other(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        first, _ = await two(w)
        for each in (tmp_path / "months").glob("*.key"):
            each.unlink()
        assert quoted(await read(w, first)) == "one"
        assert list((tmp_path / "months").glob("*.key"))
