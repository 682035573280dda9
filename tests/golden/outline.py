"""A platform's payload as lines that a person can read: ids of our own are left out, all words and limits stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_DISCORD = {
    1: "row",
    2: "button",
    3: "list",
    4: "text input",
    5: "people picker",
    8: "channel picker",
    10: "text",
    12: "gallery",
    13: "file",
    17: "box",
    18: "label",
    19: "file upload",
}
_OURS = {"block_id", "emoji", "accent_color", "spoiler", "callback_id", "private_metadata"}
_PLAIN: dict[str, Any] = {"disabled": False, "default": False, "unfurl_links": False, "unfurl_media": False}
_ACTION = re.compile(r"^(?:\d+[./]?)*\d*:?(?P<action>[a-z]+(?:\.[a-z]+)*)(?::.*)?$")
_MASKS = (
    (re.compile(r"\b(?:[0-9a-f]{4}[ -]){4,}[0-9a-f]{4}\b"), "0000 …"),
    (re.compile(r"\b[0-9A-Za-z_-]*\d[0-9A-Za-z_-]{20,}\b"), "…"),
    (re.compile(r"\b[0-9A-Za-z_-]{30,}\b"), "…"),
    (re.compile(r"(…|W\d\d)\.[0-9A-Za-z_-]{11}(?![0-9A-Za-z_-])"), r"\1.…"),
    (re.compile(r'("index\W+)\d+'), r"\g<1>0"),
    (re.compile(r"\b(?=[0-9A-F]*\d)[0-9A-F]{6}\b"), "C0DE01"),
    (re.compile(r"\b[A-F]{6}\b"), "C0DE01"),
)


def outline(payload: Any) -> str:
    """The payload as indented lines."""
    return "\n".join(_lines(payload, 0))


def _lines(value: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, list | tuple):
        for each in value:
            yield from _lines(each, depth)
    elif isinstance(value, Mapping):
        found = _short(value)
        if found is not None:
            yield pad + found
            return
        kind = value.get("type", "")
        yield pad + str(_DISCORD.get(kind, kind) if not isinstance(kind, str) else kind or "-")
        for key, each in value.items():
            if (
                key != "type"
                and key not in _OURS
                and each not in (None, [], "")
                and _PLAIN.get(key, ...) != each
            ):
                yield from _entry(key, each, depth + 1)
    else:
        yield pad + _said(value)


def _entry(key: str, value: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if key in {"action_id", "custom_id"}:
        found = _ACTION.match(str(value))
        yield f"{pad}to: {found['action'] if found else _said(value)}"
    elif key == "options":
        yield f"{pad}options: " + " | ".join(_option(each) for each in value)
    elif isinstance(value, Mapping) and (short := _short(value)) is not None:
        yield f"{pad}{key}: {short}"
    elif isinstance(value, Mapping | list | tuple):
        if key not in {"elements", "components", "blocks", "component"}:
            yield f"{pad}{key}:"
            depth += 1
        yield from _lines(value, depth)
    else:
        yield f"{pad}{key}: {_said(value)}"


def _short(value: Mapping[str, Any]) -> str | None:
    """A text by itself, where there is nothing else to know about it."""
    if value.get("type") in {"plain_text", "text"} and isinstance(value.get("text"), str):
        bold = " (bold)" if value.get("style") else ""
        return _said(value["text"]) + bold
    if value.get("type") == 10:
        return _said(value["content"])
    if set(value) == {"text", "value"}:
        return _option(value)
    return None


def _option(value: Mapping[str, Any]) -> str:
    label = value.get("label") or value["text"]["text"]
    return masked(str(label)) + (" (chosen)" if value.get("default") else "")


def _said(value: Any) -> str:
    return '"' + masked(value).replace("\n", "\\n") + '"' if isinstance(value, str) else str(value)


def masked(text: str) -> str:
    """A text without what is random in it: codes of reports, hashes, keys in addresses."""
    for pattern, shown in _MASKS:
        text = pattern.sub(shown, text)
    return text
