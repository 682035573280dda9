"""Cards and forms stay within Discord's limits, whatever they hold."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import custom_id, render
from bot.model import (
    MAX_ACTION,
    MAX_REF,
    Address,
    Block,
    Button,
    Card,
    Choice,
    ChoiceField,
    Field,
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
from tests.adapters import discord_rules as rules
from tests.adapters.discord_markdown import read

LONG = st.builds(
    operator.mul, st.sampled_from(["x", "@everyone ", "👩\u200d👧", "\n", "e\u0301"]), st.integers(500, 5000)
)
WORDS = st.text(max_size=60) | LONG
ADDRESS = st.builds(
    Address,
    st.text("abc._", min_size=1, max_size=MAX_ACTION),
    st.text("abc-_", max_size=MAX_REF),
)
BLOCK: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, WORDS),
    st.builds(Quote, WORDS),
    st.builds(Words, WORDS),
    st.builds(Row, WORDS, WORDS),
    st.builds(People, WORDS, st.lists(st.integers(1, 2**63).map(str) | WORDS, max_size=60).map(tuple)),
    st.builds(Link, WORDS, st.just("https://example.org/x") | WORDS),
)
LABEL = st.text(min_size=1, max_size=200).filter(lambda words: bool(words.strip()))
OPTIONS = st.integers(1, 90).flatmap(
    lambda many: st.just(tuple(Option(f"v{n}", f"Option {n} " + "x" * n) for n in range(many)))
)
CARD = st.builds(
    Card,
    LABEL,
    st.lists(BLOCK, max_size=12).map(tuple),
    st.lists(st.builds(Button, LABEL, ADDRESS, st.sampled_from(Style)), max_size=30).map(tuple),
    st.lists(st.builds(Choice, LABEL, ADDRESS, OPTIONS), max_size=4).map(tuple),
    st.none() | st.builds(Image, st.just(b"png"), LABEL),
    st.none(),
    st.just(False),
    st.none() | ADDRESS,
)
HERE = Address("a" * MAX_ACTION, "r" * MAX_REF)


@settings(max_examples=20, deadline=None)
@given(CARD)
def test_any_card_is_a_screen_and_a_post_that_discord_takes(card: Card) -> None:
    for screen in render.screens(card):
        rules.check_screen(screen)
    rules.check_post(render.post(card))


@settings(max_examples=15, deadline=None)
@given(CARD)
def test_no_button_and_no_option_of_a_card_is_lost(card: Card) -> None:
    sent = [each for view in render.screens(card) for each in rules.walk(rules.parts(view))]
    options = [option for each in sent if each["type"] == rules.SELECT for option in each["options"]]
    assert [custom_id.read(each["custom_id"]).to for each in sent if _ours(each)] == [
        button.to for button in card.buttons
    ]
    assert len(options) == sum(len(choice.options) for choice in card.choices)


def _ours(component: rules.Payload) -> bool:
    return component["type"] == rules.BUTTON and not component["custom_id"].startswith(
        tuple(f"p{n}/" for n in range(100))
    )


def test_a_text_of_forty_thousand_characters_is_there_to_the_last() -> None:
    words = "".join(f"{n} *said*, <@{n}>\n" for n in range(2500))[:40_000].strip()
    screens = render.screens(Card("Report", (Quote(words),), here=HERE))
    displays = [
        read(inner["content"]).shown
        for view in screens
        for each in rules.parts(view)
        if each["type"] == rules.CONTAINER
        for inner in each["components"]
    ]
    assert "".join(displays) == words
    for screen in screens:
        rules.check_screen(screen)


def test_two_hundred_rows_and_two_hundred_people_are_all_there() -> None:
    rows = tuple(Row(f"Row {n}:", f"value {n}!") for n in range(200))
    people = People("Readers", tuple(str(10**17 + n) for n in range(200)))
    said = "\n".join(map(rules.texts, render.screens(Card("Rows", (*rows, people)))))
    assert all(f"Row {n}: value {n}!" in said for n in range(200))
    assert all(f"<@{10**17 + n}>" in said for n in range(200))


def test_a_person_is_named_on_a_screen_and_never_in_a_post() -> None:
    card = Card("Case", (People("Handler", ("123456",)), Paragraph("open")))
    assert "<@123456>" in rules.texts(render.screens(card)[0])
    assert "123456" not in rules.texts(render.post(card))


def test_a_post_that_is_too_long_says_so_and_keeps_its_buttons() -> None:
    post = render.post(Card("Digest", (Paragraph("word " * 2000),), (Button("Read", HERE),)))
    assert rules.texts(post).endswith("…\nRead")


def test_components_with_the_same_address_get_ids_of_their_own_that_mean_the_same() -> None:
    button = Button("Again", Address("a", "r"))
    sent = rules.parts(render.screens(Card("Twice", buttons=(button, button)))[0])
    known = [each["custom_id"] for each in rules.walk(sent) if each["type"] == rules.BUTTON]
    assert len(set(known)) == 2
    assert {custom_id.read(each) for each in known} == {custom_id.Target(Address("a", "r"))}


@given(ADDRESS, st.integers(1, custom_id.MAX_PAGE))
def test_an_address_and_a_page_come_back_from_a_custom_id(to: Address, page: int) -> None:
    assert custom_id.read(custom_id.plain(to)) == (to, 1)
    assert custom_id.read(custom_id.again(to, page)) == (to, 1)
    assert custom_id.read(custom_id.paged(to, page)) == (to, page)
    assert len(custom_id.paged(HERE, custom_id.MAX_PAGE)) <= 100


@given(st.text() | st.none() | st.integers())
def test_a_custom_id_that_is_not_ours_is_no_error(known: object) -> None:
    to, page = custom_id.read(known)
    assert len(to.action) <= MAX_ACTION
    assert page >= 1


FIELDS: st.SearchStrategy[Field] = st.one_of(
    st.builds(
        TextField,
        st.text("abc", min_size=1, max_size=9),
        LABEL,
        WORDS,
        st.booleans(),
        st.booleans(),
        st.integers(1, 9000),
        WORDS,
    ),
    st.builds(
        ChoiceField,
        st.text("def", min_size=1, max_size=9),
        LABEL,
        st.integers(1, 25).map(lambda many: tuple(Option(f"v{n}", f"Option {n}") for n in range(many))),
        WORDS,
        st.booleans(),
        st.sampled_from(["", "v0", "gone"]),
    ),
    st.builds(
        PersonField,
        st.text("ghi", min_size=1, max_size=9),
        LABEL,
        WORDS,
        st.booleans(),
        st.integers(1, 40),
        st.lists(st.integers(1, 2**63).map(str), max_size=30).map(tuple),
    ),
)


@settings(max_examples=20, deadline=None)
@given(LABEL, ADDRESS, st.lists(FIELDS, min_size=1, max_size=5, unique_by=lambda field: field.name))
def test_any_form_is_a_modal_that_discord_takes(title: str, to: Address, fields: list[Field]) -> None:
    modal = render.form(Form(title, to, tuple(fields), "Send"))
    rules.check_form(modal)
    assert custom_id.read(modal.custom_id).to == to


def test_a_form_shows_what_was_typed_before() -> None:
    fields = (
        TextField("text", "Text", value="typed *this*"),
        ChoiceField("kind", "Kind", (Option("a", "A"), Option("b", "B")), value="b"),
        PersonField("who", "Who", most=2, value=("123", "456")),
    )
    text, kind, who = (
        label["component"] for label in render.form(Form("F", HERE, fields, "Send")).to_dict()["components"]
    )
    assert text["value"] == "typed *this*"
    assert [option["value"] for option in kind["options"] if option["default"]] == ["b"]
    assert [each["id"] for each in who["default_values"]] == [123, 456]


def test_a_list_that_a_form_cannot_hold_is_a_defect_and_not_cut() -> None:
    options = tuple(Option(str(n), str(n)) for n in range(26))
    with pytest.raises(ValueError, match="25 options"):
        render.form(Form("F", HERE, (ChoiceField("c", "C", options),), "Send"))
