"""Bad days of held reports, on the real core and store: races, damage, the accused in every place, a lying keeper."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.keeper import Keeper
from bot.keypair import KeyPair
from bot.model import Card
from bot.ports import Answered
from bot.records import Desks, HeldAlike, ReportById, SharesOf
from bot.shares import Piece
from tests.bot.admins import ADMIN
from tests.bot.letterbox import HANDLER, OTHER_HANDLER, come_back
from tests.bot.test_escrow import ACCUSED, HOLD, HOURS, hold, match, matches
from tests.world import TUESDAY, WORKSPACE, World, card, labels, said, words, world

LOOK = timedelta(hours=1, minutes=5)
REFUSED = "cannot be opened from here"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": 3}) as built:
        yield built


async def before(w: World, user: str, named: str = ACCUSED) -> Card:
    """The last screen before holding."""
    return card(await w.press(user, await w.write(user, text=f"Account of {user}.", named=named), HOLD))


async def opened(w: World, user: str = HANDLER, channel: str = "hr-desk") -> Card:
    return card(await w.press(user, matches(w, channel)[-1], "Open privately"))


async def take_back(w: World, receipt: str) -> Card:
    asked = card(await w.press("P20", await come_back(w, receipt), "Take it back"))
    return card(await w.press("P20", asked, "Take it back"))


# --- below the threshold ----------------------------------------------------------------------------------


async def pieces_of(w: World, channel: str) -> list[Piece]:
    """What the desk's key finds in every share there is, with the whole store before it."""
    shares = w.service.escrow.holding.shares
    (desk,) = [each for each in await w.store.read(Desks(str(WORKSPACE))) if each.channel == channel]
    found = []
    ((tag,),) = set(w.sql("SELECT tag FROM held"))
    for held in await w.store.read(HeldAlike(tag)):
        report = await w.store.read(ReportById(held.report))
        row = next(each for each in await w.store.read(SharesOf(held.report)) if each.holder == desk.id)
        assert report is not None
        found.append(shares.piece(report, row, KeyPair(shares.sealing.private_of(desk))))
    return found


@pytest.mark.parametrize("k", [2, 3, 5, 10])
async def test_one_share_too_few_opens_nothing_with_every_key_of_the_desks_and_the_whole_store(
    tmp_path: Path, k: int
) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": k}) as w:
        shares = w.service.escrow.holding.shares
        for n in range(1, k):
            await hold(w, f"P{19 + n}")
        pieces = await pieces_of(w, "hr-desk") + await pieces_of(w, "ombuds")
        assert len(pieces) == 2 * (k - 1)
        assert [shares.together(pieces, each) for each in range(1, k + 1)] == [None] * k
        assert w.sql("SELECT count(*) FROM matches") == [(0,)]
        await hold(w, "P50")
        enough = await pieces_of(w, "hr-desk")
        release = shares.together(enough, k)
        assert release is not None
        assert all(shares.data_key(each, release.opening) for each in enough)


# --- damaged shares ---------------------------------------------------------------------------------------


def flipped(share: bytes, _: bytes) -> bytes:
    return share[:-20] + bytes([share[-20] ^ 1]) + share[-19:]


DAMAGE: dict[str, Callable[[bytes, bytes], bytes]] = {
    "forged": flipped,
    "of another version": lambda share, _: b"\x02" + share[1:],
    "swapped": lambda _, other: other,
    "truncated": lambda share, _: share[:-1],
    "cut to nothing": lambda _, __: b"",
    "longer": lambda share, _: share + b"\0",
    "random": lambda share, _: bytes(len(share)),
}


def share_at_the_desk(w: World, user: int) -> tuple[bytes, bytes, bytes]:
    """The report, holder and bytes of the n-th share of the first desk."""
    found = w.sql(
        "SELECT report, holder, sealed FROM shares JOIN desks ON holder = id WHERE channel = 'hr-desk'"
    )
    return found[user]


