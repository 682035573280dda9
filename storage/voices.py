"""The questions and changes of `bot.records` about how people stand, once for every database."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, or_, select, update

from bot import records as r
from storage import tables as t
from storage.changes import apply, insertion
from storage.queries import answer, found

ERASING = (r.MoveGrades,)
"""Changes after which nothing of what was there may be left in a file."""


@answer.register
def _ungraded(query: r.Ungraded, connection: Connection) -> tuple[r.VoiceRow, ...]:
    voice = t.voices.c
    differ = or_(voice.grade.is_distinct_from(voice.graded), voice.graded.is_(None))
    asked = select(voice.token, voice.value, voice.grade, voice.graded).where(
        voice.window == query.window, voice.moved == 1, differ
    )
    rows = connection.execute(asked)
    return tuple(r.VoiceRow(token, bool(value), grade, graded) for token, value, grade, graded in rows)


@answer.register
def _support_of(query: r.SupportOf, connection: Connection) -> r.SupportRow | None:
    return next(iter(found(connection, r.SupportRow, t.supports.c.window == query.window)), None)


@answer.register
def _walls(_: r.Walls, connection: Connection) -> tuple[r.WindowRow, ...]:
    return found(connection, r.WindowRow, t.windows.c.kind == "wall")


@apply.register
def _move_grades(change: r.MoveGrades, connection: Connection) -> bool:
    given = t.values(change.row)
    fresh = insertion(connection)(t.supports).values(given)
    connection.execute(fresh.on_conflict_do_update(index_elements=[t.supports.c.window], set_=given))
    mine = (t.voices.c.window == change.row.window, t.voices.c.token == bindparam("mine"))
    marked = update(t.voices).where(*mine).values(graded=bindparam("mark"))
    if change.marks:
        connection.execute(marked, [{"mine": token, "mark": mark} for token, mark in change.marks])
    return True
