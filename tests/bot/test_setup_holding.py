"""Switching on safety in numbers in chat: what an admin reads, from how many people, and a number that stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.model import Card, ChoiceField, Form
from bot.service import Service
from tests.bot.admins import ADMIN, SECOND, begun, done, part
from tests.bot.letterbox import come_back
from tests.bot.test_escrow import ACCUSED, HOLD, HOURS, hold, matches
from tests.world import TUESDAY, WORKSPACE, Silent, World, card, labels, said, world

PART = "Safety in numbers"
READ = "I have read what it can and cannot do"
STAYS = "The number of people stays as it was first chosen"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace=None) as built:
        built.admin(ADMIN)
        built.admin(SECOND)
        yield built


async def form(w: World) -> Form:
    shown = await part(w, PART)
    opened = await w.press(ADMIN, shown, READ if READ in labels(shown) else "Change")
    assert isinstance(opened, Form)
    return opened


async def choose(w: World, k: int) -> Card:
    return await w.fill(ADMIN, await form(w), escrow=str(k))


async def number(w: World) -> int:
    return w.service.workplaces.serving(WORKSPACE).escrow


async def test_it_is_off_until_an_admin_who_read_what_it_can_and_cannot_do_chooses_a_number(w: World) -> None:
    await begun(w, "hr-desk", "ombuds")
    assert HOLD not in labels(await w.write("P20", text="It.", named=ACCUSED))
    shown = await part(w, PART)
    for told in (
        "In force: off",
        "many held reports never match",
        "HR knows nothing of it and cannot protect anybody",
        "deadlines keep running",
        "can fake a match, and one fewer than that can find out that one more report exists",
        "a mark of its writer is kept",
        "Nobody is told how many are held: not you",
        "at least 50 members",
        "switch it off",
    ):
        assert told in said(shown), told
    assert READ in labels(shown)
    (asked,) = (await form(w)).fields
    assert isinstance(asked, ChoiceField)
    assert asked.value == "3"
    assert [each.value for each in asked.options] == ["0", *map(str, range(2, 11))]
    kept = await choose(w, 3)
    assert "In force: 3 different people" in said(kept)
    assert READ not in labels(kept)
    assert (ADMIN, "set up escrow") in await done(w)
    for n in (20, 21, 22):
        await hold(w, f"P{n}")
    await w.pass_time(HOURS)
    assert len(matches(w)) == 1


@pytest.mark.parametrize("apart", [False, True])
async def test_it_is_labelled_for_what_it_is_with_and_without_a_keeper(tmp_path: Path, apart: bool) -> None:
    keeper: dict[str, Any] = {"keeper": {"socket": tmp_path / "k.sock"}} if apart else {}
    async with world(tmp_path, start=TUESDAY, workspace=None, **keeper) as w:
        w.admin(ADMIN)
        shown = said(await part(w, PART))
    assert ("encrypted at rest, the threshold kept by software" in shown) != apart
    assert ("A keeper of its own holds one of the two keys here" in shown) == apart
    assert "who wrote them" in shown


async def test_a_workplace_of_fewer_than_fifty_cannot_switch_it_on(w: World) -> None:
    await begun(w)
    w.members(49)
    w.admin(ADMIN)
    assert "at least 50 members" in said(await choose(w, 3))
    assert await number(w) == 0
    w.members(50)
    w.admin(ADMIN)
    await choose(w, 3)
    assert await number(w) == 3


async def test_where_it_is_not_known_how_many_there_are_it_stays_off(w: World) -> None:
    await begun(w)
    opened = await form(w)
    w.workplace.fail(1)
    assert "not known at this moment" in said(await w.fill(ADMIN, opened, escrow="3"))
    assert await number(w) == 0


async def test_the_number_can_be_changed_before_the_start_and_stays_afterwards_whoever_holds(
    w: World,
) -> None:
    await choose(w, 2)
    assert "Chosen: 4 different people" in said(await choose(w, 4))
    await begun(w, "hr-desk", "ombuds")
    before = said(await choose(w, 3))
    assert STAYS in before
    assert "on again with 4" in before
    receipt = await hold(w, "P20")
    assert said(await choose(w, 3)) == before
    await choose(w, 0)
    assert HOLD not in labels(await w.write("P21", text="It.", named=ACCUSED))
    assert "Held until others" in said(await come_back(w, receipt))
    assert STAYS in said(await choose(w, 3))
    assert await number(w) == 0
    await choose(w, 4)
    for n in (21, 22, 23):
        await hold(w, f"P{n}")
    await w.pass_time(HOURS)
    assert len(matches(w)) == 1


async def test_the_number_stays_after_a_restart(w: World) -> None:
    await begun(w)
    await choose(w, 3)
    await choose(w, 0)
    again = Service(w.means, {"sandbox": Silent(w.workplace)})
    await again.prepare()
    w.service = again
    assert STAYS in said(await choose(w, 2))


async def test_what_is_no_number_changes_nothing(w: World) -> None:
    await begun(w)
    opened = await form(w)
    for typed in ("1", "11", "-3", "three", ""):
        assert "In force: off" in said(await w.fill(ADMIN, opened, escrow=typed))
    assert await number(w) == 0


async def test_what_the_file_says_holds_over_set_up_in_chat(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": 5}) as w:
        w.admin(ADMIN)
        shown = await part(w, PART)
        assert "what it says holds: escrow" in said(shown)
        assert {READ, "Change"} & set(labels(shown)) == set()
        mark = (await part(w, PART)).here
        assert mark is not None
        await w.act(ADMIN, "setup.kept", "escrow.00000000", {"escrow": ("2",)})
        assert await number(w) == 5


async def test_another_number_in_the_file_waits_until_nothing_is_held_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": 3}) as w:
        receipt = await hold(w, "P20")
        await hold(w, "P21")
    with structlog.testing.capture_logs() as logged:
        async with world(tmp_path, start=TUESDAY, workspace={"escrow": 2}, before=w) as later:
            assert {
                "event": "escrow keeps its number",
                "wanted": 2,
                "kept": 3,
                "log_level": "warning",
            } in logged
            before = card(await later.press("P22", await later.write("P22", text="It.", named=ACCUSED), HOLD))
            assert "until 2 or more other people" in said(before)
            assert "Held until others" in said(await come_back(later, receipt))
            await later.press("P22", before, "Hold it")
            await later.pass_time(HOURS)
            (posted,) = matches(later)
            assert len(card(await later.press("P1", posted, "Open privately")).choices[0].options) == 3
            before = card(await later.press("P23", await later.write("P23", text="It.", named="P41"), HOLD))
            assert "until 1 or more other people" in said(before)
