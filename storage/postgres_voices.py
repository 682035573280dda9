"""Many voices in one statement of PostgreSQL: their fields come side by side as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.records import CastVoice

COUNT = """
WITH opened AS MATERIALIZED (
  SELECT id FROM windows WHERE id = ANY(%b::bytea[]) AND length(secret) > 0
), given AS (
  SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::int[], %b::bytea[]) AS g ("window", token, stands, grade)
  WHERE "window" IN (SELECT id FROM opened)
), counted AS (
  INSERT INTO voices AS v ("window", token, value, shown, moved, grade)
  SELECT "window", token, stands, 0, 0, grade FROM given
  WHERE stands = 1 OR EXISTS (
    SELECT FROM voices AS w WHERE w."window" = given."window" AND w.token = given.token
  )
  ORDER BY "window", token
  ON CONFLICT ("window", token) DO UPDATE SET value = excluded.value, grade = coalesce(excluded.grade, v.grade)
)
SELECT array_agg(id) FROM opened
"""
"""Counts the voices whose window is open, and says which windows are.

Ordered, so that two transactions never wait for each other. A voice that takes back what it never gave leaves no row.
"""


def arrays(voices: Sequence[CastVoice]) -> list[Any]:
    """The parameters of `COUNT`; of each voice only its last press. Raises TypeError for one not made of bytes."""
    last = {(each.window, each.token): each for each in voices}
    rows = sorted(last)
    for parts in rows:
        _must_be_bytes(*parts)
    stands = [int(last[row].stands) for row in rows]
    grades = [last[row].grade for row in rows]
    _must_be_bytes(*(each for each in grades if each is not None))
    windows = [window for window, _ in rows]
    return [list({*windows}), windows, [token for _, token in rows], stands, grades]


def _must_be_bytes(*values: object) -> None:
    for each in values:
        if not isinstance(each, bytes):
            raise TypeError("a voice is made of bytes")
