"""What `metoo check` says about holding: the keeper there, the one that it was, with room today; and the number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.assurance import escrow_faults, take_keeper
from bot.control import Tell
from bot.keeper import Keeper, KeeperAway
from bot.keys import Purpose
from bot.means import Means
from bot.model import Card
from bot.ports import Answered, Keeping
from bot.rotation import Rotation
from tests.bot.admins import ADMIN, begun
from tests.bot.test_escrow import ACCUSED, HOLD, hold
from tests.bot.test_setup_holding import choose
from tests.world import TUESDAY, World, card, said, world


def silent(_: int, __: int) -> None:
    """No bar."""


TELL: Tell = silent


class Away:
    """No keeper is there."""

    async def ask(self, workspace: bytes, asked: bytes) -> Answered:
        raise KeeperAway


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": 3}) as built:
        yield built


def apart(w: World, keeping: Keeping | None = None) -> Means:
    """The same with a keeper of its own, which by default has the key that held until now."""
    ours = Keeper(w.means.keyring.key(Purpose.KEEPER), w.clock)
    return replace(w.means, keeping=keeping or ours)


async def try_to_hold(w: World, user: str) -> Card:
    asked = card(await w.press(user, await w.write(user, text="It.", named=ACCUSED), HOLD))
    return card(await w.press(user, asked, "Hold it"))


async def test_where_all_is_well_or_there_is_no_separate_keeper_nothing_is_said(w: World) -> None:
    assert await escrow_faults(w.means) == []
    assert await escrow_faults(apart(w)) == []
    await hold(w, "P20")
    assert await escrow_faults(apart(w)) == []
    assert await Rotation(apart(w)).do({"do": "escrow"}, TELL) == ""


async def test_a_keeper_that_is_away_is_said_with_what_to_look_at(w: World) -> None:
    (fault,) = await escrow_faults(apart(w, Away()))
    assert "The keeper does not answer" in fault
    assert "certificates" in fault
    assert await Rotation(apart(w, Away())).do({"do": "escrow"}, TELL) == fault


async def test_another_key_is_said_and_can_be_taken_and_then_reports_are_held_again(w: World) -> None:
    await hold(w, "P20")
    other = Keeper(bytes(32), w.clock)
    w.service.escrow.holding.keeping = other
    (fault,) = await escrow_faults(apart(w, other))
    assert "another key than when reports were held" in fault
    assert "metoo keys keeper" in fault
    assert "another key than" in said(await try_to_hold(w, "P21"))
    assert "the one that counts from then on" in await Rotation(apart(w, other)).do({"do": "keeper"}, TELL)
    assert await escrow_faults(apart(w, other)) == []
    assert (await try_to_hold(w, "P21")).title == "Held for now"
    assert w.sql("SELECT count(*) FROM held") == [(2,)]


async def test_where_no_keeper_is_known_none_is_forgotten(w: World) -> None:
    assert "No keeper is known yet" in await take_keeper(w.means)


async def test_a_budget_that_is_spent_is_said(w: World) -> None:
    ours = Keeper(w.means.keyring.key(Purpose.KEEPER), w.clock, budget=2)
    w.service.escrow.holding.keeping = ours
    for n in (20, 21):
        await hold(w, f"P{n}", named=f"P4{n - 20}")
    (fault,) = await escrow_faults(apart(w, ours))
    assert "answers nothing more today" in fault


async def test_looking_spends_one_of_those_who_can_be_asked_about_however_often(w: World) -> None:
    ours = Keeper(w.means.keyring.key(Purpose.KEEPER), w.clock, budget=3)
    for _ in range(5):
        assert await escrow_faults(apart(w, ours)) == []


async def test_another_number_in_the_settings_is_said(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": 3}) as w:
        await hold(w, "P20")
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": 5}, before=w) as later:
        (fault,) = await escrow_faults(later.means)
        assert "escrow = 5, and reports are held for 3" in fault


async def test_a_workplace_that_was_set_up_in_chat_is_looked_at_too(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace=None) as w:
        w.admin(ADMIN)
        await begun(w)
        assert await escrow_faults(apart(w, Away())) == []
        await choose(w, 3)
        assert len(await escrow_faults(apart(w, Away()))) == 1
