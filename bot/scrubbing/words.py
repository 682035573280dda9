"""Plain text: decoded strictly, without the characters that nobody sees and that can tell one copy from another."""

from __future__ import annotations

import codecs
import re
import unicodedata

from bot.errors import Refusal
from bot.scrubbing import sentences

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_TRAILING = re.compile(r"[ \t\u3000]+$", re.MULTILINE)
_BINARY = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]")

_UNSEEN_KINDS = {"Cc", "Cf", "Co", "Cs"}
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Fillers, variation selectors, tags, and what is no character: unseen, though their kind does not say so."""

_SEEN = set("\n\t\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Drawn, or a line's end, though their kind is one of the unseen."""

_WIDE = "\u3000"


def cleaned(data: bytes) -> str:
    """What the text says, with one kind of line end and of space. Raises `Refusal`."""
    text = _LINE_ENDS.sub("\n", _decoded(data))
    text = text.translate({ord(each): _written(each) for each in set(text)})
    text = _TRAILING.sub("", text).strip("\n")
    if not text:
        raise Refusal(sentences.EMPTY)
    return f"{text}\n"


def _decoded(data: bytes) -> str:
    mark, coding = next(((m, c) for m, c in _MARKS.items() if data.startswith(m)), (b"", "utf-8"))
    try:
        text = data.removeprefix(mark).decode(coding)
    except UnicodeDecodeError:
        raise Refusal(sentences.OTHER_KIND if _BINARY.search(data) else sentences.OTHER_TEXT) from None
    if "\0" in text:
        raise Refusal(sentences.OTHER_KIND)
    return text


def _written(character: str) -> str:
    if character in _SEEN:
        return character
    kind = unicodedata.category(character)
    if kind in _UNSEEN_KINDS or _UNSEEN.match(character):
        return ""
    return " " if kind == "Zs" and character != _WIDE else character
