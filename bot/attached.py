"""What names an attachment inside what is sealed: its row, the key that opens it, and what may be said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_FILES = 5
"""Files of one report, and of one message."""


@dataclass(frozen=True, slots=True, repr=False)
class Attached:
    """A file that is kept sealed: `id` and `key` in hex, its `kind` (png, jpeg, pdf, txt) and `size` in bytes.

    `digest` is the SHA-256 of what was kept of it, in hex.
    """

    id: str
    key: str
    kind: str
    size: int
    digest: str

    def __repr__(self) -> str:
        return f"Attached({self.kind})"


def attached_from(found: Iterable[Mapping[str, Any]]) -> tuple[Attached, ...]:
    """The files in what was sealed as JSON."""
    return tuple(Attached(**each) for each in found)
