"""The benchmark runs, tiny; it asserts by itself that nobody got an error and nothing is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.bench import (
    discord,
    escrow,
    filing,
    measure,
    parts,
    postgres,
    rotating,
    sizes,
    slack,
    start,
    surge,
)
from tests.bench.measure import Figure, Lap

TINY: dict[str, Callable[[Path], Awaitable[list[Figure]]]] = {
    "surge": lambda folder: surge.run(folder, people=400, size=50),
    "sizes": lambda folder: sizes.run(folder, (10, 20, 30, 40, 50), press=8),
    "slack": lambda folder: slack.run(folder, share=200),
    "discord": lambda folder: discord.run(folder, share=100),
    "filing": lambda folder: filing.run(folder, reports=1),
    "escrow": lambda folder: escrow.run(folder, sizes=(10, 20), rounds=1),
    "rotating": lambda folder: rotating.run(folder, keys=200),
    "start": lambda folder: start.run(folder, rounds=1, platforms={"slack": start.SLACK}),
    "postgres": lambda folder: postgres.run(folder, people=200, size=100),
}


@pytest.mark.parametrize("part", TINY)
async def test_a_part_of_the_benchmark_runs_and_says_its_figures(part: str, tmp_path: Path) -> None:
    figures = await TINY[part](tmp_path)
    assert figures
    for figure in figures:
        assert figure.ratio > 0
        assert figure.name in measure.line(figure)
        assert measure.as_json(figure)["reached"] in {True, False, None}


def test_every_part_is_tried() -> None:
    assert set(parts.PARTS) == set(TINY)


def test_a_target_is_reached_from_its_own_side() -> None:
    assert [Figure("", each, "≥ 1.0").reached for each in (0.9, 1.0)] == [False, True]
    assert [Figure("", each, "≤ 1.0").reached for each in (1.0, 1.1)] == [True, False]
    assert Figure("", 1.0).reached is None


async def test_a_lap_fails_where_somebody_is_not_answered() -> None:
    async def press(person: str) -> None:
        assert person != "c"

    with pytest.raises(ExceptionGroup):
        await measure.lap(press, "abc", 2)


def test_ratios_are_of_pairs_and_not_of_sums() -> None:
    assert measure.pairs([1, 100, 4], [2, 100, 1]) == 1
    assert Lap(4, 2.0, 0.0, (0.1, 0.2, 0.3, 0.4)).wait(0.5) == 300
