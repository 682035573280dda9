"""Around the digest: HR's words, kinds behind the button, previews, and each desk's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import chart
from bot.bulletin import as_text, digest_card, kinds_card
from bot.figures import Numbers
from bot.flows.step import PREVIEW, WORDS
from bot.i18n import translator
from bot.model import Card, Form, Quote, Row, TextField
from tests.bot.letterbox import HANDLER, OTHER_HANDLER, deliver, fill_in, read
from tests.bot.test_figures import file
from tests.world import TUESDAY, World, card, labels, said, world

FIRST, SECOND = datetime(2026, 11, 30, 8, tzinfo=UTC), datetime(2026, 12, 7, 8, tzinfo=UTC)
WORDS_OF_HR = "We changed who is on call. <!channel> *Ask us* @everyone"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY) as built:
        yield built


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "draw", lambda *_: b"a picture")


async def until(w: World, moment: datetime) -> None:
    await w.jump(moment - w.clock.now())


def digests(w: World) -> list[Card]:
    return [each for each in w.posts("general") if each.title.startswith("Digest")]


def quotes(shown: Card) -> list[str]:
    return [each.text for each in shown.body if isinstance(each, Quote)]


async def form(w: World, user: str = HANDLER) -> Form:
    found = await w.act(user, WORDS.action)
    assert isinstance(found, Form)
    return found


async def write(w: World, text: str, user: str = HANDLER) -> Card:
    return await w.fill(user, await form(w, user), text=text)


# --- what changed here ---


async def test_what_hr_writes_stands_in_the_digest_of_that_week_exactly_and_in_no_other(w: World) -> None:
    kept = await write(w, WORDS_OF_HR)
    assert "The digest for week 2026-W48 will say, as HR's words:" in said(kept)
    await until(w, FIRST)
    await until(w, SECOND)
    first, second = digests(w)
    assert Row("What changed here", "HR writes:") in first.body
    assert quotes(first) == [WORDS_OF_HR]
    assert Row("What changed here", "HR wrote nothing.") in second.body
    assert quotes(second) == []
    assert w.sql("SELECT * FROM remarks") == []


async def test_the_form_shows_what_is_kept_so_that_any_handler_can_change_or_empty_it(w: World) -> None:
    await write(w, "One.")
    (field,) = (await form(w, "P2")).fields
    assert isinstance(field, TextField)
    assert field.value == "One."
    assert "say that HR wrote nothing" in said(await write(w, "  ", "P2"))
    await until(w, FIRST)
    assert Row("What changed here", "HR wrote nothing.") in digests(w)[0].body


async def test_words_are_sealed_and_the_log_says_who_wrote_and_not_what(w: World) -> None:
    await write(w, WORDS_OF_HR)
    assert not any(WORDS_OF_HR.encode() in each.read_bytes() for each in w.file.parent.glob("store.db*"))
    assert len(w.sql("SELECT * FROM audit")) == 1


@pytest.mark.parametrize("user", [OTHER_HANDLER, "P20"])
async def test_only_the_first_desk_writes_and_previews(w: World, user: str) -> None:
    for action in (WORDS.action, PREVIEW.action):
        assert "Only people who can read the first desk" in said(card(await w.act(user, action)))
    late = await form(w)
    assert "Only people who can read the first desk" in said(await w.fill(user, late, text="x"))
    assert w.sql("SELECT * FROM remarks") == []


async def test_a_form_that_comes_back_after_its_digest_was_decided_keeps_nothing(w: World) -> None:
    late = await form(w)
    await until(w, FIRST)
    assert "is decided by now" in said(await w.fill(HANDLER, late, text="Too late."))
    assert w.sql("SELECT * FROM remarks") == []


async def test_words_that_are_too_long_are_refused_and_words_that_were_changed_are_not_shown(
    w: World,
) -> None:
    assert "1 characters longer than fits" in said(await write(w, "x" * 1001))
    await write(w, "True words.")
    w.sql("UPDATE remarks SET sealed = zeroblob(length(sealed))")
    await until(w, FIRST)
    assert Row("What changed here", "HR wrote nothing.") in digests(w)[0].body


async def test_without_a_digest_there_is_nothing_to_write_for(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, workspace={"digest_channel": ""}) as w:
        assert "No digest is posted" in said(card(await w.act(HANDLER, WORDS.action)))


# --- kinds ---


async def test_kinds_are_behind_a_button_and_stay_what_they_were_when_the_digest_was_decided(
    w: World,
) -> None:
    await file(w, 6)
    await file(w, 4, category="assault")
    await until(w, FIRST)
    (digest,) = digests(w)
    shown = card(await w.press("P30", digest, "Kinds of harassment"))
    assert next(each for each in shown.body if isinstance(each, Row)) == Row("Touch", "5–9")
    assert "Assault" not in said(digest)
    await file(w, 20)
    assert card(await w.press("P30", digest, "Kinds of harassment")) == shown
    assert shown.aside


async def test_a_small_workplace_has_no_button_and_is_told_no_kinds(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY, people=24) as w:
        await file(w, 20)
        await until(w, FIRST)
        (digest,) = digests(w)
        assert digest.buttons == ()
        ((ref,),) = w.sql("SELECT lower(hex(id)) FROM digests")
        shown = card(await w.act("P20", "digest.kinds", ref))
        assert "No numbers are shown here" in said(shown)
        assert not [each for each in shown.body if isinstance(each, Row)]


@pytest.mark.parametrize("ref", ["", "00" * 16, "not hex"])
async def test_kinds_of_a_digest_that_is_not_there_are_a_calm_sentence(w: World, ref: str) -> None:
    assert "cannot be opened any more" in said(card(await w.act("P20", "digest.kinds", ref)))


def test_kinds_that_are_not_told_are_named_together() -> None:
    numbers = Numbers(1, 1, (0,), kinds=(("touch", 2),))
    text = said(kinds_card(translator("en"), "2026-W48", numbers))
    assert "Touch: 10–24" in text
    assert "Unwanted words or images, Assault, Pressure or threats" in text
    assert text.count("Touch") == 1


# --- previews ---


async def test_a_preview_is_the_digest_of_the_last_closed_week_and_posts_nothing(w: World) -> None:
    await w.stand(w.posts("solidarity")[0], *range(20, 40))
    await w.jump(timedelta(minutes=16))
    early = card(await w.act(HANDLER, PREVIEW.action))
    assert early.title == "Digest for week 2026-W47"
    assert "fewer than five or none" in said(early)
    assert "may still change" in said(early)
    assert digests(w) == []
    await until(w, FIRST)
    (posted,) = digests(w)
    again = card(await w.act(HANDLER, PREVIEW.action))
    assert again.title == posted.title
    assert again.body[1:] == posted.body
    assert "10–24" in said(again)
    assert len(digests(w)) == 1


async def test_a_preview_does_not_change_with_what_happens_in_the_running_week(w: World) -> None:
    before = card(await w.act(HANDLER, PREVIEW.action))
    await w.stand(w.posts("solidarity")[0], *range(20, 50))
    await w.jump(timedelta(minutes=16))
    await file(w, 20, came=w.clock.now(), answered=w.clock.now())
    assert card(await w.act(HANDLER, PREVIEW.action)) == before


async def test_an_admin_finds_the_preview_in_the_menu_and_writes_nothing(w: World) -> None:
    w.admin("P20")
    shown = card(await w.press("P20", card(await w.act("P20", "menu")), "Preview of the digest"))
    assert shown.title == "Digest for week 2026-W47"
    assert labels(shown) == ["Back to the menu"]
    assert "Only people who can read the first desk" in said(card(await w.act("P20", WORDS.action)))
    assert "Preview of the digest" not in labels(card(await w.act("P21", "menu")))


async def test_a_handlers_list_of_cases_leads_to_both(w: World) -> None:
    await deliver(w)
    await read(w)
    listed = card(await w.act(HANDLER, "cases"))
    assert {"Write what changed here", "Preview of the digest"} <= set(labels(listed))


def test_a_digest_as_text_says_everything_its_card_says() -> None:
    from tests.bot.test_digest import weekly  # noqa: PLC0415 - one place that makes settings

    numbers = Numbers(1, 0, (0, 1), words="Our words.", change="2026-12-01", noise=0.5)
    shown = digest_card(weekly(), "2026-W48", numbers, None)
    text = as_text(shown)
    for sentence in (
        "Digest for week 2026-W48",
        "Me-toos in the last 12 weeks: 5–9",
        "Standing with someone: fewer than five or none",
        "Answered by a person in time, last 12 months: too few to show",
        "Our words.",
        "From 2026-12-01 on, new reports go to other desks",
        "budget 0.5 for one press in one week. It hides a press, and not a person over time.",
        "Have seven words? Look in: /metoo.",
    ):
        assert sentence in text


# --- a desk's own ---


def overviews(w: World, channel: str = "hr-desk") -> list[Card]:
    return [each for each in w.posts(channel) if each.title.startswith("This desk, week")]


async def test_from_the_second_digest_on_each_desk_gets_its_own_of_what_it_has_and_nothing_else(
    w: World,
) -> None:
    await deliver(w)
    await until(w, FIRST)
    assert overviews(w) == []
    await file(w, 3, channel="ombuds", category="assault")
    await until(w, SECOND)
    (mine,), (theirs,) = overviews(w), overviews(w, "ombuds")
    assert Row("Open cases", "1") in mine.body
    assert Row("Overdue", "1") in mine.body
    assert Row("The oldest open one is here since week", "2026-W48") in mine.body
    assert Row("Open: Assault", "0") in mine.body
    assert Row("Open cases", "3") in theirs.body
    assert Row("Open: Assault", "3") in theirs.body
    assert Row("Answered in time, last 12 months", "3 of 3") in theirs.body
    assert labels(mine) == ["Write what changed here", "Preview of the digest"]
    assert labels(theirs) == ["Preview of the digest"]


async def test_it_counts_what_was_closed_by_what_came_of_it(w: World) -> None:
    await deliver(w)
    await fill_in(w, await read(w), "Close the report", "Because.", HANDLER, signed="desk", outcome="acted")
    await until(w, FIRST)
    await until(w, SECOND)
    (mine,) = overviews(w)
    assert Row("Closed", "1") in mine.body
    assert Row("Closed: Something was done", "1") in mine.body
    assert Row("Open cases", "0") in mine.body
    assert Row("The oldest open one is here since week", "none is open") in mine.body


async def test_it_has_the_same_shape_in_a_silent_week_and_tells_no_moment_and_no_person(w: World) -> None:
    await until(w, FIRST)
    await until(w, SECOND)
    await file(w, 2, answered=None)
    await until(w, SECOND + timedelta(days=7))
    silent, loud = overviews(w)
    assert [getattr(each, "label", "") for each in silent.body] == [
        getattr(each, "label", "") for each in loud.body
    ]
    assert Row("Overdue", "2") in loud.body
    assert "2026-11-02" not in said(loud)


async def test_a_desk_that_is_no_private_place_gets_none(w: World) -> None:
    await until(w, FIRST)
    w.workplace.channels["hr-desk"].private = False
    await until(w, SECOND)
    assert overviews(w) == []
    assert len(overviews(w, "ombuds")) == 1
