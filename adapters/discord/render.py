"""Cards and forms as Discord's components: pure, and within every limit that Discord documents."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

import discord
from discord import ui

from adapters.discord import custom_id, text
from adapters.discord.controls import modal_field, rows
from adapters.discord.pages import PARTS, TEXT, Item, Page, Pages
from bot.i18n import N_, translator
from bot.model import Address, Block, Card, Form, Link, Paragraph, People, Quote, Row, Words

PICTURE = "picture.png"
"""The name of a card's picture; its own would say nothing more."""

_PAGE = N_("Page {page} of {pages}")
_TITLE = 200
_ALT = 256
_LINE = 1000
_TOGETHER = 20
_NAME = 60
_NAVIGATION = 6
"""Parts that paging needs: the title, where one is, and a row of two buttons."""

View = ui.LayoutView


def screens(card: Card, locale: str = "en") -> list[View]:
    """What one person sees of a card, as the pages it takes."""
    return _drawn_once(card, locale) if card.alike else _screens(card, locale)


@lru_cache(maxsize=64)
def _drawn_once(card: Card, locale: str) -> list[View]:
    return _screens(card, locale)


def _screens(card: Card, locale: str) -> list[View]:
    title = f"## {text.escape(text.shorten(text.one_line(card.title), _TITLE))}"
    filled = Pages(TEXT - text.units(title) - _TITLE, PARTS - _NAVIGATION)
    _body(filled, card.body)
    _tail(filled, card)
    pages = filled.pages
    return [
        _view([ui.TextDisplay(title), *page, *_navigation(card.here, number, len(pages), locale)])
        for number, page in enumerate(pages, 1)
    ]


def post(card: Card) -> View:
    """What everybody in a channel sees of a card: one message, without anybody's name or file.

    A post is short by nature. Were it not, its words would end in … and its buttons stay.
    """
    title = f"## {text.escape(text.shorten(text.one_line(card.title), _TITLE))}"
    if card.document is not None:
        raise ValueError("a file is for one person, and never for a channel")
    end = Pages(TEXT // 2, PARTS - 10)
    _tail(end, card)
    parts = sum(_parts(item) for item in end.pages[0])
    characters = sum(_characters(item) for item in end.pages[0])
    start = Pages(TEXT - text.units(title) - characters - _TITLE, PARTS - 2 - parts)
    _body(start, tuple(block for block in card.body if not isinstance(block, People)))
    more: Page = [ui.TextDisplay("…")] if len(start.pages) > 1 else []
    return _view([ui.TextDisplay(title), *start.pages[0], *more, *end.pages[0]])


def form(asked: Form) -> ui.Modal:
    """A form as a modal. Discord words its button itself, so `submit` has no place here."""
    title = text.shorten(text.one_line(asked.title), 45)
    modal = ui.Modal(title=title, custom_id=custom_id.plain(asked.to), timeout=None)
    for field in asked.fields:
        modal.add_item(modal_field(field))
    modal.stop()
    return modal


def files(card: Card, view: View) -> list[discord.File]:
    """The picture and the file that a message of this card brings along, if they are on this page."""
    kinds = {type(each) for each in view.children}
    brought = []
    if card.image is not None and ui.MediaGallery in kinds:
        alt = text.shorten(card.image.alt, _ALT)
        brought.append(discord.File(io.BytesIO(card.image.png), filename=PICTURE, description=alt))
    if card.document is not None and ui.File in kinds:
        brought.append(discord.File(io.BytesIO(card.document.data), filename=card.document.name))
    return brought


def _view(items: Sequence[Item]) -> View:
    view = View(timeout=None)
    for item in items:
        view.add_item(item)
    # Presses find their way by custom_id; a stopped view is not kept in discord.py's memory with its words.
    view.stop()
    return view


def _body(pages: Pages, body: tuple[Block, ...]) -> None:
    for lines, blocks in groupby(body, lambda block: isinstance(block, (Row, People, Link))):
        if lines:
            pages.lines([line for block in blocks for line in _lines(block)])
        else:
            for block in blocks:
                _words(pages, block)


def _words(pages: Pages, block: Block) -> None:
    match block:
        case Paragraph():
            pages.words(block.text, shown=text.with_addresses)
        case Quote():
            pages.words(block.text, shown=text.escape, frame=True)
        case Words():
            pages.words(text.one_line(block.text), shown=_large, frame=True)


def _large(words: str) -> str:
    return f"# {text.escape(words)}"


def _lines(block: Block) -> list[str]:
    match block:
        case Row():
            return _labelled(block.label, block.value)
        case People():
            return _people(block)
        case Link() if text.bare_address(block.url):
            return [f"{_bold(block.label)} <{block.url}>"]
        case Link():
            return _labelled(block.label, block.url)
        case _:
            return []


def _labelled(label: str, value: str) -> list[str]:
    lines: list[str] = []
    rest = value
    while rest or not lines:
        piece, rest = text.cut(rest, _LINE)
        lines.append(text.with_addresses(piece))
    lines[0] = f"{_bold(label)} {lines[0]}"
    return lines


def _bold(label: str) -> str:
    words = text.escape(text.shorten(text.one_line(label), _TITLE)).rstrip()
    return f"**{words}**" if words else ""


def _people(block: People) -> list[str]:
    names = [_person(person) for person in block.ids]
    lines = [" ".join(names[start : start + _TOGETHER]) for start in range(0, len(names), _TOGETHER)] or [""]
    return [f"{_bold(block.label)} {lines[0]}", *lines[1:]]


def _person(person: str) -> str:
    return (
        f"<@{person}>" if person.isascii() and person.isdigit() else text.escape(text.shorten(person, _NAME))
    )


def _tail(pages: Pages, card: Card) -> None:
    if card.document is not None:
        pages.add(ui.File(f"attachment://{card.document.name}"))
    if card.image is not None:
        item = discord.MediaGalleryItem(
            f"attachment://{PICTURE}", description=text.shorten(card.image.alt, _ALT)
        )
        pages.add(ui.MediaGallery(item))
    for row in rows(card.choices, card.buttons):
        pages.add(row, parts=_parts(row), characters=_characters(row))


def _parts(item: Item) -> int:
    return 1 + sum(1 for _ in item.walk_children()) if isinstance(item, (ui.ActionRow, ui.Container)) else 1


def _characters(item: Item) -> int:
    return text.units(item.content) if isinstance(item, ui.TextDisplay) else 0


def _navigation(here: Address | None, number: int, of: int, locale: str) -> list[Item]:
    if of == 1:
        return []
    t = translator(locale)
    said: ui.TextDisplay[Any] = ui.TextDisplay(f"-# {text.escape(t(_PAGE, page=number, pages=of))}")
    if here is None:
        return [said]
    row: ui.ActionRow[Any] = ui.ActionRow()
    for page in (number - 1, number + 1):
        if 1 <= page <= min(of, custom_id.MAX_PAGE):
            label = text.shorten(t(_PAGE, page=page, pages=of), 80)
            row.add_item(ui.Button(label=label, custom_id=custom_id.paged(here, page)))
    return [said, row]
