"""Every column of every table is known for what it may hold; what could hold text or a person is sealed in its place.

A new column turns this red until it stands in the inventory, and until a run of everything puts nothing else in it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import keys, vault
from bot.config import Limits
from bot.envelope import KEY_ID, NONCE, TAG, Slot, unseal
from bot.envelope import seal as envelope_seal
from bot.errors import UnsealError
from bot.model import Form
from bot.ports import Random
from tests.bot.filed import act, press, upload
from tests.bot.letterbox import (
    HANDLER,
    HOURS,
    WRITER,
    answer,
    close,
    come_back,
    fill_in,
    keep,
    read,
    send,
    withdraw,
)
from tests.world import TUESDAY, WORKSPACE, World, card, words, world

Check = Callable[[Any], bool]
OVERHEAD = 1 + KEY_ID + NONCE + TAG
ENCAPSULATED = 1 + 1120 + TAG


def has(length: int) -> Check:
    return lambda value: isinstance(value, bytes) and len(value) == length


def matches(form: str) -> Check:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(form, value))


def one_of(*words: str) -> Check:
    return lambda value: value in words


def sealed(*lengths: int, blocks_of: int = 0) -> Check:
    """An envelope of a plain text of one of these lengths, or padded to blocks."""

    def check(value: Any) -> bool:
        if not isinstance(value, bytes) or value[:1] != b"\x01":
            return False
        plain = len(value) - OVERHEAD
        return plain in lengths or bool(blocks_of and plain > 0 and plain % blocks_of == 0)

    return check


def number(most: int) -> Check:
    return lambda value: isinstance(value, int) and -most <= value <= most


def pressed(value: Any) -> bool:
    """Presses one after the other: sizes, the window's id, a token and at most a mark; see `storage.presses`."""
    at = 0
    while at < len(value):
        stands, window, token, mark = value[at : at + 4]
        if (window, token) != (16, 16) or mark not in (0, 8) or stands > 1:
            return False
        at += 4 + window + token + mark
    return at == len(value)


def moment(value: Any) -> bool:
    return isinstance(value, int) and 1_700_000_000 < value < 2_200_000_000


ID, HASH, TOKEN = has(16), has(32), has(16)
WEEK, MONTH, DAY = matches(r"20\d\d-W\d\d"), matches(r"20\d\d-\d\d"), matches(r"|20\d\d-\d\d-\d\d")
PLACE, CHANNEL = matches(re.escape(str(WORKSPACE))), one_of("hr-desk", "ombuds", "solidarity", "general")
KIND = one_of(
    *("report", "note", "moved", "erase", "escalated", "gone", "endings", "vanish", "readers", "reminder"),
    *("wall", "statement", "digest", "overview", "openers"),
)

