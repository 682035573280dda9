"""The way back on every platform: seven words open a report, and its writer stays in charge of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stage import Post, Screen
from tests.stages import STAGES
from tests.theatre import Theatre, receipt_words, theatre

TEXT = "Somebody keeps writing to me at night. <!channel> @everyone *bold* 😀 مرحبا"
ANSWER = "Thank you for telling us. <@everyone> Is there a *place* where it happens?"
MORE = "It happened again on the stairs. `code` <!here>"
NO_WORDS = "abacus abdomen abdominal abide abiding ability ablaze"
MINUTES, HOURS, DAY = timedelta(minutes=14), timedelta(hours=5), timedelta(days=1)
HIDDEN = "The text is hidden and will be erased."


@pytest.fixture(params=sorted(STAGES))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path) as built:
        yield built


def _pasted(words: str) -> str:
    """As it comes out of a photo of a note: odd case, hyphens, a number, line breaks."""
    one, two, three, four, five, six, seven = words.split()
    return (
        f"  {one.upper()}-{two}\r\n{three.title()} -\t{four}\n\n{five}…{six.upper()}, 7. {seven.title()}.\n"
    )


async def _deliver(play: Theatre, writer: str, **values: str | tuple[str, ...]) -> tuple[str, Post]:
    """A report that has arrived: its words, and its card in the desk."""
    preview = await play.to_preview(writer, {"text": TEXT, **values})
    words = receipt_words((await play.stage.press(writer, preview, "Send")).text)
    await play.pass_time(HOURS)
    return words, (await play.arrived(play.desk, "A report arrived"))[0]


async def _read(play: Theatre, user: str, card: Post) -> Screen:
    return await play.read(user, play.desk, card.ref)


async def test_seven_words_lead_back_to_the_conversation(play: Theatre) -> None:
    stage, writer, handler, other = play.stage, *(play.stage.person(n) for n in (9, 1, 2))
    preview = await play.to_preview(writer, {"text": TEXT})
    words = receipt_words((await stage.press(writer, preview, "Send")).text)
    box = await play.come_back(writer, _pasted(words))
    assert "Not with HR yet." in box.text
    assert "There is no answer from the desk yet." in box.text

    await play.pass_time(HOURS)
    assert "With HR, not read yet." in (await play.come_back(writer, _pasted(words))).text
    (card,) = await play.arrived(play.desk)
    reading = await _read(play, handler, card)
    reading = await play.fill_in(handler, reading, "Answer", ANSWER, signed="desk")
    assert "Thank you for telling us." in reading.text
    reading = await stage.press(other, await _read(play, other, card), "We are looking into it")
    await play.fill_in(other, reading, "Answer", "You can ask for me.", signed="name")
    assert play.posts(play.desk, "Thank you") == []

    box = await play.come_back(writer, _pasted(words))
    assert "HR is looking into it." in box.text
    assert "You can ask for me." in box.text
    assert "Signed by" in box.text
    whole = await stage.press(writer, box, "Everything in it")
    for said in (
        "Somebody keeps writing to me at night.",
        "Thank you for telling us.",
        "You can ask for me.",
    ):
        assert said in whole.text
    assert other in str(whole.raw)
    assert handler not in str(whole.raw)
    added = await play.fill_in(writer, box, "Add or answer", MORE)
    assert "We cannot message you" in added.text
    await stage.repeat_last()

    await play.pass_time(MINUTES)
    assert "on the stairs" not in (await _read(play, handler, card)).text
    assert play.posts(play.desk, "News about report") == []
    await play.pass_time(HOURS)
    (news,) = await play.arrived(play.desk, "News about report")
    assert "stairs" not in str(news.payload)
    assert (await _read(play, handler, news)).text.count("on the stairs") == 1


async def test_a_report_that_is_taken_back_is_hidden_comes_back_and_is_gone_in_the_end(play: Theatre) -> None:
    stage, writer, handler = play.stage, play.stage.person(9), play.stage.person(1)
    words, card = await _deliver(play, writer)
    reading = await _read(play, handler, card)
    asked = await stage.press(writer, await play.come_back(writer, words), "Take it back")
    assert "erased by 2026-12-01 unless a legal hold applies" in asked.text
    box = await stage.press(writer, asked, "Take it back")
    assert "Taken back. HR cannot open it any more." in box.text
    assert HIDDEN in (await _read(play, handler, card)).text
    late = await play.fill_in(handler, reading, "Answer", "Too late.", signed="name")
    assert "This changed in the meantime, so nothing was done." in late.text
    await play.pass_time(HOURS)
    (gone,) = await play.arrived(play.desk, "was taken back")
    assert (gone.ref, gone.buttons) == (card.ref, ())

    box = await play.press(writer, await play.come_back(writer, words), "Undo taking it back")
    assert "HR has read it." in box.text
    await play.pass_time(HOURS)
    (again,) = await play.arrived(play.desk, "A report arrived")
    assert "at night" in (await _read(play, handler, again)).text

    await play.press(writer, await play.come_back(writer, words), "Take it back", "Take it back")
    assert HIDDEN in (await _read(play, handler, again)).text
    await play.pass_time(8 * DAY)
    erased = await play.come_back(writer, words)
    unknown = await play.come_back(stage.person(10), NO_WORDS)
    mistyped = await play.come_back(stage.person(11), words[1:])
    assert "These words open nothing here." in erased.text
    for other in (unknown, mistyped):
        assert (other.kind, other.text, other.buttons) == (erased.kind, erased.text, erased.buttons)


async def test_a_private_record_is_kept_added_to_and_sent_when_its_time_has_come(play: Theatre) -> None:
    stage, writer, handler = play.stage, play.stage.person(9), play.stage.person(1)
    kept = await stage.press(writer, await play.to_preview(writer, {"text": TEXT}), "Keep it for now")
    assert "HR knows nothing of it." in kept.text
    words = receipt_words(kept.text)
    await play.pass_time(20 * DAY)
    box = await play.come_back(writer, _pasted(words))
    assert "A private record. Nobody but you can open it." in box.text
    assert "It is kept until about 2028-12." in box.text  # from the last visit on
    added = await play.fill_in(writer, box, "Add to it", MORE)
    assert "Nobody but you can open it" in added.text
    assert "desk" not in added.text
    await play.pass_time(HOURS)
    assert play.posts(play.desk, "A report arrived") == []

    asked = await stage.press(writer, await play.come_back(writer, words), "Send it to HR")
    assert "People who can read it now" in asked.text
    assert "cannot open it any more" not in asked.text
    box = await stage.press(writer, asked, "Send")
    assert "Not with HR yet." in box.text
    assert play.posts(play.desk, "A report arrived") == []
    await play.pass_time(HOURS)
    (card,) = await play.arrived(play.desk, "A report arrived")
    assert "A report arrived" in card.text
    reading = await _read(play, handler, card)
    assert "Somebody keeps writing to me at night." in reading.text
    assert "It happened again on the stairs." in reading.text


@pytest.mark.parametrize(
    ("here", "there"),
    [("slack by http", "discord"), ("discord", "slack by socket"), ("slack by socket", "sandbox")],
)
async def test_words_from_one_platform_open_the_report_on_another(
    here: str, there: str, tmp_path: Path
) -> None:
    async with theatre(STAGES[here](), tmp_path, STAGES[there]()) as play:
        (away,) = play.beside
        writer, handler, named, same = (
            play.stage.person(9),
            play.stage.person(1),
            play.stage.person(30),
            away.stage.person(9),
        )
        words, card = await _deliver(play, writer, named=(named,))
        reading = await _read(play, handler, card)
        await play.fill_in(handler, reading, "Answer", ANSWER, signed="name")

        box = await away.come_back(same, _pasted(words))
        assert "Thank you for telling us." in box.text
        whole = await away.stage.press(same, box, "Everything in it")
        assert "Somebody keeps writing to me at night." in whole.text
        assert all(user in whole.text for user in (handler, named))
        assert "The desk is in another workplace" in (await away.press(same, box, "Tell HR who I am")).text
        await away.fill_in(same, box, "Add or answer", MORE)
        await play.pass_time(HOURS)
        (news,) = await play.arrived(play.desk, "News about report")
        assert "It happened again on the stairs." in (await _read(play, handler, news)).text
        assert away.stage.posts(away.desk) == []

        await away.press(same, await away.come_back(same, words), "Take it back", "Take it back")
        assert HIDDEN in (await _read(play, handler, card)).text
        assert "Taken back." in (await play.come_back(writer, words)).text
