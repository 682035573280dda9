"""Laps run in turns on one machine in one run, and what they give: ratios first, everything else beside them."""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

Press = Callable[[str], Awaitable[object]]
"""Somebody presses, and returns once they are answered; raises for whatever is no answer."""


@dataclass(frozen=True)
class Lap:
    """So many presses took so long; `waits` is how long each of them waited, in seconds and in order of length."""

    presses: int
    seconds: float
    processor: float
    waits: tuple[float, ...] = field(repr=False)

    @property
    def rate(self) -> float:
        return self.presses / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of processor for each press, ours and the one who presses together."""
        return self.processor / self.presses * 1e6

    def wait(self, share: float) -> float:
        """Milliseconds within which that share was answered."""
        return self.waits[min(len(self.waits) - 1, int(len(self.waits) * share))] * 1e3


@dataclass(frozen=True)
class Figure:
    """One line of the table. `target` is what issue 6 or 9 asks for; `beside` are absolute numbers."""

    name: str
    ratio: float
    target: str = ""
    beside: Mapping[str, float] = field(default_factory=dict)

    @property
    def reached(self) -> bool | None:
        if not self.target:
            return None
        sign, number = self.target.split()
        return self.ratio >= float(number) if sign == "≥" else self.ratio <= float(number)


async def lap(press: Press, people: Sequence[str], in_flight: int) -> Lap:
    """Let everybody press once, so many at a time; nobody waits for what those before them left to be written."""
    await asyncio.to_thread(os.sync)
    waits: list[float] = []
    turn = iter(people)

    async def one() -> None:
        for person in turn:
            began = time.perf_counter()
            await press(person)
            waits.append(time.perf_counter() - began)

    began, used = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(one())
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    assert len(waits) == len(people), "somebody was not answered"
    return Lap(len(people), seconds, processor, tuple(sorted(waits)))


def pairs(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of ours to theirs, each pair measured one right after the other."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def rates(laps: Sequence[Lap]) -> list[float]:
    return [each.rate for each in laps]


def costs(laps: Sequence[Lap]) -> list[float]:
    return [each.cost for each in laps]


def about(laps: Sequence[Lap], name: str) -> dict[str, float]:
    """What is said of some laps beside a ratio."""
    return {
        f"{name}: a second": round(median(rates(laps))),
        f"{name}: p50 ms": round(median(each.wait(0.5) for each in laps), 2),
        f"{name}: p99 ms": round(median(each.wait(0.99) for each in laps), 2),
        f"{name}: µs of processor": round(median(costs(laps)), 1),
    }


def resident() -> float:
    """MiB that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def machine() -> dict[str, object]:
    """What this ran on, without its name; a busy one gives worse numbers and about the same ratios."""
    return {
        "processors": os.cpu_count(),
        "kind": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load before": round(os.getloadavg()[0], 1),
    }


def as_json(figure: Figure) -> dict[str, object]:
    return {**asdict(figure), "reached": figure.reached}


def line(figure: Figure) -> str:
    """A figure as people read it."""
    reached = {None: "", True: "reached", False: "not reached"}[figure.reached]
    beside = " · ".join(f"{name} {value:g}" for name, value in figure.beside.items())
    return f"{figure.ratio:8.2f}  {figure.target:8} {reached:12} {figure.name}\n{'':10}{beside}"
