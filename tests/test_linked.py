"""One organisation on Slack and on Discord, in one program over real sockets: one desk, one tally, one digest."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.model import Actor, Event, Standing
from tests.stage import Post
from tests.stages import STAGES
from tests.theatre import Theatre, receipt_words, theatre

HOURS, WEEK = timedelta(hours=5), timedelta(days=7)
WALL = "No names or details needed"
HR = "Does somebody you wrote about work with HR?"


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Theatre, Theatre]]:
    """The workplace on Slack that keeps everything, and the one on Discord that is linked to it."""
    async with theatre(STAGES["slack by socket"](), tmp_path, STAGES["discord"](), linked=True) as slack:
        yield slack, slack.beside[0]


async def the_wall(place: Theatre) -> Post:
    (wall,) = await place.arrived(place.solidarity, WALL)
    return wall


async def test_a_report_from_discord_is_read_and_answered_on_slack_and_its_words_open_it_on_both(
    both: tuple[Theatre, Theatre],
) -> None:
    slack, discord = both
    writer, handler = discord.stage.person(9), slack.stage.person(1)
    menu = await discord.stage.command(writer)
    assert "This is linked to your workplace on Slack" in menu.text
    preview = await discord.to_preview(writer, {"text": "It happened on a call.", "share": "yes"})
    words = receipt_words((await discord.stage.press(writer, preview, "Send")).text)

    await slack.pass_time(HOURS)
    (card,) = await slack.arrived(slack.desk, "A report arrived")
    assert discord.stage.posts(discord.desk) == []
    reading = await slack.read(handler, slack.desk, card.ref)
    assert "It happened on a call." in reading.text
    await slack.fill_in(handler, reading, "Answer", "We read it and will ask.")

    there = await discord.come_back(writer, words)
    assert "We read it and will ask." in there.text
    here = await slack.come_back(slack.stage.person(20), words)
    assert "We read it and will ask." in here.text

    await slack.pass_time(timedelta(days=22))
    for place in both:
        (statement,) = await place.arrived(place.solidarity, "Someone spoke up")
        kept = await place.stage.press_post(
            place.stage.person(30), place.solidarity, statement.ref, "I saw it too"
        )
        assert "Your choice is kept." in kept.text


async def test_who_presses_on_either_side_is_in_one_tally_that_both_show_and_one_digest(
    both: tuple[Theatre, Theatre],
) -> None:
    for place, people in zip(both, (range(10, 13), range(10, 14)), strict=True):
        wall = await the_wall(place)
        for n in people:
            await place.stage.press_post(place.stage.person(n), place.solidarity, wall.ref, "Me too")
    await both[0].pass_time(timedelta(minutes=20))
    for place in both:
        (wall,) = await place.arrived(place.solidarity, "5–9")
        assert place.stage.person(11) not in str(wall.payload)
    await both[0].pass_time(WEEK)
    (one,) = await both[0].arrived(both[0].general, "Digest for week 2026-W48")
    (other,) = await both[1].arrived(both[1].general, "Digest for week 2026-W48")
    assert "5–9" in one.text
    hashes = [[line for line in each.text.splitlines() if "For checking" in line] for each in (one, other)]
    assert hashes[0]
    assert hashes[0] == hashes[1]


async def test_both_sides_always_show_the_same_number_so_that_none_can_be_subtracted(
    both: tuple[Theatre, Theatre], tmp_path: Path
) -> None:
    slack, discord = both
    wall = await the_wall(discord)
    for n in range(10, 15):
        await discord.stage.press_post(discord.stage.person(n), discord.solidarity, wall.ref, "Me too")
    await slack.pass_time(timedelta(minutes=20))
    await discord.arrived(discord.solidarity, "5–9")
    own = await the_wall(slack)
    assert "5–9" in own.text
    for n in (20, 21):
        await slack.stage.press_post(slack.stage.person(n), slack.solidarity, own.ref, "Me too")
    await slack.pass_time(timedelta(minutes=40))
    ((shown,),) = _rows(tmp_path, "SELECT shown FROM windows")
    assert shown == 5, "two voices more, from whichever side, move nothing"


async def test_somebody_picked_on_the_other_side_keeps_every_desk_away_until_the_writer_says_who_they_are_not(
    both: tuple[Theatre, Theatre],
) -> None:
    slack, discord = both
    writer, named = discord.stage.person(9), discord.stage.person(2)
    form = await discord.to_form(writer)
    assert "HR is elsewhere and nobody can be looked up there" in form.text
    stopped = await discord.to_preview(writer, {"text": "It was my lead.", "people.named": (named,)})
    assert "This cannot be sent here" in stopped.text
    assert "on the other platform you can pick them" in stopped.text
    assert "Send" not in stopped.buttons
    preview = await discord.stage.choose(writer, stopped, HR, "No")
    assert "That counts here" in preview.text
    await discord.stage.press(writer, preview, "Send")
    await slack.pass_time(HOURS)
    (card,) = await slack.arrived(slack.desk, "A report arrived")
    reading = await slack.read(slack.stage.person(2), slack.desk, card.ref)
    assert f"a member on Discord with the id {named} there" in reading.text


async def test_nobody_is_an_admin_or_a_handler_here_because_they_are_one_there(
    both: tuple[Theatre, Theatre], tmp_path: Path
) -> None:
    slack, discord = both
    boss = discord.stage.person(1)
    discord.stage.add_person(boss, admin=True)
    menu = await discord.stage.command(boss)
    assert "Linked workplaces" in menu.buttons
    assert not {"Set up", "Open or close the wall", "Cases"} & set(menu.buttons)
    linked = await discord.stage.press(boss, menu, "Linked workplaces")
    assert "Linked to" in linked.text
    await discord.stage.press(
        discord.stage.person(9), await discord.to_preview(discord.stage.person(9), {"text": "x"}), "Send"
    )
    await slack.pass_time(HOURS)
    ((report,),) = _rows(tmp_path, "SELECT lower(hex(id)) FROM reports")
    reply = await discord.service.core.handle(_event(discord, boss, "desk.read", report))
    assert "cannot be opened from here" in str(getattr(reply, "body", ""))


async def test_admins_join_and_part_by_a_code_and_the_wall_comes_and_goes_with_it(tmp_path: Path) -> None:
    async with theatre(STAGES["slack by socket"](), tmp_path, STAGES["discord"](), alone=True) as slack:
        (discord,) = slack.beside
        here, there = slack.stage.person(9), discord.stage.person(9)
        slack.stage.add_person(here, admin=True)
        discord.stage.add_person(there, admin=True)
        menu = await slack.stage.command(here)
        shown = await slack.press(here, menu, "Set up", "Linked workplaces", "Show a code")
        (code,) = (line.strip("` ") for line in shown.text.splitlines() if line.strip("` ").count("-") == 2)

        asked = await discord.press(
            there, await discord.stage.command(there), "Set up", "Linked workplaces", "I have a code"
        )
        joined = await discord.stage.submit(there, asked, {"code": code})
        assert "Linked to your workplace on Slack." in joined.text
        form = await discord.stage.press(there, joined, "Channels here")
        await discord.stage.submit(
            there, form, {"solidarity_channel": discord.solidarity, "digest_channel": discord.general}
        )
        await slack.pass_time(HOURS)
        wall = await the_wall(discord)
        kept = await discord.stage.press_post(
            discord.stage.person(10), discord.solidarity, wall.ref, "Me too"
        )
        assert "Your choice is kept." in kept.text

        linked = await discord.press(there, await discord.stage.command(there), "Linked workplaces")
        await discord.press(there, linked, "Unlink", "Unlink")
        await slack.pass_time(HOURS)
        async with asyncio.timeout(60):
            while discord.posts(discord.solidarity, WALL):
                await asyncio.sleep(0.01)
        await the_wall(slack)
        assert (
            "not set up for this workplace yet"
            in (await discord.stage.command(discord.stage.person(20))).text
        )


def _event(place: Theatre, user: str, action: str, ref: str) -> Event:
    return Event(Actor(place.stage.workspace, user, standing=Standing.MEMBER, admin=True), action, ref)


def _rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "store.db", timeout=10)) as connection:
        return connection.execute(statement).fetchall()
