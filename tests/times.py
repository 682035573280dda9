"""Which columns of the store may hold a time, how exact it may be, and which ones do."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.tables import METADATA, Moment

TIMES = {
    "workspaces.since: a moment": "when the workspace began to be served",
    "reports.week: a week": "the week of writing, and nothing finer",
    "reports.expires: a month": "of the key that ends it, about two years later",
    "reports.delivered: a moment": "when its card was posted, after the random delay",
    "reports.opened: a moment": "what a handler did",
    "reports.reviewing: a moment": "what a handler did",
    "reports.closed: a moment": "what a handler did",
    "reports.quiet: a week": "random: one to three weeks after a desk opened the match that it is part of",
    "reports.held: a moment": "when a legal hold was laid on it, not by its writer",
    "messages.week: a week": "the week of writing, and nothing finer",
    "messages.at: a moment": "when a handler wrote it, or when a desk got it after the random delay",
    "outbox.due: a moment": "random, and erased with its row",
    "posts.ref: a moment": "the platform's id of a post of ours, which arrives late as all posts do",
    "windows.opens: a moment": "a wall's is fixed, a statement's is random weeks after the report arrived",
    "windows.closes: a moment": "thirty days after that",
    "counters.week: a week": "in which a shown count moved, which it does in batches",
    "digests.week: a week": "that a digest is about",
    "watches.reminded: a moment": "the day on which a desk was reminded, which every desk with open cases is",
    "audit.at: a moment": "what a handler did",
    "trees.week: a week": "that a digest's proof is about; every week has one, and of one size",
    "endings.seen: a moment": "when a handler closed it",
    "endings.due: a moment": "months after a handler closed it, and random",
    "endings.warned: a moment": "when its desk was told that it ends",
    "upkeep.at: a moment": "when retention last ran, which it does by itself",
    "keys.made: a week": "in which a key of the server was made",
    "tickets.until: a moment": "ten minutes after an admin began to install the app, and erased with its row",
    "leaves.week: a week": "the week of writing, and nothing finer; a leaf leads to no report",
}
"""Every column that may hold a time, and why it may. One that is new needs a reason that harms no reporter."""

_TIMES = {
    "a week": re.compile(rb"20\d\d-W[0-5]\d"),
    "a month": re.compile(rb"20\d\d-[01]\d"),
    "a moment": re.compile(
        rb".*(?<!\d)(20\d\d-?(W[0-5]|[01])\d(?!\d{3})|1[7-9]\d{8}(\d{3})?(?!\d)).*", re.DOTALL
    ),
}
"""What a whole value reads like; last, a day or more in whatever stands around it, or seconds since 1970."""


def columns_of_moments() -> set[str]:
    """The columns that are made for a moment."""
    every = (column for table in METADATA.tables.values() for column in table.c)
    return {f"{each.table.name}.{each.name}: a moment" for each in every if isinstance(each.type, Moment)}


def columns_with_times(path: Path) -> set[str]:
    """The columns of a database in which something stands that reads like a time, and how exact it is."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            f"{table}.{column}: {time}"
            for table in tables
            for row in database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a table's own name
            for column in row.keys()  # noqa: SIM118 - a Row iterates over its values
            if (time := _time(row[column]))
        }


def _time(value: object) -> str:
    raw = value if isinstance(value, bytes) else str(value).encode()
    return next((name for name, form in _TIMES.items() if form.fullmatch(raw)), "")
