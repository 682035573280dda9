from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b, sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from bot import logs
from bot.delivery import DENIED_RETRY, LONGEST_PAUSE, Posting, everything_said
from bot.errors import RateLimited, StoreError
from bot.model import Card, Place, Workspace
from bot.records import AddOutbox, OutboxRow, PutPost
from tests.bot.surroundings import logging_put_back
from tests.world import TUESDAY, WORKSPACE, World, card, quoted, said, world

SECRET = "words of a person"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    out = StringIO()
    with logging_put_back():
        logs.configure("INFO", out)
        yield out


def arrived(w: World, channel: str = "hr-desk") -> list[Card]:
    return [each for each in w.posts(channel) if each.title == "A report arrived"]


async def send_now(w: World, user: str = "P20", text: str = SECRET) -> None:
    preview = await w.write(user, text=text)
    await w.press(user, card(await w.press(user, preview, "Send without the delay")), "Send now")


class Refusing:
    """Counts posts, and lets those that are asked for fail as a platform would."""

    def __init__(self, w: World) -> None:
        self.w = w
        self.tried: list[datetime] = []
        self.fails = 0
        self.how: tuple[int, float | None] = (500, None)
        self._post = w.workplace.post
        w.workplace.post = self.post  # type: ignore[method-assign]  # what is between us and the platform

    async def post(self, place: Place, card: Card, nonce: str) -> str:
        self.tried.append(self.w.clock.now())
        if self.fails:
            self.fails -= 1
            self.w.workplace.fail(1, *self.how)
        return await self._post(place, card, nonce)


async def test_a_pause_that_a_platform_asks_for_in_one_workspace_keeps_no_other_waiting(w: World) -> None:
    posted: list[str] = []

    async def post(place: Place, card: Card, nonce: str) -> str:
        if place.workspace.id == "busy":
            raise RateLimited(86400)
        posted.append(card.title)
        return f"{len(posted)}"

    async def composed(row: OutboxRow) -> Posting:
        return Posting(
            Place(Workspace("sandbox", row.workspace.partition(":")[2]), "general"), Card("A title")
        )

    w.workplace.post = post  # type: ignore[method-assign]  # what is between us and the platform
    w.service.delivery._composers = {"counter": composed}
    names = ("busy", "calm", "busy", "calm")
    rows = [
        OutboxRow(bytes([n] * 16), "counter", bytes([n] * 16), f"sandbox:{name}", w.clock.now())
        for n, name in enumerate(names, 1)
    ]
    await w.store.write(*map(AddOutbox, rows))
    await w.pass_time(timedelta(minutes=70))
    assert posted == ["A title"] * 2


@pytest.mark.parametrize("status", [500, 403, 404])
async def test_what_is_refused_is_tried_again_with_growing_pauses_and_posted_once(
    w: World, lines: StringIO, status: int
) -> None:
    posts = Refusing(w)
    posts.fails, posts.how = 5, (status, None)
    await send_now(w)
    await w.settle()
    assert arrived(w) == []
    await w.pass_time(timedelta(hours=3))
    assert len(arrived(w)) == 1
    assert len(posts.tried) == 6
    pauses = [b - a for a, b in zip(posts.tried, posts.tried[1:], strict=False)]
    if status == 500:
        assert all(later > earlier for earlier, later in zip(pauses, pauses[1:], strict=False))
        assert pauses[0] < timedelta(seconds=10)
    else:
        assert all(each >= DENIED_RETRY * 0.8 for each in pauses)
    assert w.sql("SELECT count(*) FROM outbox WHERE kind = 'report'") == [(0,)]
    told = [json.loads(each) for each in lines.getvalue().splitlines()]
    assert len([each for each in told if each["event"] == "delivery waits"]) == 5
    assert SECRET not in lines.getvalue()


@pytest.mark.parametrize(
    ("after", "least", "most"),
    [
        (90.0, timedelta(seconds=90), timedelta(seconds=91)),
        (0.0, timedelta(seconds=1), timedelta(seconds=2)),
        (-5.0, timedelta(seconds=1), timedelta(seconds=2)),
        (1e12, LONGEST_PAUSE, LONGEST_PAUSE + timedelta(seconds=1)),
    ],
)
async def test_a_platforms_wish_to_slow_down_is_followed_within_reason(
    tmp_path: Path, lines: StringIO, after: float, least: timedelta, most: timedelta
) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await w.pass_time(timedelta(minutes=1))
        posts = Refusing(w)
        posts.fails, posts.how = 1, (429, after)
        await send_now(w)
        await send_now(w, "P21")
        await w.settle()
        assert len(posts.tried) == 1  # the other waits as well
        await w.pass_time(timedelta(hours=1, minutes=1))
        assert len(arrived(w)) == 2
        assert len(posts.tried) == 3
        assert least <= posts.tried[1] - posts.tried[0] <= most


async def test_a_row_that_cannot_be_composed_does_not_stop_the_others(w: World, lines: StringIO) -> None:
    await send_now(w, "P20", "unreadable")
    await w.settle()
    await w.report("P21", text="first of two")
    (report,) = w.sql("SELECT subject FROM outbox WHERE kind = 'report'")[0]
    w.sql("UPDATE reports SET routing = zeroblob(length(routing)) WHERE id = ?", report)
    await w.report("P22", text="second of two")
    await w.pass_time(timedelta(hours=5))
    assert len(arrived(w)) == 2
    assert w.sql("SELECT subject FROM outbox WHERE kind = 'report'") == [(report,)]
    failed = [json.loads(each) for each in lines.getvalue().splitlines()]
    assert {each["error"] for each in failed} == {"UnsealError"}
    assert all(set(each) == {"event", "level", "module", "kind", "outbox", "error"} for each in failed)


