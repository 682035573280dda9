"""Cards and forms become what Slack accepts, and a person's words stay exactly what they are."""

from __future__ import annotations

import json
from typing import SupportsIndex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import render
from adapters.slack.blocks import cut, split, units
from bot.model import (
    Address,
    Button,
    Card,
    Choice,
    ChoiceField,
    Form,
    Image,
    Link,
    Option,
    Paragraph,
    People,
    PersonField,
    Quote,
    Row,
    Style,
    TextField,
    Words,
)
from tests.adapters.slack_rules import check_aside, check_form, check_post, check_screen, elements, texts

HOSTILE = "<!channel> <@U1> @everyone *b* _i_ ~s~ `c` > q :smile: &amp; <https://example.org|x> שלום\u202e 🏳️‍🌈\n\n  - x"
HERE = Address("here", "r")

words = st.text(st.characters(codec="utf-8"), max_size=400)
labels = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
addresses = st.builds(Address, st.text(min_size=1, max_size=24), st.text(max_size=64))
parts = st.one_of(
    st.builds(Paragraph, words),
    st.builds(Quote, words),
    st.builds(Words, words),
    st.builds(Row, labels, words),
    st.builds(People, labels, st.tuples(st.just("U1"), st.just("U2"))),
    st.builds(Link, labels, st.sampled_from(["https://example.org/a", "javascript:alert(1)", "http://x"])),
)
cards = st.builds(
    Card,
    labels,
    st.lists(parts, max_size=12).map(tuple),
    st.lists(st.builds(Button, labels, addresses, st.sampled_from(Style)), max_size=12).map(tuple),
)


@given(cards)
@settings(max_examples=60, deadline=None)
def test_every_card_fits_a_window_a_post_and_an_aside(card: Card) -> None:
    for view in render.screens(card):
        check_screen(view)
    check_post(render.post(card))
    check_aside(render.aside(card))


@given(st.text(max_size=300), st.integers(min_value=1, max_value=40))
@settings(max_examples=200, deadline=None)
def test_pieces_are_together_exactly_the_text(text: str, most: int) -> None:
    found = list(split(text, max(2, most)))
    assert "".join(found) == text
    assert all(1 <= units(piece) <= max(2, most) for piece in found)


@pytest.mark.parametrize("one", ["👩‍👩‍👧", "é", "🇩🇪", "👍🏽", "❤️", "\r\n", "क्षि", "𝄞"])
def test_a_visible_character_is_not_broken(one: str) -> None:
    assert all(len(piece) % len(one) == 0 for piece in split(one * 500, 101))
    assert len(list(split(one * 500, 101))) > 1


@pytest.mark.parametrize("most", [101, 102, 103])
@pytest.mark.parametrize("before", ["", "x", "🇩x"])
def test_no_flag_is_broken_wherever_a_piece_ends(before: str, most: int) -> None:
    pieces = list(split(before + "🇩🇪" * 500, most))
    assert [piece.removeprefix(before).replace("🇩🇪", "") for piece in pieces] == [""] * len(pieces)


class Counted(str):
    """A text that counts how many of its characters were looked at."""

    __slots__ = ("looked",)

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        found = super().__getitem__(key)
        self.looked = getattr(self, "looked", 0) + len(found)
        return found


@pytest.mark.parametrize("one", ["🇩", "x", "\u0301", "👍🏽", "\u200d"])
def test_a_text_is_split_without_looking_at_it_again_and_again(one: str) -> None:
    text = Counted(one * 6000)
    assert "".join(split(text)) == text
    assert text.looked <= 10 * len(text)


def test_a_character_longer_than_a_piece_is_broken_rather_than_lost() -> None:
    text = "a" + "\u0301" * 50
    assert "".join(split(text, 10)) == text


@pytest.mark.parametrize("text", [HOSTILE, " ", "\n", "\t x ", "\x00\x1b[31m", ":smile:" * 900, "x" * 40_000])
def test_a_quotation_is_exact_and_inert(text: str) -> None:
    [view] = render.screens(Card("Report", (Quote(text),)))
    check_screen(view)
    assert text in texts(view)
    kinds = {
        one["type"] for block in view["blocks"] for part in block["elements"] for one in part["elements"]
    }
    assert kinds == {"text"}


def test_an_empty_quotation_leaves_a_valid_window() -> None:
    [view] = render.screens(Card("Report", (Quote(""), Paragraph(""))))
    check_screen(view)


def test_only_bare_https_addresses_in_our_own_words_are_links() -> None:
    said = "See https://example.org/a?b=1. Not http://example.org, <https://two.example>"
    [view] = render.screens(Card("Support", (Paragraph(said),)))
    line = view["blocks"][0]["elements"][0]["elements"]
    assert [one["url"] for one in line if one["type"] == "link"] == [
        "https://example.org/a?b=1",
        "https://two.example",
    ]
    assert said in texts(view)


def test_a_link_that_is_not_https_is_only_words() -> None:
    [view] = render.screens(Card("Support", (Link("Site", "javascript:alert(1)"),)))
    check_screen(view)
    assert "link" not in json.dumps(view)


