"""Two processes on one database: what one changes holds in the other, and keys change only where one is alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random, SystemRandom

import pytest

from bot import passphrase
from bot.errors import Misconfigured
from bot.inbox import InboxLocked
from bot.inspecting import store_faults
from bot.means import Means, opened_alone
from bot.model import Actor, Card, Event, Standing
from bot.records import CloseWindow, Desks, OpenWindows, WindowById
from bot.rotation import Rotation
from bot.service import Service
from storage.postgres import open_postgres
from tests.kill.outside import HANDLER, ROOT, WORKSPACE, Later, Outside, lines, settings


@asynccontextmanager
async def process(
    url: str, folder: Path, ahead: timedelta = timedelta(0)
) -> AsyncIterator[tuple[Means, Service]]:
    store = await open_postgres(url, pause=0.1)
    store.neighbours._beat = 0.02
    means = await opened_alone(
        settings(folder), store, ROOT, neighbours=store.neighbours, clock=Later(ahead), random=SystemRandom()
    )
    service = Service(means, {"sandbox": Outside(folder / "journal", Random(1))})
    await service.prepare()
    serving = asyncio.create_task(service.serve())
    try:
        yield means, service
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await store.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


@pytest.fixture
async def pair(
    database: str, tmp_path: Path
) -> AsyncIterator[tuple[tuple[Means, Service], tuple[Means, Service]]]:
    async with AsyncExitStack() as living:
        one = await living.enter_async_context(process(database, tmp_path))
        other = await living.enter_async_context(process(database, tmp_path))
        yield one, other


Pair = tuple[tuple[Means, Service], tuple[Means, Service]]


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), -timedelta(minutes=2)], ids=["ahead", "behind"])
@pytest.mark.parametrize("stays", [0, 1])
async def test_clocks_two_minutes_apart_lose_and_double_nothing_whichever_process_ends(
    database: str, tmp_path: Path, ahead: timedelta, stays: int
) -> None:
    ends, goes_on = AsyncExitStack(), AsyncExitStack()
    async with ends, goes_on:
        stacks = (goes_on, ends) if stays == 0 else (ends, goes_on)
        one = await stacks[0].enter_async_context(process(database, tmp_path))
        other = await stacks[1].enter_async_context(process(database, tmp_path, ahead))
        (wall,) = await one[0].store.read(OpenWindows())

        async def press(service: Service, *people: str) -> None:
            for who in people:
                event = Event(Actor(WORKSPACE, who, "en", Standing.MEMBER), "voice.stand", wall.id.hex())
                answer = await service.core.handle(event)
                assert isinstance(answer, Card)
                assert answer.title == "Kept"

        async def shown(means: Means, number: int) -> None:
            async with asyncio.timeout(60):
                while (row := await means.store.read(WindowById(wall.id))) is None or row.shown != number:
                    await asyncio.sleep(0.05)

        await press(one[1], *(f"P{n}" for n in range(1, 8)))
        await press(other[1], *(f"P{n}" for n in range(5, 13)))
        await shown(one[0], 12)
        await ends.aclose()
        means, service = (one, other)[stays]
        await press(service, *(f"P{n}" for n in range(10, 19)))
        await shown(means, 18)
        posts = [each for each in lines(tmp_path / "journal") if each["what"] == "post"]
        assert [each["subject"] for each in posts] == [wall.id.hex()]


async def test_a_secret_that_one_destroys_goes_from_the_memory_of_the_other(pair: Pair) -> None:
    (means, _), (_, service) = pair
    (wall,) = await means.store.read(OpenWindows())
    event = Event(Actor(WORKSPACE, "P1", "en", Standing.MEMBER), "voice.stand", wall.id.hex())
    pressed = await service.core.handle(event)
    assert isinstance(pressed, Card)
    assert pressed.title == "Kept"
    await means.store.write(CloseWindow(wall.id))
    await until(lambda: wall.id not in service._solidarity._open)
    refused = await service.core.handle(event)
    assert isinstance(refused, Card)
    assert refused.title != "Kept"


async def test_what_a_handler_accepted_with_one_is_accepted_with_the_other(pair: Pair) -> None:
    (_, one), (_, other) = pair
    assert not await other.accepted.has("w", HANDLER)
    await one.accepted.add("w", HANDLER)
    assert await other.accepted.has("w", HANDLER)
    await other.accepted.add("w", "H2")
    assert await one.accepted.has("w", HANDLER)
    assert await one.accepted.has("w", "H2")


async def test_what_an_admin_chooses_with_one_holds_in_the_other(pair: Pair) -> None:
    (_, one), (_, other) = pair
    await one.setup.adopt(WORKSPACE, {"language": "de"})
    assert one.workplaces.serving(WORKSPACE).language == "de"
    await until(lambda: other.workplaces.serving(WORKSPACE).language == "de")


async def test_keys_change_only_where_one_process_is_alone(database: str, tmp_path: Path) -> None:
    async with process(database, tmp_path) as (means, _):
        async with process(database, tmp_path) as (beside, _):
            async with asyncio.timeout(60):
                while not (await means.neighbours.others() and await beside.neighbours.others()):
                    await asyncio.sleep(0.01)
            with pytest.raises(Misconfigured, match="Stop all but one"):
                await Rotation(means).do({"do": "rotate"}, lambda *_: None)
        async with asyncio.timeout(60):
            while await means.neighbours.others():
                await asyncio.sleep(0.01)
        assert await Rotation(means).do({"do": "rotate"}, lambda *_: None)


async def test_a_check_counts_the_processes_that_serve_the_store(pair: Pair, database: str) -> None:
    (means, _), (beside, _) = pair
    async with asyncio.timeout(60):
        while not (await means.neighbours.others() and await beside.neighbours.others()):
            await asyncio.sleep(0.01)
    store = await open_postgres(database)
    try:
        looking = replace(means, store=store, neighbours=store.neighbours)
        (said,) = [each for each in await store_faults(looking) if each.part == "store"]
        assert said.said.startswith("2 processes of metoo serve this store now.")
        assert not said.wrong
    finally:
        await store.close()


async def test_an_inbox_unlocked_in_one_is_open_in_the_other_and_shut_in_both(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrase, "MEMORY", 64)
    (means, one), (_, other) = pair
    handler = Actor(WORKSPACE, HANDLER, "en", Standing.MEMBER)
    await until(lambda: bool(one._sharing._known) and bool(other._sharing._known))
    (desk, *_) = await means.store.read(Desks(str(WORKSPACE)))
    await one.inboxes.lock(desk, handler, "three small grey stones")
    (desk, *_) = [each for each in await means.store.read(Desks(str(WORKSPACE))) if each.id == desk.id]
    await until(lambda: bool(other.inboxes.opened.ends()))
    assert other.inboxes.pair(desk, handler).seed == one.inboxes.pair(desk, handler).seed
    with pytest.raises(InboxLocked):
        other.inboxes.pair(desk, replace(handler, user="H2"))
    other.inboxes.close(desk, handler)
    await until(lambda: not one.inboxes.opened.ends())
    for each in (one, other):
        with pytest.raises(InboxLocked):
            each.inboxes.pair(desk, handler)
