"""What a Slack client does with blocks: find a button, pick, fill in, read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.adapters.slack_rules import elements, texts
from tests.stage import Screen

Json = dict[str, Any]
Blocks = Sequence[Json]


def labels(blocks: Blocks) -> tuple[str, ...]:
    """Labels of the buttons."""
    return tuple(each["text"]["text"] for _, each in _elements(blocks) if each["type"] == "button")


def alt(blocks: Blocks) -> str:
    """What the picture says."""
    return next((block["alt_text"] for block in blocks if block["type"] == "image"), "")


def button(blocks: Blocks, label: str) -> Json:
    """The action of a button by its label."""
    for block, each in _elements(blocks):
        if each["type"] == "button" and each["text"]["text"] == label:
            return {**each, "block_id": block.get("block_id", "made-up-by-slack")}
    raise AssertionError(f"no button {label!r} among {labels(blocks)}")


def pick(blocks: Blocks, label: str, value: str) -> Json:
    """The action of an option by its list's label and its own."""
    for block, each in _elements(blocks):
        if each["type"] == "static_select" and block.get("text", {}).get("text", "").startswith(label):
            for option in each["options"]:
                if option["text"]["text"] == value:
                    about = {"action_id": each["action_id"], "block_id": block["block_id"]}
                    return {"type": "static_select", **about, "selected_option": option}
    raise AssertionError(f"no option {value!r} in a list {label!r}")


def fill(blocks: Blocks, values: Mapping[str, str | tuple[str, ...]]) -> tuple[Json, list[str]]:
    """The state of a filled-in form, and the names of required fields that are empty."""
    state: Json = {}
    missing = []
    inputs = [block for block in blocks if block["type"] == "input"]
    names = {_name(block) for block in inputs}
    assert not set(values) - names, f"no such fields: {sorted(set(values) - names)}"
    for block in inputs:
        given = _typed(block["element"], values.get(_name(block)))
        state[block["block_id"]] = {block["element"]["action_id"]: given}
        if not block["optional"] and not any(given.get(each) for each in given if each != "type"):
            missing.append(_name(block))
    return state, missing


def next_page(blocks: Blocks, number: int) -> Json | None:
    """The button that turns to a page, where there is one."""
    for label in labels(blocks):
        if label.startswith(f"Page {number} of "):
            return button(blocks, label)
    return None


def screen(view_id: str, view: Json, pages: Sequence[Blocks]) -> Screen:
    """A view and its pages as one screen."""
    once = _merged(pages)
    inputs = [block for block in once if block["type"] == "input"]
    lists = [block["text"]["text"] for block in once if block["type"] == "section" and "accessory" in block]
    return Screen(
        kind="form" if inputs else "card",
        text=texts({**view, "blocks": once}),
        buttons=labels(once),
        choices=tuple(lists),
        fields=tuple(dict.fromkeys(_name(block) for block in inputs)),
        values={_name(block): _initial(block["element"]) for block in inputs},
        raw={"view": view_id, "blocks": once},
    )


def aside(payload: Json) -> Screen:
    """An ephemeral message as a screen."""
    blocks = payload["blocks"]
    raw = {"blocks": blocks, "channel": "C0ANYWHERE", "ref": ""}
    return Screen("card", texts(payload), labels(blocks), raw=raw)


def _merged(pages: Sequence[Blocks]) -> list[Json]:
    """All pages as one: their text in order, then what stands on each of them."""
    if len(pages) == 1:
        return list(pages[0])
    every = [block for page in pages for block in page if not _turns(block)]
    text = [block for block in every if block["type"] == "rich_text"]
    made = [block for block in every[:1] if block["type"] == "header"] + text
    for block in every:
        made += [block] if block["type"] != "rich_text" and block not in made else []
    return made


def _turns(block: Json) -> bool:
    return any(label.startswith("Page ") for label in labels([block]))


def _elements(blocks: Blocks) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for each in elements(block):
            yield block, dict(each)


def _name(block: Json) -> str:
    return str(block["block_id"].partition(":")[2])


def _initial(element: Json) -> str:
    picked = element.get("initial_option", {}).get("value", "")
    several = ",".join(element.get("initial_users", ()))
    one = element.get("initial_user") or element.get("initial_conversation")
    return str(element.get("initial_value") or picked or one or several)


def _typed(element: Json, given: str | tuple[str, ...] | None) -> Json:
    kind = element["type"]
    if kind == "plain_text_input":
        text = element.get("initial_value") if given is None else given
        return {"type": kind, "value": (str(text)[: element["max_length"]] or None) if text else None}
    if kind == "static_select":
        options = {option["value"]: option for option in element["options"]}
        chosen = element.get("initial_option") if given is None else options.get(str(given))
        return {"type": kind, "selected_option": chosen}
    if kind == "conversations_select":
        channel = element.get("initial_conversation") if given is None else str(given)
        return {"type": kind, "selected_conversation": channel or None}
    users = (given,) if isinstance(given, str) else given
    if kind == "users_select":
        one = element.get("initial_user") if users is None else next(iter(users), None)
        return {"type": kind, "selected_user": one or None}
    many = element.get("initial_users", []) if users is None else list(users)
    return {"type": kind, "selected_users": many[: element["max_selected_items"]]}
