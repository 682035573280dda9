"""Safety in numbers on every platform's own protocol: held, matched, opened, answered, and every way out before."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import Limits
from bot.keeper import KeeperAway
from tests.stage import Screen
from tests.stages import STAGES
from tests.theatre import Theatre, receipt_words, theatre

HOLD, MATCH = "Hold until others name the same person", "Held reports that name the same person"
OUTSIDE = "It is about somebody outside this workplace"
HOURS = timedelta(hours=5)
ROOMY = Limits(reports_a_day=20, receipts_an_hour=40)


@pytest.fixture(params=sorted(STAGES))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path, workspace={"escrow": 3}, limits=ROOMY) as built:
        yield built


async def before(play: Theatre, n: int, **more: tuple[str, ...]) -> Screen:
    """From /metoo to what holding means."""
    user = play.stage.person(n)
    preview = await play.to_preview(user, {"text": f"planted-account-{n}", **more})
    return await play.stage.press(user, preview, HOLD)


async def hold(play: Theatre, n: int) -> Screen:
    """From /metoo to the receipt of a held report about person 30, picked from the people there are."""
    shown = await before(play, n, named=(play.stage.person(30),))
    return await play.stage.press(play.stage.person(n), shown, "Hold it")


async def box(play: Theatre, receipt: Screen, n: int = 20) -> Screen:
    return await play.come_back(play.stage.person(n), receipt_words(receipt.text))


async def test_three_who_name_one_person_reach_the_desk_as_three_linked_cases_and_read_its_answers(
    play: Theatre,
) -> None:
    stage, handler = play.stage, play.stage.person(1)
    asked = await before(play, 20, named=(stage.person(30),))
    for said in (
        "Many held reports never match",
        "HR knows nothing and cannot protect you",
        "deadlines keep running",
        "you are not asked again",
        "Look in every week",
        "3 accounts acting together can fake a match, and 2 can find out that one more report exists",
        "Nobody, you included, is told how many there are",
    ):
        assert said in asked.text.replace("\n", " "), said
    receipts = [await stage.press(stage.person(20), asked, "Hold it"), await hold(play, 21)]
    assert "Held" in receipts[0].text
    await play.pass_time(HOURS)
    assert play.posts(play.desk, MATCH) == []
    receipts.append(await hold(play, 22))
    await play.pass_time(HOURS)
    (posted,) = await play.arrived(play.desk, MATCH)
    assert "planted-account" not in str(posted.payload)
    assert stage.person(30) not in str(posted.payload)
    opened = await stage.press_post(handler, play.desk, posted.ref, "Open privately")
    codes = re.search(r"Reports:? *\n?([0-9A-Z-]+, [0-9A-Z-]+, [0-9A-Z-]+)", opened.text.replace("*", ""))
    assert codes, opened.text
    held = await box(play, receipts[0])
    assert "Held until others name the same person" in held.text
    texts = set()
    for each in codes[1].split(", "):
        front = await stage.choose(handler, opened, "Open a case", each)
        reading = (
            await stage.press(handler, front, "Show the words")
            if "Show the words" in front.buttons
            else front
        )
        texts |= set(re.findall(r"planted-account-\d\d", reading.text))
        work = await stage.press(handler, reading, "Work on this case")
        assert sum(other in work.text for other in codes[1].split(", ")) == 3
        await play.fill_in(handler, reading, "Answer", f"answer-to-{each}", signed="desk")
    assert texts == {f"planted-account-{n}" for n in (20, 21, 22)}
    answers = [
        re.findall(r"answer-to-\S+", (await box(play, receipt, n)).text)
        for n, receipt in zip((20, 21, 22), receipts, strict=True)
    ]
    assert sorted(len(each) for each in answers) == [1, 1, 1]
    assert len({each[0] for each in answers}) == 3
    await play.pass_time(HOURS)
    assert len(play.posts(play.desk, MATCH)) == 1


async def test_every_way_out_is_open_before_a_match_and_the_same_person_twice_counts_once(
    play: Theatre,
) -> None:
    stage, user = play.stage, play.stage.person(20)
    first, second, third = [await hold(play, 20) for _ in range(3)]
    texts = {each.text.replace(receipt_words(each.text), "") for each in (first, second, third)}
    assert len(texts) == 1
    assert len({receipt_words(each.text) for each in (first, second, third)}) == 3
    added = await play.fill_in(user, await box(play, first), "Add to it", "planted-more")
    assert "A desk gets it together with the report" in added.text
    kept = await play.press(
        user, await box(play, second), "Make it a private record", "Make it a private record"
    )
    assert "It is a private record again." in kept.text
    assert "A private record." in (await box(play, second)).text
    gone = await play.press(user, await box(play, third), "Take it back", "Take it back")
    assert "It is erased." in gone.text
    assert "open nothing here" in (await box(play, third)).text
    await play.pass_time(HOURS)
    assert play.posts(play.desk, MATCH) == []
    await play.press(user, await box(play, first), "Release it now", "Send")
    await play.pass_time(HOURS)
    (post,) = await play.arrived(play.desk, "A report arrived")
    shown = await play.read(stage.person(1), play.desk, post.ref)
    assert "planted-account-20" in shown.text
    assert "planted-more" in shown.text
    again = await play.press(user, await box(play, second), HOLD, "Hold it")
    assert "It is held now" in again.text


async def test_somebody_outside_is_named_by_an_address_however_it_is_written_and_it_is_said_to_be_less_exact(
    play: Theatre,
) -> None:
    stage = play.stage
    spelled = {
        20: "https://www.Example.org/people/Some.One/?utm=x#top",
        21: " example.org/people/some.one ",
        22: "HTTP://example.org/People/Some.One",
    }
    for n, address in spelled.items():
        user, asked = stage.person(n), await before(play, n)
        assert "Hold it" not in asked.buttons
        form = await stage.press(user, asked, OUTSIDE)
        assert "less exact than picking a person" in form.text
        refused = await stage.submit(user, form, {"address": "my boss"})
        assert "neither an e-mail address nor the address of a profile" in refused.text
        form = await play.press(user, refused, "Try again", OUTSIDE)
        held = await stage.submit(user, form, {"address": address})
        assert receipt_words(held.text)
    await play.pass_time(HOURS)
    (posted,) = await play.arrived(play.desk, MATCH)
    assert "example.org" not in str(posted.payload)


async def test_where_the_keeper_is_away_all_else_works_and_the_other_ways_are_offered(
    play: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, user = play.stage, play.stage.person(20)
    asked = await before(play, 20, named=(stage.person(30),))

    async def away(*_: bytes) -> None:
        raise KeeperAway

    monkeypatch.setattr(play.service.escrow.holding.keeping, "ask", away)
    refused = await stage.press(user, asked, "Hold it")
    assert "the keeper, which holds one of its two keys, does not answer" in refused.text
    preview = await stage.press(user, refused, "Back to the preview")
    assert "planted-account-20" in preview.text
    assert {"Send", "Keep it for now"} <= set(preview.buttons)
    await stage.press(user, preview, "Send")
    await play.pass_time(HOURS)
    await play.arrived(play.desk, "A report arrived")