async def test_a_defect_in_a_composer_is_logged_by_its_kind_and_stops_nobody(
    w: World, lines: StringIO
) -> None:
    delivery = w.service._delivery._run.__self__  # type: ignore[attr-defined]  # the only way to it
    kept, broken = delivery._composers["report"], ["P20"]

    async def compose(row: OutboxRow) -> Any:
        if broken:
            broken.pop()
            raise ZeroDivisionError(SECRET)
        return await kept(row)

    delivery._composers["report"] = compose
    await send_now(w)
    await send_now(w, "P21")
    await w.settle()
    assert len(arrived(w)) == 1
    await w.pass_time(timedelta(minutes=1))
    assert len(arrived(w)) == 2
    assert "ZeroDivisionError" in lines.getvalue()
    assert SECRET not in lines.getvalue()


async def test_a_kind_that_nobody_knows_any_more_is_dropped(w: World, lines: StringIO) -> None:
    w.sql(
        "INSERT INTO outbox (id, kind, subject, workspace, due) VALUES (?, 'older', ?, ?, 0)",
        b"i" * 16,
        b"s" * 16,
        str(WORKSPACE),
    )
    await send_now(w)
    await w.settle()
    assert w.sql("SELECT count(*) FROM outbox WHERE kind = 'older'") == [(0,)]
    assert len(arrived(w)) == 1


async def test_a_store_that_fails_after_a_post_does_not_post_twice(w: World, lines: StringIO) -> None:
    posts, kept = Refusing(w), w.service._store._write
    fails = 3

    async def write(*changes: Any) -> tuple[bool, ...]:
        nonlocal fails
        if fails and any(isinstance(each, PutPost) for each in changes):
            fails -= 1
            raise StoreError(SECRET)
        return await kept(*changes)

    w.service._store._write = write
    await send_now(w)
    await w.settle()
    assert (len(posts.tried), fails) == (1, 2)
    await w.pass_time(timedelta(minutes=5))
    assert fails == 0
    assert len(posts.tried) == 1
    assert len(arrived(w)) == 1
    assert w.sql("SELECT count(*) FROM posts WHERE kind = 'report'") == [(1,)]
    assert quoted(await w.read("P1", arrived(w)[0])) == SECRET
    assert SECRET not in lines.getvalue()


async def test_a_stop_in_the_middle_of_a_post_finishes_it_and_its_commit(tmp_path: Path) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()
    async with world(tmp_path, start=TUESDAY) as w:
        posts = Refusing(w)
        real = posts._post

        async def slow(place: Place, card: Card, nonce: str) -> str:
            ref = await real(place, card, nonce)
            begun.set()
            await goes_on.wait()
            return ref

        posts._post = slow
        await send_now(w)
        serving = asyncio.ensure_future(w.service._delivery._run())
        async with asyncio.timeout(60):
            await begun.wait()
        serving.cancel()
        asyncio.get_running_loop().call_soon(goes_on.set)
        await asyncio.gather(serving, return_exceptions=True)
        stopping = True
    assert stopping
    async with world(tmp_path, start=TUESDAY, before=w) as again:
        await again.pass_time(timedelta(hours=5))
        assert len(arrived(again)) == 1
        assert again.sql("SELECT count(*) FROM posts WHERE kind = 'report'") == [(1,)]
        assert again.sql("SELECT count(*) FROM outbox WHERE kind = 'report'") == [(0,)]
        assert again.sql("SELECT delivered FROM reports") == [(int(TUESDAY.timestamp()),)]


async def test_what_is_kept_of_a_posts_words_is_no_digest_that_anyone_can_compute(w: World) -> None:
    await send_now(w)
    await send_now(w, "P21")
    await w.settle()
    kept = w.sql("SELECT subject, shown, kind FROM posts")
    cards = [each.card for name in ("hr-desk", "solidarity") for each in w.messages(name)]
    guesses = set()
    for shown in (each for each in cards if each):
        for words in (everything_said(shown), repr(shown).encode(), said(shown).encode()):
            guesses |= {sha256(words).digest()[:16], sha256(words).digest()}
            for subject, _, _ in kept:
                for text in (words, subject + words, words + subject):
                    guesses |= {sha256(text).digest()[:16], blake2b(text, digest_size=16).digest()}
                guesses.add(blake2b(words, key=subject, digest_size=16).digest())
    assert len(kept) == 3
    assert not guesses & {shown for _, shown, _ in kept}
    assert len({shown for _, shown, _ in kept}) == 3
    assert all(len(shown) == 16 for _, shown, _ in kept)


async def test_equal_cards_of_two_subjects_leave_different_marks(w: World) -> None:
    vault = w.service._desk._vault
    from bot.vault import Slot  # noqa: PLC0415 - next to its only use

    marks = {
        vault.fingerprint(Slot("posts", "shown", str(WORKSPACE), subject), b"the same words")
        for subject in (b"a" * 16, b"b" * 16)
    }
    assert len(marks) == 2


async def test_a_post_that_says_the_same_is_not_updated(w: World) -> None:
    updated: list[str] = []
    kept = w.workplace.update

    async def update(place: Place, ref: str, card: Card) -> None:
        updated.append(place.channel)
        await kept(place, ref, card)

    w.workplace.update = update  # type: ignore[method-assign]  # what is between us and the platform
    await w.service._solidarity.refresh()
    await w.settle()
    assert w.sql("SELECT count(*) FROM outbox") == [(0,)]
    assert updated == []
