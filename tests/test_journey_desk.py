"""Bad days at a desk, on every platform: who may act is asked at the moment of acting, and all are refused alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.stage import Post
from tests.stages import STAGES
from tests.theatre import Theatre, receipt_words, theatre

WORDS = "I said no. <!channel> @everyone *bold* `code` https://example.org"
TEXT = "planted-desk-text <!channel> @everyone"
HOURS = timedelta(hours=5)
REFUSED = "cannot be opened from here"
SHOW = "Show the words"


@pytest.fixture(params=sorted(STAGES))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path) as built:
        yield built


async def _deliver(play: Theatre, **values: str | tuple[str, ...]) -> tuple[str, Post]:
    writer = play.stage.person(9)
    preview = await play.to_preview(writer, {"text": TEXT, **values})
    words = receipt_words((await play.stage.press(writer, preview, "Send")).text)
    await play.pass_time(HOURS)
    return words, (await play.arrived(play.desk, "A report arrived"))[0]


async def test_the_words_come_on_a_second_press_and_the_card_follows_what_the_desk_does(
    play: Theatre,
) -> None:
    stage, handler = play.stage, play.stage.person(1)
    _, card = await _deliver(play, category="touch")
    assert "Nobody has read it yet" in card.text
    front = await stage.press_post(handler, play.desk, card.ref, "Read privately")
    assert "Touch" in front.text
    assert "planted-desk-text" not in front.text
    shown = await stage.press(handler, front, SHOW)
    assert "planted-desk-text" in shown.text
    answered = await play.fill_in(
        handler, shown, "Answer", "We are here.", phrase="thanks", state="act", signed="desk"
    )
    assert "Thank you for telling us." in answered.text
    (after,) = await play.arrived(play.desk, "Being looked into")
    assert after.ref == card.ref
    assert "planted-desk-text" not in str(after.payload)
    box = await play.come_back(stage.person(9), _)
    assert "HR is doing something about it." in box.text


async def test_of_two_handlers_at_once_the_second_reads_what_changed_and_keeps_what_they_typed(
    play: Theatre,
) -> None:
    stage, one, two = play.stage, play.stage.person(1), play.stage.person(2)
    words, card = await _deliver(play)
    first = await play.read(one, play.desk, card.ref)
    second = await play.read(two, play.desk, card.ref)
    await play.fill_in(one, first, "Answer", "Mine came first.", signed="desk")
    late = await play.fill_in(two, second, "Answer", "Mine came second.", signed="desk")
    assert "Somebody else at this desk did something" in late.text
    assert "Mine came second." in late.text
    again = await stage.press(two, late, "Read it again")
    assert "Mine came first." in again.text
    assert "Mine came second." not in again.text
    box = await stage.press(stage.person(9), await play.come_back(stage.person(9), words), "Everything in it")
    assert "Mine came first." in box.text
    assert "Mine came second." not in box.text


async def test_who_lost_access_or_is_named_is_refused_like_a_stranger_at_every_step(play: Theatre) -> None:
    stage, handler, named, stranger = play.stage, *(play.stage.person(n) for n in (1, 30, 31))
    words, card = await _deliver(play, named=(named,))
    shown = await play.read(handler, play.desk, card.ref)
    form = await stage.press(handler, shown, "Answer")
    stage.add_channel(play.desk, readers=tuple(stage.person(n) for n in (2, 3)))
    lost = await stage.submit(handler, form, {"text": "Too late.", "signed": "desk"})
    by_link = await stage.press_post(named, play.desk, card.ref, "Read privately")
    alike = await stage.press_post(stranger, play.desk, card.ref, "Read privately")
    assert REFUSED in lost.text
    assert by_link.text == alike.text
    assert REFUSED in by_link.text
    box = await play.come_back(stage.person(9), words)
    assert "There is no answer from the desk yet." in box.text


async def test_a_desk_that_became_public_gets_no_news_until_it_is_private_again(play: Theatre) -> None:
    stage, writer = play.stage, play.stage.person(9)
    words, _ = await _deliver(play)
    everybody = tuple(stage.person(n) for n in range(1, 61))
    stage.add_channel(play.desk, private=False, readers=everybody)
    await play.fill_in(writer, await play.come_back(writer, words), "Add or answer", "It goes on.")
    await play.pass_time(HOURS)
    assert play.posts(play.desk, "News about report") == []
    assert (
        "not with HR yet"
        in (await stage.press(writer, await play.come_back(writer, words), "Everything in it")).text
    )
    stage.add_channel(play.desk, readers=everybody[:3])
    await play.pass_time(timedelta(minutes=30))
    await play.arrived(play.desk, "News about report")


async def test_a_desk_whose_last_reader_is_gone_gets_no_report_and_the_next_one_does(play: Theatre) -> None:
    stage, writer = play.stage, play.stage.person(9)
    stage.add_channel(play.desk, readers=())
    preview = await play.to_preview(writer, {"text": TEXT})
    words = receipt_words((await stage.press(writer, preview, "Send")).text)
    await play.pass_time(HOURS)
    assert play.posts(play.desk, "A report arrived") == []
    assert "Not with HR yet." in (await play.come_back(writer, words)).text
    await play.pass_time(timedelta(hours=25))
    assert play.posts(play.desk, "A report arrived") == []
    await play.arrived(play.ombuds, "A report arrived")


async def test_a_case_is_exported_to_one_handler_alone_and_never_posted(play: Theatre) -> None:
    stage, handler = play.stage, play.stage.person(1)
    _, card = await _deliver(play)
    shown = await play.read(handler, play.desk, card.ref)
    asked = await play.press(handler, shown, "Work on this case", "Export this case")
    assert "Signed with" in asked.text
    before = len(stage.posts(play.desk))
    given = await stage.press(handler, asked, "Make the export")
    assert "Hand it on only where you must" in given.text or "Files are off here" in given.text
    assert len(stage.posts(play.desk)) == before


async def test_colleagues_read_a_writers_own_words_once_a_handler_approved_them(play: Theatre) -> None:
    stage, writer, handler = play.stage, play.stage.person(9), play.stage.person(1)
    words, card = await _deliver(play, share="yes")
    await play.read(handler, play.desk, card.ref)
    box = await play.press(writer, await play.come_back(writer, words), "What colleagues may see")
    shown = await play.fill_in(writer, box, "Add words of my own", WORDS)
    assert "HR has not agreed to these words yet." in shown.text
    await play.pass_time(HOURS)
    reading = await play.read(handler, play.desk, card.ref)
    exact = await stage.press(handler, reading, "Words for colleagues to approve")
    assert "I said no." in exact.text
    await stage.press(handler, exact, "Approve exactly these words")
    await play.pass_time(timedelta(days=22))
    (statement,) = await play.arrived(play.solidarity, "Someone spoke up")
    assert "I said no." in statement.text
    box = await play.press(
        writer, await play.come_back(writer, words), "What colleagues may see", "Take my words back"
    )
    await play.pass_time(HOURS)
    (after,) = await play.arrived(play.solidarity, "Someone spoke up")
    assert "I said no." not in after.text


async def test_the_writer_hears_first_that_somebody_named_is_spoken_with_and_answers(play: Theatre) -> None:
    stage, writer, handler = play.stage, play.stage.person(9), play.stage.person(1)
    words, card = await _deliver(play, named=(stage.person(30),))
    shown = await play.read(handler, play.desk, card.ref)
    asked = await play.press(handler, shown, "Work on this case", "Speak with the person named")
    told = await play.fill_in(
        handler, asked, "Make a plan and tell the writer", "We start on Monday.", plan="A plan.", reveals="no"
    )
    assert "Please wait until" in told.text
    box = await play.come_back(writer, words)
    assert "We start on Monday." in box.text
    assert "A plan." not in box.text
    await play.fill_in(writer, box, "Answer the desk's plan", "Not yet.", answer="no")
    await play.pass_time(HOURS)
    shown = await play.read(handler, play.desk, card.ref)
    again = await play.press(handler, shown, "Work on this case", "Speak with the person named")
    assert "The writer asks you not to." in again.text
