"""Paper: passages in any direction on the pages of a PDF that says nothing besides them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.lines import Line, Run, Text

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.fonts import TTFFont
    from fpdf.line_break import Fragment

BODY, TITLE, _FOOT = 11.0, 17.0, 9.0
_WIDE, _HIGH = 595.28, 841.89
_MARGIN, _INDENT, _GAP, _LEADING = 62.0, 18.0, 8.0, 1.6
"""In points, on A4; the last is a line's height in sizes of its letters."""

_GREY = 150

_FONTS = Path(__file__).with_name("fonts")
_FACES = {
    "plain": "NotoSans-Regular",
    "strong": "NotoSans-Bold",
    "arabic": "NotoSansArabic-Regular",
    "hebrew": "NotoSansHebrew-Regular",
    "devanagari": "NotoSansDevanagari-Regular",
}
_OTHERS = tuple(_FACES)[2:]


@dataclass(frozen=True, slots=True, repr=False)
class Passage:
    """A paragraph, or several parted by line breaks.

    `quoted` is what people wrote; `strong` is bold where we have a bold face; `listed` ones stand close.
    """

    text: str
    quoted: bool = False
    strong: bool = False
    listed: bool = False
    size: float = BODY

    @property
    def side(self) -> float:
        """How far from the edges of the page it stays."""
        return _MARGIN + _INDENT * self.quoted

    @property
    def height(self) -> float:
        """Of each of its lines."""
        return self.size * _LEADING


@dataclass(frozen=True, slots=True, repr=False)
class _Placed:
    """A line with its passage, of which it may be the first, and its distance from the top of a page."""

    line: Line
    passage: Passage
    first: bool
    top: float = 0


def pdf(passages: Sequence[Passage], note: str) -> bytes:
    """The passages on A4 pages, with `note` behind them if something could not be drawn.

    The bytes depend on the arguments alone: there is no time in them, no id and no name of a program. May
    take seconds, so call it in a thread.
    """
    sheet = _sheet()
    try:
        _Press(sheet).print(passages, note)
        return _finished(sheet)
    finally:
        _close(sheet)


class _Press:
    """Sets and prints passages on a sheet, and notices what it has no letters for."""

    def __init__(self, sheet: FPDF) -> None:
        self._sheet = sheet
        self._missed = False
        self._widths: dict[tuple[Run, float], float] = {}

    def print(self, passages: Sequence[Passage], note: str) -> None:
        """Fill the sheet."""
        lines = [line for passage in passages for line in self._set(passage)]
        if self._missed:
            lines += self._set(Passage(note))
        pages = list(_pages(lines))
        for number, page in enumerate(pages, 1):
            self._sheet.add_page()
            for placed in page:
                self._draw(placed)
            self._draw_number(f"{number} / {len(pages)}")

    def _set(self, passage: Passage) -> Iterator[_Placed]:
        has = _coverage()
        faces = {face: has[face] for face in ("strong" if passage.strong else "plain", *_OTHERS)}
        first = True
        for each in passage.text.splitlines() or [""]:
            paragraph = Text(each, faces)
            self._missed |= paragraph.missed
            for line in paragraph.lines(_WIDE - 2 * passage.side, lambda run: self._width(run, passage.size)):
                yield _Placed(line, passage, first)
                first = False

    def _draw(self, placed: _Placed) -> None:
        line, passage, top = placed.line, placed.passage, placed.top
        if passage.quoted:
            bar = passage.side - _INDENT / 2
            bar = _WIDE - bar if line.right else bar
            self._sheet.line(bar, top, bar, top + passage.height)
        wide = sum(self._width(run, passage.size) for run in line.runs)
        x = _WIDE - passage.side - wide if line.right else passage.side
        for run in line.runs:
            self._put(run, passage.size, x, top + passage.height / 2)
            x += self._width(run, passage.size)

    def _draw_number(self, text: str) -> None:
        run = Run(text, "plain")
        self._put(run, _FOOT, (_WIDE - self._width(run, _FOOT)) / 2, _HIGH - _MARGIN / 2)

    def _put(self, run: Run, size: float, x: float, middle: float) -> None:
        self._choose(run, size)
        self._sheet.set_xy(x, middle - size / 2)
        self._sheet.cell(h=size, text=run.text)

    def _width(self, run: Run, size: float) -> float:
        if (run, size) not in self._widths:
            self._choose(run, size)
            self._widths[run, size] = self._sheet.get_string_width(run.text)
        return self._widths[run, size]

    def _choose(self, run: Run, size: float) -> None:
        if run.face not in self._sheet.fonts:
            _add(self._sheet, run.face)
        self._sheet.set_font(run.face, size=size)
        self._sheet.set_text_shaping(direction="rtl" if run.back else "ltr")


def _pages(lines: Sequence[_Placed]) -> Iterator[list[_Placed]]:
    """What introduces something does not stay alone at the foot of a page."""
    page: list[_Placed] = []
    top, before = _MARGIN, None
    for each in lines:
        passage = each.passage
        close = before is None or not each.first or (before.listed and passage.listed)
        needed = passage.height * (3 if each.first and not passage.quoted else 1)
        top += 0 if close else _GAP
        if page and top + needed > _HIGH - _MARGIN:
            yield page
            page, top = [], _MARGIN
        page.append(_Placed(each.line, passage, each.first, top))
        top, before = top + passage.height, passage
    yield page


@cache
def _coverage() -> dict[str, frozenset[int]]:
    """The characters of each face."""
    sheet = _sheet()
    for face in _FACES:
        _add(sheet, face)
    has = {face: frozenset(font.cmap) for face, font in _fonts(sheet).items()}
    _close(sheet)
    return has


def _add(sheet: FPDF, face: str) -> None:
    sheet.add_font(face, fname=_FONTS / f"{_FACES[face]}.ttf")


def _fonts(sheet: FPDF) -> dict[str, TTFFont]:
    from fpdf.fonts import TTFFont  # noqa: PLC0415 - the PDF writer

    return {face: font for face, font in sheet.fonts.items() if isinstance(font, TTFFont)}


def _sheet() -> FPDF:
    """An empty document in points."""
    from fpdf import FPDF  # noqa: PLC0415 - the PDF writer
    from fpdf.line_break import Fragment  # noqa: PLC0415 - the same

    class Sheet(FPDF):
        def file_id(self) -> None:
            """None: it would carry the time."""

        def _preload_bidirectional_text(self, text: str, markdown: bool) -> Sequence[Fragment]:  # noqa: ARG002, FBT001 - fpdf's
            # A run is whole as it comes. fpdf would part Arabic letters from their vowel signs.
            if shaping := self.text_shaping:
                shaping["fragment_direction"] = shaping["paragraph_direction"] = shaping["direction"]
            return (Fragment(text, self._get_current_graphics_state(), self.k),)

    sheet = Sheet(unit="pt", format="A4")
    sheet.set_auto_page_break(auto=False)
    sheet.set_draw_color(_GREY)
    sheet.c_margin = 0
    return sheet


def _finished(sheet: FPDF) -> bytes:
    from fpdf.output import OutputProducer  # noqa: PLC0415 - the PDF writer

    class Bare(OutputProducer):
        def _add_info(self) -> None:  # type: ignore[override] # the trailer asks whether there is one
            """None: it would carry a time and the name of a program."""

    return bytes(sheet.output(output_producer_class=Bare))


def _close(sheet: FPDF) -> None:
    for font in _fonts(sheet).values():
        font.close()
