"""The whole way on every platform: from /metoo to the desk, the wall, the statement and the digest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stages import STAGES
from tests.theatre import Theatre, theatre

TEXT = "Somebody keeps writing to me at night. <!channel> @everyone *bold* https://example.org/ 😀 مرحبا"
HOURS, WEEK = timedelta(hours=5), timedelta(days=7)


@pytest.fixture(params=sorted(STAGES))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path) as built:
        yield built


def _words(text: str) -> str:
    lines = text.splitlines()
    return next(line.strip("` ") for line in lines if len(line.strip("` ").split()) == 7 and line.islower())


async def test_a_report_goes_from_the_menu_to_a_handlers_private_view(play: Theatre) -> None:
    stage, writer, handler, outsider = play.stage, *(play.stage.person(n) for n in (9, 1, 20))
    menu = await stage.command(writer, "he did something to me")
    assert "In danger now? Call your local emergency number. Nobody watches this bot." in menu.text
    assert "Anything typed after /metoo is ignored" in menu.text
    assert "something to me" not in menu.text

    preview = await play.to_preview(
        writer, {"text": TEXT, "category": "words", "when": "days", "share": "yes"}
    )
    assert "people who can read it now: 3" in preview.text
    words = _words(preview.text)
    sent = await stage.press(writer, preview, "Send")
    assert _words(sent.text) == words
    await stage.repeat_last()
    assert play.stage.posts(play.desk) == []

    await play.pass_time(HOURS)
    (card,) = await play.arrived(play.desk)
    assert "A report arrived" in card.text
    assert "Unwanted words or images" in card.text
    assert "at night" not in str(card.payload)
    assert writer not in str(card.payload)

    reading = await play.read(handler, play.desk, card.ref)
    assert "Somebody keeps writing to me at night." in reading.text
    refused = await play.read(outsider, play.desk, card.ref)
    assert "cannot be opened from here" in refused.text

    await play.pass_time(timedelta(days=22))
    (statement,) = await play.arrived(play.solidarity, "Someone spoke up")
    assert "Unwanted" not in statement.text
    kept = await stage.press_post(outsider, play.solidarity, statement.ref, "I stand with you")
    assert "Your choice is kept." in kept.text


async def test_a_report_that_names_a_handler_goes_to_the_next_desk(play: Theatre) -> None:
    stage, writer, named = play.stage, play.stage.person(9), play.stage.person(2)
    preview = await play.to_preview(writer, {"text": "It was somebody from HR.", "named": (named,)})
    assert "Another desk comes first here, but somebody you picked can read it." in preview.text
    await stage.press(writer, preview, "Send")
    await play.pass_time(HOURS)
    assert stage.posts(play.desk) == []
    (card,) = await play.arrived(play.ombuds)
    refused = await play.read(named, play.ombuds, card.ref)
    assert "cannot be opened from here" in refused.text
    reading = await play.read(stage.person(4), play.ombuds, card.ref)
    assert "It was somebody from HR." in reading.text


async def test_me_toos_are_counted_once_shown_late_and_summed_up_in_the_digest(play: Theatre) -> None:
    stage = play.stage
    (wall,) = await play.arrived(play.solidarity, "No names or details needed")
    for n in range(10, 17):
        for _ in range(2):
            kept = await stage.press_post(stage.person(n), play.solidarity, wall.ref, "Me too")
            assert "Your choice is kept. Numbers appear from five" in kept.text
    back = await stage.press_post(stage.person(16), play.solidarity, wall.ref, "Take back")
    assert back.text == kept.text
    (wall,) = play.posts(play.solidarity, "No names or details needed")
    assert "fewer than five or none" in wall.text

    await play.pass_time(timedelta(minutes=20))
    (wall,) = await play.arrived(play.solidarity, "5–9")
    assert all(stage.person(n) not in str(wall.payload) for n in range(10, 17))

    await play.pass_time(WEEK)
    digest = await play.arrived(play.general, "Digest for week 2026-W48")
    assert len(digest) == 1
    assert "5–9" in digest[0].text
    assert "A bar for each of 12 weeks" in digest[0].alt


async def test_me_too_can_be_said_from_the_menu_too(play: Theatre) -> None:
    stage, person = play.stage, play.stage.person(9)
    say = await stage.press(person, await stage.command(person), "Say me too")
    kept = await stage.press(person, say, "Me too")
    assert "You can stand or take back until" in kept.text
    back = await stage.press(person, kept, "Take back")
    assert back.text == kept.text


async def test_help_is_found_by_country(play: Theatre) -> None:
    stage, person = play.stage, play.stage.person(9)
    support = await stage.press(person, await stage.command(person), "Find support")
    assert "Befrienders Worldwide" in support.text
    germany = await stage.choose(person, support, "Choose a country", "Germany")
    assert "Support in Germany" in germany.text
    assert "Checked" in germany.text


async def test_nothing_is_sent_without_text_and_nothing_typed_is_lost(play: Theatre) -> None:
    stage, writer = play.stage, play.stage.person(9)
    unready = await play.to_preview(writer, {"text": "   ", "category": "touch"})
    assert "There is no text yet. One sentence is enough." in unready.text
    form = await stage.press(writer, unready, "Change")
    preview = await stage.submit(writer, form, {"text": "One sentence."})
    assert "Kind" in preview.text
    assert "Touch" in preview.text


async def test_an_unsafe_desk_gets_nothing_until_it_is_safe_again(play: Theatre) -> None:
    stage, writer = play.stage, play.stage.person(9)
    everybody = tuple(stage.person(n) for n in range(1, 61))
    stage.add_channel(play.desk, private=False, readers=everybody)
    preview = await play.to_preview(writer, {"text": "Something happened."})
    assert "your report would wait" in preview.text
    await stage.press(writer, preview, "Send")
    await play.pass_time(HOURS)
    assert stage.posts(play.desk) == []
    stage.add_channel(play.desk, readers=everybody[:3])
    await play.pass_time(timedelta(minutes=20))
    assert len(await play.arrived(play.desk)) == 1


async def test_a_platform_in_trouble_delays_a_report_and_loses_nothing(play: Theatre) -> None:
    stage, writer = play.stage, play.stage.person(9)
    preview = await play.to_preview(writer, {"text": "Something happened."})
    await stage.press(writer, preview, "Send")
    stage.fail(2, 503)
    await play.pass_time(HOURS)
    assert len(await play.arrived(play.desk)) == 1
