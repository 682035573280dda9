"""Cards as plain JSON that can be read back: every part carries its name, pictures are base64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import fields, is_dataclass
from typing import Any

from bot.model import (
    Address,
    Button,
    Card,
    Choice,
    Image,
    Link,
    Option,
    Paragraph,
    People,
    Quote,
    Row,
    Style,
    Words,
)

_PARTS = {
    each.__name__: each
    for each in (
        Address,
        Button,
        Card,
        Choice,
        Image,
        Link,
        Option,
        Paragraph,
        People,
        Quote,
        Row,
        Style,
        Words,
    )
}
_NAME, _BYTES = "is", "bytes"


def packed(card: Card) -> Any:
    """A card as JSON."""
    return _pack(card)


def unpacked(raw: Any) -> Card:
    """The card again. Raises ValueError, TypeError or KeyError where it is none."""
    card = _unpack(raw)
    if not isinstance(card, Card):
        raise TypeError("that is no card")
    return card


def _pack(value: Any) -> Any:
    if isinstance(value, Style):
        return {_NAME: "Style", "value": str(value)}
    if isinstance(value, bytes):
        return {_NAME: _BYTES, "value": b64encode(value).decode()}
    if isinstance(value, tuple):
        return [_pack(each) for each in value]
    if is_dataclass(value):
        said = {each.name: _pack(getattr(value, each.name)) for each in fields(value)}
        return {_NAME: type(value).__name__, **said}
    return value


def _unpack(raw: Any) -> Any:
    if isinstance(raw, list):
        return tuple(_unpack(each) for each in raw)
    if not isinstance(raw, dict):
        return raw
    said = {name: _unpack(each) for name, each in raw.items() if name != _NAME}
    if raw[_NAME] == _BYTES:
        return b64decode(said["value"], validate=True)
    return _PARTS[raw[_NAME]](**said)
