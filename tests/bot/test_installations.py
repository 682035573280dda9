"""What an app is given where it was installed: sealed, changed by one process at a time, erased alone; and tickets."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.installations import LIFE, Installations, Tickets
from bot.vault import Vault
from tests.world import World, world

OWNER = "slack:T0PLANTED"
GIVEN = "xoxb-planted-kernbeisser-5512"


def installations(w: World) -> Installations:
    return Installations(w.means.store, Vault(w.means.keyring, w.means.random))


def tickets(w: World) -> Tickets:
    return Tickets(w.means.store, Vault(w.means.keyring, w.means.random), w.clock, w.means.random)


async def test_what_is_given_is_kept_sealed_and_comes_back(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        kept = installations(w)
        assert await kept.put(OWNER, GIVEN, 0)
        found = await kept.of(OWNER)
        assert found is not None
        assert (found.given, found.version) == (GIVEN, 1)
        assert await kept.everything() == {OWNER: found}
        ((sealed,),) = w.sql("SELECT sealed FROM installations")
        assert GIVEN.encode() not in sealed
        assert GIVEN not in repr(found)


async def test_of_two_processes_that_change_one_the_second_finds_what_the_first_kept(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        one, other = installations(w), installations(w)
        assert await one.put(OWNER, "first", 0)
        assert not await other.put(OWNER, "second", 0)
        took = await asyncio.gather(one.put(OWNER, "third", 1), other.put(OWNER, "fourth", 1))
        assert sorted(took) == [False, True]
        found = await other.of(OWNER)
        assert found is not None
        assert found.given == ("third" if took[0] else "fourth")


async def test_erasing_takes_this_one_and_not_one_that_came_after_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        kept = installations(w)
        await kept.put(OWNER, "first", 0)
        await kept.put("slack:T0OTHER", "other", 0)
        await kept.put(OWNER, "again", 1)
        assert not await kept.erase(OWNER, 1)
        assert await kept.erase(OWNER, 2)
        assert await kept.of(OWNER) is None
        assert list(await kept.everything()) == ["slack:T0OTHER"]


async def test_a_ticket_is_good_once_and_for_ten_minutes(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        one, other = tickets(w), tickets(w)
        ticket, late = one.issue(), one.issue()
        assert w.sql("SELECT * FROM tickets") == []
        assert sorted(await asyncio.gather(one.spend(ticket), other.spend(ticket))) == [False, True]
        assert not await one.spend(ticket)
        await w.pass_time(LIFE + timedelta(seconds=1))
        assert not await one.spend(late)
        await one.spend(one.issue())
        assert len(w.sql("SELECT * FROM tickets")) == 1


@pytest.mark.parametrize("wrong", ["", "x", "A" * 88, "ä" * 20, "-_" * 40, "=" * 9])
async def test_what_is_no_ticket_of_ours_is_none(tmp_path: Path, wrong: str) -> None:
    async with world(tmp_path) as w:
        assert not await tickets(w).spend(wrong)
        assert not await tickets(w).spend(tickets(w).issue()[:-2])
        assert w.sql("SELECT * FROM tickets") == []
