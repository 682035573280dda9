"""Proof of filing: commitments to records, and what one record can show once a digest carries them.

The format is fixed and written down in deploy/proof-format.md, with vectors in tests/bot/vectors.json.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bot.account import UNSAID, Account
from bot.anonymity import monday_of
from bot.envelope import derive
from bot.errors import MetooError
from bot.tree import HASH, climb, path, root

VERSION = 1
"""The version of the format; another layout or hash gets another number."""

MOST = 16 * 1024
"""Bytes beyond which a file is no proof: one of a tree of 4,096 has about 1,200."""

_NONCE = 16
_SHORTEST, _LONGEST = 12, 32
_COMMITMENT = b"metoo commitment v1"
_FIELDS = {"version", "week", "opening", "record", "index", "path", "root"}


class Unreadable(MetooError):
    """What should be a proof or a root is none; the sentence says why."""


@dataclass(frozen=True, slots=True, repr=False)
class Commitment:
    """To one record: `opening` (32 bytes) hides it in its leaf, `record` is the SHA-256 of its text."""

    opening: bytes
    record: bytes

    @property
    def leaf(self) -> bytes:
        """The 32 bytes that stand in the tree; they say nothing to anybody without the opening."""
        return sha256(_COMMITMENT + self.opening + self.record).digest()


def commitment(seed: bytes, report: bytes, account: Account) -> Commitment:
    """The commitment to an account as it was filed, from the seed of its mailbox: whoever has the words has it."""
    opening = derive(seed, "metoo proof opening v1", HASH, report)
    return Commitment(opening, sha256(record_text(seed, report, account)).digest())


def record_text(seed: bytes, report: bytes, account: Account) -> bytes:
    """The record as its digest covers it: a line for each thing that was said, an empty line, then the text.

    The nonce is there so that nobody who has read the report can tell from a proof alone which one it is.
    """
    nonce = derive(seed, "metoo proof record v1", _NONCE, report).hex()
    said = (("kind", account.category), ("when", account.when), ("who tells", account.teller))
    lines = [f"metoo record {VERSION}", f"nonce: {nonce}"]
    lines += [f"{name}: {_line(value)}" for name, value in said if value != UNSAID]
    lines += [f"person named: {_line(each)}" for each in account.named]
    lines += [f"file: {each.digest}" for each in account.files]
    if (quoted := account.quoted) is not None:
        shown = (("message by", quoted.author), ("message at", quoted.link), ("message", quoted.text))
        lines += [f"{name}: {_line(value)}" for name, value in shown if value]
    return "\n".join([*lines, "", account.text]).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True, repr=False)
class Proof:
    """That a record with this digest existed when the digest of this week was made, and nothing else."""

    week: str
    opening: bytes
    record: bytes
    index: int
    path: tuple[bytes, ...]
    root: bytes

    @classmethod
    def of(cls, mine: Commitment, week: str, leaves: bytes) -> Proof | None:
        """The proof of a commitment by a week's tree; None if that tree does not carry it."""
        found = path(leaves, mine.leaf)
        return cls(week, mine.opening, mine.record, *found, root(week, leaves)) if found else None

    @property
    def leads_to(self) -> bytes:
        """The root that follows from everything else in it."""
        return climb(self.week, Commitment(self.opening, self.record).leaf, self.index, self.path)

    def to_json(self) -> str:
        """As text, to keep and to show."""
        said: dict[str, Any] = {
            "version": VERSION,
            "week": self.week,
            "opening": self.opening.hex(),
            "record": self.record.hex(),
            "index": self.index,
            "path": [each.hex() for each in self.path],
            "root": self.root.hex(),
        }
        return json.dumps(said, indent=1) + "\n"

    @classmethod
    def from_json(cls, data: bytes) -> Proof:
        """Read `to_json` back. Raises Unreadable."""
        found = _parsed(data)
        week, index, neighbours = found["week"], found["index"], found["path"]
        if not isinstance(neighbours, list) or not _SHORTEST <= len(neighbours) <= _LONGEST:
            raise Unreadable("This is no proof: its path has the wrong length.")
        if type(index) is not int or not 0 <= index < 1 << len(neighbours):
            raise Unreadable("This is no proof: its index cannot be.")
        opening, record, head = (_hash(found[name], name) for name in ("opening", "record", "root"))
        return cls(
            _week(week), opening, record, index, tuple(_hash(each, "path") for each in neighbours), head
        )


def verify(proof: Proof, root: bytes) -> bool:
    """Whether a proof leads to this root, which was read in the digest of its week."""
    return proof.leads_to == proof.root == root


def grouped(root: bytes) -> str:
    """A root for eyes that compare it: hex in groups of four."""
    return root.hex(" ", 2)


def read_root(text: str) -> bytes:
    """A root as somebody typed or pasted it; spaces and case do not matter. Raises Unreadable."""
    plain = "".join(text.split()).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise Unreadable("A root has 64 digits from 0 to 9 and a to f, as the digest shows it.")
    return bytes.fromhex(plain)


def _parsed(data: bytes) -> dict[str, Any]:
    if len(data) > MOST:
        raise Unreadable("This is no proof: the file is too large.")
    try:
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unreadable("This is no proof: the file is cut off, damaged or something else.") from None
    if not isinstance(found, dict) or type(found.get("version")) is not int:
        raise Unreadable("This is no proof: it does not say which version it has.")
    if found["version"] != VERSION:
        raise Unreadable(f"This proof has version {found['version']}; this program reads version {VERSION}.")
    if set(found) != _FIELDS:
        raise Unreadable("This is no proof: something is missing in it, or there is more than belongs there.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _hash(value: object, name: str) -> bytes:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        raise Unreadable(f"This is no proof: its {name} is not made of 64 digits from 0 to 9 and a to f.")
    return bytes.fromhex(value)


def _week(value: object) -> str:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-W[0-9]{2}", value):
            monday_of(value)
            return value
    except ValueError:
        pass
    raise Unreadable('This is no proof: its week is none, such as "2026-W48".')


def _line(value: str) -> str:
    return " ".join(value.split())