def put(w: World, report: bytes, holder: bytes, share: bytes) -> None:
    w.sql("UPDATE shares SET sealed = ? WHERE report = ? AND holder = ?", share, report, holder)


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_share_opens_nothing_by_itself_and_keeps_nobody_elses_closed(
    w: World, damage: str
) -> None:
    await match(w)
    await hold(w, "P23", "Account 23.")
    await w.pass_time(HOURS)
    (report, holder, share), (*_, other) = share_at_the_desk(w, 0), share_at_the_desk(w, 1)
    put(w, report, holder, DAMAGE[damage](share, other))
    shown = await opened(w)
    assert len(shown.choices[0].options) == 3
    assert "1 could not be opened" in said(shown)
    put(w, report, holder, share)
    assert len((await opened(w)).choices[0].options) == 1


@pytest.mark.parametrize("damage", ["forged", "swapped", "truncated"])
async def test_with_too_few_whole_shares_nothing_is_opened_or_changed_until_they_are_whole(
    w: World, damage: str
) -> None:
    await match(w)
    await w.pass_time(HOURS)
    (report, holder, share), (*_, other) = share_at_the_desk(w, 0), share_at_the_desk(w, 1)
    put(w, report, holder, DAMAGE[damage](share, other))
    assert "too few of their shares are whole" in said(await opened(w))
    assert w.sql("SELECT count(*) FROM held") == [(3,)]
    put(w, report, holder, share)
    assert len((await opened(w)).choices[0].options) == 3


async def test_a_mark_changed_in_the_store_makes_no_match_of_the_same_writer_twice(w: World) -> None:
    await hold(w, "P20", "One.")
    await hold(w, "P20", "Two.")
    w.sql("UPDATE held SET mark = ? WHERE report = (SELECT min(report) FROM held)", bytes(16))
    await hold(w, "P21")
    await w.pass_time(HOURS)
    assert "too few of their shares are whole" in said(await opened(w))
    assert w.sql("SELECT count(*) FROM held") == [(3,)]


# --- races ------------------------------------------------------------------------------------------------


async def test_two_that_arrive_together_and_make_enough_are_one_match_with_one_card(w: World) -> None:
    await hold(w, "P20")
    screens = [(user, await before(w, user)) for user in ("P21", "P22")]
    answers = await asyncio.gather(*(w.press(user, screen, "Hold it") for user, screen in screens))
    assert len({words(card(each)) for each in answers}) == 2
    await w.pass_time(HOURS)
    assert len(matches(w)) == 1
    assert len((await opened(w)).choices[0].options) == 3
    await w.pass_time(HOURS)
    assert len(matches(w)) == 1


async def test_all_that_arrive_together_are_one_match_with_one_card(w: World) -> None:
    screens = [(user, await before(w, user)) for user in ("P20", "P21", "P22", "P23", "P24")]
    await asyncio.gather(*(w.press(user, screen, "Hold it") for user, screen in screens for _ in range(2)))
    assert w.sql("SELECT count(*) FROM held") == [(5,)]
    await w.pass_time(HOURS)
    assert len(matches(w)) == 1
    assert len((await opened(w)).choices[0].options) == 5


async def test_one_taken_back_between_card_and_opening_leaves_too_few_and_the_desk_is_told_so(
    w: World,
) -> None:
    first, *_ = await match(w)
    await w.pass_time(HOURS)
    assert (await take_back(w, first)).title == "Erased"
    assert "not enough held reports under this number" in said(await opened(w))
    assert w.sql("SELECT count(*) FROM cases") == [(0,)]
    await hold(w, "P23")
    await w.pass_time(HOURS)
    assert len(matches(w)) == 1
    assert len((await opened(w)).choices[0].options) == 3


