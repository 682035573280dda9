"""Slack over HTTP: our whole way from the request to the disk, beside bolt doing nothing and beside a naive bot.

The bot has one processor and those who press have the other, as far as the system has two.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from re import compile as pattern
from typing import Any

from aiohttp import web
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.async_app import AsyncAck
from slack_bolt.authorization import AuthorizeResult

from adapters.slack.connection import PATH, SlackConnection
from adapters.web import Site
from bot.config import SlackSettings
from bot.model import Workspace
from tests.adapters.slack_wire import SECRET
from tests.bench.measure import Figure, Lap, about, costs, pairs, rates
from tests.bench.people import MEMBERS, TEAM
from tests.bench.place import STAND, Here, crowd, place
from tests.bench.plain import Plain, plain

ANY = pattern("")
INSTANT = 10_000
UNTOLD = "http://nobody.invalid/"
"""An address at which we would not answer: only the press and its acknowledgement are measured."""
LINES = 1000
"""Connections on which those press who press at one instant."""


class People:
    """Those who press, in a process of their own."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.port = self.discord = 0

    async def start(self) -> None:
        heard = await self._heard()
        self.port, self.discord = heard["port"], heard["discord"]

    async def press(self, port: int, people: Sequence[str], ref: str, **how: Any) -> Lap:
        """Let everybody press once, and see that nobody was refused."""
        order = {"port": port, "path": PATH, "people": people, "ref": ref, "action": STAND}
        order |= {"instant": False, "hook": UNTOLD, "in_flight": 64} | how
        used = time.process_time()
        said = await self._ask(order)
        used = time.process_time() - used
        assert said["refused"] == 0, said["refused"]
        assert len(said["waits"]) == len(people)
        return Lap(len(people), said["seconds"], used, tuple(said["waits"]))

    async def asides(self) -> int:
        """How often something was said beside a post."""
        return int((await self._ask("asides"))["asides"])

    async def taken(self) -> int:
        """How many answers Discord took."""
        return int((await self._ask("taken"))["taken"])

    async def _ask(self, order: object) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await self._heard()

    async def _heard(self) -> dict[str, Any]:
        assert self._process.stdout
        heard: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return heard


@asynccontextmanager
async def people_process() -> AsyncIterator[People]:
    """Those who press; they have a processor of their own while they are here."""
    both = os.sched_getaffinity(0)
    command = [sys.executable, "-m", "tests.bench.people"]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=2**26)
    try:
        if len(both) > 1:
            theirs, *ours = sorted(both)
            os.sched_setaffinity(process.pid, {theirs})
            os.sched_setaffinity(0, set(ours[:1]))
        made = People(process)
        await made.start()
        yield made
    finally:
        os.sched_setaffinity(0, both)
        assert process.stdin
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def _ours(here: Here, api: int) -> AsyncIterator[int]:
    """Our adapter as `metoo run` has it; gives its port once it knows the members."""
    settings = SlackSettings(
        bot_token=SecretStr("xoxb-made-up"),
        signing_secret=SecretStr(SECRET),
        api_url=f"http://127.0.0.1:{api}/api/",
    )
    site = Site("127.0.0.1", 0)
    connection = SlackConnection(settings, [TEAM], site.route)
    port = await site.start()
    serving = asyncio.create_task(connection.serve(here.service.core.handle))
    try:
        while await connection.directory.population(Workspace("slack", TEAM)) is None:
            assert not serving.done()
            await asyncio.sleep(0.01)
        yield port
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await site.stop()


async def _nobody() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id=None)


