"""Evidence from where it happens, on every platform: a message is reported, and read by the desk alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.flows.preview import FEW
from tests.stages import STAGES
from tests.theatre import Theatre, receipt_words, theatre

MESSAGE = "Smile more, planted-9c. <b>Now</b> *or* never & _ever_ `x` 😀 مرحبا"
PLAIN = "Smile more, planted-9c."
HOURS = timedelta(hours=5)


@pytest.fixture(params=sorted(STAGES))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path) as built:
        yield built


async def test_a_message_goes_from_its_channel_to_the_desk_and_nowhere_else(play: Theatre) -> None:
    stage, writer, author, handler = play.stage, *(play.stage.person(n) for n in (9, 12, 1))
    before = {channel: len(stage.posts(channel)) for channel in (play.general, play.solidarity, play.desk)}
    shown = await stage.quote(writer, play.general, author, MESSAGE)
    assert PLAIN in shown.text
    assert author in str(shown.raw)
    assert FEW not in shown.text
    assert "Nothing is sent yet." in shown.text
    form = await stage.press(writer, shown, "Start writing")
    assert form.values["named"] == author
    preview = await stage.submit(writer, form, {"text": "It was meant for me."})
    assert PLAIN in preview.text
    words = receipt_words((await stage.press(writer, preview, "Send")).text)

    await play.pass_time(HOURS)
    (card,) = await play.arrived(play.desk, "A report arrived")
    assert PLAIN not in str(card.payload)
    reading = await play.read(handler, play.desk, card.ref)
    assert PLAIN in reading.text
    assert "It was meant for me." in reading.text
    assert author in str(reading.raw)
    assert writer not in str(reading.raw)
    box = await play.come_back(writer, words)
    assert PLAIN in (await stage.press(writer, box, "Everything in it")).text
    new = [
        each
        for channel, count in before.items()
        for each in stage.posts(channel)[count:]
        if PLAIN in each.text
    ]
    assert len(new) <= 1, "only the message itself may stand in a channel"


async def test_from_a_small_private_channel_no_link_goes_along_and_its_reporter_is_warned(
    play: Theatre,
) -> None:
    stage, writer, author = play.stage, play.stage.person(9), play.stage.person(12)
    room = stage.channel(9)
    stage.add_channel(room, readers=(writer, author), bot=False)
    shown = await stage.quote(writer, room, author, MESSAGE)
    assert FEW in shown.text
    assert "Where it stands" not in shown.text
    without = await stage.press(writer, shown, "Leave the message out")
    assert "Before you write" in without.text
    assert PLAIN not in without.text


async def test_a_message_of_somebody_who_reads_the_desk_goes_to_the_next_one(play: Theatre) -> None:
    stage, writer, handler, other = play.stage, *(play.stage.person(n) for n in (9, 1, 4))
    form = await stage.press(
        writer, await stage.quote(writer, play.general, handler, MESSAGE), "Start writing"
    )
    await stage.press(writer, await stage.submit(writer, form, {}), "Send")
    await play.pass_time(HOURS)
    (card,) = await play.arrived(play.ombuds, "A report arrived")
    assert play.posts(play.desk, "A report arrived") == []
    assert PLAIN in (await play.read(other, play.ombuds, card.ref)).text


async def test_a_message_without_text_is_refused_in_words(play: Theatre) -> None:
    shown = await play.stage.quote(play.stage.person(9), play.general, play.stage.person(12), "")
    assert "no text that could be quoted" in shown.text
