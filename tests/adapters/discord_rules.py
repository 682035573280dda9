"""What Discord documents about messages and modals, checked on what we made or were sent.

`check_screen`, `check_post` and `check_form` raise AssertionError; `texts` is everything a person can read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from discord import ui

from tests.adapters.discord_markdown import read

ROW, BUTTON, SELECT, INPUT, PEOPLE, CHANNELS, TEXT, GALLERY, FILE, CONTAINER, LABEL, UPLOAD = (
    1,
    2,
    3,
    4,
    5,
    8,
    10,
    12,
    13,
    17,
    18,
    19,
)
Payload = dict[str, Any]


def check_screen(view: ui.LayoutView | list[Payload]) -> None:
    """A private message keeps every documented limit."""
    assert not (found := message_problems(parts(view))), found


def check_post(view: ui.LayoutView) -> None:
    """A message in a channel does too, and names nobody."""
    assert not (found := post_problems(parts(view))), found


def check_form(modal: ui.Modal) -> None:
    """A modal keeps every documented limit."""
    assert not (found := form_problems(modal.to_dict())), found


def parts(view: ui.LayoutView | list[Payload]) -> list[Payload]:
    """The components as they would be sent."""
    if isinstance(view, list):
        return view
    components: list[Payload] = view.to_components()  # type: ignore[no-untyped-call]  # discord.py's own gap
    return components


def texts(made: ui.LayoutView | ui.Modal) -> str:
    """Everything readable, in order, one thing a line."""
    return "\n".join(_form_texts(made.to_dict()) if isinstance(made, ui.Modal) else shown(parts(made)))


def quoted(view: ui.LayoutView) -> str:
    """A person's own words on a screen, which stand in a frame, exactly.

    Where a control character stood, Discord is sent its picture: it is read as what it stands for.
    """
    framed = [inner for each in parts(view) if each["type"] == CONTAINER for inner in each["components"]]
    words = [read(each["content"]) for each in framed]
    return "".join(each.shown for each in words if not each.alive).translate(_PICTURES)


_PICTURES = {0x2400 + n: chr(n) for n in range(32)} | {ord("␡"): "\x7f"}


def shown(components: list[Payload]) -> Iterator[str]:
    """Everything readable in a message."""
    for each in walk(components):
        match each["type"]:
            case 10:
                yield read(each["content"]).shown
            case 2:
                yield each["label"]
            case 3:
                yield each.get("placeholder") or ""
                yield from (option["label"] for option in each["options"])
            case 12:
                yield from (item.get("description") or "" for item in each["items"])


def form_texts(modal: Payload) -> str:
    """Everything readable in a modal."""
    return "\n".join(_form_texts(modal))


def _form_texts(modal: Payload) -> Iterator[str]:
    yield modal["title"]
    for label in modal["components"]:
        yield label["label"]
        yield label.get("description") or ""
        yield label["component"].get("value") or ""
        yield from (option["label"] for option in label["component"].get("options") or ())


def walk(components: list[Payload]) -> Iterator[Payload]:
    """Every component, those inside of others after them."""
    for each in components:
        yield each
        yield from walk(each.get("components") or [])


def post_problems(components: list[Payload]) -> list[str]:
    """What is wrong with a message in a channel."""
    alive = {
        rule for each in walk(components) if each["type"] == TEXT for rule in read(each["content"]).alive
    }
    every = [
        *message_problems(components),
        *["a file in a channel" for each in components if each["type"] == FILE],
    ]
    return every + [f"a post with a {rule}" for rule in alive & {"mention", "everyone"}]


def message_problems(components: list[Payload]) -> list[str]:
    """What Discord would refuse in the components of a message."""
    every = list(walk(components))
    characters = sum(_units(each["content"]) for each in every if each["type"] == TEXT)
    found = [] if 1 <= len(every) <= 40 else [f"{len(every)} components"]
    found += [] if characters <= 4000 else [f"{characters} characters of text"]
    found += _ids(every)
    for each in components:
        if each["type"] not in {ROW, TEXT, GALLERY, FILE, CONTAINER}:
            found.append(f"a component of type {each['type']} at the top")
    for each in every:
        rule = _RULES.get(each["type"])
        found += list(rule(each)) if rule else [f"a component of type {each['type']} in a message"]
    return found


def form_problems(modal: Payload) -> list[str]:
    """What Discord would refuse in a modal."""
    labels = modal["components"]
    found = [*_length(modal, "title", 1, 45), *_length(modal, "custom_id", 1, 100)]
    found += [] if 1 <= len(labels) <= 5 else [f"{len(labels)} fields"]
    found += _ids([label.get("component") or {} for label in labels])
    for label in labels:
        if label["type"] != LABEL:
            found.append(f"a component of type {label['type']} at the top of a modal")
            continue
        found += [*_length(label, "label", 1, 45), *_length(label, "description", 0, 100)]
        asked = label["component"]
        rule = {INPUT: _input, SELECT: _select, PEOPLE: _people, CHANNELS: _people, UPLOAD: _upload}.get(
            asked["type"]
        )
        found += list(rule(asked)) if rule else [f"a component of type {asked['type']} in a label"]
    return found


def _ids(components: list[Payload]) -> list[str]:
    known = [each["custom_id"] for each in components if each.get("custom_id")]
    return ["a custom_id twice"] if len(set(known)) != len(known) else []


def _units(words: str) -> int:
    return len(words.encode("utf-16-le")) // 2


def _length(component: Payload, name: str, least: int, most: int) -> Iterator[str]:
    length = _units(component.get(name) or "")
    if not least <= length <= most:
        yield f"{name} of {length} characters"


def _text(component: Payload) -> Iterator[str]:
    if not component["content"].strip():
        yield "an empty text"


def _row(component: Payload) -> Iterator[str]:
    kinds = [each["type"] for each in component["components"]]
    if kinds != [SELECT] and not (1 <= len(kinds) <= 5 and set(kinds) == {BUTTON}):
        yield f"a row of {kinds}"


def _button(component: Payload) -> Iterator[str]:
    if component["style"] not in {1, 2, 3, 4}:
        yield "a button without a custom_id"
    yield from _length(component, "custom_id", 1, 100)
    yield from _length(component, "label", 1, 80)


def _select(component: Payload) -> Iterator[str]:
    options = component["options"]
    values = {option["value"] for option in options}
    yield from _length(component, "custom_id", 1, 100)
    yield from _length(component, "placeholder", 0, 150)
    if not 1 <= len(options) <= 25 or len(values) != len(options):
        yield f"{len(options)} options with {len(values)} values"
    for option in options:
        yield from _length(option, "label", 1, 100)
        yield from _length(option, "value", 1, 100)
    if sum(bool(option.get("default")) for option in options) > component.get("max_values", 1):
        yield "more defaults than may be picked"
    yield from _range(component, 1)


def _people(component: Payload) -> Iterator[str]:
    yield from _length(component, "custom_id", 1, 100)
    yield from _range(component, 25)
    if len(component.get("default_values") or ()) > component.get("max_values", 1):
        yield "more defaults than may be picked"


def _upload(component: Payload) -> Iterator[str]:
    yield from _length(component, "custom_id", 1, 100)
    yield from _range(component, 10)


def _range(component: Payload, most: int) -> Iterator[str]:
    least, limit = component.get("min_values", 1), component.get("max_values", 1)
    if not 0 <= least <= limit <= most:
        yield f"{least} to {limit} values"
    if component.get("required", True) and least == 0:
        yield "a required list with no least value"


def _input(component: Payload) -> Iterator[str]:
    most = component.get("max_length", 4000)
    yield from _length(component, "custom_id", 1, 100)
    if component["style"] not in {1, 2} or not 1 <= most <= 4000:
        yield f"a text field of style {component['style']} with {most} characters"
    yield from _length(component, "value", 0, most)


def _gallery(component: Payload) -> Iterator[str]:
    if not 1 <= len(component["items"]) <= 10:
        yield "a gallery without a picture"
    for item in component["items"]:
        yield from _length(item, "description", 1, 256)


def _file(component: Payload) -> Iterator[str]:
    if not component["file"]["url"].startswith("attachment://"):
        yield "a file that was not sent along"


def _container(component: Payload) -> Iterator[str]:
    if not component["components"]:
        yield "an empty container"


_RULES: dict[int, Callable[[Payload], Iterator[str]]] = {
    ROW: _row,
    BUTTON: _button,
    SELECT: _select,
    TEXT: _text,
    GALLERY: _gallery,
    FILE: _file,
    CONTAINER: _container,
}

_PRESS = {"type": BUTTON, "style": 1, "label": "x", "custom_id": "a"}
BROKEN_SCREENS: tuple[list[Payload], ...] = (
    [],
    [{"type": TEXT, "content": "x" * 4001}],
    [{"type": TEXT, "content": "x" * 2000}, {"type": TEXT, "content": "👩" * 1001}],
    [{"type": TEXT, "content": " "}],
    [{"type": TEXT, "content": "x"}] * 41,
    [{"type": ROW, "components": []}],
    [{"type": ROW, "components": [_PRESS | {"custom_id": str(n)} for n in range(6)]}],
    [_PRESS],
    [{"type": ROW, "components": [_PRESS] * 2}],
    [{"type": ROW, "components": [_PRESS | {"custom_id": "x" * 101}]}],
    [{"type": ROW, "components": [_PRESS | {"label": ""}]}],
    [{"type": ROW, "components": [{"type": SELECT, "custom_id": "a", "options": []}]}],
    [{"type": GALLERY, "items": []}],
    [{"type": GALLERY, "items": [{"media": {"url": "attachment://x.png"}}]}],
    [{"type": CONTAINER, "components": []}],
    [{"type": INPUT, "custom_id": "a", "style": 1}],
)
"""What Discord would refuse; `check_screen` has to see it."""
