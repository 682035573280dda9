"""SIGTERM in the middle of a crowd: what is being answered is finished, and nothing is lost or counted twice."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.adapters import slack_hands as hands
from tests.adapters.slack_wire import SocketWire
from tests.test_program import PATIENCE, House, _posted, _until

CROWD = 150
FIRST = 100


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = House(tmp_path)
    built.removed = {"METOO_DISCORD__TOKEN"}
    await built.slack.server.start()
    await built.discord.server.start()
    built.furnish()
    toml = tmp_path / "metoo.toml"
    served = toml.read_text().split("[[workspaces]]")
    toml.write_text(f"[[workspaces]]{served[1]}\n[delays]{served[2].split('[delays]')[1]}")
    for n in range(FIRST, FIRST + CROWD):
        built.slack.add_person(built.slack.person(n))
    await built.metoo("keys", "new")
    yield built
    for stage in built.stages:
        await stage.close()


async def press(house: House, people: Iterable[int]) -> dict[int, asyncio.Future[Any]]:
    """Let all of these people press *Me too* on the wall at once; what becomes of each acknowledgement."""
    stage = house.slack
    wire = stage.wire
    assert isinstance(wire, SocketWire)
    (wall,) = stage.posts(stage.channel(2))
    blocks = stage.server.channels[stage.channel(2)].messages[wall.ref]["blocks"]
    raw = {"blocks": blocks, "channel": stage.channel(2), "ref": wall.ref}
    found = {}
    for n in people:
        payload = stage._pressing(stage.person(n), raw, hands.button(blocks, "Me too"))
        name = await wire.offer("interactive", payload)
        found[n] = wire._waiting[name]
    return found


def voices(house: House) -> int:
    with closing(sqlite3.connect(house.folder / "metoo.db")) as store:
        return int(store.execute("SELECT count(*) FROM voices").fetchone()[0])


async def ready(house: House) -> None:
    await asyncio.wait_for(house.slack.server.connected.wait(), PATIENCE)
    await _posted(house.slack, 2)
    await _until(lambda: "users.list" in house.slack.server.calls)


async def test_a_stop_under_load_loses_no_voice_that_was_acknowledged_and_doubles_none(house: House) -> None:
    everybody = range(FIRST, FIRST + CROWD)
    process = await house._start("run")
    await ready(house)
    pressed = await press(house, everybody)
    await asyncio.wait(pressed.values(), return_when=asyncio.FIRST_COMPLETED)
    process.send_signal(signal.SIGTERM)
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, out.decode()
    lines = [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]
    (stopped,) = [each for each in lines if each["event"] == "stopped"]
    assert stopped["outcome"] == "finished"
    assert stopped["module"] == "bot.process"
    told = {n for n, acknowledged in pressed.items() if acknowledged.done()}
    assert told
    assert len(told) <= voices(house) <= CROWD

    house.slack.server.connected.clear()
    house.slack.server.calls.clear()
    async with house.serving():
        await ready(house)
        left = await press(house, set(everybody) - told)
        if left:
            await asyncio.wait(left.values(), timeout=PATIENCE)
        assert all(each.done() for each in left.values())
    assert voices(house) == CROWD
