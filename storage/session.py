"""What the group writer needs of one kind of database, and how callers' changes are run in their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby, islice
from typing import Protocol
from typing import cast as cast_to

from bot.records import CastVoice, Change

Took = tuple[bool, ...]
"""For each change of a caller: whether it took effect."""

Changes = tuple[Change, ...]
"""What one caller wants saved together."""


class BadCall(Exception):
    """Somebody's changes failed, as opposed to the beginning or the commit of the transaction."""


class Session(Protocol):
    """The write connection of one kind of database."""

    async def save(self, callers: Sequence[Changes]) -> list[Took]:
        """Make the changes of all in one transaction, and return once it is on the disk.

        Whatever it raises, nothing of it is saved and no transaction is left: `BadCall` where somebody's changes
        were at fault.
        """
        ...

    async def compact(self) -> None:
        """Rewrite the database, outside any transaction."""
        ...


def in_turn(
    callers: Sequence[Changes],
    apply: Callable[[Changes], Took],
    cast: Callable[[Sequence[CastVoice]], Took],
) -> list[Took]:
    """Run everybody's changes in the order of the callers: voices that follow one another by `cast`, all at once."""
    tooks: list[Took] = []
    for voices, group in groupby(callers, key=_only_voices):
        changes = list(group)
        if voices:
            tooks += _cast(changes, cast)
        else:
            tooks += map(apply, changes)
    return tooks


_VOICES = frozenset({CastVoice})


def _only_voices(changes: Changes) -> bool:
    return _VOICES.issuperset(map(type, changes))


def _cast(callers: Sequence[Changes], cast: Callable[[Sequence[CastVoice]], Took]) -> list[Took]:
    voices = cast_to("list[CastVoice]", [voice for changes in callers for voice in changes])
    return shared(callers, cast(voices))


def shared(callers: Sequence[Changes], took: Took) -> list[Took]:
    """To each caller what became of their changes, which were made one after the other."""
    if len(took) == len(callers):  # a press is one voice
        return list(zip(took, strict=True))
    each = iter(took)
    return [tuple(islice(each, len(changes))) for changes in callers]
