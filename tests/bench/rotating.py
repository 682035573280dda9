"""Changing keys: every data key of a month wrapped anew, beside the same cryptography and one plain transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from os import urandom
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot import sealing
from bot.envelope import VERSION, key_id, seal
from bot.means import Means
from bot.records import ReportKeyRow
from bot.rotation import Rotation
from tests.bench.measure import Figure
from tests.bench.place import place
from tests.storage import rows

KEYS = 100_000
MONTH = "2028-11"
HOLDERS = 100
"""Keys of one report here."""

WRAPPED = 1200
"""Bytes of a data key that is sealed to somebody, about."""


async def _filled(means: Means, file: Path, keys: int) -> None:
    key = means.months.key(MONTH)
    for _ in range(max(1, keys // HOLDERS)):
        report = rows.report()
        await means.store.write(rows.filing(report))
        made = [ReportKeyRow(report.id, rows.new_id(), urandom(WRAPPED)) for _ in range(min(HOLDERS, keys))]
        values = [
            (
                report.id,
                each.holder,
                seal(key, sealing.WRAPPED.slot(each, report.workspace), each.wrapped, means.random),
            )
            for each in made
        ]
        with closing(sqlite3.connect(file, timeout=30)) as database, database:
            database.executemany("INSERT INTO report_keys VALUES (?, ?, ?)", values)


def _plainly(file: Path, keys: int) -> float:
    """The least it could take: unwrap and wrap in memory, and one transaction without a look at anything."""
    old, new = AESGCM(urandom(32)), AESGCM(urandom(32))
    given = [
        (n.to_bytes(16), nonce := urandom(12), old.encrypt(nonce, urandom(WRAPPED), b"")) for n in range(keys)
    ]
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE wrapped (id BLOB PRIMARY KEY, nonce BLOB, sealed BLOB) WITHOUT ROWID")
        database.execute("BEGIN")
        database.executemany("INSERT INTO wrapped VALUES (?, ?, ?)", given)
        database.execute("COMMIT")
        began = perf_counter()
        fresh = []
        for known, nonce, sealed in given:
            other = urandom(12)
            fresh.append((other, new.encrypt(other, old.decrypt(nonce, sealed, b""), b""), known))
        database.execute("BEGIN")
        database.executemany("UPDATE wrapped SET nonce = ?, sealed = ? WHERE id = ?", fresh)
        database.execute("COMMIT")
        return perf_counter() - began


async def run(folder: Path, *, keys: int = KEYS) -> list[Figure]:
    """Once each: there is enough of it."""
    async with place(folder) as here:
        await _filled(here.means, here.file, keys)
        old = here.means.months.key(MONTH)
        began = perf_counter()
        await Rotation(here.means).rotate(lambda _done, _total: None)
        ours = perf_counter() - began
        assert here.means.months.key(MONTH) != old
        _all_under(here.means, here.file, keys)
    plainly = _plainly(folder / "plain.db", keys)
    beside = {
        "ours: s": round(ours, 2),
        "plain: s": round(plainly, 2),
        "ours: keys a second": round(keys / ours),
    }
    return [
        Figure(
            f"{keys:,} data keys wrapped anew, time ÷ the same without a look at anything",
            ours / plainly,
            beside=beside,
        )
    ]


def _all_under(means: Means, file: Path, keys: int) -> None:
    prefix = VERSION + key_id(means.months.key(MONTH))
    with closing(sqlite3.connect(file)) as look:
        asked = "SELECT count(*) FROM report_keys WHERE substr(wrapped, 1, ?) = ?"
        assert look.execute(asked, (len(prefix), prefix)).fetchone() == (keys,)
