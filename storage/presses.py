"""Presses as they come: each commit adds one row with all of them, and what they mean for voices is worked out later.

To put a voice in its place among many takes a page of its own, and there are as many places as there are people. A
journal takes one row whatever was pressed and however many stand, so that a press costs the same beside a million
voices, and nobody is answered sooner who changed nothing. It is emptied before anything else is done with voices.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator

from bot import records as r
from storage.columns import big, octets, table
from storage.packed import count

OF_VOICES = (r.CastVoice, r.MoveCount, r.CountVoices, r.MoveGrades, r.CloseWindow, r.Ungraded)
"""Changes and questions for which every voice has to be in its place."""

MOST = 20_000
"""Presses that wait at most: to put them in their places takes a fraction of a second, in which others wait."""

presses = table("presses", big("nth", key=True), octets("voices"))

_ADD = "INSERT INTO presses (nth, voices) SELECT coalesce(max(nth), 0) + 1, ? FROM presses"


def add(driver: sqlite3.Connection, voices: Iterable[r.CastVoice]) -> None:
    """Append these in one row, even if there are none. Raises TypeError for a voice not made of bytes."""
    driver.execute(_ADD, (b"".join([written(each) for each in voices]),))


def fold(driver: sqlite3.Connection) -> bool:
    """Put all that was pressed in its place, in the order in which it came; whether there was anything."""
    rows = driver.execute("SELECT voices FROM presses ORDER BY nth").fetchall()
    if rows:
        voices = [each for (row,) in rows for each in read(row)]
        count(driver, voices, open_of(driver, {each.window for each in voices}))
        driver.execute("DELETE FROM presses")
    return bool(rows)


def open_of(driver: sqlite3.Connection, windows: Collection[bytes]) -> set[bytes]:
    """Which of these windows are open."""
    marks = ", ".join("?" * len(windows))
    asked = f"SELECT id FROM windows WHERE length(secret) > 0 AND id IN ({marks})"  # noqa: S608 - question marks
    return {row[0] for row in driver.execute(asked, tuple(windows))}


def written(voice: r.CastVoice) -> bytes:
    """As long for who takes back as for who stands."""
    window, token, mark = voice.window, voice.token, voice.grade or b""
    return bytes((voice.stands, len(window), len(token), len(mark))) + window + token + mark


def read(row: bytes) -> Iterator[r.CastVoice]:
    """The voices of a row, in their order."""
    at = 0
    while at < len(row):
        stands, window, token, mark = row[at : at + 4]
        start = at + 4
        middle, end = start + window, start + window + token
        at = end + mark
        yield r.CastVoice(row[start:middle], row[middle:end], bool(stands), row[end:at] or None)
