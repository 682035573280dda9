"""What every platform must do with every card and form; a new adapter is found and held to it by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import adapters
from bot.model import (
    Address,
    Button,
    Card,
    ChannelField,
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

HOSTILE = (
    "<!channel> @everyone @here <@U012> <#C012> *bold* _it_ ~s~ `code` ``` fence ``` # head\n"
    "> quote\n- list\n1. one\n[a](https://example.org/x) https://example.org/y <t:1:R> :smile: &amp; \\ || spoiler ||\n"
    "\u202eright to left\u202c مرحبا 😀👩‍👩‍👧 e\u0301 \x07\t end"
)
HERE = Address("tell.preview", "k" * 43)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cfc0f01f0005000201a2b3f5d40000000049454e44ae426082"
)


NO_PLATFORM = {"onetime", "keyservices", "keeper"}
"""Packages where nobody acts: a page for files, a service for keys and a keeper have no menu and no conversation."""


def _platforms() -> Iterator[str]:
    for found in pkgutil.iter_modules(adapters.__path__):
        if found.ispkg and found.name not in NO_PLATFORM:
            yield found.name


@pytest.fixture(params=sorted(_platforms()))
def platform(request: pytest.FixtureRequest) -> tuple[ModuleType, ModuleType]:
    """A platform's renderer, and its rules as our tests know them."""
    name = request.param
    return importlib.import_module(f"adapters.{name}.render"), importlib.import_module(
        f"tests.adapters.{name}_rules"
    )


def _buttons(count: int) -> tuple[Button, ...]:
    return tuple(Button(f"Button {n}", Address("voice.stand", f"{n:032x}")) for n in range(count))


SCREENS: dict[str, Card] = {
    "bare": Card("A title"),
    "everything": Card(
        "A title " * 12,
        (
            Paragraph("Ours, with https://example.org/ in it, <b> & *stars*."),
            Row("Label", "Value"),
            People("Person named", ("111", "222")),
            Words("seven words that are easy to copy"),
            Link("A place", "https://example.org/"),
            Quote(HOSTILE),
        ),
        (*_buttons(4), Button("Final", Address("tell.drop", "x"), Style.FINAL)),
        (
            Choice(
                "Country",
                Address("support.in"),
                tuple(Option(f"C{n}", f"Country {n}") for n in range(40)),
                "C3",
            ),
        ),
        here=HERE,
    ),
    "forty thousand characters": Card(
        "Long", (Quote("wort " * 8000), Paragraph("after")), _buttons(2), here=HERE
    ),
    "one word of forty thousand": Card("Long", (Quote("x" * 40_000),), here=HERE),
    "forty thousand emoji": Card("Long", (Quote("👩‍👩‍👧" * 8000),), here=HERE),
    "two hundred rows": Card(
        "Rows", tuple(Row(f"Label {n}", f"value {n} " * 5) for n in range(200)), here=HERE
    ),
    "empty quote": Card("Quote", (Quote(""), Quote(" "), Paragraph("end"))),
    "many choices": Card(
        "Choices",
        (),
        (),
        (
            Choice(
                "One of many", Address("support.in"), tuple(Option(f"{n}", f"Number {n}") for n in range(90))
            ),
        ),
    ),
    "long labels": Card("T" * 200, (Row("L" * 200, "v" * 500),), (Button("B" * 200, Address("menu")),)),
}

POSTS: dict[str, Card] = {
    "desk card": Card("A report arrived", (Row("Kind", "Touch"), Paragraph("Not posted here.")), _buttons(1)),
    "wall": Card("Me too", (Row("So far", "5–9"), Paragraph("Use the buttons.")), _buttons(2)),
    "digest": Card("Digest", (Row("Me-toos", "5–9"),), image=Image(PNG, "A bar for each of 12 weeks. " * 12)),
    "thirty rows": Card("Rows", tuple(Row(f"Label {n}", "value") for n in range(30))),
}

OPTIONS = tuple(Option(f"v{n}", f"Label number {n}") for n in range(12))
FIELDS: tuple[Field, ...] = (
    TextField(
        "text",
        "What happened",
        "One sentence is enough. " * 4,
        required=True,
        long=True,
        limit=40_000,
        value="a",
    ),
    ChoiceField("category", "Kind", OPTIONS, "If you like."),
    PersonField(
        "named", "Person named", "Picking a name notifies nobody.", most=5, value=("111111111111111111",)
    ),
    ChoiceField(
        "when", "When, roughly, and with a label that is longer than a label should be", OPTIONS, value="v3"
    ),
    TextField("more", "A short one", limit=100),
)
FORMS: dict[str, Form] = {
    "all kinds": Form("Tell what happened, with a title that is long", HERE, FIELDS, "Preview"),
    "one": Form("T", Address("a"), FIELDS[1:2], "S"),
    "channels": Form(
        "Channels",
        HERE,
        (
            ChannelField(
                "desk", "A private channel", "Only people who handle reports.", required=True, private=True
            ),
            ChannelField(
                "wall",
                "A label that is longer than a label of a form should ever be",
                value="1" * 18,
            ),
        ),
        "Keep",
    ),
    "typed before": Form(
        "Typed", HERE, (TextField("text", "Text", long=True, limit=40_000, value=HOSTILE),), "Go"
    ),
    "typed more than fits": Form(
        "T", HERE, (TextField("text", "Text", long=True, limit=40_000, value="y" * 40_000),), "Go"
    ),
}


@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_fits_the_platform(platform: tuple[ModuleType, ModuleType], name: str) -> None:
    render, rules = platform
    for screen in render.screens(SCREENS[name]):
        rules.check_screen(screen)


@pytest.mark.parametrize("name", POSTS)
def test_every_post_fits_the_platform(platform: tuple[ModuleType, ModuleType], name: str) -> None:
    render, rules = platform
    rules.check_post(render.post(POSTS[name]))


@pytest.mark.parametrize("name", FORMS)
def test_every_form_fits_the_platform(platform: tuple[ModuleType, ModuleType], name: str) -> None:
    render, rules = platform
    rules.check_form(render.form(FORMS[name]))


@pytest.mark.parametrize("text", [HOSTILE, "x" * 40_000, "wort " * 8000, "👩‍👩‍👧" * 500, "a\n\n\nb  c"])
def test_a_persons_words_are_all_there_exactly(platform: tuple[ModuleType, ModuleType], text: str) -> None:
    render, rules = platform
    shown = "".join(rules.quoted(screen) for screen in render.screens(Card("T", (Quote(text),), here=HERE)))
    assert shown == text


def test_all_our_own_words_are_readable(platform: tuple[ModuleType, ModuleType]) -> None:
    render, rules = platform
    card = SCREENS["two hundred rows"]
    shown = "\n".join(rules.texts(screen) for screen in render.screens(card))
    for block in card.body:
        assert isinstance(block, Row)
        assert block.label in shown
        assert block.value.strip() in shown


def test_a_picture_never_goes_without_its_words(platform: tuple[ModuleType, ModuleType]) -> None:
    render, rules = platform
    assert "A bar for each of 12 weeks." in rules.texts(render.post(POSTS["digest"]))


def test_the_rules_refuse_what_the_platform_would(platform: tuple[ModuleType, ModuleType]) -> None:
    _, rules = platform
    broken: Any
    for broken in rules.BROKEN_SCREENS:
        with pytest.raises(AssertionError):
            rules.check_screen(broken)
