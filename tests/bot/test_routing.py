from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.arrivals import PATIENCE
from bot.errors import Unreachable
from bot.model import Facts, Place, Workspace
from bot.records import DeskRow
from bot.routing import Look, Routing
from tests.world import TUESDAY, WORKSPACE, Silent, World, card, quoted, said, world

DESK = DeskRow(bytes(16), str(WORKSPACE), "hr-desk", b"", b"")
SAFE = Facts("#hr-desk", private=True, external=False, bot=True, readers=3)


def arrived(w: World, channel: str) -> int:
    return sum(each.title == "A report arrived" for each in w.posts(channel))


@pytest.mark.parametrize(
    ("facts", "read", "permitted"),
    [
        (SAFE, False, True),
        (SAFE, True, False),
        (SAFE, None, False),
        (None, False, False),
        (None, None, False),
        (Facts("", private=True, external=False, bot=True, readers=None), False, True),
        (Facts("", private=True, external=False, bot=True, readers=0), False, False),
        (Facts("", private=False, external=False, bot=True, readers=3), False, False),
        (Facts("", private=True, external=True, bot=True, readers=3), False, False),
        (Facts("", private=True, external=False, bot=False, readers=3), False, False),
    ],
)
def test_only_a_safe_desk_that_nobody_named_reads_is_permitted(
    facts: Facts | None, read: bool | None, permitted: bool
) -> None:
    look = Look(DESK, facts, read)
    assert look.permitted is permitted
    assert look.barred is (read is True)
    assert look.unread is (read is False)


UNSAFE: dict[str, dict[str, object]] = {
    "public": {"private": False},
    "external": {"external": True},
    "without us": {"bot": False},
    "without readers": {"readers": frozenset()},
    "read by strangers only": {"readers": frozenset({"somebody who left"})},
}


@pytest.mark.parametrize("how", UNSAFE)
async def test_a_report_waits_for_its_desk_to_be_safe_and_then_arrives_once(tmp_path: Path, how: str) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        desk = w.workplace.channels["hr-desk"]
        before = {name: getattr(desk, name) for name in UNSAFE[how]}
        preview = await w.write("P20", text="x")
        for name, value in UNSAFE[how].items():
            setattr(desk, name, value)
        warned = card(await w.act("P20", "tell.preview", preview.buttons[0].to.ref))
        assert "your report would wait" in said(warned)
        await w.press("P20", preview, "Send")
        await w.jump(timedelta(hours=5))
        assert (arrived(w, "hr-desk"), arrived(w, "ombuds")) == (0, 0)
        for name, value in before.items():
            setattr(desk, name, value)
        await w.pass_time(timedelta(minutes=15))
        assert (arrived(w, "hr-desk"), arrived(w, "ombuds")) == (1, 0)


async def test_after_a_day_a_report_takes_the_next_desk(w: World) -> None:
    w.workplace.channels["hr-desk"].private = False
    await w.report("P20", text="x")
    await w.jump(timedelta(hours=4))
    await w.jump(timedelta(hours=19))
    assert arrived(w, "ombuds") == 0
    await w.jump(PATIENCE - timedelta(hours=19))
    await w.pass_time(timedelta(minutes=15))
    assert (arrived(w, "hr-desk"), arrived(w, "ombuds")) == (0, 1)
    w.workplace.channels["hr-desk"].private = True
    await w.jump(timedelta(days=2))
    assert (arrived(w, "hr-desk"), arrived(w, "ombuds")) == (0, 1)
    posted = w.posts("ombuds")[-1]
    assert quoted(await w.read("P4", posted)) == "x"
    assert "cannot be opened from here" in said(await w.read("P1", posted))


async def test_where_no_desk_is_safe_a_report_waits_for_as_long_as_it_takes(w: World) -> None:
    for name in ("hr-desk", "ombuds"):
        w.workplace.channels[name].external = True
    await w.report("P20", text="x")
    for _ in range(4):
        await w.jump(timedelta(days=10))
    assert (arrived(w, "hr-desk"), arrived(w, "ombuds")) == (0, 0)
    w.workplace.channels["ombuds"].external = False
    await w.pass_time(timedelta(minutes=15))
    assert (arrived(w, "hr-desk"), arrived(w, "ombuds")) == (0, 1)


async def test_a_desk_that_the_named_person_reads_is_never_taken_however_long_it_waits(w: World) -> None:
    await w.report("P20", text="x", named=("P2",))
    w.workplace.channels["ombuds"].private = False
    for _ in range(3):
        await w.jump(timedelta(days=10))
    assert (arrived(w, "hr-desk"), arrived(w, "ombuds")) == (0, 0)


async def test_a_desk_that_has_gone_is_waited_for_like_an_unsafe_one(w: World) -> None:
    await w.report("P20", text="x")
    gone = w.workplace.channels.pop("hr-desk")
    await w.jump(timedelta(hours=5))
    assert arrived(w, "ombuds") == 0
    w.workplace.channels["hr-desk"] = gone
    await w.jump(timedelta(minutes=15))
    assert arrived(w, "hr-desk") == 1


async def test_a_platform_that_is_not_connected_is_unreachable(w: World) -> None:
    routing = Routing({})
    with pytest.raises(Unreachable):
        await routing.can_read(Place(Workspace("slack", "T1"), "C1"), "U1")
    (look,) = await routing.look(w.means.settings.workspaces[0], (DESK,), ("P9",))
    assert (look.facts, look.read_by_named, look.permitted, look.barred) == (None, None, False, False)


async def test_desks_come_in_the_configured_order_and_only_those(w: World) -> None:
    routing = Routing({"sandbox": Silent(w.workplace)})
    rows = [DeskRow(bytes([n] * 16), str(WORKSPACE), each, b"", b"") for n, each in enumerate("ab")]
    rows += [DeskRow(b"c" * 16, str(WORKSPACE), each, b"", b"") for each in ("ombuds", "hr-desk")]
    looks = await routing.look(w.means.settings.workspaces[0], rows, ())
    assert [look.desk.channel for look in looks] == ["hr-desk", "ombuds"]


async def test_a_channel_that_everybody_can_read_opens_nothing(w: World) -> None:
    routing = Routing({"sandbox": Silent(w.workplace)})
    place = Place(WORKSPACE, "hr-desk")
    assert await routing.may_open(place, "P1")
    assert not await routing.may_open(place, "P20")
    w.workplace.channels["hr-desk"].external = True
    assert not await routing.may_open(place, "P1")
    w.workplace.channels["hr-desk"].external = False
    w.workplace.channels["hr-desk"].private = False
    assert not await routing.may_open(place, "P1")
