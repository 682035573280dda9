"""A case and numbers as files: checked anywhere, without an id that only we know, and for nobody who may not read."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.audit import Audit
from bot.export_command import verify_export
from bot.keys import Purpose
from bot.manifest import NAME, packed, public_key, verify
from bot.model import Card, Document
from bot.records import AuditOf
from bot.statistics import last_week
from bot.vault import Vault
from tests.bot.filed import press
from tests.bot.letterbox import (
    COLLEAGUE,
    HANDLER,
    OTHER_HANDLER,
    WRITER,
    answer,
    close,
    come_back,
    deliver,
    desk_card,
    fill_in,
    read,
    withdraw,
)
from tests.world import TUESDAY, WORKSPACE, World, card, labels, said, world

HOURS = timedelta(hours=5)
SEED, OTHER = bytes(range(32)), bytes(32)
FILES = {"case.pdf": b"%PDF-1.7 pages", "case.json": b'{"a": 1}'}
ABOUT = {"case": "ABCDEF", "exported": "2026-11-30"}
NOTE, TEXT = "planted-note-8", "planted-text-8"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY) as built:
        yield built


async def exported(w: World, user: str = HANDLER) -> Document:
    work = card(await w.press(user, await read(w, user), "Work on this case"))
    asked = card(await w.press(user, work, "Export this case"))
    given = card(await press(w, user, asked, "Make the export"))
    assert given.document is not None, said(given)
    return given.document


def unpacked(document: Document) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def case(w: World) -> str:
    receipt = await deliver(w, TEXT, named=("P30",), category="touch")
    await answer(w, "We have read it.", signed="name")
    box = await come_back(w, receipt)
    asked = card(await w.press(WRITER, box, "Tell HR who I am"))
    await w.press(WRITER, asked, "Tell HR who I am")
    await fill_in(w, await come_back(w, receipt), "Add or answer", "On the stairs.")
    await w.pass_time(HOURS)
    work = card(await w.press(HANDLER, await read(w), "Work on this case"))
    await fill_in(w, work, "Write a note", NOTE, HANDLER)
    return receipt


async def test_an_export_holds_the_case_as_pages_and_data_and_is_signed(w: World) -> None:
    await case(w)
    document = await exported(w)
    assert (document.name, document.kind) == ("record.zip", "application/zip")
    files = unpacked(document)
    assert sorted(files) == ["case.json", "case.pdf", NAME]
    assert files["case.pdf"].startswith(b"%PDF")
    told = json.loads(files["case.json"])
    assert (told["report"]["text"], told["report"]["kind"], told["report"]["named"]) == (
        TEXT,
        "touch",
        ["P30"],
    )
    said_there = {(each["from"], each["text"]) for each in told["conversation"]}
    assert said_there == {("desk", "We have read it."), ("writer", ""), ("writer", "On the stairs.")}
    key = public_key(w.means.keyring.key(Purpose.SIGNING))
    assert verify(document.data, key) == (
        True,
        "It holds: every file in it is as it was when this server exported it.",
    )


async def test_nothing_in_an_export_says_who_wrote_or_is_the_desks_alone_or_an_id_of_ours(w: World) -> None:
    await case(w)
    files = unpacked(await exported(w))
    data = files["case.json"].decode() + files[NAME].decode()
    assert NOTE not in data
    assert f'"{WRITER}"' not in data
    assert not re.search(r'"at"|"id"|"desk":|"key": "[0-9a-f]{128}', files["case.json"].decode())
    ids = [
        row[0] for row in w.sql("SELECT lower(hex(id)) FROM reports UNION SELECT lower(hex(id)) FROM desks")
    ]
    ids += [row[0] for row in w.sql("SELECT lower(hex(id)) FROM messages")]
    assert not [each for each in ids if each in data]
    for each in json.loads(files["case.json"])["conversation"]:
        assert ("week" in each) == (each["from"] == "writer")


async def test_an_export_is_on_the_record_and_never_posted(w: World) -> None:
    await case(w)
    before = [len(w.posts(name)) for name in ("hr-desk", "ombuds", "general")]
    await exported(w)
    audit = Audit(Vault(w.means.keyring, w.means.random), w.means.random)
    acts = [audit.act(row) for row in await w.store.read(AuditOf(str(WORKSPACE)))]
    assert [each.who for each in acts if each.what == "exported"] == [HANDLER]
    assert [len(w.posts(name)) for name in ("hr-desk", "ombuds", "general")] == before


async def test_what_was_taken_back_is_not_exported(w: World) -> None:
    receipt = await deliver(w)
    work = card(await w.press(HANDLER, await read(w), "Work on this case"))
    await withdraw(w, await come_back(w, receipt))
    assert "nothing to export" in said(card(await w.press(HANDLER, work, "Export this case")))


@pytest.mark.parametrize("action", ["export", "export.file"])
@pytest.mark.parametrize("user", ["P30", OTHER_HANDLER, "P9"])
async def test_who_may_not_read_a_case_may_not_export_it(w: World, action: str, user: str) -> None:
    await deliver(w, named=("P9",))
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports")
    assert "cannot be opened from here" in said(card(await w.act(user, action, report)))


# --- the manifest ---


def test_a_manifest_holds_for_what_was_packed() -> None:
    archive = packed(SEED, ABOUT, FILES)
    assert verify(archive, public_key(SEED))[0]
    holds, told = verify(archive)
    assert holds
    assert public_key(SEED).hex(" ", 2) in told
    assert packed(SEED, ABOUT, FILES) == archive


def changed(**files: bytes | None) -> bytes:
    """An export of which a file is another one, or none."""
    with zipfile.ZipFile(io.BytesIO(packed(SEED, ABOUT, FILES))) as archive:
        given = {name: archive.read(name) for name in archive.namelist()}
    given |= {name.replace("_", "."): data for name, data in files.items() if data is not None}
    for name, data in files.items():
        if data is None:
            del given[name.replace("_", ".")]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in given.items():
            archive.writestr(name, data)
    return out.getvalue()


def forged() -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed(SEED, ABOUT, FILES))) as archive:
        return archive.read(NAME).replace(b"ABCDEF", b"ABCDE0")


@pytest.mark.parametrize(
    ("archive", "why"),
    [
        (changed(case_json=b'{"a": 2}'), "a file in it was changed"),
        (changed(case_pdf=None), "a file in it was changed, added or taken out"),
        (changed(more_txt=b"x"), "a file in it was changed, added or taken out"),
        (changed(manifest_json=forged()), "the manifest was changed"),
        (changed(manifest_json=None), "this is no export"),
        (changed(manifest_json=b"[]"), "this is no export"),
        (changed(manifest_json=b'{"manifest": {}, "signature": "zz"}'), "this is no export"),
        (b"no archive", "this is no export"),
        (b"", "this is no export"),
        (packed(OTHER, ABOUT, FILES), "another server signed it"),
    ],
)
def test_what_was_changed_or_made_elsewhere_does_not_hold(archive: bytes, why: str) -> None:
    holds, told = verify(archive, public_key(SEED))
    assert not holds
    assert why in told


def test_the_command_says_whether_an_export_holds(tmp_path: Path) -> None:
    file = tmp_path / "record.zip"
    file.write_bytes(packed(SEED, ABOUT, FILES))
    key = public_key(SEED).hex()
    for arguments, code, told in (
        ([str(file), "--key", key], 0, "It holds"),
        ([str(file)], 0, "Compare this key"),
        ([str(file), "--key", public_key(OTHER).hex()], 1, "another server signed it"),
        ([str(file), "--key", "12"], 2, "A key has 64 digits"),
    ):
        result = CliRunner().invoke(verify_export, arguments)
        assert (result.exit_code, told in result.output) == (code, True), result.output


# --- numbers ---


async def numbers(w: World, user: str = HANDLER) -> str:
    await read_one(w)
    listed = card(await w.act(user, "cases"))
    label = "Numbers of the last year"
    if label not in labels(listed):
        given = card(await w.act(user, "numbers"))
    else:
        given = card(await press(w, user, listed, label))
    assert given.document is not None, said(given)
    return given.document.data.decode()


async def read_one(w: World) -> Card:
    return await w.read(HANDLER, desk_card(w))


async def test_numbers_are_bands_and_leave_out_what_passed_over_the_first_desk(w: World) -> None:
    for n in range(3):
        await w.report(f"P{20 + n}", text="x", category="touch")
    for n in range(3):
        await w.report(f"P{30 + n}", text="x", category="words", named=("P2",))
    await w.pass_time(HOURS)
    for n in range(2):
        await w.report(f"P{40 + n}", text="x", category="touch")
    await w.jump(timedelta(days=40))
    table = await numbers(w)
    assert "Reports,,5–9" in table
    assert "Kind,Touch,5–9" in table
    assert "Kind,Unwanted words or images,fewer than five or none" in table
    assert "First answer,in time,fewer than five or none" in table
    assert 'First answer,"late, or not yet",5–9' in table


async def test_no_number_moves_before_the_month_is_over(w: World) -> None:
    await deliver(w)
    before = await numbers(w)
    for n in range(6):
        await w.report(f"P{20 + n}", text="x")
    await w.jump(timedelta(hours=5))
    assert await numbers(w) == before


async def test_a_small_workplace_gets_no_numbers(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, people=24) as w:
        await deliver(w)
        table = await numbers(w)
        assert "because this workplace is small" in table
        assert "Reports" not in table


async def test_who_reads_no_desk_gets_no_numbers(w: World) -> None:
    await deliver(w)
    assert "cannot be opened from here" in said(card(await w.act("P30", "numbers")))
    await close(w, "Done.", COLLEAGUE)
    assert "cannot be opened from here" in said(card(await w.act(WRITER, "numbers")))


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-11-01", "2026-W43"),
        ("2026-11-30", "2026-W43"),
        ("2026-12-01", "2026-W48"),
        ("2027-01-03", "2026-W52"),
    ],
)
def test_numbers_end_with_the_last_week_that_was_over_when_the_month_began(day: str, week: str) -> None:
    assert last_week(datetime.fromisoformat(f"{day}T12:00+00:00").astimezone(UTC), "Europe/Berlin") == week
