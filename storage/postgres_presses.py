"""The journal of presses on PostgreSQL: one row for each commit, whichever process commits (see `storage.presses`).

A row is named by the number of its transaction. Whoever was answered and presses again gets a greater number, in any
process; of presses that nobody answered yet, either may count last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from bot.records import CastVoice, Change, CountVoices
from storage.postgres_attempts import MARK
from storage.postgres_locks import TOGETHER
from storage.postgres_voices import COUNT, arrays
from storage.presses import read, written
from storage.session import Took

FOLD: Change = CountVoices(b"", "", "", 0)
"""Changes nothing, and like all that is about voices it lets the journal be worked off first."""

_NUMBER = "pg_current_xact_id()::text::bigint"

_ADD = f"""
INSERT INTO presses AS p (nth, voices) SELECT {_NUMBER}, %b::bytea WHERE %b::bigint = (
  SELECT count(*) FROM windows WHERE id = ANY(%b::bytea[]) AND length(secret) > 0
)
ON CONFLICT (nth) DO UPDATE SET voices = p.voices || excluded.voices RETURNING nth
"""  # noqa: S608 - a text of ours
"""Append to what this transaction added, if so many of these windows are open. It always writes, so it always syncs."""

_OPEN = "SELECT id FROM windows WHERE id = ANY(%b::bytea[]) AND length(secret) > 0"

_TAKE = "DELETE FROM presses RETURNING nth, voices"


async def press(driver: Any, voices: Sequence[CastVoice], attempt: tuple[bytes, int]) -> tuple[str, Took]:
    """Begin a transaction that adds voices, beside others: its number, and which took effect.

    `driver` is psycopg's connection. All statements go in one message, and each is read once.
    """
    async with driver.pipeline():
        await driver.execute(TOGETHER, prepare=True)
        await driver.execute(MARK, attempt, prepare=True)
        added = await driver.execute(_ADD, _row(voices, windows := _windows(voices)), prepare=True)
    number = await added.fetchone()
    if number:
        return str(number[0]), (True,) * len(voices)
    found = {each for (each,) in await (await driver.execute(_OPEN, (windows,))).fetchall()}
    kept = [each for each in voices if each.window in found]
    added = await driver.execute(_ADD, _row(kept, _windows(kept)))
    number = await added.fetchone()
    return str(number[0]), tuple(each.window in found for each in voices)


def cast(core: Connection, voices: Sequence[CastVoice]) -> Took:
    """The same among other changes."""
    found = set(core.exec_driver_sql(_OPEN, (_windows(voices),)).scalars())
    kept = [each for each in voices if each.window in found]
    core.exec_driver_sql(_ADD, _row(kept, _windows(kept)))
    return tuple(each.window in found for each in voices)


def fold(core: Connection) -> bool:
    """Put all that was pressed in its place; whether there was anything. Only one transaction may at a time."""
    rows = sorted(map(tuple, core.exec_driver_sql(_TAKE)))
    voices = [each for _, row in rows for each in read(row)]
    if voices:
        core.exec_driver_sql(COUNT, tuple(arrays(voices)))
    return bool(rows)


def _windows(voices: Sequence[CastVoice]) -> list[bytes]:
    return list({each.window for each in voices})


def _row(voices: Sequence[CastVoice], windows: list[bytes]) -> tuple[bytes, int, list[bytes]]:
    """Raises TypeError for a voice not made of bytes."""
    return b"".join([written(each) for each in voices]), len(windows), windows
