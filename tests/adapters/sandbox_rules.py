"""What the sandbox's page can show, checked on what it is sent.

`check_screen`, `check_post` and `check_form` raise AssertionError; `texts` is everything a person can read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

CARD = {"kind", "title", "aside", "body", "image", "choices", "buttons"}
FORM = {"kind", "title", "action", "ref", "submit", "fields"}
BLOCKS = {
    "paragraph": {"text"},
    "quote": {"text"},
    "words": {"text"},
    "row": {"label", "value"},
    "people": {"label", "ids"},
    "link": {"label", "url"},
}
FIELDS = {
    "text": {"long", "limit", "value"},
    "choice": {"options", "value"},
    "person": {"most", "value"},
    "channel": {"private", "value"},
}
STYLES = {"plain", "primary", "final"}
LIMIT = 40_000

BROKEN_SCREENS: tuple[Json, ...] = (
    {"kind": "card"},
    {"kind": "html", "title": "", "aside": False, "body": [], "image": None, "choices": [], "buttons": []},
    {
        "kind": "card",
        "title": "T",
        "aside": False,
        "body": [{"type": "markup", "text": "<b>"}],
        "image": None,
        "choices": [],
        "buttons": [],
    },
    {
        "kind": "card",
        "title": "T",
        "aside": False,
        "body": [{"type": "paragraph", "text": b"bytes"}],
        "image": None,
        "choices": [],
        "buttons": [],
    },
)


def check_screen(screen: Json) -> None:
    """A card has everything that the page reads, and nothing else."""
    _plain(screen)
    assert screen["kind"] == "card"
    assert set(screen) == CARD
    for block in screen["body"]:
        assert block["type"] in BLOCKS, "the page knows no such block"
        assert set(block) == {"type"} | BLOCKS[block["type"]]
    for button in screen["buttons"]:
        assert set(button) == {"label", "action", "ref", "style"}
        assert button["style"] in STYLES
    for choice in screen["choices"]:
        assert set(choice) == {"label", "action", "ref", "options", "value"}
        _options(choice["options"])
    assert screen["image"] is None or (
        screen["image"]["alt"] and screen["image"]["src"].startswith("/image/")
    )


def check_post(post: Json) -> None:
    """A message is a card that names nobody."""
    check_screen(post)
    assert all(block["type"] not in {"people", "quote", "words"} for block in post["body"])


def check_form(form: Json) -> None:
    """A form has one to five fields of known kinds."""
    _plain(form)
    assert form["kind"] == "form"
    assert set(form) == FORM
    assert 1 <= len(form["fields"]) <= 5
    for field in form["fields"]:
        assert set(field) == {"type", "name", "label", "hint", "required"} | FIELDS[field["type"]]
        if field["type"] == "choice":
            _options(field["options"])
        if field["type"] == "text":
            assert len(field["value"]) <= field["limit"] <= LIMIT


def texts(shown: Json) -> str:
    """Everything a person can read, one thing a line."""
    return "\n".join(_form_texts(shown) if shown["kind"] == "form" else _card_texts(shown))


def quoted(screen: Json) -> str:
    """The persons' own words on a screen, exactly."""
    return "".join(block["text"] for block in screen["body"] if block["type"] == "quote")


def _card_texts(card: Json) -> Iterator[str]:
    yield card["title"]
    for block in card["body"]:
        for name in ("label", "text", "value", "url"):
            if name in block:
                yield block[name]
        yield from block.get("ids", ())
    if card["image"]:
        yield card["image"]["alt"]
    for choice in card["choices"]:
        yield choice["label"]
        yield from (each["label"] for each in choice["options"])
    yield from (each["label"] for each in card["buttons"])


def _form_texts(form: Json) -> Iterator[str]:
    yield form["title"]
    for field in form["fields"]:
        yield field["label"]
        yield field["hint"]
        yield from (each["label"] for each in field.get("options", ()))
    yield form["submit"]


def _plain(shown: Json) -> None:
    try:
        assert json.loads(json.dumps(shown)) == shown
    except TypeError as error:
        raise AssertionError("not plain JSON") from error


def _options(options: list[Json]) -> None:
    assert options
    assert all(set(each) == {"value", "label"} for each in options)