@pytest.mark.parametrize("desk_first", [True, False])
async def test_taking_back_while_the_desk_opens_loses_and_doubles_nothing(w: World, desk_first: bool) -> None:
    first, *_ = await match(w)
    await w.pass_time(HOURS)
    posted = matches(w)[0]
    asked = card(await w.press("P20", await come_back(w, first), "Take it back"))
    both: list[Coroutine[Any, Any, Any]] = [
        w.press(HANDLER, posted, "Open privately"),
        w.press("P20", asked, "Take it back"),
    ]
    answers = await asyncio.gather(*(both if desk_first else reversed(both)))
    desk, gone = (card(each) for each in (answers if desk_first else reversed(answers)))
    assert gone.title == "Erased"
    assert "open nothing here" in said(await come_back(w, first))
    released = [option.value for each in desk.choices for option in each.options]
    stages = dict(w.sql("SELECT hex(id), stage FROM reports"))
    for each in released:
        assert stages[each.upper()] in {"sent", "withdrawn"}
    if released:
        assert sorted(stages.values())[:2] == ["sent", "sent"]
        assert w.sql("SELECT count(*) FROM held") == [(0,)]
    else:
        assert "not enough held reports" in said(desk)
        assert sorted(stages.values()) == ["held", "held"]
    await w.pass_time(HOURS)
    assert w.sql("SELECT count(*) FROM shares") == w.sql("SELECT 2 * count(*) FROM held")
    for each in released:
        shown = said(card(await w.act(HANDLER, "desk.words", each)))
        assert "Account" in shown or REFUSED in shown or "taken back" in shown or "report" in shown.lower()
    assert not [each for each in w.posts("hr-desk") if each.title.startswith("Something went wrong")]


# --- the accused everywhere -------------------------------------------------------------------------------


async def test_the_only_admin_who_is_accused_and_enters_every_desk_keeps_the_match_from_all(w: World) -> None:
    w.admin(ADMIN)
    for n in (20, 21, 22):
        receipt = await hold(w, f"P{n}", named=ADMIN)
    for channel in ("hr-desk", "ombuds"):
        w.workplace.channels[channel].readers |= {ADMIN}
    await w.pass_time(timedelta(days=2))
    assert matches(w) + matches(w, "ombuds") == []
    assert "Held until others" in said(await come_back(w, receipt))
    before_ = labels(await come_back(w, receipt))
    assert {"Add to it", "Release it now", "Make it a private record", "Take it back"} <= set(before_)
    w.workplace.channels["ombuds"].readers -= {ADMIN}
    await w.pass_time(LOOK)
    assert len(matches(w, "ombuds")) == 1
    assert len((await opened(w, OTHER_HANDLER, "ombuds")).choices[0].options) == 3


async def test_an_admin_who_is_accused_and_a_handler_opens_nothing_and_is_told_nothing(w: World) -> None:
    w.admin("P2")
    for n in (20, 21, 22):
        await hold(w, f"P{n}", named="P2")
    await w.pass_time(HOURS)
    assert matches(w) == []
    (posted,) = matches(w, "ombuds")
    assert REFUSED in said(card(await w.press("P2", posted, "Open privately")))
    shown = said(card(await w.act("P2", "setup.part", "escrow")))
    assert "In force: 3 different people" in shown


async def test_somebody_named_who_enters_the_desk_before_it_opened_the_match_sends_it_to_the_next(
    w: World,
) -> None:
    await match(w)
    await w.pass_time(HOURS)
    stale = matches(w)[0]
    w.workplace.channels["hr-desk"].readers |= {ACCUSED}
    await w.pass_time(LOOK)
    assert matches(w) == []
    assert len(matches(w, "ombuds")) == 1
    refused = [said(card(await w.press(user, stale, "Open privately"))) for user in (ACCUSED, HANDLER, "P50")]
    assert REFUSED in refused[0]
    assert len(set(refused)) == 1
    assert len((await opened(w, OTHER_HANDLER, "ombuds")).choices[0].options) == 3


async def test_somebody_named_who_enters_after_it_was_opened_sees_no_card_and_a_later_entry_waits(
    w: World,
) -> None:
    await match(w)
    await w.pass_time(HOURS)
    stale = matches(w)[0]
    await opened(w)
    await hold(w, "P23", "Account 23.")
    w.workplace.channels["hr-desk"].readers |= {ACCUSED}
    await w.pass_time(LOOK)
    assert matches(w) == []
    assert REFUSED in said(card(await w.press(ACCUSED, stale, "Open privately")))
    await w.pass_time(timedelta(days=2))
    assert matches(w) + matches(w, "ombuds") == []
    w.workplace.channels["hr-desk"].readers -= {ACCUSED}
    await w.pass_time(LOOK)
    assert len((await opened(w)).choices[0].options) == 1


