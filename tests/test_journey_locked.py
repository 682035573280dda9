"""A desk whose inbox is locked, on every platform: what opens it, for whom, and what goes on meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import passphrase
from tests.stage import Post, Screen
from tests.stages import STAGES
from tests.theatre import Theatre, receipt_words, theatre

ONE, TWO = "three small grey stones", "eleven quiet green boats"
TEXT = "planted-locked-text"
LOCKED = "This inbox is locked"
QUARTER = timedelta(minutes=16)
HOURS = timedelta(hours=5)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "MEMORY", 64)


@pytest.fixture(params=sorted(STAGES))
async def play(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(STAGES[request.param](), tmp_path, workspace={"inbox": "passphrase"}) as built:
        yield built


async def filed(play: Theatre, writer: int, **values: str | tuple[str, ...]) -> tuple[str, Post]:
    """A report that its desk has: the words of its receipt, and the card."""
    before = {each.ref for each in play.posts(play.desk, "A report arrived")}
    preview = await play.to_preview(play.stage.person(writer), {"text": TEXT, **values})
    words = receipt_words((await play.stage.press(play.stage.person(writer), preview, "Send")).text)
    await play.pass_time(HOURS)
    arrived = await play.arrived(play.desk, "A report arrived")
    return words, next(each for each in arrived if each.ref not in before)


async def lock(play: Theatre, post: Post) -> str:
    """The first handler locks the inbox; the recovery key."""
    stage, handler = play.stage, play.stage.person(1)
    shown = await play.read(handler, play.desk, post.ref)
    form = await play.press(handler, shown, "Lock this inbox", "Choose the first passphrase")
    assert "passes the platform" in form.text
    told = await stage.submit(handler, form, {"passphrase": ONE})
    lines = [each.strip("` ") for each in told.text.splitlines()]
    return next(each for each in lines if each.count("-") == 7 and " " not in each)


async def read(play: Theatre, n: int, post: Post) -> Screen:
    return await play.read(play.stage.person(n), play.desk, post.ref)


async def typed(play: Theatre, n: int, shown: Screen, label: str, **values: str) -> Screen:
    """Press a button and send the form behind it; what came of it, with the words of a report if it opened one."""
    stage, user = play.stage, play.stage.person(n)
    after = await stage.submit(user, await stage.press(user, shown, label), values)
    return await stage.press(user, after, "Show the words") if "Show the words" in after.buttons else after


async def unlock(play: Theatre, n: int, post: Post, words: str) -> Screen:
    return await typed(play, n, await read(play, n, post), "Unlock", passphrase=words)


async def test_two_handlers_read_by_a_passphrase_each_and_after_a_quarter_of_an_hour_nobody_does(
    play: Theatre,
) -> None:
    stage, one = play.stage, play.stage.person(1)
    _, post = await filed(play, 9)
    await lock(play, post)
    assert TEXT in (await read(play, 1, post)).text
    closed = await read(play, 2, post)
    assert LOCKED in closed.text
    assert TEXT not in closed.text
    door = await stage.press(one, await read(play, 1, post), "The lock of this inbox")
    await typed(play, 1, door, "Let somebody in", who=stage.person(2))
    await typed(play, 2, closed, "Choose my passphrase", passphrase=TWO)
    assert TEXT in (await read(play, 2, post)).text
    await play.pass_time(QUARTER)
    assert LOCKED in (await read(play, 1, post)).text
    assert LOCKED in (await read(play, 2, post)).text
    assert "does not open the inbox for you" in (await unlock(play, 2, post, ONE)).text
    assert TEXT in (await unlock(play, 2, post, TWO)).text
    door = await stage.press(stage.person(2), await read(play, 2, post), "The lock of this inbox")
    await typed(play, 2, door, "Take a passphrase away", who=one)
    assert "You have no passphrase for this inbox yet" in (await unlock(play, 1, post, ONE)).text
    assert TEXT in (await read(play, 2, post)).text


async def test_wrong_tries_end_after_five_and_the_recovery_key_opens_it_when_all_are_gone(
    play: Theatre,
) -> None:
    _, post = await filed(play, 9)
    recovery = await lock(play, post)
    await play.pass_time(QUARTER)
    for _ in range(5):
        assert "does not open the inbox for you" in (await unlock(play, 1, post, TWO)).text
    assert "was not tried" in (await unlock(play, 1, post, ONE)).text
    assert (
        "was not tried"
        in (await typed(play, 1, await read(play, 1, post), "Use the recovery key", key=recovery)).text
    )
    everybody = tuple(play.stage.person(n) for n in range(1, 61))
    play.stage.add_channel(play.desk, readers=everybody[1:3])  # who locked it has left
    closed = await read(play, 3, post)
    door = await typed(play, 3, closed, "Use the recovery key", key=recovery.lower().replace("-", " "))
    assert "The lock of this inbox" in door.text
    await typed(play, 3, door, "Change my passphrase", passphrase=TWO)
    await play.pass_time(QUARTER)
    assert TEXT in (await unlock(play, 3, post, TWO)).text


async def test_all_goes_on_while_it_is_locked(play: Theatre) -> None:
    stage = play.stage
    _, first = await filed(play, 9)
    await lock(play, first)
    await play.pass_time(QUARTER)
    words, second = await filed(play, 10, share="yes")
    assert LOCKED in (await read(play, 2, second)).text
    assert TEXT not in str([each.payload for each in stage.posts(play.desk)])
    writer = stage.person(10)
    await play.fill_in(writer, await play.come_back(writer, words), "Add or answer", "And one thing more.")
    await play.pass_time(HOURS)
    await play.arrived(play.desk, "News about report")
    await play.pass_time(timedelta(days=22))
    await play.arrived(play.desk, "Answers are due")
    await play.arrived(play.general, "Digest for week")
    (statement, *_) = await play.arrived(play.solidarity, "Someone spoke up")
    for n in range(20, 26):
        await stage.press_post(stage.person(n), play.solidarity, statement.ref, "I stand with you")
    await play.pass_time(timedelta(hours=1))
    assert LOCKED in (await read(play, 1, second)).text
    shown = await unlock(play, 1, second, ONE)
    assert TEXT in shown.text
    assert "And one thing more." in shown.text
