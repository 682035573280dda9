"""After set-up: changes of desks and of what is kept wait, are told, can be taken back, and move no case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.announcing import BACK
from bot.service import Service
from tests.bot.admins import ADMIN, add_desk, begun, done, opened, part, pick, setup
from tests.bot.letterbox import DAY, answer, come_back, deliver, quotes, read, send
from tests.world import TUESDAY, WORKSPACE, Silent, World, card, labels, said, world

WAIT = timedelta(hours=73)
HOURS = timedelta(hours=5)
TOLD = "An admin changes the set-up"
NOTHING = "Nothing changes here"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace=None) as built:
        built.admin(ADMIN)
        await begun(built)
        channels = await opened(built, "Channels for everybody")
        await built.fill(ADMIN, channels, solidarity_channel="solidarity", digest_channel="general")
        await built.settle()
        yield built


def desks(w: World) -> tuple[str, ...]:
    return w.service.workplaces.serving(WORKSPACE).desks


async def moved(w: World) -> None:
    """The only desk is another channel from three days later on."""
    await pick(w, await add_desk(w, "ombuds"), "Take out a desk", "hr-desk")


async def titles(w: World, channel: str) -> list[str]:
    await w.pass_time(timedelta(minutes=5))
    return [each.title for each in w.posts(channel)]


async def test_a_change_of_desks_waits_three_days_and_then_holds(w: World) -> None:
    shown = await add_desk(w, "ombuds")
    assert "Kept. It holds from the moment below; the desks were told." in said(shown)
    assert "In force: #hr-desk" in said(shown)
    assert "What changes holds from: 2026-11-27" in said(shown)
    assert "Desks then, in their order: #hr-desk, #ombuds" in said(shown)
    await w.pass_time(timedelta(hours=71))
    assert desks(w) == ("hr-desk",)
    await w.pass_time(timedelta(hours=2))
    assert desks(w) == ("hr-desk", "ombuds")
    assert "What changes holds from" not in said(await setup(w))


async def test_the_old_desk_is_told_at_once_what_changes_and_when(w: World) -> None:
    await moved(w)
    assert TOLD in await titles(w, "hr-desk")
    told = said(w.posts("hr-desk")[-1])
    assert "From: 2026-11-27" in told
    assert "Desks then, in their order: #ombuds" in told
    assert "Reports that this desk has stay here" in told
    assert ADMIN not in told
    assert await titles(w, "ombuds") == []


async def test_a_desk_that_is_no_private_place_is_told_without_the_name_of_a_channel(w: World) -> None:
    w.workplace.channels["hr-desk"].private = False
    await moved(w)
    assert TOLD in await titles(w, "hr-desk")
    assert "ombuds" not in said(w.posts("hr-desk")[-1])


async def test_a_change_can_be_taken_back_and_the_desk_is_told_so(w: World) -> None:
    await moved(w)
    await titles(w, "hr-desk")
    shown = await setup(w)
    assert "Take back what waits" in labels(shown)
    assert "was taken back" in said(card(await w.press(ADMIN, shown, "Take back what waits")))
    assert (await titles(w, "hr-desk"))[-1] == NOTHING
    await w.pass_time(WAIT)
    assert desks(w) == ("hr-desk",)
    assert "Take back what waits" not in labels(await setup(w))


async def test_a_change_of_a_change_waits_anew(w: World) -> None:
    await add_desk(w, "ombuds")
    await w.pass_time(2 * DAY)
    await pick(w, await part(w, "Desks"), "Which desk comes first", "ombuds")
    await w.pass_time(2 * DAY)
    assert desks(w) == ("hr-desk",)
    await w.pass_time(DAY + HOURS)
    assert desks(w) == ("ombuds", "hr-desk")


async def test_choosing_again_what_is_in_force_leaves_nothing_that_waits(w: World) -> None:
    both = await add_desk(w, "ombuds")
    shown = await pick(w, both, "Take out a desk", "ombuds")
    assert "What changes holds from" not in said(shown)
    assert (await titles(w, "hr-desk"))[-1] == NOTHING


async def test_the_last_desk_cannot_be_taken_out(w: World) -> None:
    shown = await part(w, "Desks")
    assert shown.choices == ()
    gone = card(await w.act(ADMIN, "setup.out", "00000000", {"choice": ("hr-desk",)}))
    assert "Another admin changed this" in said(gone)
    both = await add_desk(w, "ombuds")
    mark = both.choices[1].to.ref
    await pick(w, both, "Take out a desk", "hr-desk")
    shown = card(await w.act(ADMIN, "setup.out", mark, {"choice": ("ombuds",)}))
    assert "Another admin changed this" in said(shown)


async def test_how_long_reports_are_kept_waits_too_and_all_else_holds_at_once(w: World) -> None:
    keeping = await opened(w, "How long reports are kept")
    shown = await w.fill(ADMIN, keeping, retention_days="30")
    assert "Days that closed reports are kept: 30" in said(shown)
    assert w.service.workplaces.serving(WORKSPACE).retention_days == 120
    assert "30; now 120" in said(w.posts("hr-desk")[-1]) if await titles(w, "hr-desk") else False
    support = await opened(w, "Your own support")
    await w.fill(ADMIN, support, support="Room 9")
    assert w.service.workplaces.serving(WORKSPACE).support == ("Room 9",)
    await w.pass_time(WAIT)
    assert w.service.workplaces.serving(WORKSPACE).retention_days == 30


async def test_what_waits_is_not_lost_by_a_restart(w: World) -> None:
    await moved(w)
    again = Service(w.means, {"sandbox": Silent(w.workplace)})
    await again.prepare()
    assert again.workplaces.serving(WORKSPACE).desks == ("hr-desk",)
    await w.clock.jump(w.clock.now() + WAIT)
    await again.setup.run()
    assert again.workplaces.serving(WORKSPACE).desks == ("ombuds",)


async def test_cases_stay_with_their_desk_and_it_goes_on_working(w: World) -> None:
    words = await deliver(w, "It happened.")
    await moved(w)
    await w.pass_time(WAIT)
    assert desks(w) == ("ombuds",)
    assert quotes(await read(w)) == ["It happened."]
    await answer(w, "Thank you.")
    assert "Thank you." in quotes(await come_back(w, words))
    assert "Cases" in labels(card(await w.act("P1", "menu")))
    assert not [each for each in w.posts("ombuds") if each.title == "A report arrived"]


async def test_a_desk_that_is_none_any_more_is_reminded_of_its_cases_and_told_of_its_readers(
    w: World,
) -> None:
    await deliver(w)
    await moved(w)
    await w.pass_time(WAIT)
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    await w.pass_time(timedelta(days=7))
    shown = await titles(w, "hr-desk")
    assert "Who can read this desk" in shown
    assert "Answers are due" in shown
    w.workplace.channels["hr-desk"].private = False
    await w.pass_time(timedelta(hours=2))
    assert w.service.watch.problems(str(WORKSPACE)) == {}


async def test_a_report_that_was_on_its_way_goes_where_its_writer_saw_it_would_go(w: World) -> None:
    w.workplace.channels["hr-desk"].private = False  # so that it waits
    await send(w)
    await moved(w)
    await w.pass_time(timedelta(hours=20))
    w.workplace.channels["hr-desk"].private = True
    w.service.setup._settings.choose(WORKSPACE, {"desks": ["ombuds"]})
    await w.pass_time(HOURS)
    assert "A report arrived" in await titles(w, "hr-desk")
    assert "A report arrived" not in await titles(w, "ombuds")


async def test_new_reports_go_to_the_new_desk(w: World) -> None:
    await moved(w)
    await w.pass_time(WAIT)
    await deliver(w)
    assert "A report arrived" in await titles(w, "ombuds")
    assert "A report arrived" not in await titles(w, "hr-desk")


async def digest(w: World) -> str:
    """What the next digest says."""
    before = len(w.posts("general"))
    await w.pass_time(timedelta(days=7))
    (fresh,) = w.posts("general")[before:]
    return said(fresh)


async def test_the_next_digest_says_it_once(w: World) -> None:
    await moved(w)
    sentence = "From 2026-11-27 on, new reports go to other desks or are kept for another time."
    assert sentence in await digest(w)
    assert "From 2026" not in await digest(w)


async def test_what_was_taken_back_before_a_digest_is_not_in_it(w: World) -> None:
    await moved(w)
    await w.press(ADMIN, await setup(w), "Take back what waits")
    told = await digest(w)
    assert "new reports go to other desks" not in told
    assert "taken back" not in told


async def test_what_was_told_in_a_digest_and_then_taken_back_is_told_so(w: World) -> None:
    start = w.clock.now()
    await w.pass_time(timedelta(days=5))  # the Sunday before a digest
    await moved(w)
    await w.pass_time(timedelta(days=1, hours=2))
    assert "new reports go to other desks" in said(w.posts("general")[-1])
    await w.press(ADMIN, await setup(w), "Take back what waits")
    assert "told here before, was taken back" in await digest(w)
    news = w.service._onboarding.news
    assert await news(str(WORKSPACE), start, w.clock.now()) == ""
    assert await news(str(WORKSPACE), start + timedelta(days=6), w.clock.now()) == BACK


async def test_the_audit_log_says_who_asked_and_when_it_held(w: World) -> None:
    await moved(w)
    await w.pass_time(WAIT)
    assert (ADMIN, "set up desks, which waits") in await done(w)
    assert ("", "what waited holds") in await done(w)


async def test_a_workplace_can_choose_not_to_wait(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace=None, delays={"changes": "0s"}) as w:
        w.admin(ADMIN)
        await begun(w)
        await add_desk(w, "ombuds")
        await w.pass_time(timedelta(minutes=1))
        assert desks(w) == ("hr-desk", "ombuds")
