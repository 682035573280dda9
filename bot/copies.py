"""A copy to keep: a card as a file, in plain text or as pages, that says nothing but what the card says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from bot import paper
from bot.i18n import Translator
from bot.lines import UNDRAWN
from bot.model import Block, Card, Document, Link, Paragraph, People, Quote, Row, Words
from bot.paper import BODY, TITLE, Passage

_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""Control characters, which could command a terminal, and halves of characters; line breaks stay."""

_INDENT = "    "


def as_text(card: Card, t: Translator) -> Document:  # noqa: ARG001 - both kinds of copy are made alike
    """The card as plain UTF-8 text; a paragraph is one line, and what people wrote is indented."""
    passages = list(_passages(card))
    lines = [passages[0].text, "=" * min(len(passages[0].text), 72)]
    for before, passage in pairwise(passages):
        if not (before.listed and passage.listed):
            lines.append("")
        indent = _INDENT if passage.quoted or passage.size != BODY else ""
        lines += [indent + line if line else "" for line in passage.text.splitlines()]
    return Document("record.txt", "text/plain; charset=utf-8", "\n".join([*lines, ""]).encode())


def as_pdf(card: Card, t: Translator) -> Document:
    """The card as A4 pages. May take seconds, so call it in a thread."""
    note = t("Some characters cannot be drawn here; the text file has them.")
    return Document("record.pdf", "application/pdf", paper.pdf(list(_passages(card)), note))


def _passages(card: Card) -> Iterator[Passage]:
    """Title and blocks; buttons, choices and pictures are for the screen."""
    yield Passage(_clean(card.title), strong=True, size=TITLE)
    for block in card.body:
        yield _passage(block)


def _passage(block: Block) -> Passage:
    match block:
        case Paragraph(text):
            return Passage(_clean(text))
        case Quote(text):
            return Passage(_clean(text), quoted=True)
        case Words(text):
            return Passage(_clean(text), strong=True, size=TITLE)
        case Row(label, value) | Link(label, value):
            return Passage(_clean(f"{label}: {value}"), listed=True)
        case People(label, ids):
            return Passage(_clean(f"{label}: {', '.join(ids)}"), listed=True)


def _clean(text: str) -> str:
    return _UNSEEN.sub(UNDRAWN, text)
