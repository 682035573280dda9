"""What monitoring reads: whether metoo works, and nothing that one person's action moves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from random import Random

import pytest
import structlog

from bot import logs
from bot.errors import Unreachable
from bot.findings import Remark
from bot.health import STALE, STUCK
from bot.hearing import COMMAND, PRESS
from bot.model import Place
from bot.ports import Clock
from bot.schedule import Job
from bot.serving import Serving
from tests.bot.surroundings import logging_put_back
from tests.world import TUESDAY, Silent, World, card, world

BATCH = timedelta(minutes=16)


@dataclass(frozen=True)
class Link(Silent):
    """A link whose health a test says."""

    state: dict[str, float | None]

    @property
    def connected(self) -> bool:
        return bool(self.state["connected"])

    def heard(self) -> float | None:
        return self.state["heard"]

    async def faults(self, desks: Sequence[Place], others: Sequence[Place]) -> list[str]:
        return [f"{len(desks)} desks, {len(others)} others", Remark("good to know")]


@pytest.fixture
def out() -> Iterator[StringIO]:
    with logging_put_back():
        lines = StringIO()
        logs.configure("INFO", lines)
        yield lines


def serving(w: World, **state: float | None) -> Serving:
    link = Link(w.workplace, {"connected": 1.0, "heard": 3.0, **state})
    return Serving(w.means, w.service, {"sandbox": link})


def refuse(w: World) -> None:
    """The platform says what channels are, and takes no post."""

    async def post(*_: object) -> str:
        raise Unreachable("not now")

    w.workplace.post = post  # type: ignore[method-assign,assignment]  # what is between us and the platform


async def shown(served: Serving) -> dict[str, float]:
    lines = (await served.measures.shown()).decode().splitlines()
    return {name: float(value) for name, value in (x.rsplit(" ", 1) for x in lines if not x.startswith("#"))}


async def test_no_byte_moves_by_what_one_person_does_nor_when_it_is_delivered(
    w: World, out: StringIO
) -> None:
    served = serving(w)
    await served.measures.run()
    before = await served.measures.shown()
    assert b"metoo_ready 1.0" in before

    async def nothing_moved() -> None:
        assert await served.measures.shown() == before
        await served.measures.run()
        assert await served.measures.shown() == before

    await w.stand(w.posts("solidarity")[-1], 20)
    await nothing_moved()
    await w.report("P21", text="words of a person")
    await nothing_moved()
    for _ in range(20):
        await w.jump(BATCH)
        await nothing_moved()
    assert len(w.posts("hr-desk")) == 1
    await w.read("P1", w.posts("hr-desk")[0])
    await w.act("P22", "support")
    await w.act("P23", "nonsense", "00")
    await nothing_moved()


async def test_a_report_that_no_desk_may_have_moves_nothing(w: World, out: StringIO) -> None:
    for desk in ("hr-desk", "ombuds"):
        w.workplace.channels[desk].private = False
    served = serving(w)
    await served.measures.run()
    before = await served.measures.shown()
    await w.report("P21", text="words of a person")
    await w.pass_time(timedelta(hours=6))
    await served.measures.run()
    assert await served.measures.shown() == before


async def test_posts_that_are_late_are_told_in_bands_and_only_in_batches(w: World, out: StringIO) -> None:
    served = serving(w)
    await served.measures.run()
    refuse(w)
    for n in range(20, 27):
        await w.report(f"P{n}", text="words of a person")
    await w.pass_time(timedelta(hours=5))
    assert (await shown(served))["metoo_posts_late"] == 0
    await served.measures.run()
    now = await shown(served)
    assert now["metoo_posts_late"] == 5
    assert now["metoo_posts_late_seconds"] in {3600, 14400}


async def test_what_people_run_into_is_counted_in_bands_and_moves_in_batches(w: World, out: StringIO) -> None:
    served = serving(w)
    await served.measures.run()
    logs.held.begin()
    log = structlog.get_logger("bot.core")
    for times, band in ((4, 0), (6, 5), (0, 0)):
        kept = (await shown(served))["metoo_troubles"]
        for _ in range(times):
            log.error("store failed", error="StoreError")
        assert (await shown(served))["metoo_troubles"] == kept
        await served.measures.run()
        assert (await shown(served))["metoo_troubles"] == band
    logs.held.end()


async def test_every_name_is_ours_and_no_label_is_about_a_person_or_a_kind(w: World, out: StringIO) -> None:
    served = serving(w)
    await served.measures.run()
    for n in range(20, 40):
        await w.report(f"P{n}", text="planted-words", category="touch")
    text = (await served.measures.shown()).decode()
    names = re.findall(r"^(\w+?)(?:\{|\s)", text, re.MULTILINE)
    assert all(name.startswith("metoo_") for name in names)
    assert set(re.findall(r"[{,](\w+)=", text)) == {"version", "platform", "job"}
    assert "planted" not in text
    assert "touch" not in text
    assert "_created" not in text


@pytest.mark.parametrize(
    ("state", "said", "metric"),
    [
        ({}, (), "metoo_ready"),
        ({"heard": None}, (), "metoo_ready"),
        ({"connected": 0}, ("sandbox is not connected",), 'metoo_platform_connected{platform="sandbox"}'),
        ({"heard": STALE + 1}, ("sandbox is silent",), 'metoo_platform_fresh{platform="sandbox"}'),
    ],
)
async def test_it_is_ready_while_links_stand_and_are_fresh(
    w: World, out: StringIO, state: dict[str, float | None], said: tuple[str, ...], metric: str
) -> None:
    served = serving(w, **state)
    assert await served.health.wrong() == said
    told = await shown(served)
    assert told["metoo_ready"] == (0 if said else 1)
    assert told[metric] == (0 if said else 1)


async def test_a_store_that_does_not_answer_is_told(tmp_path: Path, out: StringIO) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        served = serving(w)
    assert await served.health.wrong() == ("the store does not answer",)
    told = await shown(served)
    assert (told["metoo_ready"], told["metoo_store_answers"]) == (0, 0)


async def test_delivery_that_stands_still_is_told_and_one_that_is_refused_is_not(
    w: World, out: StringIO
) -> None:
    served = serving(w)
    refuse(w)
    await w.report("P20", text="words of a person")
    await w.pass_time(timedelta(hours=8))
    assert not served.health.stuck()

    class Later:
        def now(self) -> object:
            return w.service.delivery.backlog.again + STUCK + timedelta(seconds=1)

    clock: Clock = Later()  # type: ignore[assignment]  # only asked what time it is
    served.health._clock = clock
    assert "nothing is posted" in await served.health.wrong()


async def test_a_job_that_fails_is_told_at_the_next_batch_and_until_it_succeeds(
    w: World, out: StringIO
) -> None:
    served = serving(w)
    job = Job("digest", w.service.digest.run)
    served.measures._jobs = (job,)
    kept, job._run = job._run, None  # type: ignore[assignment]  # a defect
    await job._once(w.clock)
    await served.measures.run()
    assert (await shown(served))['metoo_job_failing{job="digest"}'] == 1
    job._run = kept
    await job._once(w.clock)
    await served.measures.run()
    assert (await shown(served))['metoo_job_failing{job="digest"}'] == 0


async def test_a_digest_that_is_hours_behind_is_told(w: World, out: StringIO) -> None:
    served = serving(w)
    await w.pass_time(timedelta(days=6, hours=12))
    await served.measures.run()
    assert (await shown(served))["metoo_digests_late"] == 0
    w.sql("DELETE FROM digests")
    await served.measures.run()
    assert (await shown(served))["metoo_digests_late"] == 1


async def test_batches_come_at_random_moments(w: World, out: StringIO) -> None:
    served = serving(w)
    waits = {await served.measures.run() - w.clock.now() for _ in range(20)}
    assert len(waits) > 10
    assert all(timedelta(minutes=5) <= each <= timedelta(minutes=15) for each in waits)


async def test_it_knows_whether_commands_and_presses_arrive_and_neither_when_nor_from_whom(w: World) -> None:
    hearing = w.service.hearing
    handle = hearing.through(w.service.core.handle)
    w.service.core.handle = handle  # type: ignore[method-assign,assignment]  # as connections are given it
    assert hearing.of("sandbox") == frozenset()
    menu = card(await w.act("P20", "menu"))
    assert hearing.of("sandbox") == {COMMAND}
    await w.press("P20", menu, "Find support")
    assert hearing.of("sandbox") == {COMMAND, PRESS}
    assert "P20" not in repr(vars(hearing))


async def test_commands_are_told_what_is_in_force_and_how_it_is(w: World, out: StringIO) -> None:
    served = serving(w, connected=0)
    told = await served._told()
    assert told["away"] == ["sandbox"]
    assert told["heard"] == {"sandbox": []}
    assert told["faults"] == {"sandbox": []}
    asked = await serving(w)._told()
    assert asked["faults"] == {"sandbox": [("2 desks, 2 others", True), ("good to know", False)]}
    (workspace,) = told["workspaces"]
    assert set(workspace) == {
        "platform", "id", "desks", "desk_roles", "solidarity_channel", "digest_channel",
    }  # fmt: skip
    said = await served.do({"do": "digests"}, lambda *_: None)
    assert "Digest for week" in said
    assert await served.do({"do": "audit", "head": ""}, lambda *_: None) == ""


async def test_serving_holds_lines_back_and_says_them_when_it_ends(w: World, out: StringIO) -> None:
    served = serving(w)

    async def serve() -> None:
        structlog.get_logger("bot.core").error("defect", error="LookupError")
        await asyncio.Event().wait()

    w.service.serve = serve  # type: ignore[method-assign]  # its jobs run already
    served.measures._random = Random(1)
    task = asyncio.create_task(served.run())
    for _ in range(10):
        await asyncio.sleep(0)
    said_before = out.getvalue()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert said_before == "" or "defect" in said_before
    assert "LookupError" in out.getvalue()