INVENTORY: dict[str, Check] = {
    "keys.id": ID,
    "keys.purpose": one_of(*keys.Purpose),
    "keys.wrapped": sealed(32),
    "workspaces.id": PLACE,
    "workspaces.since": moment,
    "desks.id": ID,
    "desks.workspace": PLACE,
    "desks.channel": CHANNEL,
    "desks.public": sealed(1216),
    "desks.private": sealed(96),
    "drafts.id": ID,
    "drafts.sealed": sealed(blocks_of=4096),
    "drafts.sweeps": number(3),
    "reports.id": ID,
    "reports.workspace": PLACE,
    "reports.week": WEEK,
    "reports.routing": sealed(blocks_of=1024),
    "reports.body": sealed(blocks_of=4096),
    "reports.locator": TOKEN,
    "reports.mailbox": sealed(1216),
    "reports.expires": MONTH,
    "reports.desk": ID,
    "reports.delivered": moment,
    "reports.opened": moment,
    "reports.stage": one_of("sent", "kept", "withdrawn"),
    "reports.reviewing": moment,
    "reports.closed": moment,
    "reports.held": moment,
    "report_keys.report": ID,
    "report_keys.holder": ID,
    "report_keys.wrapped": sealed(ENCAPSULATED + 32),
    "messages.id": ID,
    "messages.report": ID,
    "messages.side": one_of("reporter", "desk", "note"),
    "messages.week": WEEK,
    "messages.body": sealed(blocks_of=4096),
    "messages.at": moment,
    "messages.number": number(99),
    "outbox.id": ID,
    "outbox.kind": KIND,
    "outbox.subject": ID,
    "outbox.workspace": PLACE,
    "outbox.due": moment,
    "posts.id": ID,
    "posts.kind": KIND,
    "posts.subject": ID,
    "posts.workspace": PLACE,
    "posts.channel": CHANNEL,
    "posts.ref": matches(r"[A-Za-z0-9._-]{0,32}"),
    "posts.shown": TOKEN,
    "windows.id": ID,
    "windows.workspace": PLACE,
    "windows.kind": one_of("wall", "statement"),
    "windows.subject": ID,
    "windows.secret": sealed(OVERHEAD + 32),
    "windows.opens": moment,
    "windows.closes": moment,
    "windows.shown": number(99),
    "windows.about": sealed(64),
    "windows.counted": number(99),
    "attempts.session": ID,
    "attempts.nth": number(9999),
    "presses.nth": number(9999),
    "presses.voices": pressed,
    "voices.window": ID,
    "voices.token": TOKEN,
    "voices.value": number(1),
    "voices.shown": number(1),
    "voices.moved": number(1),
    "counters.workspace": PLACE,
    "counters.kind": one_of("wall", "statement"),
    "counters.week": WEEK,
    "counters.sum": number(99),
    "digests.id": ID,
    "digests.workspace": PLACE,
    "digests.week": WEEK,
    "digests.numbers": sealed(blocks_of=4096),
    "remarks.workspace": PLACE,
    "remarks.week": WEEK,
    "remarks.sealed": sealed(blocks_of=4096),
    "attachments.id": ID,
    "attachments.owner": ID,
    "attachments.sealed": sealed(blocks_of=65536),
    "leaves.leaf": HASH,
    "leaves.workspace": PLACE,
    "leaves.week": WEEK,
    "trees.workspace": PLACE,
    "trees.week": WEEK,
    "trees.leaves": has(4096 * 32),
    "watches.desk": ID,
    "watches.readers": number(99),
    "watches.before": number(99),
    "watches.reminded": DAY,
    "cases.report": ID,
    "cases.sealed": sealed(blocks_of=1024),
    "cases.version": number(99),
    "audit.id": ID,
    "audit.workspace": PLACE,
    "audit.at": moment,
    "audit.sealed": sealed(blocks_of=256),
    "audit.digest": HASH,
    "audit.number": number(99),
    "audit.head": HASH,
    "setups.workspace": PLACE,
    "setups.sealed": sealed(blocks_of=1024),
    "endings.report": ID,
    "endings.seen": moment,
    "endings.due": moment,
    "endings.warned": moment,
    "upkeep.name": one_of("retention"),
    "upkeep.at": moment,
    "erasures.mark": TOKEN,
    "keys.generation": number(99),
    "keys.made": WEEK,
    "locks.id": ID,
    "locks.desk": ID,
    "locks.sealed": sealed(blocks_of=1),
    "reports.quiet": matches(r"(20\d\d-W\d\d)?"),
    "voices.grade": has(8),
    "voices.graded": has(8),
    "supports.window": ID,
    "supports.sealed": sealed(blocks_of=1),
    "chosen.workspace": PLACE,
    "chosen.sealed": sealed(blocks_of=1),
    "chosen.version": number(99),
    "held.report": ID,
    "held.workspace": PLACE,
    "held.tag": TOKEN,
    "held.mark": TOKEN,
    "held.k": number(99),
    "held.keeper": TOKEN,
    "held.routing": sealed(blocks_of=1024),
    "shares.report": ID,
    "shares.holder": ID,
    "shares.sealed": sealed(blocks_of=1),
    "matches.id": ID,
    "matches.workspace": PLACE,
    "matches.tag": TOKEN,
    "matches.key": sealed(32),
    "matches.desk": ID,
    "matches.named": sealed(blocks_of=1024),
    "keepers.workspace": PLACE,
    "keepers.known": TOKEN,
    "matches.opening": lambda value: value == b"" or has(ENCAPSULATED + 32)(value),
    "installations.workspace": PLACE,
    "installations.sealed": sealed(blocks_of=4096),
    "installations.version": number(99),
    "tickets.id": TOKEN,
    "tickets.until": moment,
    "alembic_version.version_num": matches(r"\d{4}"),
}
"""What each column may hold, checked on every value that a run of everything writes."""

EMPTY = {"windows.secret": b""}
"""Columns that are emptied, and how: a window that has closed has no secret."""

PLAYED_ELSEWHERE = (
    "attempts",
    "locks",
    "supports",
    "chosen",
    "held",
    "shares",
    "matches",
    "keepers",
    "installations",
    "tickets",
)
"""Tables that this run leaves empty; the tests of locked inboxes, set-up, supports and escrow fill them."""

