"""A test report goes the whole way: the checks before a delivery, a card, and a private view for its desk alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Actor, Card, Event, Place
from tests.bot.admins import ADMIN, add_desk, begun, done, setup
from tests.world import TUESDAY, WORKSPACE, World, card, labels, said, world

TITLE = "Test: a report would arrive here"
MOMENT = timedelta(minutes=1)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace=None) as built:
        built.admin(ADMIN)
        await begun(built)
        await built.settle()
        yield built


def arrived(w: World, channel: str = "hr-desk") -> list[Card]:
    return [each for each in w.posts(channel) if each.title == TITLE]


async def tried(w: World) -> Card:
    return card(await w.press(ADMIN, await setup(w), "Send a test report"))


async def test_it_arrives_names_nobody_and_the_admin_sees_that_it_did(w: World) -> None:
    assert "on its way" in said(await tried(w))
    await w.pass_time(MOMENT)
    (shown,) = arrived(w)
    assert "This is a test. Nobody reported anything" in said(shown)
    assert ADMIN not in repr(shown)
    assert "Test report: it arrived in #hr-desk" in said(await setup(w))
    assert (ADMIN, "sent a test report") in await done(w)


async def test_a_second_one_is_a_second_card(w: World) -> None:
    for _ in range(2):
        await tried(w)
        await w.pass_time(MOMENT)
    assert len(arrived(w)) == 2


async def test_it_waits_while_its_desk_is_no_private_place_and_the_admin_reads_why(w: World) -> None:
    w.workplace.channels["hr-desk"].private = False
    await tried(w)
    await w.pass_time(timedelta(hours=1))
    assert arrived(w) == []
    shown = said(await setup(w))
    assert "Test report: on its way" in shown
    assert "#hr-desk: It is not a private place" in shown
    w.workplace.channels["hr-desk"].private = True
    await w.pass_time(timedelta(minutes=20))
    assert len(arrived(w)) == 1


async def test_after_a_day_it_takes_the_next_desk_as_a_report_does_or_is_given_up(w: World) -> None:
    w.workplace.channels["hr-desk"].bot = False
    await tried(w)
    await w.pass_time(timedelta(hours=23))
    await add_desk(w, "ombuds")
    await w.pass_time(timedelta(hours=2))
    assert w.sql("SELECT count(*) FROM outbox WHERE kind = 'trial'") == [(0,)]
    await w.pass_time(timedelta(hours=80))
    await tried(w)
    await w.pass_time(timedelta(hours=25))
    assert arrived(w) == []
    assert len(arrived(w, "ombuds")) == 1


async def test_only_people_of_its_desk_can_open_it(w: World) -> None:
    await tried(w)
    await w.pass_time(MOMENT)
    (shown,) = arrived(w)
    assert labels(shown) == ["Read privately"]

    async def press(user: str) -> str:
        to, place = shown.buttons[0].to, Place(WORKSPACE, "hr-desk")
        event = Event(Actor(WORKSPACE, user), to.action, to.ref, place=place)
        return said(card(await w.service.core.handle(event)))

    assert "This was a test, and you could open it." in await press("P1")
    assert "This test cannot be opened from here." in await press("P20")
    w.workplace.channels["hr-desk"].private = False
    assert "This test cannot be opened from here." in await press("P1")


async def test_what_is_no_test_opens_nothing(w: World) -> None:
    for ref in ("", "zz", "00" * 16, "00" * 40):
        assert "cannot be opened from here" in said(card(await w.act("P1", "setup.read", ref[:64])))


async def test_before_the_start_there_is_nothing_to_test(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace=None) as w:
        w.admin(ADMIN)
        assert "Send a test report" not in labels(await setup(w))
        await w.act(ADMIN, "setup.try")
        assert w.sql("SELECT count(*) FROM outbox WHERE kind = 'trial'") == [(0,)]
