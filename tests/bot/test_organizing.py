"""Walls are opened from fixed sentences and closed early, by admins or the employees' group, and that is logged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sandbox.workplace import Channel
from bot.audit import Audit
from bot.model import Card, Form, Quote
from bot.records import AuditOf
from bot.templates import TEMPLATES, TITLES
from tests.world import TUESDAY, WORKSPACE, World, card, labels, said, world

ADMIN, GROUP, MEMBER = "P9", "P10", "P20"
BATCH = timedelta(minutes=16)
MINE = ("walls", "walls.about", "walls.open", "walls.end", "walls.close")


@pytest.fixture
async def by_hand(tmp_path: Path) -> AsyncIterator[World]:
    about = {"walls": "by hand", "wall_group": "council"}
    async with world(tmp_path, start=TUESDAY, workspace=about) as built:
        furnish(built)
        yield built


def furnish(w: World) -> None:
    w.workplace.people[ADMIN] = replace(w.workplace.people[ADMIN], admin=True)
    w.workplace.channels["council"] = Channel("council", private=True, readers=frozenset({GROUP}))


async def choose(w: World, user: str, template: str) -> Card:
    (choice,) = card(await w.act(user, "walls")).choices
    return card(await w.act(user, choice.to.action, choice.to.ref, {"choice": (template,)}))


async def opened(w: World, user: str = ADMIN, template: str = "bullying") -> Card:
    await w.press(user, await choose(w, user, template), "Open the wall")
    await w.settle()
    return w.posts("solidarity")[-1]


async def close(w: World, user: str = ADMIN) -> Card:
    asked = card(await w.press(user, card(await w.act(user, "walls")), "Close it early"))
    shown = card(await w.press(user, asked, "Close the wall"))
    await w.settle()
    return shown


async def test_only_admins_have_walls_in_their_menu(by_hand: World) -> None:
    w = by_hand
    for user, has in ((ADMIN, True), (GROUP, False), (MEMBER, False)):
        assert ("Open or close the wall" in labels(card(await w.act(user, "menu")))) is has


async def test_without_a_wall_me_too_says_so_and_offers_other_doors(by_hand: World) -> None:
    w = by_hand
    await w.jump(timedelta(days=40))
    assert w.posts("solidarity") == []
    shown = card(await w.act(MEMBER, "say"))
    assert "Nothing is being counted here at the moment." in said(shown)
    assert labels(shown) == [
        "Tell what happened",
        "Keep a record for yourself",
        "Find support",
        "Back to the menu",
        "Open or close the wall",
    ]


@pytest.mark.parametrize("user", [ADMIN, GROUP])
@pytest.mark.parametrize("template", list(TEMPLATES))
async def test_whoever_may_opens_a_wall_from_a_template(by_hand: World, user: str, template: str) -> None:
    w = by_hand
    asked = await choose(w, user, template)
    assert [each.text for each in asked.body if isinstance(each, Quote)] == [TEMPLATES[template]]
    assert w.posts("solidarity") == []
    await w.press(user, asked, "Open the wall")
    await w.settle()
    (wall,) = w.posts("solidarity")
    assert TEMPLATES[template] in said(wall)
    assert "emoji reactions are never read here, because the platform shows and exports who reacted" in said(
        wall
    )
    assert user not in repr(wall)
    say = card(await w.act(MEMBER, "say"))
    assert TEMPLATES[template] in said(say)
    assert "Your choice is kept." in said(card(await w.press(MEMBER, say, "Me too")))


async def test_no_sentence_of_a_wall_can_be_typed(by_hand: World) -> None:
    w = by_hand
    typed = {"choice": ("Everybody knows it was P8",), "text": ("Everybody knows it was P8",)}
    for action in MINE:
        for ref in ("", "Everybody knows it was P8"):
            assert not isinstance(await w.act(ADMIN, action, ref, typed), Form)
    await w.settle()
    assert w.posts("solidarity") == []
    assert w.sql("SELECT * FROM windows") == []
    assert set(TITLES) == set(TEMPLATES)


async def test_others_are_told_who_may_and_nothing_happens(by_hand: World) -> None:
    w = by_hand
    wall = await opened(w)
    for action in MINE:
        for ref in ("", "sexual", wall.buttons[0].to.ref):
            refused = card(await w.act(MEMBER, action, ref, {"choice": ("sexual",)}))
            assert "Walls are opened and closed by the admins of this workplace" in said(refused)
    assert w.sql("SELECT count(*) FROM windows WHERE length(secret) > 0") == [(1,)]


async def test_a_group_whose_channel_became_public_opens_nothing(by_hand: World) -> None:
    w = by_hand
    w.workplace.channels["council"].private = False
    for user in (GROUP, MEMBER):
        assert "Walls are opened and closed by the admins" in said(card(await w.act(user, "walls")))


async def test_without_a_channel_for_walls_none_is_opened(tmp_path: Path) -> None:
    about = {"walls": "by hand", "solidarity_channel": ""}
    async with world(tmp_path, start=TUESDAY, workspace=about) as w:
        furnish(w)
        refused = card(await w.press(ADMIN, await choose(w, ADMIN, "sexual"), "Open the wall"))
        assert "There is no channel for walls here yet" in said(refused)
        assert w.sql("SELECT * FROM windows") == []


async def test_there_is_one_wall_at_a_time(by_hand: World) -> None:
    w = by_hand
    asked = [await choose(w, user, "sexual") for user in (ADMIN, GROUP)]
    await w.press(ADMIN, asked[0], "Open the wall")
    late = card(await w.press(GROUP, asked[1], "Open the wall"))
    assert "This changed in the meantime" in said(late)
    shown = card(await w.act(GROUP, "walls"))
    assert shown.choices == ()
    assert "A wall is open:" in said(shown)
    await w.settle()
    assert len(w.posts("solidarity")) == 1


async def test_closed_early_the_number_stays_and_the_key_is_gone(by_hand: World) -> None:
    w = by_hand
    wall = await opened(w)
    await w.stand(wall, *range(20, 27))
    for _ in range(2):
        await w.jump(BATCH)
    await w.press("P30", wall, "Me too")
    secrets = [row[0] for row in w.sql("SELECT secret FROM windows UNION SELECT token FROM voices")]
    assert len(secrets) == 9
    shown = await close(w)
    assert "No wall is open." in said(shown)
    (post,) = w.posts("solidarity")
    assert "So far: 5–9" in said(post)
    assert "Closed. Nobody can tell any more who pressed." in said(post)
    assert post.buttons == ()
    assert w.sql("SELECT secret, shown FROM windows") == [(b"", 7)]
    assert w.sql("SELECT * FROM voices") == []
    assert w.service._solidarity._open == {}
    await w.store.compact()
    kept = b"".join(each.read_bytes() for each in w.file.parent.glob("store.db*"))
    assert not [each for each in secrets if each in kept]
    assert "This has closed." in said(card(await w.press("P30", wall, "Me too")))


async def test_a_wall_is_closed_only_by_who_saw_that_one(by_hand: World) -> None:
    w = by_hand
    await opened(w)
    asked = card(await w.press(ADMIN, card(await w.act(ADMIN, "walls")), "Close it early"))
    await close(w, GROUP)
    await opened(w, GROUP, "silence")
    assert "This changed in the meantime" in said(card(await w.press(ADMIN, asked, "Close the wall")))
    assert w.sql("SELECT count(*) FROM windows WHERE length(secret) > 0") == [(1,)]


async def test_where_walls_open_by_themselves_one_that_was_closed_early_has_no_follower_before_its_time(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        furnish(w)
        assert TEMPLATES["harassment"] in said(w.posts("solidarity")[0])
        await close(w)
        await w.jump(timedelta(days=29))
        assert len(w.posts("solidarity")) == 1
    async with world(tmp_path, start=TUESDAY + timedelta(days=29, hours=1), before=w) as again:
        assert len(again.posts("solidarity")) == 1
        await again.jump(timedelta(days=1))
        assert len(again.posts("solidarity")) == 2


async def test_who_opens_and_closes_is_in_the_log_by_name(by_hand: World) -> None:
    w = by_hand
    await opened(w)
    await close(w, GROUP)
    log = await w.store.read(AuditOf(str(WORKSPACE)))
    audit = Audit(w.service._desk._vault, w.means.random)
    acts = [(audit.act(row).who, audit.act(row).what) for row in log]
    assert acts[-2:] == [(ADMIN, "opened a wall: bullying"), (GROUP, "closed a wall early")]
    assert audit.verify(log) == ""


async def test_a_wall_speaks_the_language_of_its_workplace_and_its_menu_that_of_the_person(
    by_hand: World,
) -> None:
    w = by_hand
    await opened(w)
    shown = card(await w.act(ADMIN, "walls", locale="de"))
    assert shown.buttons
    assert w.posts("solidarity")[0].title == "Me too"
