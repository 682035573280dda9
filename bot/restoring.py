"""Restoring a backup: checked whole before anything is written, and without what was erased since it was made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bot import anonymity, archive, backup
from bot.backup import Row, TableRows
from bot.erased import Erased, mark
from bot.errors import Misconfigured
from bot.keys import Keyring, Purpose
from bot.months import Months
from bot.ports import Clock, Random
from bot.records import KeyRow

Take = Callable[[TableRows], None]

Build = Callable[[str, Callable[[Take], None]], Awaitable[None]]
"""Makes a store of a revision out of the tables that it is handed, all or nothing."""

_KEPT = {"posts", "windows"}
"""Tables in which something about an erased report stays, as it does when one is erased: our posts and the numbers."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it: when the backup was made, how many reports it had, how many were left out, what is missing.

    `months` are those whose key is not there, so that reports which expire in them cannot be opened.
    """

    made: datetime
    reports: int
    left_out: int
    months: tuple[str, ...]


def account(found: Restored, store: str) -> list[str]:
    """What came of a restore, for the operator."""
    kept = found.reports - found.left_out
    said = [
        f"Restored {store} as it was on {found.made:%Y-%m-%d %H:%M} UTC. Start metoo as usual.",
        f"Reports: {kept} of {found.reports}; {found.left_out} were erased or have expired since.",
        "What was open for pressing when the backup was made is closed; its numbers stay.",
    ]
    if found.months:
        said.append(
            f"Missing in both folders of keys.perishable: the keys of {', '.join(found.months)}. Reports that expire in"
            " these months cannot be opened until the keys are back."
        )
    return said


@dataclass(slots=True)
class _Seen:
    """What has to be known of a backup before any of it is written."""

    keys: tuple[KeyRow, ...] = ()
    reports: dict[bytes, str] = field(default_factory=dict)
    messages: dict[bytes, bytes] = field(default_factory=dict)

    def take(self, table: TableRows) -> None:
        """Look at one table."""
        if table.name == "keys":
            self.keys = backup.key_rows(table.columns, table.rows)
        elif table.name == "reports":
            self.reports = dict(_picked(table, "id", "expires"))
        elif table.name == "messages":
            self.messages = dict(_picked(table, "id", "report"))


def without_key(path: Path, error: Misconfigured) -> Misconfigured:
    """The error of somebody who has no root key here, with the one that this backup needs."""
    try:
        with path.open("rb") as file:
            wanted = archive.needed(file).hex()
    except OSError as unread:
        return _unread(path, unread)
    return Misconfigured(
        f"{error}\nThis backup needs the root key with the id {wanted}, and no new one: put back the copy that you"
        " kept, or make its file of two sheets of paper (metoo keys from-paper FILE)."
    )


async def restore(
    path: Path,
    root: bytes,
    folders: tuple[Path, Path],
    build: Build,
    *,
    clock: Clock,
    random: Random,
    list_lost: bool = False,
) -> Restored:
    """Check a backup from end to end, then make a store of it. Raises Misconfigured, and has written nothing then.

    Without the list of what was erased only if that is said to be lost.
    """
    seen = _Seen()
    opened = _read(path, root, seen.take)
    months = _months(root, seen.keys, folders, random)
    held, marks = set(months.there()), _marks(folders, seen, lost=list_lost)
    now = clock.now()
    gone = {
        report
        for report, expires in seen.reports.items()
        if mark(report) in marks or (expires not in held and expires < anonymity.month_of(now))
    }
    ids = gone | {message for message, report in seen.messages.items() if report in gone}
    again = _Refresh(opened.made, now, random)

    def fill(take: Take) -> None:
        _read(path, root, lambda table: take(_without(again.look(table), ids)))
        take(again.rows())

    await build(opened.revision, fill)
    left = {expires for report, expires in seen.reports.items() if report not in gone}
    return Restored(opened.made, len(seen.reports), len(gone), tuple(sorted(left - held)))


def _read(path: Path, root: bytes, take: Take) -> backup.Opened:
    try:
        with path.open("rb") as file:
            return backup.read(file, root, take)
    except OSError as error:
        raise _unread(path, error) from error


def _unread(path: Path, error: OSError) -> Misconfigured:
    return Misconfigured(f"The backup {path} cannot be read: {error.strerror}.")


def _marks(folders: tuple[Path, Path], seen: _Seen, *, lost: bool) -> frozenset[bytes]:
    """What must not come back. Raises Misconfigured where no list of it is there, or none that can be read."""
    erased = Erased(folders)
    if seen.reports and not erased.there() and not lost:
        raise Misconfigured(
            f"The list of what was erased is missing in {folders[0]} and {folders[1]}, so nothing was restored: what"
            " people took back would be there again. Put back one of the two files erased.list. If both are lost for"
            " good: metoo restore --list-lost FILE"
        )
    return erased.marks()


def _months(root: bytes, keys: tuple[KeyRow, ...], folders: tuple[Path, Path], random: Random) -> Months:
    """The folders beside the store, which a restore needs: they know what was erased. Raises Misconfigured."""
    keyring, _ = Keyring.open(root, keys, random)
    if Purpose.MONTHS not in {row.purpose for row in keys}:
        raise Misconfigured(
            "A key inside this backup is missing, so nothing was restored. Please take another one."
        )
    wrap, older = keyring.key(Purpose.MONTHS), keyring.older(Purpose.MONTHS)
    months = Months(folders, wrap, random, older)
    try:
        months.mark(fresh=False)
    except Misconfigured as error:
        raise Misconfigured(
            f"{error} If metoo keys retire was run since this backup was made, it cannot be restored any more: take one"
            " from after metoo keys rotate."
        ) from error
    return months


def _without(table: TableRows, ids: set[bytes]) -> TableRows:
    """A table without the rows that belong to what was erased."""
    if table.name in _KEPT:
        return table
    kept = (row for row in table.rows if not any(value in ids for value in row if isinstance(value, bytes)))
    return TableRows(table.name, table.columns, kept)


class _Refresh:
    """Posts about windows that were open when a backup was made: restored, they are closed and have to say so."""

    def __init__(self, made: datetime, now: datetime, random: Random) -> None:
        self._made = int(made.timestamp())
        self._now = int(now.timestamp())
        self._random = random
        self._rows: list[tuple[Any, ...]] = []

    def look(self, table: TableRows) -> TableRows:
        """See which windows were open, as they pass."""
        if table.name != "windows":
            return table
        return TableRows(table.name, table.columns, self._noted(table.columns, table.rows))

    def _noted(self, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            window = dict(zip(columns, row, strict=True))
            if window["closes"] > self._made:
                about = (window["kind"], window["subject"], window["workspace"])
                self._rows.append((self._random.randbytes(16), *about, self._now))
            yield row

    def rows(self) -> TableRows:
        """What has to wait to be posted."""
        return TableRows("outbox", ("id", "kind", "subject", "workspace", "due"), self._rows)


def _picked(table: TableRows, *names: str) -> Iterator[tuple[Any, Any]]:
    one, other = (table.columns.index(name) for name in names)
    return ((row[one], row[other]) for row in table.rows)
