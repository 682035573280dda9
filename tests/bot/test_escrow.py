"""Holding reports until others name the same person, through the real core and store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.keeper import Keeper, KeeperAway, KeeperSpent
from bot.keypair import KeyPair
from bot.living import live_on
from bot.model import Card, Form, People
from bot.ports import Answered
from bot.records import Desks, HeldAlike, HeldOf, Lives, ReportById, SharesOf
from bot.sealing import Sealing
from bot.vault import Vault
from tests.bot.letterbox import HANDLER, come_back, everything, keep, left
from tests.world import TUESDAY, WORKSPACE, World, card, labels, quoted, said, words, world

HOLD = "Hold until others name the same person"
MATCH = "Held reports that name the same person"
ACCUSED = "P40"
HOURS = timedelta(hours=5)


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": 3}) as built:
        yield built


async def hold(w: World, user: str, text: str = "It happened.", named: str = ACCUSED) -> str:
    """From the menu to a held report; its words."""
    before = card(await w.press(user, await w.write(user, text=text, named=named), HOLD))
    return words(card(await w.press(user, before, "Hold it")))


async def match(w: World) -> list[str]:
    """Three people hold a report about the same person; their words."""
    return [await hold(w, f"P{n}", f"Account {n}.") for n in (20, 21, 22)]


def matches(w: World, channel: str = "hr-desk") -> list[Card]:
    return [each for each in w.posts(channel) if each.title == MATCH]


async def test_nothing_reaches_a_desk_before_enough_people_named_the_same_person(w: World) -> None:
    for user, named in (("P20", ACCUSED), ("P20", ACCUSED), ("P21", ACCUSED), ("P22", "P41")):
        await hold(w, user, named=named)
    await w.pass_time(timedelta(days=30))
    assert [each.title for each in w.posts("hr-desk") if "report" in each.title.lower()] == []


async def test_the_third_makes_a_match_and_its_desk_opens_three_linked_cases(w: World) -> None:
    receipts = await match(w)
    assert matches(w) == []
    await w.pass_time(HOURS)
    (posted,) = matches(w)
    assert "Account" not in said(posted)
    opened = card(await w.press(HANDLER, posted, "Open privately"))
    (choice,) = opened.choices
    assert len(choice.options) == 3
    texts = set()
    for option in choice.options:
        reading = card(await w.act(HANDLER, "desk.words", option.value))
        texts.add(quoted(reading))
        work = card(await w.press(HANDLER, reading, "Work on this case"))
        assert all(other.label in said(work) for other in choice.options if other != option)
    assert texts == {"Account 20.", "Account 21.", "Account 22."}
    for receipt in receipts:
        assert "Account" in quoted(await everything(w, await come_back(w, receipt)))


async def test_what_is_held_until_a_later_month_matches_as_before(w: World) -> None:
    for n in (20, 21):
        await hold(w, f"P{n}", f"Account {n}.")
    sealing = Sealing(Vault(w.means.keyring, w.means.random), w.means.keyring, w.means.months, w.means.random)
    for life in await w.store.read(Lives()):
        await live_on(w.store, sealing, life.report, "2031-01")
    assert {each.expires for each in await w.store.read(Lives())} == {"2031-01"}
    await hold(w, "P22", "Account 22.")
    await w.pass_time(HOURS)
    (posted,) = matches(w)
    opened = card(await w.press(HANDLER, posted, "Open privately"))
    texts = {
        quoted(card(await w.act(HANDLER, "desk.words", each.value))) for each in opened.choices[0].options
    }
    assert texts == {"Account 20.", "Account 21.", "Account 22."}


async def test_a_mailbox_says_held_until_its_desk_answers(w: World) -> None:
    first, second, _ = await match(w)
    before = said(await come_back(w, first))
    await w.pass_time(HOURS)
    opened = card(await w.press(HANDLER, matches(w)[0], "Open privately"))
    assert said(await come_back(w, first)) == before
    assert labels(await come_back(w, second)) == labels(await come_back(w, first))
    for option in opened.choices[0].options:
        form = await w.press(HANDLER, card(await w.act(HANDLER, "desk.words", option.value)), "Answer")
        assert isinstance(form, Form)
        await w.fill(HANDLER, form, text="We have read it.")
    assert "HR has read it." in said(await come_back(w, first, "P50"))


async def test_after_three_weeks_a_mailbox_says_where_its_report_is(w: World) -> None:
    first, *_ = await match(w)
    await w.pass_time(HOURS)
    await w.press(HANDLER, matches(w)[0], "Open privately")
    assert "Held until others" in said(await come_back(w, first))
    await w.pass_time(timedelta(days=28))
    assert "With HR, not read yet." in said(await come_back(w, first))


async def test_a_fourth_reaches_the_same_desk_as_one_more(w: World) -> None:
    await match(w)
    await w.pass_time(HOURS)
    await w.press(HANDLER, matches(w)[0], "Open privately")
    await hold(w, "P23", "Account 23.")
    await w.pass_time(HOURS)
    again = matches(w)[-1]
    assert "One more held report" in said(again)
    opened = card(await w.press(HANDLER, again, "Open privately"))
    (option,) = opened.choices[0].options
    assert quoted(card(await w.act(HANDLER, "desk.words", option.value))) == "Account 23."


async def test_a_fourth_before_the_card_is_opened_comes_with_the_others(w: World) -> None:
    await match(w)
    await hold(w, "P23", "Account 23.")
    await w.pass_time(HOURS)
    (posted,) = matches(w)
    opened = card(await w.press(HANDLER, posted, "Open privately"))
    assert len(opened.choices[0].options) == 4


async def test_one_who_takes_theirs_back_in_time_leaves_no_match(w: World) -> None:
    first, *_ = await match(w)
    box = await come_back(w, first)
    gone = card(await w.press("P20", card(await w.press("P20", box, "Take it back")), "Take it back"))
    assert gone.title == "Erased"
    await w.pass_time(HOURS)
    assert matches(w) == []
    await hold(w, "P23")
    await w.pass_time(HOURS)
    assert len(matches(w)) == 1


async def test_taking_back_looks_the_same_after_a_release_and_the_desk_sees_it(w: World) -> None:
    first, *_ = await match(w)
    before = card(await w.press("P20", await come_back(w, first), "Take it back"))
    await w.pass_time(HOURS)
    await w.press(HANDLER, matches(w)[0], "Open privately")
    after = card(await w.press("P20", await come_back(w, first), "Take it back"))
    assert said(after) == said(before)
    gone = card(await w.press("P20", after, "Take it back"))
    assert gone.title == "Erased"
    assert "open nothing here" in said(await come_back(w, first))
    await w.pass_time(HOURS)
    assert any("was taken back" in each.title for each in w.posts("hr-desk"))


async def test_it_can_be_a_private_record_again_before_and_after_a_release(w: World) -> None:
    first, second, *_ = await match(w)
    said_before = await _free(w, first)
    await hold(w, "P24", "Account 24.")
    await w.pass_time(HOURS)
    opened = card(await w.press(HANDLER, matches(w)[0], "Open privately"))
    assert await _free(w, second) == said_before
    assert "A private record." in said(await come_back(w, second))
    refused = 0
    for option in opened.choices[0].options:
        shown = card(await w.act(HANDLER, "desk.read", option.value))
        refused += "cannot be opened from here" in said(shown)
    assert refused == 1
    await w.pass_time(HOURS)
    assert any("was taken back" in each.title for each in w.posts("hr-desk"))


async def _free(w: World, receipt: str) -> str:
    asked = card(await w.press("P20", await come_back(w, receipt), "Make it a private record"))
    return said(card(await w.press("P20", asked, "Make it a private record")))


async def test_a_held_report_can_be_released_by_its_writer_alone(w: World) -> None:
    receipt = await hold(w, "P20", "Only mine.")
    sent = card(await w.press("P20", await come_back(w, receipt), "Release it now"))
    await w.press("P20", sent, "Send")
    await w.pass_time(HOURS)
    assert [each.title for each in w.posts("hr-desk")][-1] == "A report arrived"
    assert w.sql("SELECT count(*) FROM held") == [(0,)]


async def test_what_is_added_while_it_is_held_comes_with_it(w: World) -> None:
    first, *_ = await match(w)
    form = await w.press("P20", await come_back(w, first), "Add to it")
    assert isinstance(form, Form)
    await w.fill("P20", form, text="It went on.")
    await w.pass_time(HOURS)
    opened = card(await w.press(HANDLER, matches(w)[0], "Open privately"))
    await w.pass_time(HOURS)
    shown = [card(await w.act(HANDLER, "desk.words", each.value)) for each in opened.choices[0].options]
    assert sum("It went on." in str([getattr(b, "text", "") for b in each.body]) for each in shown) == 1
    assert not [each for each in w.posts("hr-desk") if each.title.startswith("News")]


async def test_a_private_record_can_be_held_later(w: World) -> None:
    receipt = await keep(w, "Kept.", named=ACCUSED)
    before = card(await w.press("P20", await come_back(w, receipt), HOLD))
    assert (People("It is about", (ACCUSED,))) in before.body
    await w.press("P20", before, "Hold it")
    assert "Held until others" in said(await come_back(w, receipt))


async def test_the_same_person_twice_gets_a_receipt_of_its_own_in_the_same_words(w: World) -> None:
    shown = []
    for _ in range(2):
        before = card(await w.press("P20", await w.write("P20", text="It.", named=ACCUSED), HOLD))
        shown.append(card(await w.press("P20", before, "Hold it")))
    first, second = (said(each).replace(words(each), "") for each in shown)
    assert first == second
    assert words(shown[0]) != words(shown[1])


async def test_pressing_twice_holds_one_report(w: World) -> None:
    before = card(await w.press("P20", await w.write("P20", text="It.", named=ACCUSED), HOLD))
    assert words(card(await w.press("P20", before, "Hold it"))) == words(
        card(await w.press("P20", before, "Hold it"))
    )
    assert w.sql("SELECT count(*) FROM held") == [(1,)]


async def test_somebody_outside_is_matched_by_an_address_however_it_is_written(w: World) -> None:
    for user, address in (
        ("P20", "Name@Example.org"),
        ("P21", " mailto:name@example.org"),
        ("P22", "name@example.ORG "),
    ):
        before = card(await w.press(user, await w.write(user, text="It."), HOLD))
        assert "Hold it" not in labels(before)
        form = await w.press(user, before, "It is about somebody outside this workplace")
        assert isinstance(form, Form)
        await w.fill(user, form, address=address)
    await w.pass_time(HOURS)
    assert len(matches(w)) == 1


async def test_what_is_no_address_is_refused_and_nothing_is_held(w: World) -> None:
    before = card(await w.press("P20", await w.write("P20", text="It."), HOLD))
    form = await w.press("P20", before, "It is about somebody outside this workplace")
    assert isinstance(form, Form)
    assert "neither an e-mail address" in said(await w.fill("P20", form, address="my boss"))
    assert w.sql("SELECT count(*) FROM reports") == [(0,)]


async def test_a_match_never_goes_to_a_desk_that_the_person_named_can_read(w: World) -> None:
    for n in (20, 21, 22):
        await hold(w, f"P{n}", named="P2")
    await w.pass_time(HOURS)
    assert matches(w) == []
    (posted,) = matches(w, "ombuds")
    refused = said(card(await w.press("P2", posted, "Open privately")))
    assert "cannot be opened from here" in refused
    assert said(card(await w.press("P50", posted, "Open privately"))) == refused
    assert len(card(await w.press("P4", posted, "Open privately")).buttons) > 0


async def test_the_only_person_at_every_desk_cannot_be_held_about(w: World) -> None:
    w.workplace.channels["ombuds"].readers = frozenset({"P2"})
    before = card(await w.press("P20", await w.write("P20", text="It.", named="P2"), HOLD))
    assert "could reach none" in said(card(await w.press("P20", before, "Hold it")))
    assert w.sql("SELECT count(*) FROM reports") == [(0,)]


async def test_a_handler_accepts_first_not_to_seek_who_wrote(w: World) -> None:
    await match(w)
    await w.pass_time(HOURS)
    w.workplace.channels["hr-desk"].readers |= {"P99"}
    w.workplace.people["P99"] = w.workplace.people["P50"]
    asked = card(await w.press("P99", matches(w)[0], "Open privately"))
    assert labels(asked) == ["I will not try to find out who wrote"]
    opened = card(await w.press("P99", asked, "I will not try to find out who wrote"))
    assert len(opened.choices[0].options) == 3


async def test_a_small_workplace_or_one_without_escrow_offers_nothing(tmp_path: Path) -> None:
    for folder, people, k in (("a", 49, 3), ("b", 60, 0)):
        (tmp_path / folder).mkdir()
        async with world(tmp_path / folder, start=TUESDAY, people=people, workspace={"escrow": k}) as built:
            shown = await built.write("P20", text="It.", named=ACCUSED)
            assert HOLD not in labels(shown)
            assert "Hold" not in str(labels(card(await built.act("P20", "hold", _key(shown)))))


def _key(shown: Card) -> str:
    return next(each.to.ref for each in shown.buttons if each.label == "Send")


class Odd(Keeper):
    """A keeper that does something else."""

    away: type[Exception] | None = None

    async def ask(self, workspace: bytes, asked: bytes) -> Answered:
        if self.away:
            raise self.away
        return await super().ask(workspace, asked)


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [(KeeperAway, "does not answer"), (KeeperSpent, "Nothing more can be held"), (None, "another key than")],
)
async def test_a_keeper_that_is_away_spent_or_another_one_holds_nothing_and_loses_nothing(
    tmp_path: Path, trouble: type[Exception] | None, sentence: str
) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"escrow": 3}) as built:
        await hold(built, "P20")
        keeper = Odd(bytes(32), built.clock)
        keeper.away = trouble
        built.service.escrow.holding.keeping = keeper
        shown = await built.write("P21", text="Still here.", named=ACCUSED)
        before = card(await built.press("P21", shown, HOLD))
        assert sentence in said(card(await built.press("P21", before, "Hold it")))
        assert built.sql("SELECT count(*) FROM held") == [(1,)]
        again = card(await built.press("P21", before, "Back to the preview"))
        assert quoted(again) == "Still here."
        assert words(card(await built.press("P21", again, "Keep it for now")))


async def test_the_desk_with_all_its_keys_and_the_whole_store_opens_nothing_below_the_threshold(
    w: World,
) -> None:
    for n in (20, 21):
        await hold(w, f"P{n}", f"Account {n}.")
    ((tag,),) = set(w.sql("SELECT tag FROM held"))
    held = await w.store.read(HeldAlike(tag))
    (desk,) = [each for each in await w.store.read(Desks(str(WORKSPACE))) if each.channel == "hr-desk"]
    shares, sealing = w.service.escrow.holding.shares, w.service.escrow.holding.shares.sealing
    pieces = []
    for each in held:
        report = await w.store.read(ReportById(each.report))
        assert report is not None
        row = next(x for x in await w.store.read(SharesOf(each.report)) if x.holder == desk.id)
        pieces.append(shares.piece(report, row, KeyPair(sealing.private_of(desk))))
    for k in (1, 2, 3):
        assert shares.together(pieces, k) is None


async def test_a_forged_share_spoils_only_itself(w: World) -> None:
    await match(w)
    await hold(w, "P23", "Account 23.")
    report, holder = w.sql("SELECT report, holder FROM shares LIMIT 1")[0]
    other, _ = w.sql("SELECT report, holder FROM shares WHERE report <> ? LIMIT 1", report)[0]
    ((foreign,),) = w.sql("SELECT sealed FROM shares WHERE report = ? AND holder = ?", other, holder)
    w.sql("UPDATE shares SET sealed = ? WHERE report = ? AND holder = ?", foreign, report, holder)
    await w.pass_time(HOURS)
    opened = card(await w.press(HANDLER, matches(w)[0], "Open privately"))
    if w.sql("SELECT channel FROM desks WHERE id = ?", holder) == [("hr-desk",)]:
        assert len(opened.choices[0].options) == 3
        assert "1 could not be opened" in said(opened)
    else:
        assert len(opened.choices[0].options) == 4


async def test_nothing_in_the_store_says_who_is_named_or_who_wrote(w: World) -> None:
    await match(w)
    content = await left(w)
    assert ACCUSED.encode() not in content
    assert b"Account 2" not in content
    assert await w.store.read(HeldOf(w.sql("SELECT report FROM held")[0][0])) is not None