SEALED = sorted(name for name, check in INVENTORY.items() if check.__qualname__.startswith("sealed."))
ROOMY = Limits(reports_a_day=99, receipts_an_hour=99)
PLANTED = ("Planted-Kernbeißer-5512", "Planted-Waldlaubsänger-0931")


@dataclass(frozen=True)
class Sealing:
    """One sealing that was done: under which key, for which place, and what came of it."""

    key: bytes
    slot: Slot
    sealed: bytes


@dataclass(frozen=True)
class Cell:
    """One value that is stored, with the row it stands in."""

    column: str
    row: dict[str, Any]
    value: Any


def columns(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as look:
        names = [name for (name,) in look.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {f"{name}.{row[1]}" for name in names for row in look.execute(f'PRAGMA table_info("{name}")')}


def cells(path: Path) -> Iterator[Cell]:
    with closing(sqlite3.connect(path)) as look:
        look.row_factory = sqlite3.Row
        for (name,) in look.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            for row in look.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - a table's own name
                found = dict(row)
                for column, value in found.items():
                    yield Cell(f"{name}.{column}", found, value)


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> list[Sealing]:
    """Every sealing under a key that is done."""
    done: list[Sealing] = []

    def watched(key: bytes, slot: Slot, plain: bytes, random: Random) -> bytes:
        found = envelope_seal(key, slot, plain, random)
        done.append(Sealing(key, slot, found))
        return found

    monkeypatch.setattr(vault, "seal", watched)
    monkeypatch.setattr(keys, "seal", watched)
    return done


async def everything(w: World) -> None:
    """Whatever leaves a row: a shared report with a file that is worked on and closed, voices, a digest, and more."""
    preview = await w.write(WRITER, text=PLANTED[0], share="yes", named=("P9",))
    form = await press(w, WRITER, preview, "Add a file")
    assert isinstance(form, Form)
    took = card(await act(w, WRITER, form.to.action, form.to.ref, upload(b"what a screen said")))
    preview = card(await press(w, WRITER, took, "Back to the preview"))
    receipt = words(card(await w.press(WRITER, preview, "Send")))
    await w.stand(w.posts("solidarity")[0], 11, 12, 13, 14, 15)
    await w.pass_time(HOURS)
    reading = await read(w)
    work = card(await w.press(HANDLER, reading, "Work on this case"))
    await w.press(HANDLER, work, "I work on it")
    await answer(w, PLANTED[1])
    await fill_in(w, await read(w), "Answer", PLANTED[1], HANDLER, signed="name")
    await w.press(HANDLER, await read(w), "We are looking into it")
    await fill_in(w, await come_back(w, receipt), "Add or answer", PLANTED[0])
    await w.pass_time(timedelta(days=23))
    await w.stand(w.posts("solidarity")[-1], 16, 17, 18, 19)
    await close(w, PLANTED[1])
    await withdraw(w, await come_back(w, await keep(w, PLANTED[0])))
    await keep(w, PLANTED[0])
    w.workplace.channels["hr-desk"].readers = frozenset({"P1", "P2"})
    await w.pass_time(timedelta(hours=8))
    w.sql("UPDATE reports SET held = delivered")  # a hold, and a warning, months before they are due
    w.sql("UPDATE endings SET warned = seen")
    words_of_hr = await w.act(HANDLER, "digest.words")
    assert isinstance(words_of_hr, Form)
    await w.fill(HANDLER, words_of_hr, text=PLANTED[1])
    await w.write("P33", text=PLANTED[0])
    await send(w, PLANTED[0])
    await keep(w, PLANTED[1])
    await withdraw(w, await come_back(w, await keep(w, PLANTED[0])))
    await w.stand(w.posts("solidarity")[-1], 20)  # this one is still in the journal


@pytest.fixture
async def w(tmp_path: Path, record: list[Sealing]) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace={"attachments": True}, limits=ROOMY) as built:
        await everything(built)
        yield built


async def test_every_column_holds_what_the_inventory_says_and_nothing_else(
    w: World, record: list[Sealing]
) -> None:
    assert columns(w.file) == set(INVENTORY)
    found = list(cells(w.file))
    wrong = {
        each.column: (len(str(each.value)), each.value)
        for each in found
        if each.value is not None and each.value != EMPTY.get(each.column)
        if not INVENTORY[each.column](each.value)
    }
    assert wrong == {}
    written = {each.column for each in found if each.value is not None}
    empty = {each for each in set(INVENTORY) - written if each.partition(".")[0] not in PLAYED_ELSEWHERE}
    assert empty <= {"reports.quiet", "voices.grade", "voices.graded"}
    told = b"\0".join(
        str(each.value).encode() if not isinstance(each.value, bytes) else each.value for each in found
    )
    assert not any(text.encode() in told for text in PLANTED)
    _opens_only_in_its_place(found, record)


def _opens_only_in_its_place(found: list[Cell], record: list[Sealing]) -> None:
    """Every sealed value was sealed for the table, column, workspace and row it stands in, and opens nowhere else."""
    done = {each.sealed: each for each in record}
    by_column: dict[str, list[Sealing]] = {name: [] for name in SEALED}
    for cell in found:
        if cell.column in SEALED and cell.value:
            _is_for(cell, done[cell.value].slot)
            by_column[cell.column].append(done[cell.value])
    unsealed = {name for name, done in by_column.items() if not done}
    assert {name.partition(".")[0] for name in unsealed} <= set(PLAYED_ELSEWHERE)
    every = [each for column in by_column.values() for each in column]
    for sealings in by_column.values():
        for each in sealings[:3]:
            unseal(each.key, each.slot, each.sealed)
            for wrong in (*_moved(each, every), *_changed(each)):
                with pytest.raises(UnsealError):
                    unseal(wrong.key, wrong.slot, wrong.sealed)


def _is_for(cell: Cell, slot: Slot) -> None:
    table, _, column = cell.column.partition(".")
    named = {"visit": "sealed"}.get(slot.column, slot.column.split()[0])
    assert (slot.table, named) == (table, column)
    assert slot.workspace in {str(WORKSPACE), ""}
    assert (slot.workspace == "") == (table == "keys")
    own = [cell.row[name] for name in ("id", "report", "holder") if name in cell.row]
    assert all(part in slot.row for part in own), cell.column
    assert own or table == "setups" or cell.row["week"].encode() == slot.row


def _moved(one: Sealing, every: list[Sealing]) -> Iterator[Sealing]:
    """The same bytes in another place, and the bytes of another place in this one."""
    for name in ("table", "column", "workspace"):
        yield replace(one, slot=replace(one.slot, **{name: getattr(one.slot, name) + "x"}))
    yield replace(one, slot=replace(one.slot, row=one.slot.row + b"x"))
    yield replace(one, slot=Slot(one.slot.column, one.slot.table, one.slot.workspace, one.slot.row))
    yield replace(one, key=bytes(32))
    for other in every:
        if other.sealed != one.sealed:
            yield replace(one, sealed=other.sealed)
            if other.slot != one.slot:
                yield replace(one, slot=other.slot)


def _changed(one: Sealing) -> Iterator[Sealing]:
    """The same value cut, lengthened, of another version, or with one bit turned in each of its parts."""
    size = len(one.sealed)
    for length in {0, 1, 8, 9, 20, 21, OVERHEAD - 1, OVERHEAD, size - 1} - {size}:
        yield replace(one, sealed=one.sealed[:length])
    yield replace(one, sealed=one.sealed + b"\0")
    for version in (0, 2, 255):
        yield replace(one, sealed=bytes([version]) + one.sealed[1:])
    for at in {0, 1, KEY_ID, KEY_ID + 1, KEY_ID + NONCE, OVERHEAD - TAG, size // 2, size - TAG, size - 1}:
        yield replace(one, sealed=one.sealed[:at] + bytes([one.sealed[at] ^ 0x40]) + one.sealed[at + 1 :])


async def test_a_column_that_nobody_knows_would_be_found(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        w.sql("ALTER TABLE watches ADD COLUMN note TEXT")
        assert columns(w.file) - set(INVENTORY) == {"watches.note"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("cases.sealed", b'{"assigned": "P1"}'),
        ("reports.body", b"\x01" + bytes(36 + 4095)),
        ("reports.body", "what was told"),
        ("desks.channel", "P1"),
        ("outbox.kind", "P1"),
        ("voices.token", b"P1"),
        ("reports.week", "2026-W48-2"),
        ("reports.expires", "2026-11-24"),
        ("audit.digest", b"P1"),
        ("messages.side", PLANTED[0]),
        ("upkeep.name", PLANTED[0]),
        ("posts.ref", PLANTED[0]),
    ],
)
def test_a_value_that_does_not_belong_there_would_be_found(column: str, value: object) -> None:
    assert not INVENTORY[column](value)
