"""Somebody who must not read a report comes into its desk later: it leaves without a word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import RateLimited
from bot.model import Card, Place
from tests.bot.letterbox import (
    HANDLER,
    OTHER_HANDLER,
    WRITER,
    come_back,
    deliver,
    desk_card,
    fill_in,
    left,
    quotes,
    to_another_desk,
    withdraw,
)
from tests.world import World, card, labels, said

LOOK = timedelta(hours=1, minutes=5)
HOURS = timedelta(hours=5)


def enter(w: World, user: str, *channels: str) -> None:
    for channel in channels:
        w.workplace.channels[channel].readers |= {user}


def about(w: World, channel: str) -> list[str]:
    """The titles of the cards about reports in a channel."""
    return [each.title for each in w.posts(channel) if "report" in each.title.lower()]


async def read(w: World, user: str, channel: str) -> Card:
    return await w.read(user, desk_card(w, channel))


async def test_the_card_and_all_news_go_and_the_next_desk_gets_the_report(w: World) -> None:
    receipt = await deliver(w, "It happened.", named=("P9",))
    await fill_in(w, await come_back(w, receipt), "Add or answer", "More of it.")
    await w.pass_time(HOURS)
    assert len(about(w, "hr-desk")) == 2
    enter(w, "P9", "hr-desk")
    await w.pass_time(LOOK)
    assert about(w, "hr-desk") == []
    assert about(w, "ombuds") == ["A report arrived"]
    assert quotes(await read(w, OTHER_HANDLER, "ombuds")) == ["It happened.", "More of it."]


async def test_the_desk_that_lost_it_opens_nothing_any_more_whoever_presses(w: World) -> None:
    await deliver(w, named=("P9",))
    card_before = desk_card(w)
    enter(w, "P9", "hr-desk")
    await w.pass_time(LOOK)
    said_to = [said(await w.read(user, card_before)) for user in ("P9", HANDLER, "P30")]
    assert "cannot be opened from here" in said_to[0]
    assert len(set(said_to)) == 1


async def test_its_writer_reads_that_it_is_not_with_hr_and_after_that_that_it_is(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    enter(w, "P9", "hr-desk")
    w.workplace.channels["ombuds"].private = False
    await w.pass_time(LOOK)
    assert "Not with HR yet." in said(await come_back(w, receipt))
    w.workplace.channels["ombuds"].private = True
    await w.pass_time(LOOK)
    assert "With HR, not read yet." in said(await come_back(w, receipt))


async def test_where_no_desk_is_left_it_is_suspended_and_its_writer_is_told_and_can_go_on(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    enter(w, "P9", "hr-desk", "ombuds")
    await w.pass_time(2 * LOOK)
    assert about(w, "hr-desk") == about(w, "ombuds") == []
    box = await come_back(w, receipt)
    assert "No desk has it now: somebody you picked can read each of those that could." in said(box)
    assert {"Find support", "Take it back", "My copy"} <= set(labels(box))


async def test_a_suspended_report_goes_to_a_desk_that_its_writer_finds_free_again(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    enter(w, "P9", "hr-desk", "ombuds")
    await w.pass_time(LOOK)
    w.workplace.channels["ombuds"].readers -= {"P9"}
    await w.pass_time(LOOK)
    assert about(w, "ombuds") == ["A report arrived"]
    assert "No desk has it now" not in said(await come_back(w, receipt))


async def test_of_a_closed_report_only_the_posts_go(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    await fill_in(w, await read(w, HANDLER, "hr-desk"), "Close the report", "Done.", HANDLER, signed="desk")
    enter(w, "P9", "hr-desk")
    await w.pass_time(3 * LOOK)
    assert about(w, "hr-desk") == about(w, "ombuds") == []
    assert "Closed" in said(await come_back(w, receipt))


async def test_reports_that_name_nobody_there_stay_where_they_are(w: World) -> None:
    await deliver(w, named=("P10",))
    await deliver(w)
    enter(w, "P9", "hr-desk")
    await w.pass_time(3 * LOOK)
    assert len(about(w, "hr-desk")) == 2
    assert about(w, "ombuds") == []


async def test_a_platform_that_does_not_answer_moves_nothing_and_then_it_is_looked_at_again(w: World) -> None:
    await deliver(w, named=("P9",))
    enter(w, "P9", "hr-desk")
    w.workplace.fail(20)
    await w.pass_time(timedelta(minutes=55))
    w.workplace.fail(0)
    await w.pass_time(2 * LOOK)
    assert about(w, "hr-desk") == []
    assert about(w, "ombuds") == ["A report arrived"]


async def test_the_key_that_the_desk_had_is_in_no_file_any_more(w: World) -> None:
    await deliver(w, named=("P9",))
    ((wrapped,),) = w.sql(
        "SELECT k.wrapped FROM report_keys k JOIN desks d ON k.holder = d.id WHERE d.channel = 'hr-desk'"
    )
    assert wrapped[:64] in await left(w)
    enter(w, "P9", "hr-desk")
    await w.pass_time(LOOK)
    assert wrapped[:64] not in await left(w)
    lengths = {length for (length,) in w.sql("SELECT length(wrapped) FROM report_keys")}
    assert len(lengths) == 1


async def test_a_report_that_comes_back_is_posted_nowhere_that_somebody_picked_can_read(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    await fill_in(w, await read(w, HANDLER, "hr-desk"), "Close the report", "Done.", HANDLER, signed="desk")
    enter(w, "P9", "hr-desk")
    await w.pass_time(LOOK)
    await withdraw(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    await w.press(WRITER, await come_back(w, receipt), "Undo taking it back")
    await w.pass_time(2 * HOURS)
    assert about(w, "hr-desk") == []
    w.workplace.channels["hr-desk"].readers -= {"P9"}
    await w.pass_time(HOURS)
    assert "A report arrived" in about(w, "hr-desk")


async def test_of_a_report_that_was_taken_back_the_posts_go_too(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    await withdraw(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    assert "was taken back" in about(w, "hr-desk")[0]
    enter(w, "P9", "hr-desk")
    await w.pass_time(2 * LOOK)
    assert about(w, "hr-desk") == about(w, "ombuds") == []
    assert "Taken back." in said(await come_back(w, receipt))


async def test_a_channel_that_nobody_can_ask_about_keeps_no_post_elsewhere_standing(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    await fill_in(w, await come_back(w, receipt), "Add or answer", "More of it.")
    await w.pass_time(HOURS)
    await to_another_desk(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    assert "is with another desk" in about(w, "hr-desk")[0]
    del w.workplace.channels["hr-desk"]
    enter(w, "P9", "ombuds")
    await w.pass_time(LOOK)
    assert about(w, "ombuds") == []


async def test_nobody_learns_from_an_outage_whether_a_report_names_them(w: World) -> None:
    await deliver(w, named=("P9",))
    pressed = desk_card(w)
    w.workplace.fail(20)
    shown = [said(card(await w.press(user, pressed, "Read privately"))) for user in ("P9", "P30", HANDLER)]
    assert len(set(shown)) == 1


async def test_what_is_left_in_a_desk_that_had_it_goes_when_somebody_picked_comes_there(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    await fill_in(w, await come_back(w, receipt), "Add or answer", "More of it.")
    await w.pass_time(HOURS)
    await to_another_desk(w, await come_back(w, receipt))
    await w.pass_time(HOURS)
    assert len(about(w, "hr-desk")) == 2
    enter(w, "P9", "hr-desk")
    await w.pass_time(LOOK)
    assert about(w, "hr-desk") == []
    assert about(w, "ombuds") == ["A report arrived"]


async def test_posts_that_cannot_be_taken_away_are_tried_again_and_not_asked_for_twice(w: World) -> None:
    receipt = await deliver(w, named=("P9",))
    await withdraw(w, await come_back(w, receipt))
    enter(w, "P9", "hr-desk")
    w.workplace.channels["hr-desk"].bot = False
    await w.pass_time(4 * LOOK)
    assert w.sql("SELECT count(*) FROM outbox WHERE kind = 'vanish'") == [(1,)]
    w.workplace.channels["hr-desk"].bot = True
    await w.pass_time(LOOK)
    assert about(w, "hr-desk") == []


async def test_reminders_that_list_its_number_go_with_its_card(w: World) -> None:
    await deliver(w, named=("P9",))
    await w.pass_time(timedelta(days=9))
    assert "Answers are due" in [each.title for each in w.posts("hr-desk")]
    enter(w, "P9", "hr-desk")
    await w.pass_time(LOOK)
    assert {each.title for each in w.posts("hr-desk")} <= {"Who can read this desk"}


async def test_what_stops_in_the_middle_of_taking_away_goes_on_from_there(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await deliver(w, named=("P9",))
    await fill_in(w, await come_back(w, receipt), "Add or answer", "More of it.")
    await w.pass_time(HOURS)
    taken, remove = list[str](), w.workplace.remove

    async def tired(place: Place, ref: str) -> None:
        taken.append(ref)
        if len(taken) == 2:
            raise RateLimited(1)
        await remove(place, ref)

    monkeypatch.setattr(w.workplace, "remove", tired)
    enter(w, "P9", "hr-desk")
    await w.pass_time(LOOK)
    assert about(w, "hr-desk") == []
    assert len(taken) == 3
    assert len(set(taken)) == 2