async def test_a_match_ends_with_the_last_of_its_reports_and_nothing_of_it_is_left(w: World) -> None:
    receipts = await match(w)
    await w.pass_time(HOURS)
    await opened(w)
    for receipt in receipts[:2]:
        await take_back(w, receipt)
    await w.pass_time(timedelta(days=9))
    assert w.sql("SELECT count(*) FROM matches") == [(1,)]
    await take_back(w, receipts[2])
    await w.pass_time(timedelta(days=9))
    assert w.sql("SELECT count(*) FROM reports") == [(0,)]
    assert w.sql("SELECT count(*) FROM matches") == [(0,)]
    assert matches(w) == []


# --- the keeper -------------------------------------------------------------------------------------------


class Lying(Keeper):
    """A keeper that gives the name it had and other answers."""

    def __init__(self, w: World, name: bytes) -> None:
        super().__init__(bytes(32), w.clock)
        self._name = name

    async def ask(self, workspace: bytes, asked: bytes) -> Answered:
        return Answered(self._name, (await super().ask(workspace, asked)).answer)


async def test_a_keeper_that_says_its_old_name_and_answers_otherwise_is_noticed_before_anything_is_written(
    w: World,
) -> None:
    holding = w.service.escrow.holding
    name = (await holding.keeping.ask(bytes(16), bytes(32))).name
    await match(w)
    await w.pass_time(HOURS)
    await opened(w)  # nothing is held any more, and the keeper is known all the same
    holding.keeping = Lying(w, name)
    rows = w.sql("SELECT count(*) FROM reports"), w.sql("SELECT count(*) FROM held")
    refused = card(await w.press("P23", await before(w, "P23"), "Hold it"))
    assert refused.title == "Not held"
    assert "the keeper has another key" in said(refused)
    assert (w.sql("SELECT count(*) FROM reports"), w.sql("SELECT count(*) FROM held")) == rows
    preview = card(await w.press("P23", refused, "Back to the preview"))
    assert {"Send", "Keep it for now", HOLD} <= set(labels(preview))


# --- what becomes of one ----------------------------------------------------------------------------------


async def test_one_that_expired_is_a_private_record_with_the_same_words(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await hold(w, "P20", "Kept in the end.")
    monkeypatch.setattr("bot.retention.AHEAD", timedelta(days=1200))  # as if its month were near
    await w.pass_time(timedelta(hours=7))
    assert w.sql("SELECT count(*) FROM held") == [(0,)]
    box = await come_back(w, receipt)
    assert "A private record." in said(box)
    assert {"Send it to HR", HOLD, "Delete it"} <= set(labels(box))
    monkeypatch.undo()
    await hold(w, "P21")
    await hold(w, "P22")
    await w.pass_time(HOURS)
    assert matches(w) == []


async def test_an_older_screen_tells_the_truth_about_what_became_of_a_draft(w: World) -> None:
    preview = await w.write("P20", text="It.", named=ACCUSED)
    asked = card(await w.press("P20", preview, HOLD))
    held = card(await w.press("P20", asked, "Hold it"))
    for stale in ("Send", "Keep it for now", "Change", "Throw away"):
        assert said(card(await w.press("P20", preview, stale))) == said(held), stale
    kept = await w.write("P20", text="It.", named=ACCUSED)
    asked = card(await w.press("P20", kept, HOLD))
    shown = card(await w.press("P20", kept, "Keep it for now"))
    assert said(card(await w.press("P20", asked, "Hold it"))) == said(shown)


async def test_an_older_screen_says_held_after_a_match_until_its_mailbox_says_more(w: World) -> None:
    asked = await before(w, "P20")
    held = card(await w.press("P20", asked, "Hold it"))
    await hold(w, "P21")
    await hold(w, "P22")
    await w.pass_time(HOURS)
    await opened(w)
    assert said(card(await w.press("P20", asked, "Hold it"))) == said(held)
    await w.pass_time(timedelta(days=28))
    assert "cannot be done with this report now" in said(card(await w.press("P20", asked, "Hold it")))
