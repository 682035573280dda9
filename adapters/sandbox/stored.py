"""What is stored, for the visitor's own eyes: the rows, and a search through them and the files' bytes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class TableDump(Protocol):
    """One table of the store as strings."""

    @property
    def table(self) -> str:
        """Its name."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """Its columns."""
        ...

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """Its rows, each value as text; bytes in hex or base64."""
        ...


SHORTEST = 5
"""Characters a search needs: fewer would stand somewhere in any ciphertext by chance."""

Rows = Callable[[], Awaitable[Sequence[TableDump]]]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a text was found (table and column, or a file) and how it stood there; how much was searched."""

    places: tuple[tuple[str, str], ...]
    tables: int
    rows: int
    files: int
    size: int


def spellings(text: str) -> dict[str, tuple[bytes, ...]]:
    """A text in the shapes in which something stored could still be it, by the name of the shape."""
    raw = text.encode()
    digests = [hashlib.new(name, raw, usedforsecurity=False).digest() for name in ("md5", "sha1", "sha256")]
    digests.append(hashlib.blake2b(raw).digest())
    return {
        "as it is": (raw, text.encode("utf-16-le")),
        "in hex": _hexes(raw),
        "in base64": _base64s(raw),
        "as a plain hash": tuple(
            shape for each in digests for shape in (each, *_hexes(each), base64.b64encode(each).rstrip(b"="))
        ),
    }


def _hexes(raw: bytes) -> tuple[bytes, bytes]:
    return raw.hex().encode(), raw.hex().upper().encode()


def _base64s(raw: bytes) -> tuple[bytes, ...]:
    """At each of the three offsets, without the characters that neighbouring bytes would change."""
    shapes = []
    for offset, mixed in enumerate((0, 2, 3)):
        encoded = base64.b64encode(bytes(offset) + raw)
        shapes.append(encoded[mixed : (offset + len(raw)) * 8 // 6])
    url_safe = bytes.maketrans(b"+/", b"-_")
    return (*shapes, *(each.translate(url_safe) for each in shapes))


def search(text: str, tables: Iterable[TableDump], files: Iterable[Path]) -> Found:
    """Look for a text in every value of every row and in every byte of the files."""
    shapes = spellings(text)
    tables = tuple(tables)
    contents = [(path.name, path.read_bytes()) for path in files if path.is_file()]
    places = {
        (where, how): None
        for where, content in (*_values(tables), *contents)
        for how, variants in shapes.items()
        if any(each in content for each in variants)
    }
    rows = sum(len(each.rows) for each in tables)
    return Found(tuple(places), len(tables), rows, len(contents), sum(len(each) for _, each in contents))


def _values(tables: Iterable[TableDump]) -> Iterable[tuple[str, bytes]]:
    for dump in tables:
        for row in dump.rows:
            for column, value in zip(dump.columns, row, strict=True):
                yield f"{dump.table}.{column}", value.encode()
