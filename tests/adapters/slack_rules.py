"""What Slack documents about views and messages, as checks that name the rule that is broken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any

Json = dict[str, Any]

MODAL = "modal"
MESSAGE = "message"
HOME = "home"

_FIELDS = {
    "header": ({"text"}, set()),
    "section": ({"text"}, {"accessory"}),
    "actions": ({"elements"}, set()),
    "rich_text": ({"elements"}, set()),
    "image": ({"slack_file", "alt_text"}, {"title"}),
    "input": ({"label", "element"}, {"hint", "optional"}),
    "button": ({"text", "action_id"}, {"value", "style", "accessibility_label"}),
    "static_select": ({"options", "action_id"}, {"initial_option", "placeholder"}),
    "users_select": ({"action_id"}, {"initial_user", "placeholder"}),
    "multi_users_select": ({"action_id"}, {"initial_users", "max_selected_items", "placeholder"}),
    "conversations_select": ({"action_id", "filter"}, {"initial_conversation", "placeholder"}),
    "plain_text_input": ({"action_id"}, {"multiline", "min_length", "max_length", "initial_value"}),
}
"""Required and optional fields by type."""

_INPUTS = {"static_select", "users_select", "multi_users_select", "conversations_select", "plain_text_input"}
_VIEW = {"type", "title", "close", "submit", "blocks", "callback_id", "private_metadata"}
_POST = {"text", "blocks", "mrkdwn", "parse", "link_names", "unfurl_links", "unfurl_media"}
_ASIDE = {"response_type", "replace_original", "text", "blocks", "unfurl_links", "unfurl_media"}


def units(text: str) -> int:
    """Length as a JavaScript client counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_screen(payload: Json) -> None:
    """A modal view."""
    assert payload.get("type") == MODAL, "a view is of type modal"
    _known(payload, _VIEW, {"type", "title", "blocks"})
    for name in ("title", "close", "submit"):
        if name in payload:
            _plain(payload[name], 24, name)
    assert units(payload.get("callback_id", "")) <= 255, "callback_id has at most 255 characters"
    assert units(payload.get("private_metadata", "")) <= 3000, "private_metadata has at most 3000 characters"
    assert 1 <= len(payload["blocks"]) <= 100, "a view has 1 to 100 blocks"
    assert len(json.dumps(payload)) <= 250_000, "a view has at most 250 KB"
    _blocks(payload["blocks"], MODAL)
    if any(block["type"] == "input" for block in payload["blocks"]):
        assert "submit" in payload, "a view with inputs needs a submit label"


def check_home(payload: Json) -> None:
    """A view of somebody's Home."""
    assert payload.get("type") == HOME, "a Home is of type home"
    _known(payload, {"type", "blocks", "callback_id", "private_metadata"}, {"type", "blocks"})
    assert 1 <= len(payload["blocks"]) <= 100, "a view has 1 to 100 blocks"
    assert len(json.dumps(payload)) <= 250_000, "a view has at most 250 KB"
    _blocks(payload["blocks"], HOME)


def check_form(payload: Json) -> None:
    """A modal view with something to fill in."""
    check_screen(payload)
    assert any(block["type"] == "input" for block in payload["blocks"]), "a form has inputs"
    assert payload.get("callback_id"), "a form has a callback_id"


def check_post(payload: Json) -> None:
    """A channel message, without the channel."""
    _known(payload, _POST, _POST)
    assert payload["text"], "a message has a fallback text"
    assert units(payload["text"]) <= 4000, "text should have at most 4000 characters"
    assert payload["parse"] == "none", "nothing in a post is parsed"
    for name in ("link_names", "unfurl_links", "unfurl_media", "mrkdwn"):
        assert payload[name] is False, f"{name} is off"
    _message(payload)
    _neutral(payload)


def check_aside(payload: Json) -> None:
    """A message that only one person sees."""
    _known(payload, _ASIDE, {"response_type", "replace_original", "text", "blocks"})
    assert payload["response_type"] == "ephemeral", "in_channel would be public"
    assert payload["replace_original"] is False, "the public post stays"
    _message(payload)
    _neutral(payload)


