"""Bad days of the machine: little memory under a surge, a full disk, and ten thousand posts after an outage."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest

from bot import logs
from bot.delivery import Posting
from bot.errors import RateLimited, Unreachable
from bot.model import Card, Place
from bot.records import AddOutbox, OutboxRow
from tests.bot.surroundings import logging_put_back
from tests.test_house import ROOT
from tests.world import TUESDAY, WORKSPACE, World, card, said, world

ROWS = 10_000 if os.environ.get("METOO_CAMPAIGN") else 1_500
"""What waits after an outage; the long run has all of the issue's number."""

CROWD, AT_ONCE = 61_000, 1_000
MOST = 256 * 1024 * 1024

SURGE = f"""
import asyncio, sys
from pathlib import Path
from bot.model import Actor, Event, Standing
from tests.world import TUESDAY, WORKSPACE, world

async def surge(folder):
    async with world(Path(folder), start=TUESDAY) as w:
        to = w.posts("solidarity")[-1].buttons[0].to
        def press(n):
            actor = Actor(WORKSPACE, f"U{{n}}", "en", Standing.MEMBER)
            return w.service.core.handle(Event(actor, to.action, to.ref))
        for first in range(0, {CROWD}, {AT_ONCE}):
            await asyncio.gather(*map(press, range(first, first + {AT_ONCE})))
        print(w.sql(sys.argv[2])[0][0])

asyncio.run(surge(sys.argv[1]))
status = Path('/proc/self/status').read_text()  # not getrusage: it counts what the process was before it was this one
print(int(status.split('VmHWM:')[1].split()[0]) * 1024)
"""
COUNTED = "SELECT count(*) FROM voices"


def test_a_surge_takes_less_memory_than_256_megabytes_and_counts_everybody(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", SURGE, str(tmp_path), COUNTED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    voices, most = map(int, done.stdout.splitlines()[-2:])
    assert voices == CROWD
    assert most < MOST


@pytest.fixture
def lines() -> Iterator[StringIO]:
    with logging_put_back():
        out = StringIO()
        logs.configure("INFO", out)
        yield out


@contextmanager
def full(file: Path) -> Iterator[None]:
    """No file of this process may grow beyond what the store and its log have now, as on a full disk."""
    beside = file.with_name(f"{file.name}-wal")
    most = min(each.stat().st_size for each in (file, beside) if each.exists())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_on_a_full_disk_people_are_told_nothing_that_was_kept_is_lost_and_it_goes_on(
    tmp_path: Path, lines: StringIO
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        wall = w.posts("solidarity")[-1]
        await w.stand(wall, *range(20, 26))
        logs.held.begin()
        before = lines.getvalue()
        with full(w.file):
            refused = [said(card(await w.press(f"P{n}", wall, "Me too"))) for n in range(26, 32)]
            kept = w.sql("SELECT count(*) FROM voices")
        assert all(
            "This could not be saved just now. Nothing you saved before is lost." in x for x in refused
        )
        assert kept == [(6,)]
        assert lines.getvalue() == before
        logs.held.end()
        (line,) = [json.loads(each) for each in lines.getvalue()[len(before) :].splitlines()]
        assert (line["event"], line["error"], line["times"]) == ("store failed", "StoreError", "5–9")
        await w.stand(wall, *range(26, 32))
        assert w.sql("SELECT count(*) FROM voices") == [(12,)]


class Slow:
    """A platform that is away, and then takes so many posts a second."""

    RATE = 100

    def __init__(self, w: World) -> None:
        self.w = w
        self.away = True
        self.asked = self.refused = 0
        self.posted: list[str] = []
        self.second: tuple[datetime, int] = (w.clock.now(), 0)
        w.workplace.post = self.post  # type: ignore[method-assign]  # what is between us and the platform

    async def post(self, place: Place, card: Card, nonce: str) -> str:
        self.asked += 1
        if self.away:
            raise Unreachable("away")
        now = self.w.clock.now()
        since, count = self.second if now - self.second[0] < timedelta(seconds=1) else (now, 0)
        if count >= self.RATE:
            self.refused += 1
            raise RateLimited(1.0)
        self.second = (since, count + 1)
        self.posted.append(card.title)
        return f"{len(self.posted)}"


def counter(n: int) -> OutboxRow:
    due = TUESDAY - timedelta(seconds=ROWS - n)
    return OutboxRow(sha256(b"%d" % n).digest()[:16], "counter", n.to_bytes(16), str(WORKSPACE), due)


async def counting(row: OutboxRow) -> Posting:
    return Posting(Place(WORKSPACE, "general"), Card(f"{int.from_bytes(row.subject)}"))


async def test_after_an_outage_a_long_line_goes_out_within_the_platforms_rate_reports_first_oldest_first(
    tmp_path: Path, lines: StringIO
) -> None:
    async with world(tmp_path, start=TUESDAY, delays={"report": ("0s", "0s")}) as w:
        platform = Slow(w)
        w.service.delivery._composers = {**w.service.delivery._composers, "counter": counting}
        for first in range(1, ROWS + 1, 500):
            await w.store.write(*(AddOutbox(counter(n)) for n in range(first, first + 500)))
        for n in range(20, 40):
            await w.report(f"P{n}", text="words of a person")
        await w.pass_time(timedelta(minutes=30))
        assert platform.asked < 120
        assert w.service.delivery.backlog.count == 1000
        platform.away = False
        await w.pass_time(timedelta(minutes=12) + timedelta(seconds=ROWS // Slow.RATE * 2))
        assert w.sql("SELECT count(*) FROM outbox WHERE kind IN ('report', 'counter')") == [(0,)]
        assert sorted(platform.posted, key=str.isdigit) == [*["A report arrived"] * 20, *counters(platform)]
        assert len(counters(platform)) == ROWS
        assert sum(each.isdigit() for each in platform.posted[: platform.posted.index("1")]) < 120
        in_turn = [int(each) for each in counters(platform)]
        assert sum(b < a for a, b in zip(in_turn, in_turn[1:], strict=False)) < 120
        assert platform.refused <= len(platform.posted) // Slow.RATE + 5


def counters(platform: Slow) -> list[str]:
    return [each for each in platform.posted if each.isdigit()]
