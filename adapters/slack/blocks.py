"""Card blocks as Block Kit's rich text, in which nothing but our own links and names is ever live."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from bot.model import Block, Link, Paragraph, People, Quote, Row, Words

Json = dict[str, Any]

PIECE = 3000
"""Characters of one block, counted as Slack's clients count (UTF-16)."""

_ADDRESS = re.compile(r"https://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_MEMBER = re.compile("[UW][A-Z0-9]+")
_JOINER = "\u200d"


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """A text of at most so many characters, the end replaced by an ellipsis where it is too long."""
    return text if units(text) <= most else next(split(text, most - 1)) + "…"


def split(text: str, most: int = PIECE) -> Iterator[str]:
    """Pieces that together are exactly the text, and of which none breaks a visible character."""
    start = end = size = flags = 0
    for position in range(len(text)):
        wide = 2 if ord(text[position]) > 0xFFFF else 1  # noqa: PLR2004 - what UTF-16 needs two units for
        if position > start and not _continues(text, position, flags):
            end = position
        flags = flags + 1 if _flag(text[position]) else 0
        if size + wide > most:
            # A single visible character can be longer than a piece; then it is broken after all.
            end = end if end > start else position
            yield text[start:end]
            size = units(text[end:position])
            start = end
        size += wide
    if start < len(text):
        yield text[start:]


def _continues(text: str, position: int, flags: int) -> bool:
    """Whether a character belongs to the one before it; `flags` letters of flags end there."""
    before, char = text[position - 1], text[position]
    if _JOINER in (before, char) or unicodedata.category(char).startswith("M"):
        return True
    if before == "\r" and char == "\n":
        return True
    if "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f":
        return True
    return _flag(char) and flags % 2 == 1


def _flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def plain(text: str, most: int = PIECE) -> Json:
    """A plain text object, in which :shortcodes: stay as they are."""
    return {"type": "plain_text", "text": cut(text, most) or " ", "emoji": False}


def header(text: str) -> Json:
    """A large line."""
    return {"type": "header", "text": plain(text, 150)}


def body(parts: Sequence[Block], *, private: bool) -> list[Json]:
    """The blocks of a card; people are only named where they are not notified: on private screens."""
    made: list[Json] = []
    rows: list[Row] = []
    for part in parts:
        if isinstance(part, Row):
            rows.append(part)
            continue
        made += _rows(rows)
        rows = []
        made += _block(part, private=private)
    return made + _rows(rows)


def paragraph(text: str) -> list[Json]:
    """Our own words, their bare https addresses live."""
    return [_rich("rich_text_section", _linked(piece)) for piece in split(text)]


def _block(part: Block, *, private: bool) -> list[Json]:
    match part:
        case Paragraph(text):
            return paragraph(text)
        case Quote(text):
            return [_rich("rich_text_quote", [_text(piece)]) for piece in split(text)]
        case Words(text):
            return [_rich("rich_text_preformatted", [_text(piece)]) for piece in split(text)]
        case Link(label, url):
            return [_rich("rich_text_section", [_link(cut(label, PIECE), url)])]
        case People(label, ids) if private:
            return [_people(label, ids)]
        case _:
            return []


def _people(label: str, ids: Sequence[str]) -> Json:
    named: list[Json] = [_text(f"{cut(label, 200)}: ", bold=True)]
    for number, user in enumerate(ids):
        named += [_text(", ")] if number else []
        # A receipt opens here what people of another platform are named in, and those Slack would refuse.
        ours = _MEMBER.fullmatch(user)
        named.append({"type": "user", "user_id": user} if ours else _text(cut(user, 200)))
    return _rich("rich_text_section", named)


def _rows(rows: Sequence[Row]) -> list[Json]:
    """Rows that follow each other share blocks as long as there is room."""
    made: list[Json] = []
    line: list[Json] = []
    size = 0
    for row in rows:
        label, value = cut(row.label, 200), cut(row.value, PIECE - 300)
        length = units(label) + units(value) + 3
        if line and size + length > PIECE:
            made.append(_rich("rich_text_section", line))
            line, size = [], 0
        line += [_text("\n")] if line else []
        line.append(_text(f"{label}: ", bold=True))
        line += [_text(value)] if value else []
        size += length
    return [*made, _rich("rich_text_section", line)] if line else made


def _rich(kind: str, elements: list[Json]) -> Json:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements}]}


def _text(text: str, *, bold: bool = False) -> Json:
    return {"type": "text", "text": text, "style": {"bold": True}} if bold else {"type": "text", "text": text}


def _link(label: str, url: str) -> Json:
    if _ADDRESS.fullmatch(url):
        return {"type": "link", "url": url, "text": label or url}
    return _text(f"{label}: {url}")


def _linked(text: str) -> list[Json]:
    made: list[Json] = []
    at = 0
    for found in _ADDRESS.finditer(text):
        made += [_text(text[at : found.start()])] if found.start() > at else []
        made.append({"type": "link", "url": found[0], "text": found[0]})
        at = found.end()
    return made + ([_text(text[at:])] if at < len(text) else [])