def test_people_are_named_in_windows_and_never_in_channels() -> None:
    card = Card("Report", (People("Named", ("U0SOMEONE", "U0OTHER")),))
    assert "U0SOMEONE" in texts(render.screens(card)[0])
    assert "U0SOMEONE" not in json.dumps([render.post(card), render.aside(card)])


def test_the_notification_of_a_post_says_only_its_title() -> None:
    post = render.post(Card("A <b> & c", (Paragraph("The rest"),)))
    assert post["text"] == "A &lt;b&gt; &amp; c"


def test_a_long_title_stands_in_full_in_the_window() -> None:
    title = "A title of much more than twenty-four characters"
    view = render.screens(Card(title))[0]
    assert view["title"]["text"].endswith("…")
    assert title in texts(view)
    form = render.form(Form(title, HERE, (TextField("a", "A"),), "Send it now, please, to everybody"))
    check_form(form)
    assert title in texts(form)


def test_two_hundred_rows_are_all_there() -> None:
    rows = tuple(Row(f"Label {n}", f"Value {n} " + "x" * 300) for n in range(200))
    card = Card("Cases", rows, here=HERE)
    views = render.screens(card)
    for view in views:
        check_screen(view)
    every = "\n".join(texts(view) for view in views)
    assert all(f"Label {n}: Value {n} " in every for n in range(200))
    check_post(render.post(card))


def test_two_hundred_buttons_are_all_there_and_pressable() -> None:
    card = Card(
        "Cases", buttons=tuple(Button(f"Case {n}", Address("case", f"{n}")) for n in range(700)), here=HERE
    )
    views = render.screens(card)
    for view in views:
        check_screen(view)
    found = {each.get("value") for view in views for block in view["blocks"] for each in elements(block)}
    assert found >= {f"{n}" for n in range(700)}


def test_pages_can_be_turned_both_ways() -> None:
    views = render.screens(Card("Report", (Quote("🙂" * 40_000),), here=HERE))
    assert len(views) == 3
    turns = [[each["text"]["text"] for block in view["blocks"] for each in elements(block)] for view in views]
    assert turns == [["Page 2 of 3"], ["Page 1 of 3", "Page 3 of 3"], ["Page 2 of 3"]]


def test_a_card_that_cannot_be_shown_again_has_no_page_buttons() -> None:
    views = render.screens(Card("Report", (Quote("🙂" * 40_000),)))
    assert not [each for view in views for block in view["blocks"] for each in elements(block)]


def test_a_form_carries_nothing_but_its_address() -> None:
    form = render.form(Form("Ask", Address("told", "draft"), (TextField("text", "What"),), "Send"))
    check_form(form)
    assert (form["callback_id"], form["private_metadata"]) == ("told", "draft")


def test_a_form_shows_again_what_was_typed_and_picked() -> None:
    many = tuple(Option(f"v{n}", f"Option {n} " + "x" * 90) for n in range(150))
    fields = (
        TextField("text", "What", "Hint", value=HOSTILE, long=True, limit=20_000),
        ChoiceField("kind", "Kind", many, required=True, value="v120"),
        PersonField("who", "Who", most=2, value=("U1", "U2", "U3")),
        PersonField("one", "One", value=("U1",)),
    )
    form = render.form(Form("Ask", HERE, fields, "Send"))
    check_form(form)
    inputs = [block["element"] for block in form["blocks"]]
    assert (inputs[0]["initial_value"], inputs[0]["max_length"]) == (HOSTILE, 3000)
    assert inputs[2]["initial_option"]["value"] == "v120"
    assert (inputs[3]["initial_users"], inputs[4]["initial_user"]) == (["U1", "U2"], "U1")


def test_a_choice_shows_what_is_picked() -> None:
    choice = Choice("Country", Address("land"), (Option("a", "A"), Option("b", "B")), "b")
    [view] = render.screens(Card("Support", choices=(choice,)))
    check_screen(view)
    assert view["blocks"][0]["accessory"]["initial_option"]["value"] == "b"


def test_a_picture_stands_in_a_post_with_its_words_or_as_its_words() -> None:
    card = Card("Week", image=Image(b"png", "Five to nine people"))
    for payload in (render.post(card, "F0001"), render.post(card), *render.screens(card)):
        assert "Five to nine people" in texts(payload)
    check_post(render.post(card, "F0001"))


def test_a_post_that_is_too_long_ends_with_an_ellipsis_and_keeps_its_buttons() -> None:
    card = Card("Post", (Paragraph("word " * 20_000),), (Button("Read", HERE),))
    post = render.post(card)
    check_post(post)
    assert post["blocks"][-1]["elements"][0]["text"]["text"] == "Read"
    assert "\n…\n" in texts(post)


def test_what_is_cut_ends_with_an_ellipsis_within_the_limit() -> None:
    assert cut("short", 24) == "short"
    assert units(cut("🙂" * 30, 24)) <= 24
    assert cut("🙂" * 30, 24).endswith("…")
