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
from bot.envelope import KEY_ID, NONCE, TAG, Slot, unseal
from bot.errors import UnsealError
from bot.model import Card
from bot.ports import Random
from tests.bot.filed import pick, upload
from tests.bot.letterbox import (
    HANDLER,
    HOURS,
    WRITER,
    answer,
    close,
    come_back,
    deliver,
    fill_in,
    keep,
    read,
    withdraw,
)
from tests.world import WORKSPACE, World, card, world

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


def moment(value: Any) -> bool:
    return isinstance(value, int) and 1_700_000_000 < value < 2_200_000_000


ID, HASH, TOKEN = has(16), has(32), has(16)
WEEK, MONTH, DAY = matches(r"20\d\d-W\d\d"), matches(r"20\d\d-\d\d"), matches(r"|20\d\d-\d\d-\d\d")
PLACE, CHANNEL = matches(re.escape(str(WORKSPACE))), one_of("hr-desk", "ombuds", "solidarity", "general")
KIND = one_of(
    *("report", "note", "moved", "erase", "escalated", "gone", "endings", "vanish", "readers", "reminder"),
    *("wall", "statement", "digest"),
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
    "posts.ref": matches(r"\w{0,32}"),
    "posts.shown": HASH if vault.TOKEN == 32 else TOKEN,
    "windows.id": ID,
    "windows.workspace": PLACE,
    "windows.kind": one_of("wall", "statement"),
    "windows.subject": ID,
    "windows.secret": sealed(32),
    "windows.opens": moment,
    "windows.closes": moment,
    "windows.shown": number(99),
    "windows.about": sealed(64),
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
    "digests.numbers": sealed(blocks_of=1024),
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
    "alembic_version.version_num": matches(r"\d{4}"),
}
"""What each column may hold, checked on every value that a run of everything writes."""

EMPTY = {"windows.secret": b""}
"""Columns that are emptied, and how: a window that has closed has no secret."""

SEALED = sorted(name for name, check in INVENTORY.items() if check.__qualname__.startswith("sealed."))
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


async def _tell(w: World) -> None:
    """A report with a file that is shared, read, answered, worked on and closed; and one that goes on."""
    preview = await w.write(WRITER, text=PLANTED[0], share="yes", named=("P9",))
    preview = card(await w.press(WRITER, preview, "Add a file"))
    await pick(w, WRITER, preview, "x") if preview.choices else None
    await upload(b"").read()


@pytest.fixture(scope="module")
def recorded() -> list[Sealing]:
    return []


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> list[Sealing]:
    """Every sealing under a key that is done."""
    done: list[Sealing] = []

    def watched(key: bytes, slot: Slot, plain: bytes, random: Random) -> bytes:
        found = seal(key, slot, plain, random)
        done.append(Sealing(key, slot, found))
        return found

    seal = vault.seal
    monkeypatch.setattr(vault, "seal", watched)
    monkeypatch.setattr(keys, "seal", watched)
    return done
