"""A reader of the pages that `bot.paper` writes: what stands where, as somebody would copy it out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf

_PAIR = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")


@dataclass(frozen=True)
class Piece:
    """One run: where it begins, how wide it is, what it says and with which glyphs."""

    x: float
    y: float
    width: float
    face: str
    glyphs: tuple[tuple[int, str], ...]

    @property
    def right_to_left(self) -> bool:
        return any(unicodedata.bidirectional(char) in {"R", "AL"} for _, said in self.glyphs for char in said)

    @property
    def text(self) -> str:
        """What it says in the order of reading."""
        said = [said for _, said in self.glyphs]
        return "".join(reversed(said) if self.right_to_left else said)


@dataclass(frozen=True)
class _Font:
    name: str
    said: dict[int, str]
    glyphs: bytes
    widths: dict[int, float]

    def read(self, codes: bytes) -> Iterator[tuple[int, str, float]]:
        for at in range(0, len(codes), 2):
            code = int.from_bytes(codes[at : at + 2], "big")
            glyph = int.from_bytes(self.glyphs[2 * code : 2 * code + 2], "big")
            yield glyph, self.said.get(code, ""), self.widths.get(code, 0)


def pages(data: bytes) -> list[list[Piece]]:
    """The pieces of each page in the order in which they were put there."""
    with pikepdf.open(BytesIO(data)) as pdf:
        return [list(_pieces(page)) for page in pdf.pages]


def lines(data: bytes) -> list[str]:
    """Each line of all pages from left to right."""
    found = []
    for page in pages(data):
        heights = sorted({piece.y for piece in page}, reverse=True)
        rows = ([piece for piece in page if piece.y == y] for y in heights)
        found += ["".join(piece.text for piece in sorted(row, key=lambda each: each.x)) for row in rows]
    return found


def streams(data: bytes) -> list[bytes]:
    """Everything in the file, unpacked."""
    with pikepdf.open(BytesIO(data)) as pdf:
        held = [each.read_bytes() for each in pdf.objects if isinstance(each, pikepdf.Stream)]
    return [data, *held]


def _pieces(page: pikepdf.Page) -> Iterator[Piece]:
    fonts = {name: _font(font) for name, font in page.resources["/Font"].items()}
    font, size, x, y = "", 0.0, 0.0, 0.0
    glyphs: list[tuple[int, str, float]] = []
    for instruction in pikepdf.parse_content_stream(page):
        operands: Any = instruction.operands
        match str(instruction.operator):
            case "Tf":
                font, size = str(operands[0]), float(operands[1])
            case "BT":
                glyphs = []
            case "Td":
                x, y = float(operands[0]), float(operands[1])
            case "Tj":
                glyphs += fonts[font].read(bytes(operands[0]))
            case "ET" if glyphs:
                width = sum(wide for *_, wide in glyphs) * size / 1000
                yield Piece(x, y, width, fonts[font].name, tuple((glyph, said) for glyph, said, _ in glyphs))


def _font(font: Any) -> _Font:
    below = font["/DescendantFonts"][0]
    pairs = _PAIR.findall(font["/ToUnicode"].read_bytes())
    said = {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}
    return _Font(
        str(font["/BaseFont"]), said, below["/CIDToGIDMap"].read_bytes(), dict(_widths(list(below["/W"])))
    )


def _widths(given: list[Any]) -> Iterator[tuple[int, float]]:
    while given:
        first = int(given.pop(0))
        if isinstance(given[0], pikepdf.Array):
            yield from enumerate(map(float, given.pop(0)), first)
        else:
            last, width = int(given.pop(0)), float(given.pop(0))
            yield from ((code, width) for code in range(first, last + 1))