def texts(payload: Json) -> str:
    """All readable text, line by line; the pieces of one quotation are joined again."""
    lines = [payload[name]["text"] for name in ("title",) if name in payload]
    kind = ""
    for block in payload["blocks"]:
        new, read = _kind(block), list(_read(block))
        if new == kind == "rich_text_quote":
            lines[-1] += read[0]
        else:
            lines += read
        kind = new
    lines += [payload[name]["text"] for name in ("submit", "close") if name in payload]
    return "\n".join(lines)


def quoted(payload: Json) -> str:
    """A person's own words in a view, exactly."""
    quotes = [block for block in payload["blocks"] if _kind(block) == "rich_text_quote"]
    return "".join(one["text"] for block in quotes for part in block["elements"] for one in part["elements"])


def _kind(block: Json) -> str:
    return str(block["elements"][0]["type"]) if block["type"] == "rich_text" else str(block["type"])


def _read(block: Json) -> Iterator[str]:
    if block["type"] == "rich_text":
        for part in block["elements"]:
            yield "".join(one.get("text") or one.get("url") or one["user_id"] for one in part["elements"])
        return
    for name in ("text", "label", "hint"):
        if name in block:
            yield block[name]["text"]
    if "alt_text" in block:
        yield block["alt_text"]
    for element in elements(block):
        yield from _read_element(element)


def _read_element(element: Json) -> Iterator[str]:
    if "text" in element:
        yield element["text"]["text"]
    if element.get("initial_value"):
        yield element["initial_value"]
    for option in element.get("options", ()):
        yield option["text"]["text"]


def elements(block: Json) -> Sequence[Json]:
    """What can be pressed or filled in, in one block."""
    if block["type"] == "actions":
        return list(block["elements"])
    return [block[name] for name in ("accessory", "element") if name in block]


def _neutral(payload: Json) -> None:
    """A notification shows the text or the first block: both are the title, and nothing of what follows."""
    first = payload["blocks"][0]
    assert first["type"] == "header", "a message begins with its title"
    title = first["text"]["text"].removesuffix("…")
    assert unescape(payload["text"]).startswith(title), "the text of a message is its title"


def _message(payload: Json) -> None:
    assert 1 <= len(payload["blocks"]) <= 50, "a message has at most 50 blocks"
    assert len(json.dumps(payload["blocks"])) <= 13_200 + 50 * 400, "msg_blocks_too_long"
    _blocks(payload["blocks"], MESSAGE)


def _blocks(blocks: Sequence[Json], surface: str) -> None:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids)), "block_id is unique"
    assert all(1 <= len(each) <= 255 for each in ids), "block_id has 1 to 255 characters"
    pressed = [each["action_id"] for block in blocks if block["type"] != "input" for each in elements(block)]
    assert len(pressed) == len(set(pressed)), "action_id is unique"
    for block in blocks:
        _block(block, surface)


def _block(block: Json, surface: str) -> None:
    kind = block["type"]
    required, optional = _FIELDS[kind]
    _known(block, required | optional | {"type", "block_id"}, required)
    if kind == "header":
        _plain(block["text"], 150, "header")
    elif kind == "section":
        _plain(block["text"], 3000, "section")
    elif kind == "actions":
        assert 1 <= len(block["elements"]) <= 25, "actions have 1 to 25 elements"
    elif kind == "image":
        assert 1 <= units(block["alt_text"]) <= 2000, "alt_text has 1 to 2000 characters"
        assert block["slack_file"]["id"].startswith("F"), "slack_file has a file's id"
    elif kind == "input":
        assert surface == MODAL, "inputs are for modals"
        assert block["element"]["type"] in _INPUTS, "an input holds an input element"
        _plain(block["label"], 2000, "label")
        if "hint" in block:
            _plain(block["hint"], 2000, "hint")
    elif kind == "rich_text":
        _rich(block, surface)
    for element in elements(block):
        _element(element)


def _rich(block: Json, surface: str) -> None:
    assert block["elements"], "rich text has elements"
    for part in block["elements"]:
        _known(part, {"type", "elements"}, {"type", "elements"})
        assert part["type"] in {"rich_text_section", "rich_text_quote", "rich_text_preformatted"}
        assert sum(units(one.get("text", "")) for one in part["elements"]) <= 3000, "3000 in a piece of text"
        for one in part["elements"]:
            _inline(one, surface)


