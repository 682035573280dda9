"""The search through what is stored finds a text in every shape in which it could lie there, and says so."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.sandbox.stored import search

TEXT = "person-017 wrote ü"
RAW = TEXT.encode()


@dataclass(frozen=True)
class Dump:
    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


PLANTED = {
    "as it is": [RAW, TEXT.encode("utf-16-le")],
    "in hex": [RAW.hex().encode(), RAW.hex().upper().encode()],
    "in base64": [
        base64.b64encode(b"x" * before + RAW + b"y" * after) for before in range(3) for after in range(3)
    ]
    + [base64.urlsafe_b64encode(b"??" + RAW)],
    "as a plain hash": [
        shape
        for name in ("md5", "sha1", "sha256", "blake2b")
        for digest in [hashlib.new(name, RAW, usedforsecurity=False).digest()]
        for shape in (digest, digest.hex().encode(), base64.b64encode(digest))
    ],
}


@pytest.mark.parametrize(("how", "planted"), [(how, each) for how, some in PLANTED.items() for each in some])
def test_a_planted_text_is_found_in_a_file(tmp_path: Path, how: str, planted: bytes) -> None:
    path = tmp_path / "metoo.db"
    path.write_bytes(bytes(range(256)) + planted + bytes(range(256)))
    found = search(TEXT, (), (path,))
    assert ("metoo.db", how) in found.places
    assert (found.files, found.size) == (1, 512 + len(planted))


def test_a_planted_text_is_found_in_a_row_and_named_by_table_and_column() -> None:
    dump = Dump("reports", ("id", "body"), (("00ff", "none"), ("00fe", f"… {RAW.hex()} …")))
    found = search(TEXT, (dump,), ())
    assert found.places == (("reports.body", "in hex"),)
    assert (found.tables, found.rows) == (1, 2)


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    path.write_bytes(b"person-018 wrote u" * 100)
    dump = Dump("reports", ("id",), (("person-0 17",),))
    assert search(TEXT, (dump,), (path, tmp_path / "not-there")).places == ()
