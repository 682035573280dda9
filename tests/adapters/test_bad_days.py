"""Bad days of a desk on Slack's and Discord's protocol: nothing goes to an unsafe one, nobody reads of themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.adapters.discord_stage import DiscordStage
from tests.adapters.slack_stage import SlackStage
from tests.stage import Post, Screen
from tests.theatre import Theatre, receipt_words, theatre

HOURS, LOOK = timedelta(hours=5), timedelta(hours=1, minutes=5)
DAY = timedelta(hours=25)
TEXT = "planted-pirol-2291"
REFUSED = "This report cannot be opened from here."
STAGES: dict[str, type[SlackStage | DiscordStage]] = {"slack": SlackStage, "discord": DiscordStage}


@pytest.fixture(params=sorted(STAGES))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path) as built:
        yield built


def people(play: Theatre, *numbers: int) -> tuple[str, ...]:
    return tuple(play.stage.person(n) for n in numbers)


async def send(play: Theatre, *named: int) -> str:
    """A report on its way; its words."""
    writer = play.stage.person(9)
    preview = await play.to_preview(writer, {"text": TEXT, "named": people(play, *named)})
    return receipt_words((await play.stage.press(writer, preview, "Send")).text)


async def deliver(play: Theatre, *named: int) -> tuple[str, Post]:
    """A report that stands in the first desk; its words and its card."""
    words = await send(play, *named)
    await play.pass_time(HOURS)
    return words, (await play.arrived(play.desk, "A report arrived"))[-1]


async def box(play: Theatre, words: str) -> str:
    return (await play.come_back(play.stage.person(9), words)).text


async def read(play: Theatre, n: int, card: Post, channel: str = "") -> Screen:
    person = play.stage.person(n)
    front = await play.stage.press_post(person, channel or play.desk, card.ref, "Read privately")
    return front if REFUSED in front.text else await play.stage.press(person, front, "Show the words")


def unfit(play: Theatre, how: str) -> None:
    """The desk stops being a private place that we can post into; on Discord, a channel ends by being deleted."""
    if how == "archived":
        if isinstance(play.stage, DiscordStage):
            del play.stage.world.channels[play.desk]
        if isinstance(play.stage, SlackStage):
            play.stage.server.channels[play.desk].info["is_archived"] = True
        return
    play.stage.add_channel(
        play.desk,
        readers=people(play, 1, 2, 3),
        private=how != "public",
        external=how == "shared",
        bot=how != "kicked",
    )


@pytest.mark.parametrize("how", ["public", "shared", "kicked", "archived"])
async def test_a_desk_that_changed_between_two_deliveries_gets_nothing_and_the_next_one_does(
    play: Theatre, how: str
) -> None:
    await deliver(play)
    unfit(play, how)
    words = await send(play)
    await play.pass_time(HOURS)
    assert len(play.stage.posts(play.desk)) == 1
    assert "Not with HR yet." in await box(play, words)
    assert play.stage.posts(play.ombuds) == []
    await play.pass_time(DAY)
    assert len(play.stage.posts(play.desk)) == 1
    (card,) = await play.arrived(play.ombuds, "A report arrived")
    assert TEXT in (await read(play, 4, card, play.ombuds)).text
    assert "HR has read it." in await box(play, words)


@pytest.mark.parametrize("how", ["public", "archived"])
async def test_news_waits_until_the_desk_is_a_private_place_again(play: Theatre, how: str) -> None:
    words, card = await deliver(play)
    await play.fill_in(
        play.stage.person(9), await play.come_back(play.stage.person(9), words), "Add or answer", "More."
    )
    unfit(play, how)
    await play.pass_time(HOURS)
    assert len(play.stage.posts(play.desk)) == 1
    if how == "public":
        assert REFUSED in (await read(play, 1, card)).text
    unfit(play, "not at all")
    await play.pass_time(timedelta(hours=1))
    assert len(await play.arrived(play.desk, "News about report")) == 1


async def test_somebody_named_who_comes_into_the_desk_finds_no_card_there(play: Theatre) -> None:
    words, card = await deliver(play, 30)
    play.stage.add_channel(play.desk, readers=people(play, 1, 2, 3, 30))
    assert REFUSED in (await read(play, 30, card)).text
    await play.pass_time(LOOK)
    assert play.posts(play.desk, "eport arrived") == []
    (moved,) = await play.arrived(play.ombuds, "A report arrived")
    assert TEXT in (await read(play, 4, moved, play.ombuds)).text
    assert "HR has read it." in await box(play, words)


async def test_a_button_from_a_forwarded_link_opens_nothing_and_says_the_same_to_all(play: Theatre) -> None:
    _, card = await deliver(play, 30)
    shown = [await read(play, n, card) for n in (30, 31, 4)]
    assert all(REFUSED in each.text for each in shown)
    assert len({(each.kind, each.text, each.buttons) for each in shown}) == 1


async def test_a_handler_who_lost_the_desk_while_writing_answers_nothing(play: Theatre) -> None:
    words, card = await deliver(play)
    reading = await read(play, 1, card)
    form = await play.stage.press(play.stage.person(1), reading, "Answer")
    play.stage.add_channel(play.desk, readers=people(play, 2, 3))
    answered = await play.stage.submit(play.stage.person(1), form, {"text": "Too late.", "signed": "desk"})
    assert REFUSED in answered.text
    assert TEXT not in answered.text
    assert "There is no answer from the desk yet." in await box(play, words)


async def test_an_hour_in_which_slack_breaks_holds_reports_back_and_each_comes_once(
    tmp_path: Path,
) -> None:
    stage = SlackStage()
    async with theatre(stage, tmp_path) as play:
        for _ in range(3):
            await send(play)
        stage.server.failures += [(500, None)] * 10_000
        with capture_logs() as logs:
            await play.pass_time(HOURS)
            await play.pass_time(timedelta(hours=1))
        assert play.posts(play.desk, "A report arrived") == []
        tries = 10_000 - len(stage.server.failures)
        assert 5 < tries < 400
        said = [(each["event"], each["channel"], each["problem"]) for each in logs]
        assert said == [("desk looked at", each, "unknown") for each in (play.desk, play.ombuds)]
        due = rows(tmp_path, "SELECT subject FROM outbox WHERE kind = 'report'")
        stage.server.failures.clear()
        await play.pass_time(timedelta(hours=1))
        arrived = await play.arrived(play.desk, "A report arrived")
        posted = dict(rows(tmp_path, "SELECT ref, subject FROM posts WHERE kind = 'report'"))
        assert sorted((posted[each.ref],) for each in arrived) == sorted(due)
        assert len(due) == 3


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "store.db", timeout=10)) as connection:
        return connection.execute(statement).fetchall()