@asynccontextmanager
async def _bolt(counted: Plain | None = None, *, first: bool = False) -> AsyncIterator[int]:
    """Bolt that does nothing, or one commit for each press; `first`: it answers after its listener."""
    bolt = AsyncApp(signing_secret=SECRET, authorize=_nobody, process_before_response=first)

    async def pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
        if counted is not None:
            await counted.alone(body["user"]["id"])
        await ack()

    bolt.block_action(ANY)(pressed)
    runner = web.AppRunner(bolt.web_app(PATH), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def run(folder: Path, *, share: int = 1) -> list[Figure]:
    """All of it; a `share` of everything where that is more than one."""
    workspace = Workspace("slack", TEAM)
    async with (
        people_process() as people,
        place(folder, workspace=workspace) as here,
        plain(folder / "naive.db") as rows,
        _ours(here, people.port) as port,
        _bolt() as default,
        _bolt(first=True) as nothing,
        _bolt(rows, first=True) as naive,
    ):
        ports = {"ours": port, "bolt": default, "bolt first": nothing, "naive": naive}
        everybody = crowd(MEMBERS)
        ref, hook = here.wall.id.hex(), f"http://127.0.0.1:{people.port}/hook"
        laps: dict[tuple[str, int], list[Lap]] = {}
        size = 600 // share
        for turn in range(5):
            some = everybody[turn * size : (turn + 1) * size]
            for name, at in ports.items():
                laps.setdefault((name, 1), []).append(await people.press(at, some[:50], ref, in_flight=1))
                laps.setdefault((name, 64), []).append(await people.press(at, some, ref))
        assert here.stored() == 5 * size
        found = _compared(laps)
        count = INSTANT // share
        for name, at in ports.items():
            said = {"hook": hook} if name == "ours" else {}
            once = await people.press(
                at, everybody[-count:], ref, instant=True, in_flight=LINES // share, **said
            )
            in_time = sum(each <= 3 for each in once.waits) / count
            beside = {"last answer after s": round(once.waits[-1], 2), "a second": round(once.rate)}
            target = "≥ 1.0" if name == "ours" else ""
            title = f"share of {count:,} presses at one instant answered within 3 s: {name}"
            found.append(Figure(title, in_time, target, beside))
        assert here.stored() == 5 * size + count
        surge = everybody[: MEMBERS // share]
        found.append(await _surge(people, port, here, surge, hook))
        assert here.stored() == len({*everybody[: 5 * size], *everybody[-count:], *surge})
    return found


def _compared(laps: dict[tuple[str, int], list[Lap]]) -> list[Figure]:
    def ratio(other: str) -> float:
        return pairs(rates(laps["ours", 64]), rates(laps[other, 64]))

    def beside(other: str) -> dict[str, float]:
        cheaper = 1 / pairs(costs(laps["ours", 64]), costs(laps[other, 64]))
        return {"by processor": round(cheaper, 2), **about(laps[other, 64], other)}

    p50 = {name: [each.wait(0.5) for each in laps[name, 1]] for name in ("ours", "bolt")}
    spread = [each.wait(0.99) / each.wait(0.5) for each in laps["ours", 64]]
    return [
        Figure(
            "Slack press, committed first, 64 in flight ÷ bolt (process_before_response) doing nothing",
            ratio("bolt first"),
            "≥ 1.5",
            about(laps["ours", 64], "ours") | beside("bolt first"),
        ),
        Figure("the same ÷ bolt's defaults doing nothing", ratio("bolt"), beside=beside("bolt")),
        Figure("the same ÷ the naive bot", ratio("naive"), "≥ 3.0", beside("naive")),
        Figure("one press alone, p50 ÷ bolt's defaults", pairs(p50["ours"], p50["bolt"]), "≤ 0.1"),
        Figure("p99 ÷ p50 at 64 in flight", sorted(spread)[len(spread) // 2], "≤ 1.5"),
    ]


async def _surge(people: People, port: int, here: Here, crowd: Sequence[str], hook: str) -> Figure:
    """Everybody presses once, and each is told beside the post."""
    before = await people.asides()
    told = await people.press(port, crowd, here.wall.id.hex(), hook=hook)
    while await people.asides() < before + len(crowd):
        await asyncio.sleep(0.1)
    name = f"{len(crowd):,} presses through the real SDK, seconds ÷ 30"
    return Figure(name, told.seconds / 30 * (MEMBERS / len(crowd)), "≤ 1.0", about([told], "ours"))