def _inline(one: Json, surface: str) -> None:
    if one["type"] == "user":
        assert surface != MESSAGE, "a mention in a channel would notify"
        _known(one, {"type", "user_id"}, {"type", "user_id"})
        assert re.fullmatch("[UW][A-Z0-9]+", one["user_id"]), "somebody of another platform is nobody here"
    elif one["type"] == "link":
        _known(one, {"type", "url", "text"}, {"type", "url"})
        assert one["url"].startswith("https://"), "links are https"
    else:
        assert one["type"] == "text", "nothing else is used"
        _known(one, {"type", "text", "style"}, {"type", "text"})
        assert one["text"], "text is not empty"


def _element(element: Json) -> None:
    kind = element["type"]
    required, optional = _FIELDS[kind]
    _known(element, required | optional | {"type"}, required)
    assert 1 <= units(element["action_id"]) <= 255, "action_id has 1 to 255 characters"
    if kind == "button":
        _plain(element["text"], 75, "button")
        assert 1 <= units(element.get("accessibility_label", "-")) <= 75, "a label has 1 to 75 characters"
        assert 1 <= units(element.get("value", "-")) <= 2000, "a button's value has 1 to 2000 characters"
        assert element.get("style", "primary") in {"primary", "danger"}, "unknown style"
    elif kind == "static_select":
        _options(element)
    elif kind == "conversations_select":
        kinds = element["filter"]["include"]
        assert kinds, "a filter includes something"
        assert set(kinds) <= {"im", "mpim", "private", "public"}, "unknown kind of conversation"
    elif kind == "plain_text_input":
        most = element.get("max_length", 3000)
        assert 1 <= most <= 3000, "max_length is 1 to 3000"
        assert units(element.get("initial_value", "")) <= most, "initial_value is within max_length"


def _options(element: Json) -> None:
    options = element["options"]
    assert 1 <= len(options) <= 100, "a list has 1 to 100 options"
    for option in options:
        _known(option, {"text", "value"}, {"text", "value"})
        _plain(option["text"], 75, "option")
        assert 1 <= units(option["value"]) <= 150, "an option's value has 1 to 150 characters"
    values = [option["value"] for option in options]
    assert len(values) == len(set(values)), "values of a list are unique"
    assert element.get("initial_option", options[0]) in options, "initial_option is one of the options"


def _plain(found: Json, most: int, name: str) -> None:
    _known(found, {"type", "text", "emoji"}, {"type", "text"})
    assert found["type"] == "plain_text", f"{name} is plain text"
    assert found.get("emoji") is False, f"{name}: shortcodes stay as they are"
    assert 1 <= units(found["text"]) <= most, f"{name} has 1 to {most} characters"


def _known(found: Json, allowed: set[str], required: set[str]) -> None:
    assert not set(found) - allowed, f"unknown fields {sorted(set(found) - allowed)}"
    assert not required - set(found), f"missing fields {sorted(required - set(found))}"


def _broken(*blocks: Json, **about: Any) -> Json:
    said = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [_SAID]}]}
    title = {"type": "plain_text", "text": "T", "emoji": False}
    return {"type": MODAL, "title": title, "blocks": [*blocks] or [said], **about}


_SAID: Json = {"type": "text", "text": "x"}
_LONG: Json = {"type": "plain_text", "text": "x" * 3001, "emoji": False}
_PRESS: Json = {
    "type": "button",
    "action_id": "a",
    "text": {"type": "plain_text", "text": "x", "emoji": False},
}
_ACTIONS: Json = {"type": "actions", "elements": [_PRESS]}

BROKEN_SCREENS: tuple[Json, ...] = (
    _broken(type="message"),
    _broken(blocks=[]),
    _broken(title=_LONG),
    _broken(title={"type": "mrkdwn", "text": "T"}),
    _broken(colour="red"),
    _broken(private_metadata="x" * 3001),
    _broken({"type": "section", "text": _LONG}),
    _broken({"type": "actions", "elements": []}),
    _broken({"type": "actions", "elements": [_PRESS | {"style": "loud"}]}),
    _broken({"type": "actions", "elements": [_PRESS | {"value": ""}]}),
    _broken({"type": "actions", "elements": [_PRESS | {"text": _LONG}]}),
    _broken(_ACTIONS, _ACTIONS),
    _broken(*[{"type": "actions", "elements": [_PRESS | {"action_id": f"{n}"}]} for n in range(101)]),
    _broken(
        {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [_SAID | {"text": ""}]}]}
    ),
)
"""Views that Slack refuses; the rules must, too."""
