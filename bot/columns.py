"""Columns that hold what is sealed under the server's keys: whoever seals one says here how it is found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.envelope import Slot
from bot.keys import Purpose


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of the rows of one class, and the slot of its value in a row of a workspace."""

    kind: type
    column: str
    slot: Callable[[Any, str], Slot]
    purpose: Purpose = Purpose.FIELD
