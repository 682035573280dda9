"""Many voices in one statement of SQLite: their fields lie side by side in one value, which it cuts itself.

A statement for each voice would give up Python's lock and wait for it again as often as there are voices.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache

from bot.records import CastVoice

Shape = tuple[tuple[str, int], ...]
"""Columns in their order, each with the number of its bytes."""

Row = tuple[bytes, ...]

COLUMNS = ("window", "token", "grade")

KEY = 2
"""So many of the columns say which voice it is; those behind them are set together with its value."""


def count(driver: sqlite3.Connection, voices: Iterable[CastVoice], found: Collection[bytes]) -> None:
    """Keep the last of each voice's presses, where its window is among those `found` open.

    A voice that takes back what it never gave leaves no row. Raises TypeError for a voice not made of bytes.
    """
    last = {(each.window, each.token): each for each in voices if each.window in found}
    for stands, statement in ((True, _stand), (False, _take_back)):
        for shape, rows in _by_shape(_row(each) for each in last.values() if each.stands is stands).items():
            rows.sort()  # neighbours share pages
            driver.execute(statement(shape), (b"".join(map(b"".join, rows)),))


def _row(voice: CastVoice) -> Row:
    key = (voice.window, voice.token)
    return key if voice.grade is None else (*key, voice.grade)


def _by_shape(rows: Iterable[Row]) -> dict[Shape, list[Row]]:
    """Rows whose fields have the same lengths."""
    alike: dict[tuple[int, ...], list[Row]] = defaultdict(list)
    for row in rows:
        alike[tuple(map(len, row))].append(row)
    return {tuple(zip(COLUMNS, sizes, strict=False)): found for sizes, found in alike.items()}


@lru_cache
def _stand(shape: Shape) -> str:
    columns = ", ".join(name for name, _ in shape)
    also = "".join(f", {name} = excluded.{name}" for name, _ in shape[KEY:])
    return (
        f"INSERT INTO voices ({columns}, value, shown, moved) {_rows(shape)}"  # noqa: S608 - names of ours
        f" SELECT {columns}, 1, 0, 0 FROM rows WHERE true"
        f" ON CONFLICT (window, token) DO UPDATE SET value = 1{also}"
    )


@lru_cache
def _take_back(shape: Shape) -> str:
    also = "".join(f", {name} = rows.{name}" for name, _ in shape[KEY:])
    return (
        f"{_rows(shape)} UPDATE voices SET value = 0{also} FROM rows"  # noqa: S608 - names of ours
        " WHERE voices.window = rows.window AND voices.token = rows.token"
    )


def _rows(shape: Shape) -> str:
    """The rows that lie packed in the one parameter, as a table expression."""
    columns, at = [], 0
    for name, size in shape:
        columns.append(f"substr(?1, at + {at}, {size}) AS {name}")
        at += size
    return (
        f"WITH RECURSIVE places (at) AS (SELECT 1 UNION ALL SELECT at + {at} FROM places"  # noqa: S608 - the same
        f" WHERE at + {at} < length(?1)), rows AS (SELECT {', '.join(columns)} FROM places)"
    )
