from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sandbox.people import Person
from bot.model import Actor, Card, Event, Standing, Workspace
from bot.service import Service
from tests.world import TUESDAY, WORKSPACE, World, card, labels, said, world

OTHERS = {
    Standing.GUEST: "Only members of this workplace are counted",
    Standing.BOT: "Only members of this workplace are counted",
    Standing.EXTERNAL: "Only members of this workplace are counted",
    Standing.UNKNOWN: "The list of members is still being read",
}


def wall(w: World) -> Card:
    return w.posts("solidarity")[-1]


async def answers(w: World, user: str, *pressed: str) -> list[Card]:
    return [card(await w.press(user, wall(w), each)) for each in pressed]


async def test_every_press_is_answered_with_the_same_card_whatever_was_kept(tmp_path: Path) -> None:
    presses = ("Me too", "Me too", "Take back", "Take back", "Me too")
    async with world(tmp_path, start=TUESDAY) as w:
        given = await answers(w, "P20", *presses)
        given += await answers(w, "P21", "Take back", "Me too")
        await w.jump(timedelta(minutes=20))
        given += await answers(w, "P20", *presses)
    async with world(tmp_path, start=TUESDAY + timedelta(days=1), before=w) as again:
        given += await answers(again, "P20", *presses)
        given += await answers(again, "P22", "Take back")
    assert given == [given[0]] * len(given)
    assert (
        "Numbers appear from five, and only where 25 or more work, so that nobody can be picked out."
        in said(given[0])
    )
    assert "You can stand or take back until 2026-12-24." in said(given[0])
    assert given[0].aside


async def test_the_answer_offers_both_and_ways_on(w: World) -> None:
    (kept,) = await answers(w, "P20", "Me too")
    assert labels(kept) == [
        "Me too",
        "Take back",
        "Tell what happened",
        "Keep a record for yourself",
        "Find support",
    ]
    assert len({button.style for button in kept.buttons}) == 1
    assert await w.press("P20", kept, "Take back") == kept
    assert await w.press("P20", kept, "Me too") == kept


async def test_a_wall_press_and_a_menu_press_are_one_voice(w: World) -> None:
    say = card(await w.press("P20", card(await w.act("P20", "menu")), "Say me too"))
    assert "only as a keyed mark until 2026-12-24" in said(say)
    kept = await w.press("P20", say, "Me too")
    assert [kept] == await answers(w, "P20", "Me too")
    assert len(w.sql("SELECT * FROM voices")) == 1


async def test_only_members_are_counted_and_everybody_else_gets_their_sentence(w: World) -> None:
    (button, back) = wall(w).buttons
    for standing, sentence in OTHERS.items():
        for to in (button.to, back.to):
            event = Event(Actor(WORKSPACE, "X1", "en", standing), to.action, to.ref)
            answer = card(await w.service.core.handle(event))
            assert sentence in said(answer)
            assert "Find support" in labels(answer)
    assert w.sql("SELECT * FROM voices") == []


async def test_a_guest_is_told_before_pressing_and_shown_other_doors(w: World) -> None:
    w.workplace.people["G1"] = Person(id="G1", name="Guest", job="", standing=Standing.GUEST)
    shown = card(await w.act("G1", "say"))
    assert "Guests are not counted here" in said(shown)
    assert labels(shown) == ["Tell what happened", "Find support", "Back to the menu"]


@pytest.mark.parametrize(("people", "small"), [(24, True), (25, False)])
async def test_a_small_workplace_is_told_that_no_numbers_are_shown(
    tmp_path: Path,
    people: int,
    small: bool,
) -> None:
    async with world(tmp_path, start=TUESDAY, people=people) as w:
        shown = card(await w.act("P20", "say"))
        assert ("This workplace is small, so no numbers are shown anywhere." in said(shown)) is small
        assert ("No numbers are shown here" in said(wall(w))) is small
        assert ("So far:" in said(wall(w))) is not small


async def test_a_press_on_what_is_not_there_is_a_calm_sentence(w: World) -> None:
    ref = wall(w).buttons[0].to.ref
    for wrong in ("", "x", "00" * 16, "ff" * 16, ref[2:] + ref[:2], "Ä" * 32, "\0"):
        for action in ("voice.stand", "voice.back"):
            answer = card(await w.act("P20", action, wrong))
            assert "This has closed. Nothing changed now" in said(answer)
    assert w.sql("SELECT * FROM voices") == []


async def test_on_a_wall_every_way_to_stand_is_me_too(w: World) -> None:
    ref = wall(w).buttons[0].to.ref
    kept = [
        await w.act(f"P2{n}", action, ref)
        for n, action in enumerate(("voice.stand", "voice.saw", "voice.too"))
    ]
    assert kept == [kept[0]] * 3
    assert w.sql("SELECT value, grade FROM voices") == [(1, None)] * 3


async def test_a_window_of_another_workspace_cannot_be_pressed(tmp_path: Path) -> None:
    other = {"platform": "discord", "id": "77", "desks": ("hr-desk",)}
    async with world(tmp_path, start=TUESDAY) as w:
        kind = type(w.means.settings.workspaces[0])
        both = (*w.means.settings.workspaces, kind.model_validate(other))
        settings = w.means.settings.model_copy(update={"workspaces": both})
        core = Service(replace(w.means, settings=settings), {}).core
        stranger = Actor(Workspace("discord", "77"), "P20", "en", Standing.MEMBER)
        for button in wall(w).buttons:
            answer = card(await core.handle(Event(stranger, button.to.action, button.to.ref)))
            assert "This has closed." in said(answer)
        assert w.sql("SELECT * FROM voices") == []


async def test_presses_beyond_the_limit_change_nothing_and_say_so(w: World) -> None:
    kept = await answers(w, "P20", *["Me too", "Take back"] * 15)
    (over,) = await answers(w, "P20", "Me too")
    assert kept == [kept[0]] * 30
    assert "Nothing changed now; please try again later." in said(over)
    assert w.sql("SELECT value FROM voices") in ([], [(0,)])
    await w.jump(timedelta(hours=1))
    assert await answers(w, "P20", "Me too") == kept[:1]


async def test_nobodys_id_gets_into_the_file(w: World) -> None:
    w.workplace.people["canary-person-77"] = w.workplace.people.pop("P20")
    await answers(w, "canary-person-77", "Me too")
    assert len(w.sql("SELECT * FROM voices")) == 1
    everything = b"".join(each.read_bytes() for each in w.file.parent.glob("store.db*"))
    assert b"hr-desk" in everything  # the search finds what is there
    assert b"canary-person" not in everything
