"""A message reported from where it stands: what is quoted, what is warned of, and who gets to read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.flows.preview import FEW, UNNAMED
from bot.flows.quoting import MOST_QUOTED
from bot.model import Actor, Card, Event, Form, Link, People, PersonField, Standing, TextField
from tests.bot.letterbox import HANDLER, OTHER_HANDLER, come_back, desk_card, everything, quotes
from tests.world import WORKSPACE, World, card, labels, said, words

MESSAGE = "Nobody would miss you, planted-2f."
LINK = "https://example.org/archives/C1/p1"
OWN = "You wrote this message"


async def start(w: World, shown: Card, user: str = "P20") -> Form:
    form = await w.press(user, shown, "Start writing")
    assert isinstance(form, Form)
    return form


async def quoted_and_sent(w: World, text: str = "", **values: str | tuple[str, ...]) -> str:
    """A report of a message that has arrived; its words."""
    shown = await w.quote("P20", MESSAGE, link=LINK)
    preview = await w.fill("P20", await start(w, shown), text=text, **values)
    receipt = words(card(await w.press("P20", preview, "Send")))
    await w.pass_time(timedelta(hours=5))
    return receipt


async def read(w: World, user: str = HANDLER, channel: str = "hr-desk") -> Card:
    return await w.read(user, desk_card(w, channel))


def links(shown: Card) -> list[str]:
    return [each.url for each in shown.body if isinstance(each, Link)]


def people(shown: Card) -> dict[str, tuple[str, ...]]:
    return {each.label: each.ids for each in shown.body if isinstance(each, People)}


def small(w: World, *readers: str) -> None:
    """Let the channel `ombuds` be one that so many people can read."""
    w.workplace.channels["ombuds"].readers = frozenset(readers)


async def test_a_message_is_shown_with_its_author_and_with_what_must_be_known_before_writing(
    w: World,
) -> None:
    shown = await w.quote("P20", MESSAGE, link=LINK)
    assert quotes(shown) == [MESSAGE]
    assert people(shown) == {"Message by": ("P8",)}
    for each in (
        "you see which desk",
        "log devices and networks",
        "not a legal complaint",
        "Nothing is sent yet",
    ):
        assert each in said(shown)


async def test_the_author_is_filled_in_as_the_person_named_and_the_text_may_stay_empty(w: World) -> None:
    form = await start(w, await w.quote("P20", MESSAGE))
    (named,) = (each for each in form.fields if isinstance(each, PersonField))
    (text,) = (each for each in form.fields if isinstance(each, TextField))
    assert named.value == ("P8",)
    assert not text.required


async def test_the_desk_and_the_writer_read_the_message_its_author_and_the_words(w: World) -> None:
    receipt = await quoted_and_sent(w, "It was meant for me.")
    for shown in (await read(w), await everything(w, await come_back(w, receipt))):
        assert quotes(shown) == [MESSAGE, "It was meant for me."]
        assert people(shown) == {"Person named": ("P8",), "Message by": ("P8",)}
        assert links(shown) == [LINK]


async def test_a_message_alone_is_a_report(w: World) -> None:
    await quoted_and_sent(w)
    assert quotes(await read(w)) == [MESSAGE]


async def test_what_is_quoted_is_never_posted_in_the_desk_s_channel(w: World) -> None:
    await quoted_and_sent(w)
    assert MESSAGE not in str(w.posts("hr-desk"))
    assert LINK not in str(w.posts("hr-desk"))


async def test_no_desk_gets_it_that_the_author_can_read(w: World) -> None:
    shown = await w.quote("P20", MESSAGE, author="P1")
    preview = await w.fill("P20", await start(w, shown))
    assert "#ombuds" in said(preview)
    await w.press("P20", preview, "Send")
    await w.pass_time(timedelta(hours=5))
    assert w.posts("hr-desk") == []
    assert quotes(await read(w, OTHER_HANDLER, "ombuds")) == [MESSAGE]


async def test_where_the_author_is_not_named_the_preview_says_what_that_means_and_offers_it(w: World) -> None:
    shown = await w.quote("P20", MESSAGE, author="P1")
    preview = await w.fill("P20", await start(w, shown), named=())
    assert UNNAMED in said(preview)
    assert "#hr-desk" in said(preview)
    named = card(await w.press("P20", preview, "Name who wrote the message"))
    assert UNNAMED not in said(named)
    assert "Name who wrote the message" not in labels(named)
    assert "Goes to: #ombuds" in said(named)


async def test_an_author_is_not_named_where_five_are(w: World) -> None:
    five = tuple(f"P{n}" for n in range(30, 35))
    preview = await w.fill("P20", await start(w, await w.quote("P20", MESSAGE)), named=five)
    refused = card(await w.press("P20", preview, "Name who wrote the message"))
    assert "There are 5 people named already" in said(refused)


@pytest.mark.parametrize("author", ["", "P20"])
async def test_nobody_is_named_for_one_s_own_message_or_a_program_s(w: World, author: str) -> None:
    shown = await w.quote("P20", MESSAGE, author=author)
    assert (OWN in said(shown)) == (author == "P20")
    assert people(shown) == ({"Message by": (author,)} if author else {})
    preview = await w.fill("P20", await start(w, shown))
    assert "Person named" not in people(preview)
    assert (UNNAMED in said(preview)) == (author == "P20")


async def test_a_link_goes_along_only_from_where_everybody_can_read(w: World) -> None:
    assert links(await w.quote("P20", MESSAGE, link=LINK)) == [LINK]
    assert links(await w.quote("P20", MESSAGE, link=LINK, channel="ombuds")) == []
    assert links(await w.quote("P20", MESSAGE, link=LINK, channel="")) == []
    assert links(await w.quote("P20", MESSAGE, link="http://example.org/x")) == []
    assert links(await w.quote("P20", MESSAGE, link="javascript:alert(1)")) == []


async def test_a_link_from_a_private_channel_is_nowhere_in_what_the_desk_reads(w: World) -> None:
    shown = await w.quote("P20", MESSAGE, link=LINK, channel="ombuds")
    preview = await w.fill("P20", await start(w, shown), text="It happened.")
    await w.press("P20", preview, "Send")
    await w.pass_time(timedelta(hours=5))
    assert links(await read(w)) == []


@pytest.mark.parametrize(("readers", "few"), [(0, True), (1, True), (24, True), (25, False)])
async def test_who_quotes_from_a_small_circle_is_warned_twice(w: World, readers: int, few: bool) -> None:
    small(w, *(f"P{n}" for n in range(10, 10 + readers)))
    shown = await w.quote("P20", MESSAGE, channel="ombuds")
    preview = await w.fill("P20", await start(w, shown), text="It happened.")
    assert [FEW in said(each) for each in (shown, preview)] == [few, few]


async def test_a_direct_message_counts_as_a_small_circle(w: World) -> None:
    assert FEW in said(await w.quote("P20", MESSAGE, channel=""))


async def test_a_place_that_the_platform_tells_nothing_about_counts_as_a_small_circle(w: World) -> None:
    w.workplace.fail(1)
    shown = await w.quote("P20", MESSAGE, link=LINK)
    assert FEW in said(shown)
    assert links(shown) == []
    assert FEW in said(await w.quote("P20", MESSAGE, channel="nowhere"))


async def test_in_a_small_workplace_every_circle_is_small(w: World) -> None:
    assert FEW not in said(await w.quote("P20", MESSAGE))
    w.members(24)
    assert FEW in said(await w.quote("P20", MESSAGE))


async def test_the_message_can_be_left_out_before_and_after_writing(w: World) -> None:
    shown = await w.quote("P20", MESSAGE)
    before = card(await w.press("P20", shown, "Leave the message out"))
    assert before.title == "Before you write"
    assert quotes(before) == []
    assert quotes(await w.fill("P20", await start(w, before), text="Mine.")) == ["Mine."]

    preview = await w.fill("P20", await start(w, await w.quote("P20", MESSAGE)), text="Mine.")
    assert quotes(preview) == [MESSAGE, "Mine."]
    without = card(await w.press("P20", preview, "Leave the message out"))
    assert quotes(without) == ["Mine."]
    assert "Leave the message out" not in labels(without)


async def test_changing_the_words_keeps_the_message(w: World) -> None:
    preview = await w.fill("P20", await start(w, await w.quote("P20", MESSAGE)), text="One.")
    form = await w.press("P20", preview, "Change")
    assert isinstance(form, Form)
    assert quotes(await w.fill("P20", form, text="Two.")) == [MESSAGE, "Two."]


async def test_without_words_and_message_nothing_can_be_sent(w: World) -> None:
    shown = card(await w.press("P20", await w.quote("P20", MESSAGE), "Leave the message out"))
    assert "There is no text yet" in said(await w.fill("P20", await start(w, shown), text=" "))


@pytest.mark.parametrize("text", ["", " \n\t"])
async def test_a_message_without_text_is_refused_with_a_way_on(w: World, text: str) -> None:
    refused = await w.quote("P20", text)
    assert "no text that could be quoted" in said(refused)
    assert "Back to the menu" in labels(refused)
    assert w.sql("SELECT count(*) FROM drafts") == [(0,)]


async def test_of_a_long_message_the_beginning_is_quoted_and_that_is_said(w: World) -> None:
    shown = await w.quote("P20", "x" * (MOST_QUOTED + 1))
    assert quotes(shown) == ["x" * MOST_QUOTED]
    assert "this is its beginning" in said(shown)
    assert "this is its beginning" not in said(await w.quote("P20", "x" * MOST_QUOTED))


@pytest.mark.parametrize("standing", [Standing.EXTERNAL, Standing.BOT])
async def test_people_from_outside_are_told_where_help_is(w: World, standing: Standing) -> None:
    actor = Actor(WORKSPACE, "P99", standing=standing)
    refused = card(await w.service.core.handle(Event(actor, "quote")))
    assert "for people who work in this workplace" in said(refused)


async def test_an_event_without_a_message_is_refused_in_words(w: World) -> None:
    assert "no text that could be quoted" in said(card(await w.act("P20", "quote")))


async def test_a_message_that_was_erased_with_its_draft_is_missed_in_words_and_nothing_typed_is_lost(
    w: World,
) -> None:
    form = await start(w, await w.quote("P20", MESSAGE))
    await w.pass_time(timedelta(hours=2))
    preview = await w.fill("P20", form, text="It was meant for me.")
    assert "The message you quoted is not here any more" in said(preview)
    assert quotes(preview) == ["It was meant for me."]


async def test_a_form_sent_again_after_the_report_shows_its_receipt(w: World) -> None:
    form = await start(w, await w.quote("P20", MESSAGE))
    receipt = words(card(await w.press("P20", await w.fill("P20", form), "Send")))
    assert words(await w.fill("P20", form, text="Again.")) == receipt


async def test_the_message_is_shown_again_page_by_page_until_its_draft_is_gone(w: World) -> None:
    shown = await w.quote("P20", MESSAGE)
    assert shown.here
    assert card(await w.act("P20", shown.here.action, shown.here.ref)) == shown
    await w.pass_time(timedelta(hours=2))
    assert "This draft is gone" in said(card(await w.act("P20", shown.here.action, shown.here.ref)))


async def test_neither_message_nor_author_nor_reporter_stands_in_clear_in_the_store(w: World) -> None:
    await w.quote("P20", MESSAGE, link=LINK)
    await quoted_and_sent(w, "It was meant for me.")
    for path in w.file.parent.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for each in (MESSAGE, LINK, '"P8"', '"P20"', "meant for me"):
            assert each.encode() not in content, path.name


async def test_a_private_record_keeps_the_message_too(w: World) -> None:
    preview = await w.fill("P20", await start(w, await w.quote("P20", MESSAGE, link=LINK)))
    receipt = words(card(await w.press("P20", preview, "Keep it for now")))
    assert quotes(await everything(w, await come_back(w, receipt))) == [MESSAGE]
