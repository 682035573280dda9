"""Presses on bad days: ten thousand of one person, at the second of closing, and with a clock that jumps."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Card, Reply
from bot.solidarity import SLIP
from tests.world import TUESDAY, World, card, said, world

BATCH = timedelta(minutes=16)
MONTH = timedelta(days=30)


def posts(w: World) -> list[Card]:
    """Our posts, also those that were made at a moment which is to come once more."""
    return [each.card for each in w.workplace.channels["solidarity"].messages if each.card]


def wall(w: World) -> Card:
    return posts(w)[-1]


def shown(w: World) -> int:
    return int(w.sql("SELECT shown FROM windows WHERE length(secret) > 0")[0][0])


async def woken(w: World) -> None:
    """Every job runs once, as it does when the system clock was set back."""
    for job in w.service.jobs:
        job.wake()
    await w.settle()


async def test_ten_thousand_presses_of_one_person_are_one_voice_and_leave_nothing_behind(w: World) -> None:
    ways = [each.to for each in wall(w).buttons]
    answers: list[Reply] = []
    for n in range(0, 10_000, 500):
        at_once = [w.act("P20", ways[k % 2].action, ways[k % 2].ref) for k in range(n, n + 500)]
        answers += await asyncio.gather(*at_once)
    kept = [each for each in answers if "Your choice is kept." in said(card(each))]
    refused = [each for each in answers if "You have pressed often in this hour." in said(card(each))]
    assert (len(kept), len(refused)) == (30, 9_970)
    assert len(w.sql("SELECT * FROM voices")) <= 1
    assert len(w.service._solidarity._limits._ends) <= 1
    await w.jump(BATCH)
    assert shown(w) == 0


async def test_every_press_in_the_second_of_closing_is_answered_and_counts_or_says_that_it_does_not(
    w: World,
) -> None:
    post = wall(w)
    w.clock._stand_at(TUESDAY + MONTH - timedelta(seconds=1))
    early = [w.press(f"P{n}", post, "Me too") for n in range(10, 30)]
    before = [asyncio.ensure_future(each) for each in early]
    await asyncio.sleep(0)
    w.clock._stand_at(TUESDAY + MONTH)
    closing = asyncio.ensure_future(w.service._solidarity.keep_walls())
    late = [asyncio.ensure_future(w.press(f"P{n}", post, "Me too")) for n in range(30, 50)]
    answers = [said(card(each)) for each in await asyncio.gather(*before, *late)]
    await closing
    assert all("Your choice is kept." in each or "This has closed." in each for each in answers)
    assert all("This has closed." in each for each in answers[20:])
    assert w.sql("SELECT * FROM voices") == []
    assert w.sql("SELECT count(*) FROM windows WHERE length(secret) > 0") == [(1,)]  # the next wall
    ref = bytes.fromhex(post.buttons[0].to.ref)
    await w.jump(BATCH)
    assert ref not in w.service._solidarity._open


async def test_a_clock_that_is_set_back_stops_no_count(w: World) -> None:
    await w.stand(wall(w), *range(20, 26))
    w.clock._stand_at(TUESDAY - timedelta(hours=20))
    await woken(w)
    await w.jump(BATCH)
    assert shown(w) == 6
    assert "So far: 5–9" in said(wall(w))
    assert "Your choice is kept." in said(card(await w.press("P30", wall(w), "Me too")))


async def test_a_clock_that_is_set_far_back_lets_no_token_live_longer(w: World) -> None:
    old = wall(w)
    await w.stand(old, *range(20, 26))
    for _ in range(2):
        await w.jump(BATCH)
    w.clock._stand_at(TUESDAY - timedelta(days=40))
    await woken(w)
    assert w.sql("SELECT * FROM voices") == []
    assert w.sql("SELECT shown FROM windows WHERE length(secret) = 0") == [(6,)]
    assert "This has closed." in said(card(await w.press("P30", old, "Me too")))
    assert "Closed. Nobody can tell any more who pressed." in said(posts(w)[0])
    ((opens, closes),) = w.sql("SELECT opens, closes FROM windows WHERE length(secret) > 0")
    assert (opens, closes - opens) == (int(w.clock.now().timestamp()), MONTH.total_seconds())


async def test_a_small_correction_of_the_clock_closes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await w.stand(wall(w), 20)
    async with world(tmp_path, start=TUESDAY - SLIP + timedelta(minutes=1), before=w) as again:
        assert len(posts(again)) == 1
        assert again.sql("SELECT count(*) FROM voices") == [(1,)]


async def test_a_clock_that_jumps_ahead_closes_for_good_and_opens_one_wall(w: World) -> None:
    old = wall(w)
    await w.stand(old, *range(20, 26))
    await w.jump(timedelta(days=40))
    assert w.sql("SELECT * FROM voices") == []
    assert "This has closed." in said(card(await w.press("P30", old, "Me too")))
    assert w.sql("SELECT count(*) FROM windows WHERE length(secret) > 0") == [(1,)]


async def test_what_a_clock_opened_while_it_was_ahead_is_closed_when_it_comes_back(w: World) -> None:
    await w.jump(timedelta(days=40))
    ahead = wall(w)
    await w.stand(ahead, *range(20, 26))
    w.clock._stand_at(TUESDAY + timedelta(hours=1))
    await woken(w)
    assert w.sql("SELECT * FROM voices") == []
    assert "This has closed." in said(card(await w.press("P30", ahead, "Me too")))
    await w.jump(MONTH)
    assert w.sql("SELECT count(*) FROM windows WHERE length(secret) > 0") == [(1,)]
    assert "Your choice is kept." in said(card(await w.press("P30", wall(w), "Me too")))


@pytest.mark.parametrize("action", ["voice", "voice.me_too", "solidarity:stand", "metoo_stand", ""])
async def test_a_button_of_another_version_is_answered_kindly(w: World, action: str) -> None:
    ref = wall(w).buttons[0].to.ref
    answer = card(await w.act("P20", action, ref))
    assert "This button is from an earlier version. /metoo opens the menu." in said(answer)
    assert answer.aside
    assert w.sql("SELECT * FROM voices") == []
