"""What a person or a channel sees on Discord, read from the components that were sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.adapters import discord_rules as rules
from tests.adapters.discord_interactions import Message
from tests.adapters.discord_markdown import read
from tests.adapters.discord_world import Payload
from tests.stage import Post, Screen

_PAGE = re.compile(r"p\d+/")


@dataclass(frozen=True)
class Shown:
    """A card on a person's screen: the components of each page, and the message that shows or showed it."""

    pages: tuple[list[Payload], ...]
    messages: tuple[Message, ...]

    @property
    def message(self) -> Message:
        return self.messages[-1]


@dataclass(frozen=True)
class Opened:
    """A modal on a person's screen, and the message whose button opened it."""

    modal: Payload
    source: Message | None


def card_of(screen: Screen) -> Shown:
    assert isinstance(screen.raw, Shown), "this is a form"
    return screen.raw


def _buttons(components: list[Payload]) -> list[Payload]:
    every = [each for each in rules.walk(components) if each["type"] == rules.BUTTON]
    return [each for each in every if not _PAGE.match(each["custom_id"])]


def paging(components: list[Payload], page: int) -> str | None:
    known = [each["custom_id"] for each in rules.walk(components) if each["type"] == rules.BUTTON]
    return next((each for each in known if each.startswith(f"p{page}/")), None)


def pages_said(components: list[Payload]) -> int:
    """How many pages a card says that it has."""
    said = [each["content"] for each in components if each["type"] == rules.TEXT]
    numbers = re.findall(r"\d+", said[-1]) if said and said[-1].startswith("-# ") else []
    return int(numbers[-1]) if numbers else 1


def find(shown: Shown, label: str) -> tuple[int, Payload]:
    for number, page in enumerate(shown.pages):
        for button in _buttons(page):
            if button["label"] == label:
                return number, button
    raise AssertionError(f"no button {label} among {[_labels(page) for page in shown.pages]}")


def _labels(components: list[Payload]) -> list[str]:
    return [each["label"] for each in _buttons(components)]


def _lists(components: list[Payload]) -> list[tuple[str, Payload]]:
    """Each list with its label, which is the text above it or above the lists it continues."""
    found, label = [], ""
    for each in components:
        if each["type"] == rules.TEXT:
            label = read(each["content"]).shown
        elif each["type"] == rules.ROW and each["components"][0]["type"] == rules.SELECT:
            found.append((label, each["components"][0]))
    return found


def selects(components: list[Payload], label: str) -> list[Payload]:
    return [select for name, select in _lists(components) if name == label]


def filled(component: Payload, values: Mapping[str, str | tuple[str, ...]]) -> Payload:
    name = component["custom_id"]
    made = {"type": component["type"], "id": 100, "custom_id": name}
    given = values.get(name, _preset(component))
    several = (given,) if isinstance(given, str) else given
    several = tuple(each for each in several if each)
    assert several or not component.get("required", True), f"{name} is required"
    if component["type"] == rules.INPUT:
        return made | {"value": several[0] if several else ""}
    return made | {"values": list(several)}


def _preset(component: Payload) -> tuple[str, ...]:
    if component["type"] == rules.INPUT:
        return (component.get("value") or "",)
    if component["type"] == rules.UPLOAD:
        return ()
    if component["type"] == rules.SELECT:
        return tuple(each["value"] for each in component["options"] if each.get("default"))
    return tuple(str(each["id"]) for each in component.get("default_values") or ())


def form_screen(opened: Opened) -> Screen:
    asked = [label["component"] for label in opened.modal["components"]]
    return Screen(
        kind="form",
        text=rules.form_texts(opened.modal),
        fields=tuple(each["custom_id"] for each in asked),
        values={each["custom_id"]: " ".join(_preset(each)) for each in asked},
        raw=opened,
    )


def card_screen(shown: Shown) -> Screen:
    lists = dict.fromkeys(label for page in shown.pages for label, _ in _lists(page))
    return Screen(
        kind="card",
        text="\n".join(line for page in shown.pages for line in rules.shown(page)),
        buttons=tuple(label for page in shown.pages for label in _labels(page)),
        choices=tuple(lists),
        raw=shown,
    )


def post_of(message: Message) -> Post:
    pictures = [item for each in message.components for item in each.get("items") or ()]
    return Post(
        ref=message.id,
        text="\n".join(rules.shown(message.components)),
        buttons=tuple(_labels(message.components)),
        alt=pictures[0]["description"] if pictures else "",
        payload=message.body,
    )
