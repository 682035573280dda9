"""The story's surge: 61,000 people press on one wall, then on a hundred statements, through core and store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from bot.model import Actor, Card, Event, Standing
from bot.records import CastVoice, WindowRow
from bot.vault import Tokens
from tests.bench.measure import Figure, Lap, Press, about, costs, lap, pairs, rates, resident
from tests.bench.place import KEPT, STAND, Here, crowd, place
from tests.bench.plain import plain
from tests.world import WORKSPACE

SLICE = 2000
ALONE = 10
"""One press for each commit is so slow that a tenth of a slice shows it."""


def slices(people: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(people), size):
        yield people[start : start + size]


def through_core(here: Here, rows: Sequence[WindowRow]) -> Press:
    """A member presses the first button of a post, each on the next of these."""
    turn = cycle(rows)

    async def press(person: str) -> None:
        actor = Actor(WORKSPACE, person, standing=Standing.MEMBER)
        answer = await here.service.core.handle(Event(actor, STAND, next(turn).id.hex()))
        assert isinstance(answer, Card)
        assert answer.title == KEPT, answer

    return press


def through_store(here: Here, row: WindowRow, secret: bytes) -> Press:
    """A voice without the flow around it."""
    tokens = Tokens(secret, row.workspace)

    async def press(person: str) -> None:
        mark = tokens.of(person)
        assert await here.means.store.write(CastVoice(row.id, mark, stands=True)) == (True,)

    return press


async def run(folder: Path, *, people: int = 61_000, size: int = SLICE) -> list[Figure]:
    """All of it."""
    found: list[Figure] = []
    for in_flight in (64, 256):
        found += await _in_flight(folder / f"flight {in_flight}", people // 4, size, in_flight)
    async with place(folder / "surge", statements=100) as here, plain(folder / "surge.plain") as rows:
        for name, posts in (("one wall", [here.wall]), ("100 statements", here.statements)):
            before, memory = (here.stored(), await rows.count()), resident()
            ours: list[Lap] = []
            theirs: list[Lap] = []
            for some in slices(crowd(people, len(found)), size):
                ours.append(await lap(through_core(here, posts), some, 256))
                theirs.append(await lap(rows.together, some, 256))
            assert (here.stored(), await rows.count()) == (before[0] + people, before[1] + people)
            found.append(
                Figure(
                    f"{people:,} presses on {name} through the core ÷ plain rows in group commit",
                    pairs(rates(ours), rates(theirs)),
                    beside={
                        "by processor": round(1 / pairs(costs(ours), costs(theirs)), 2),
                        "MiB more": round(resident() - memory, 1),
                        **about(ours, "ours"),
                        **about(theirs, "plain"),
                    },
                )
            )
    return found


async def _in_flight(folder: Path, people: int, size: int, in_flight: int) -> list[Figure]:
    ours, together, alone = list[Lap](), list[Lap](), list[Lap]()
    async with place(folder) as here, plain(folder / "plain.db") as rows:
        press = through_store(here, here.wall, bytes(32))
        for some in slices(crowd(people, in_flight), size):
            ours.append(await lap(press, some, in_flight))
            together.append(await lap(rows.together, some, in_flight))
            alone.append(await lap(rows.alone, some[: max(1, len(some) // ALONE)], in_flight))
        assert here.stored() == people
    by_processor = round(1 / pairs(costs(ours), costs(together)), 2)
    beside = {"by processor": by_processor, **about(ours, "ours")}
    return [
        Figure(
            f"voices at {in_flight} in flight ÷ plain rows in group commit",
            pairs(rates(ours), rates(together)),
            "≥ 1.0",
            beside | about(together, "plain"),
        ),
        Figure(
            f"voices at {in_flight} in flight ÷ one commit for each press",
            pairs(rates(ours), rates(alone)),
            "≥ 2.5",
            about(alone, "one commit each"),
        ),
    ]
