"""Processes on one database take turns, hear of each other, and none keeps a turn that it cannot use any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot import records as r
from bot.neighbours import EVERYTHING, POSTS, SETUP, WINDOWS
from storage.postgres import PostgresStore, open_postgres
from tests.postgres import Server
from tests.storage import rows
from tests.storage.rows import HERE, at


@pytest.fixture
async def pair(database: str) -> AsyncIterator[tuple[PostgresStore, PostgresStore]]:
    one, other = await open_postgres(database, pause=0.01), await open_postgres(database, pause=0.01)
    for each in (one, other):
        each.neighbours._beat = 0.02
    yield one, other
    await one.close()
    await other.close()


class Work:
    """Something that goes on until it is cancelled, and is never done twice at a time."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.now = 0
        self.most = 0
        self.news = asyncio.Event()

    async def do(self, who: str) -> None:
        self.begun.append(who)
        self.now += 1
        self.most = max(self.most, self.now)
        self.news.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.now -= 1

    async def until(self, times: int) -> None:
        async with asyncio.timeout(60):
            while len(self.begun) < times:
                self.news.clear()
                await self.news.wait()


async def test_one_works_and_another_takes_over_when_it_stops(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    work = Work()
    one = asyncio.create_task(pair[0].neighbours.alone("jobs", lambda: work.do("one")))
    await work.until(1)
    other = asyncio.create_task(pair[1].neighbours.alone("jobs", lambda: work.do("other")))
    await asyncio.sleep(0.2)
    assert work.begun == ["one"]
    one.cancel()
    await work.until(2)
    assert work.begun == ["one", "other"]
    assert work.most == 1
    other.cancel()
    await asyncio.wait({one, other})


async def test_who_loses_the_connection_stops_and_takes_the_next_turn(
    pair: tuple[PostgresStore, PostgresStore], server: Server
) -> None:
    work = Work()
    tasks = [
        asyncio.create_task(each.neighbours.alone("jobs", lambda: work.do("somebody")))  # the same for both
        for each in pair
    ]
    await work.until(1)
    for turn in (2, 3):
        server.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'metoo'")
        await work.until(turn)
    for each in tasks:
        each.cancel()
    await asyncio.wait(tasks)
    assert work.now == 0


async def test_work_that_ends_gives_the_turn_back_and_what_it_raises_is_raised(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    async def broken() -> None:
        raise ValueError("broken")

    async def done() -> None:
        """Nothing."""

    with pytest.raises(ValueError, match="broken"):
        await pair[0].neighbours.alone("start", broken)
    async with asyncio.timeout(60):
        await pair[1].neighbours.alone("start", done)


async def test_each_hears_what_others_changed_with_their_commit(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    one, other = pair
    window = rows.wall()
    async with asyncio.timeout(60):
        assert await other.neighbours.news() == EVERYTHING  # nobody knows what was before
        for change, heard in (
            (rows.filing(rows.report()), {POSTS}),
            (r.PutSetup(r.SetupRow(HERE, b"sealed")), {SETUP}),
            (r.PutChosen(r.ChosenRow(HERE, b"sealed", 1), at(0)), {POSTS, SETUP}),
        ):
            await one.write(change)
            found = set(await other.neighbours.news())
            while found < heard:
                found |= await other.neighbours.news()
            assert found == heard
        await one.write(r.OpenWindow(window), r.CastVoice(window.id, rows.new_id(), stands=True))
        await one.write(r.CloseWindow(window.id))
        assert await other.neighbours.news() == {WINDOWS}


async def test_after_a_lost_connection_everything_may_have_changed(
    pair: tuple[PostgresStore, PostgresStore], server: Server
) -> None:
    async with asyncio.timeout(60):
        await pair[0].neighbours.news()
        server.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'metoo'")
        assert await pair[0].neighbours.news() == EVERYTHING


async def test_each_knows_how_many_others_serve(pair: tuple[PostgresStore, PostgresStore]) -> None:
    assert await pair[0].neighbours.others() == 0
    await pair[0].neighbours.news()
    assert (await pair[0].neighbours.others(), await pair[1].neighbours.others()) == (0, 1)
    await pair[1].neighbours.news()
    assert (await pair[0].neighbours.others(), await pair[1].neighbours.others()) == (1, 1)
