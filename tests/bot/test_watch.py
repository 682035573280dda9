"""What the hourly look at desks finds and says, and that it never speaks because of a report."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog

from bot.model import Facts
from bot.records import Desks, OutboxRow
from bot.watch import PROBLEMS, READERS, problem
from tests.bot.letterbox import deliver, send
from tests.world import WORKSPACE, World, said

HOUR = timedelta(hours=1, minutes=1)
WHO = "Who can read this desk"


def told(w: World) -> list[str]:
    return [said(each) for each in w.posts("hr-desk") if each.title == WHO]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (None, "unknown"),
        (Facts("", private=True, external=False, bot=True, readers=3), ""),
        (Facts("", private=True, external=False, bot=True, readers=None), ""),
        (Facts("", private=False, external=False, bot=True), "open"),
        (Facts("", private=True, external=True, bot=True), "shared"),
        (Facts("", private=True, external=False, bot=False), "away"),
        (Facts("", private=False, external=False, bot=False), "away"),
        (Facts("", private=True, external=False, bot=True, readers=0), "empty"),
    ],
)
def test_what_is_wrong_with_a_desk_has_a_name_and_a_sentence(facts: Facts | None, found: str) -> None:
    assert problem(facts) == found
    assert not found or found in PROBLEMS


async def test_a_desk_that_is_opened_is_seen_within_the_hour_and_forgotten_when_mended(w: World) -> None:
    await w.pass_time(HOUR)
    assert w.service.watch.problems(str(WORKSPACE)) == {}
    w.workplace.channels["hr-desk"].private = False
    with structlog.testing.capture_logs() as logs:
        await w.pass_time(3 * HOUR)
    assert w.service.watch.problems(str(WORKSPACE)) == {"hr-desk": "open"}
    assert [each["problem"] for each in logs if each["event"] == "desk looked at"] == ["open"]
    w.workplace.channels["hr-desk"].private = True
    await w.pass_time(HOUR)
    assert w.service.watch.problems(str(WORKSPACE)) == {}


async def test_a_platform_that_does_not_answer_is_no_private_place(w: World) -> None:
    w.workplace.fail(50)
    await w.pass_time(HOUR)
    assert set(w.service.watch.problems(str(WORKSPACE)).values()) == {"unknown"}


async def test_nothing_is_said_because_a_report_waits(w: World) -> None:
    await w.pass_time(HOUR)
    w.workplace.channels["hr-desk"].private = w.workplace.channels["ombuds"].private = False
    with structlog.testing.capture_logs() as logs:
        await send(w)
        await w.pass_time(timedelta(minutes=20))
        assert w.service.watch.problems(str(WORKSPACE)) == {}
        assert [each for each in logs if each["event"] == "desk looked at"] == []


async def test_a_desk_is_told_when_more_or_fewer_can_read_it_and_else_nothing(w: World) -> None:
    await w.pass_time(3 * HOUR)
    assert told(w) == []
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    await w.pass_time(3 * HOUR)
    assert len(told(w)) == 1
    assert "More people can read this desk than before: 4, and it was 3." in told(w)[0]
    w.workplace.channels["hr-desk"].readers = frozenset({"P1"})
    await w.pass_time(3 * HOUR)
    assert len(told(w)) == 2
    assert "Fewer people can read this desk than before: 1, and it was 4." in told(w)[1]


async def test_a_desk_that_is_no_private_place_is_told_nothing(w: World) -> None:
    await w.pass_time(HOUR)
    w.workplace.channels["hr-desk"].private = False
    await w.pass_time(3 * HOUR)
    assert told(w) == []


async def test_a_report_does_not_change_what_the_watch_keeps(w: World) -> None:
    await w.pass_time(HOUR)
    before = w.sql("SELECT * FROM watches ORDER BY desk")
    await deliver(w)
    await w.pass_time(HOUR)
    assert w.sql("SELECT * FROM watches ORDER BY desk") == before


async def test_nothing_is_told_where_the_desk_stopped_being_private_in_between(w: World) -> None:
    await w.pass_time(HOUR)
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    await w.pass_time(HOUR)
    assert len(told(w)) == 1
    (desk,) = (each for each in await w.store.read(Desks(str(WORKSPACE))) if each.channel == "hr-desk")
    row = OutboxRow(bytes(16), READERS, desk.id, str(WORKSPACE), w.clock.now())
    assert await w.service.watch.compose(row) is not None
    w.workplace.channels["hr-desk"].private = False
    assert await w.service.watch.compose(row) is None
