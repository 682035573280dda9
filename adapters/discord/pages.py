"""Fills messages up to Discord's limits and starts the next one where a card is longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from discord import ui

from adapters.discord import text

Item = ui.Item[Any]
Page = list[Item]

TEXT = 4000
"""Characters of all texts of one message together."""

PARTS = 40
"""Components of one message, those inside of others included."""

_LEAST = 400
"""Less room than this is left empty rather than filled with the first words of a long text."""


class Pages:
    """Pages in the making: things are added in order, none is left out."""

    def __init__(self, characters: int, parts: int) -> None:
        self._limits = (characters, parts)
        self._characters, self._parts = self._limits
        self.pages: list[Page] = [[]]

    def add(self, item: Item, *, parts: int = 1, characters: int = 0) -> None:
        """One thing that cannot be divided."""
        if characters > self._characters or parts > self._parts:
            self._turn()
        self._characters -= characters
        self._parts -= parts
        self.pages[-1].append(item)

    def words(self, words: str, *, shown: Callable[[str], str], frame: bool = False) -> None:
        """A text of any length; `shown` is how a piece of it is written, `frame` sets it apart."""
        parts = 2 if frame else 1
        while words.strip():
            if self._characters < min(_LEAST, 2 * text.units(words)) or self._parts < parts:
                self._turn()
            piece, words = text.cut(words, self._characters)
            if piece.strip():
                self._write(shown(piece), parts, frame=frame)

    def lines(self, lines: list[str]) -> None:
        """Short lines that belong together, each already written as it is shown."""
        block: list[str] = []
        for line in filter(str.strip, lines):
            length = sum(text.units(each) + 1 for each in (*block, line))
            if block and (length > self._characters or self._parts < 1):
                self._flush(block)
                block = []
            if text.units(line) > self._characters or self._parts < 1:
                self._turn()
            block.append(line)
        self._flush(block)

    def _flush(self, block: list[str]) -> None:
        if block:
            self._write("\n".join(block), 1, frame=False)

    def _write(self, written: str, parts: int, *, frame: bool) -> None:
        display: ui.TextDisplay[Any] = ui.TextDisplay(written)
        item: Item = ui.Container(display) if frame else display
        self.add(item, parts=parts, characters=text.units(written))

    def _turn(self) -> None:
        if self.pages[-1]:
            self.pages.append([])
        self._characters, self._parts = self._limits
