"""What can be measured, by name. Every part asserts that nobody got an error and nothing is lost, and never a time."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tests.bench import discord, escrow, filing, postgres, rotating, sizes, slack, start, surge
from tests.bench.measure import Figure


class Part(Protocol):
    async def __call__(self, folder: Path, *, quick: bool) -> list[Figure]:
        """Measure in a folder that is thrown away."""
        ...


async def _surge(folder: Path, *, quick: bool) -> list[Figure]:
    return await surge.run(folder, people=6000 if quick else 61_000, size=500 if quick else surge.SLICE)


async def _sizes(folder: Path, *, quick: bool) -> list[Figure]:
    if quick:
        return await sizes.run(folder, (50, 100, 6000, 10_000, 100_000), press=64)
    return await sizes.run(folder)


async def _slack(folder: Path, *, quick: bool) -> list[Figure]:
    return await slack.run(folder, share=5 if quick else 1)


async def _discord(folder: Path, *, quick: bool) -> list[Figure]:
    return await discord.run(folder, share=5 if quick else 1)


async def _filing(folder: Path, *, quick: bool) -> list[Figure]:
    return await filing.run(folder, reports=5 if quick else 30)


async def _start(folder: Path, *, quick: bool) -> list[Figure]:
    return await start.run(folder, rounds=1 if quick else start.ROUNDS)


async def _escrow(folder: Path, *, quick: bool) -> list[Figure]:
    return await escrow.run(folder, sizes=(100, 10_000) if quick else escrow.SIZES)


async def _rotating(folder: Path, *, quick: bool) -> list[Figure]:
    return await rotating.run(folder, keys=10_000 if quick else rotating.KEYS)


async def _postgres(folder: Path, *, quick: bool) -> list[Figure]:
    return await postgres.run(folder, people=4000 if quick else 20_000)


PARTS: dict[str, Part] = {
    "surge": _surge,
    "sizes": _sizes,
    "slack": _slack,
    "discord": _discord,
    "filing": _filing,
    "escrow": _escrow,
    "rotating": _rotating,
    "start": _start,
    "postgres": _postgres,
}
