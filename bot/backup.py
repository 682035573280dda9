"""Backups: every row that a restore needs, sealed, with a hash of each table; no key, token, or secret of presses."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from bot.archive import Sealer, unsealed
from bot.envelope import key_id
from bot.errors import Misconfigured
from bot.keys import Keyring, sync_folder
from bot.ports import Clock, Random
from bot.records import KeyRow

Row = Sequence[Any]
"""One row as the database has it: numbers, texts, bytes and None."""

Progress = Callable[[int, int], None]
"""Is told how many rows are done, and of how many."""


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table on its way into a backup or out of one, its rows in the order of their keys."""

    name: str
    columns: tuple[str, ...]
    rows: Iterable[Row]


@dataclass(frozen=True, slots=True)
class Rows:
    """A whole store on its way into a backup or out of one: of which revision, how many rows, and the tables."""

    revision: str
    count: int
    tables: Iterable[TableRows]


ReadAll = Callable[[Callable[[Rows], None]], Awaitable[None]]
"""Lets somebody read a whole store as it is at one moment."""


@dataclass(slots=True)
class _Sum:
    rows: int = 0
    hash: Any = field(default_factory=sha256)

    def add(self, line: bytes) -> None:
        self.rows += 1
        self.hash.update(line)

    def told(self) -> dict[str, Any]:
        return {"rows": self.rows, "sha256": self.hash.hexdigest()}


class Backup:
    """A backup on its way into a new file. Raises Misconfigured if there is one already."""

    def __init__(self, path: Path, root: bytes, clock: Clock, random: Random, progress: Progress) -> None:
        if path.exists():
            raise Misconfigured(
                f"There is a file at {path} already, and it was left as it is. Please name a new one."
            )
        self._path = path
        self._root = root
        self._clock = clock
        self._random = random
        self._progress = progress
        self.rows = 0

    async def make(self, read_all: ReadAll) -> None:
        """Write all of a store. Raises Misconfigured, and leaves nothing, where that fails or the key is not its."""
        part = self._path.with_name(f"{self._path.name}.part")

        def write(rows: Rows) -> None:
            try:
                self._keep(part, rows)
            except OSError as error:
                raise Misconfigured(
                    f"The backup cannot be written to {self._path}: {error.strerror}. Nothing was kept."
                ) from error

        try:
            await read_all(write)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _keep(self, part: Path, rows: Rows) -> None:
        part.unlink(missing_ok=True)  # of one that was killed, or a link that somebody else laid there
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - a descriptor
            self._write(out, rows)
            out.flush()
            os.fsync(out.fileno())
        part.rename(self._path)
        sync_folder(self._path.parent)

    def _write(self, out: BinaryIO, rows: Rows) -> None:
        sealer, sums = Sealer(out, self._root, self._random), dict[str, _Sum]()
        made = self._clock.now().isoformat(timespec="minutes")
        sealer.write(_line({"revision": rows.revision, "made": made}))
        for table in rows.tables:
            sums[table.name] = _Sum()
            sealer.write(_line({"table": table.name, "columns": table.columns}))
            for row in self._checked(table):
                line = _line([_told(value) for value in row])
                sums[table.name].add(line)
                sealer.write(line)
                self.rows += 1
                self._progress(self.rows, rows.count)
        sealer.write(_line({"manifest": {name: each.told() for name, each in sums.items()}}))
        sealer.finish()

    def _checked(self, table: TableRows) -> Iterable[Row]:
        """The rows; the server's keys only if this root opens them: else nobody could restore the backup."""
        if table.name != "keys":
            return table.rows
        rows = list(table.rows)
        Keyring.open(self._root, key_rows(table.columns, rows), self._random)
        return rows


def needs(root: bytes, folders: tuple[Path, Path]) -> list[str]:
    """What a restore needs beside the backup, for the operator: without it there is no backup."""
    return [
        f"No key is in it. A restore needs the root key with the id {key_id(root).hex()}, and one of the folders",
        f"{folders[0]} and {folders[1]} as they are then. Without these, this file is no backup.",
    ]


def key_rows(columns: Sequence[str], rows: Iterable[Row]) -> tuple[KeyRow, ...]:
    """The server's keys among what a backup holds; what a newer version says of them besides is left out."""
    known = {each.name for each in fields(KeyRow)}
    named = (dict(zip(columns, row, strict=True)) for row in rows)
    return tuple(KeyRow(**{name: value for name, value in row.items() if name in known}) for row in named)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a backup says of itself at its beginning."""

    revision: str
    made: datetime


def read(file: BinaryIO, root: bytes, take: Callable[[TableRows], None]) -> Opened:
    """Read a backup from its beginning to its end, table by table. Raises Misconfigured unless all of it is whole.

    Until it returns, nothing that was read may be trusted to be all.
    """
    lines = _lines(unsealed(file, root))
    first, sums = json.loads(next(lines)), dict[str, _Sum]()
    opened = Opened(first["revision"], datetime.fromisoformat(first["made"]))
    head = json.loads(next(lines))
    while "manifest" not in head:
        mine = sums[head["table"]] = _Sum()
        rest: list[Any] = []
        rows = _rows(lines, mine, rest)
        take(TableRows(head["table"], tuple(head["columns"]), rows))
        for _ in rows:
            pass
        head = rest[0]
    if head["manifest"] != {name: each.told() for name, each in sums.items()} or any(True for _ in lines):
        raise Misconfigured("This backup does not hold what its manifest says. Nothing was restored.")
    return opened


def _rows(lines: Iterator[bytes], mine: _Sum, rest: list[Any]) -> Iterator[Row]:
    """The rows of one table, counted and hashed; the line behind them goes to `rest`."""
    for line in lines:
        found = json.loads(line)
        if isinstance(found, dict):
            rest.append(found)
            return
        mine.add(line)
        yield [_value(each) for each in found]
    raise Misconfigured("This backup ends in the middle. Nothing was restored.")


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    waiting = b""
    for chunk in chunks:
        *whole, waiting = (waiting + chunk).split(b"\n")
        for each in whole:
            yield each + b"\n"


def _line(said: Any) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def _told(value: Any) -> Any:
    return [b64encode(value).decode()] if isinstance(value, bytes) else value


def _value(told: Any) -> Any:
    return b64decode(told[0]) if isinstance(told, list) else told
