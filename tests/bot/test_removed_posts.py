"""A wall or statement that somebody removes: posted once more, then closed; decided once, and kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.errors import Unreachable
from bot.model import Card, Place
from tests.bot.test_wall import SENT, shared, statements
from tests.world import TUESDAY, World, card, labels, said, world

BATCH = timedelta(minutes=16)


def remove(w: World) -> Card:
    """Somebody takes away the newest of our posts."""
    post = w.messages("solidarity")[-1]
    w.workplace.delete(w.workplace.channels["solidarity"], post.ref)
    assert post.card
    return post.card


async def moved(w: World, post: Card, *people: int) -> None:
    """These people press and the number follows, so that the post is looked at."""
    await w.stand(post, *people)
    for _ in range(2):
        await w.jump(BATCH)


def open_windows(w: World) -> int:
    return len(w.sql("SELECT id FROM windows WHERE length(secret) > 0"))


async def test_a_removed_wall_is_posted_once_more_and_goes_on(w: World) -> None:
    first = remove(w)
    await moved(w, first, *range(10, 20))
    (again,) = w.posts("solidarity")
    assert "So far: 10–24" in said(again)
    assert again.buttons == first.buttons
    await moved(w, again, *range(20, 40))
    assert [said(each) for each in w.posts("solidarity")] == [said(again).replace("10–24", "25–49")]


async def test_a_wall_that_is_removed_again_is_closed_and_never_posted_any_more(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        first = remove(w)
        await moved(w, first, *range(10, 20))
        await moved(w, remove(w), *range(20, 40))
        assert w.posts("solidarity") == []
        assert open_windows(w) == 0
        assert w.sql("SELECT * FROM voices") == []
        assert w.sql("SELECT shown FROM windows") == [(30,)]
        assert "This has closed." in said(card(await w.press("P50", first, "Me too")))
    async with world(tmp_path, start=TUESDAY + timedelta(days=1), before=w) as again:
        for _ in range(3):
            await again.jump(timedelta(days=9))
            assert again.posts("solidarity") == []
        assert again.sql("SELECT ref FROM posts WHERE kind = 'wall'") == [("",), ("",)]
        shown = card(await again.act("P20", "say"))
        assert "Nothing is being counted here at the moment." in said(shown)
        assert labels(shown)[:3] == ["Tell what happened", "Keep a record for yourself", "Find support"]
        await again.jump(timedelta(days=3))
        assert len(again.posts("solidarity")) == 1  # its thirty days are over, and a new one begins


async def test_the_same_holds_for_a_statement_and_says_nothing_of_the_report(w: World) -> None:
    await shared(w)
    await w.jump(timedelta(days=22))
    await moved(w, remove(w), *range(30, 36))
    (again,) = statements(w)
    assert "So far: 5–9" in said(again)
    await moved(w, remove(w), *range(36, 50))
    assert statements(w) == []
    assert w.sql("SELECT secret FROM windows WHERE kind = 'statement'") == [(b"",)]
    await w.jump(timedelta(days=40))
    assert statements(w) == []
    assert w.sql("SELECT stage FROM reports") == [("sent",)]


async def test_that_it_is_removed_is_kept_although_the_second_post_fails(w: World) -> None:
    first, posted = remove(w), w.workplace.post
    tries = 0

    async def down(place: Place, card: Card, nonce: str) -> str:
        nonlocal tries
        tries += 1
        raise Unreachable("no answer")

    w.workplace.post = down  # type: ignore[method-assign]  # what is between us and the platform
    await moved(w, first, *range(10, 20))
    assert w.sql("SELECT ref FROM posts WHERE kind = 'wall'") == [("",)]
    assert tries > 0
    w.workplace.post = posted  # type: ignore[method-assign]
    await w.jump(timedelta(hours=1))
    assert len(w.posts("solidarity")) == 1
    assert open_windows(w) == 1


async def test_a_statement_that_its_writer_takes_back_is_not_posted_for_that(w: World) -> None:
    await shared(w)
    await w.jump(timedelta(days=22))
    (statement,) = statements(w)
    remove(w)
    ((report,),) = w.sql("SELECT id FROM reports")
    w.sql("UPDATE reports SET stage = 'withdrawn' WHERE id = ?", report)
    await w.service._store.write(*w.service._solidarity._refresh("statement", report, "sandbox:practice"))
    await w.jump(SENT)
    assert len(w.posts("solidarity")) == 1  # the wall
    assert w.sql("SELECT secret FROM windows WHERE kind = 'statement'") == [(b"",)]
    for label in labels(statement):
        assert "This has closed." in said(card(await w.press("P30", statement, label)))


async def test_a_desks_card_that_is_removed_is_not_posted_again(w: World) -> None:
    await shared(w)
    post = w.messages("hr-desk")[0]
    w.workplace.delete(w.workplace.channels["hr-desk"], post.ref)
    ((report,),) = w.sql("SELECT id FROM reports")
    for _ in range(2):
        w.sql("UPDATE posts SET shown = x'00' WHERE kind = 'report'")
        await w.service._store.write(*w.service._solidarity._refresh("report", report, "sandbox:practice"))
        await w.settle()
    assert w.posts("hr-desk") == []
    assert w.sql("SELECT ref FROM posts WHERE kind = 'report'") == [("",)]
