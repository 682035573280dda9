"""PDFs: what is drawn on each page is drawn again in an empty document."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

from pikepdf import (
    Array,
    ContentStreamInlineImage,
    Name,
    ObjectStreamMode,
    Operator,
    Page,
    PasswordError,
    Pdf,
    Stream,
    String,
    parse_content_stream,
    settings,
    unparse_content_stream,
)

from bot.errors import Refusal
from bot.scrubbing import sentences
from bot.scrubbing.materials import MOST_BYTES, Materials, Scope, plain
from bot.scrubbing.sentences import MOST_PAGES, VALUES

MOST_DRAWN = 4 * 1024 * 1024
"""What is read step by step, of all pages together: a step takes a hundred times its bytes."""

_NAMING = {
    "Tf": ("Font", "font"),
    "Do": ("XObject", "form"),
    "gs": ("ExtGState", "state"),
    "sh": ("Shading", "shading"),
    "cs": ("ColorSpace", "space"),
    "CS": ("ColorSpace", "space"),
    "scn": ("Pattern", "pattern"),
    "SCN": ("Pattern", "pattern"),
}
_SHOWING = {"Tj": 1, "TJ": 1, "'": 1, '"': 3}
_COUNTING = {
    "w", "J", "j", "M", "d", "i", "q", "Q", "cm", "m", "l", "c", "v", "y", "h", "re", "S", "s", "f", "F", "f*",
    "B", "B*", "b", "b*", "n", "W", "W*", "BT", "ET", "Tc", "Tw", "Tz", "TL", "Tr", "Ts", "Td", "TD", "Tm", "T*",
    "d0", "d1", "SC", "SCN", "sc", "scn", "G", "g", "RG", "rg", "K", "k",
}  # fmt: skip
"""Operators that name something, those that show text, and those that take numbers alone. No other is kept."""

_MOST_FORMS = 100_000
"""Forms and pictures on one page, those within forms counted as often as they are drawn."""

_SPACES = {"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/Pattern"}
_INHERITED = ("/MediaBox", "/CropBox", "/Rotate", "/Resources")
_DEEPEST = 50


def redrawn(data: bytes) -> bytes:
    """A new PDF with the pages of this one. Raises `Refusal`, and what the parser raises at a broken one."""
    settings.set_qpdf_limits(
        parser_max_nesting=100,
        max_stream_filters=4,
        flate_max_memory=MOST_BYTES,
        png_max_memory=MOST_BYTES,
        tiff_max_memory=MOST_BYTES,
        run_length_max_memory=MOST_BYTES,
    )
    try:
        with Pdf.open(BytesIO(data), attempt_recovery=False, suppress_warnings=True) as source:
            if source.is_encrypted:
                raise Refusal(sentences.LOCKED_PDF)
            return _Drawing(source).saved()
    except PasswordError as error:
        raise Refusal(sentences.LOCKED_PDF) from error


class _Drawing:
    """One PDF that is drawn again."""

    def __init__(self, source: Pdf) -> None:
        self._source = source
        self._made = Pdf.new()
        self._materials = Materials(source, self._made, self._drawn)
        self._left = MOST_DRAWN
        self._weights: dict[tuple[int, int], int] = {}

    def saved(self) -> bytes:
        """The new document; nothing in it depends on when or where it was made."""
        if len(self._source.pages) > MOST_PAGES:
            raise Refusal(sentences.TOO_MANY_PAGES, **VALUES)
        root: Any = self._source.Root
        layers = root.get("/OCProperties", {}).get("/D", {})
        if len(layers.get("/OFF", ())) or layers.get("/BaseState") == "/OFF":
            raise Refusal(sentences.LAYERS)
        self._draw_fields()
        for page in self._source.pages:
            self._page(page.obj)
        file = BytesIO()
        objects = ObjectStreamMode.generate
        self._made.save(file, static_id=True, object_stream_mode=objects, fix_metadata_version=False)
        return file.getvalue()

    def _draw_fields(self) -> None:
        """Draw on its page what was filled into a form, because fields are not copied."""
        if "/AcroForm" not in self._source.Root:
            return
        for page in self._source.pages:
            notes = page.obj.get("/Annots", ())
            page.obj.Annots = Array([each for each in notes if each.get("/Subtype") == "/Widget"])
        self._source.generate_appearance_streams()
        self._source.flatten_annotations("screen")

    def _page(self, source: Any) -> None:
        for key in _INHERITED:
            if (value := _inherited(source, key)) is not None:
                source[key] = value
        scope = Scope(source.get("/Resources"))
        made = self._materials.dictionary("page", source, scope)
        source.Type = made.Type = Name.Page
        made.Contents = self._made.make_stream(self._drawn(source, scope))
        made.Resources = scope.made
        self._made.pages.append(Page(self._made.make_indirect(made)))

    def _drawn(self, source: Any, scope: Scope) -> bytes:
        """The steps of a content stream that draw; what they name comes along under a new name."""
        contents = source.get("/Contents", Array()) if source.get("/Type") == "/Page" else source
        for stream in contents if isinstance(contents, Array) else [contents]:
            self._left -= len(self._materials.unpacked(stream))
        if self._left < 0:
            raise Refusal(sentences.TOO_MUCH)
        steps = list(self._steps(source, scope))
        forms = [str(operands[-1]) for operands, operator in steps if str(operator) == "Do"]
        weight = len(forms) + sum(scope.weights.get(name, 0) for name in forms)
        if weight > _MOST_FORMS:
            raise Refusal(sentences.TOO_MUCH)
        self._weights[source.objgen] = weight
        return unparse_content_stream(steps)

    def _steps(self, source: Any, scope: Scope) -> Iterator[tuple[list[Any], Operator]]:
        for step in parse_content_stream(source):
            if isinstance(step, ContentStreamInlineImage):
                image = Stream(self._source, step.iimage.read_raw_bytes(), step.iimage.obj)
                image.Subtype = Name.Image
                yield [scope.add("XObject", self._materials.copied("form", image, scope))], Operator("Do")
            elif (operands := self._operands(str(step.operator), list(step.operands), scope)) is not None:
                yield operands, step.operator

    def _operands(self, operator: str, given: list[Any], scope: Scope) -> list[Any] | None:
        """What an operator is given, if all of it is of the kind that it takes."""
        if operator in _SHOWING:
            kept = [_shown(each) for each in given]
            return kept[-_SHOWING[operator] :]
        names = [each for each in given if isinstance(each, Name)]
        counted = [each for each in map(plain, given) if each is not None and not isinstance(each, Name)]
        if len(names) + len(counted) < len(given):
            return None
        if operator in _NAMING and len(names) == 1:
            name = self._named(*_NAMING[operator], names[0], scope)
            return None if name is None else [name, *counted] if operator == "Tf" else [*counted, name]
        return counted if operator in _COUNTING and not names else None

    def _named(self, category: str, kind: str, name: Any, scope: Scope) -> Any:
        """The new name of what a step names, copied at its first use."""
        if category == "ColorSpace" and name in _SPACES:
            return name
        key = (category, str(name))
        if key not in scope.names:
            source = scope.source.get(f"/{category}", {}).get(name)
            made = None if source is None else self._materials.copied(kind, source, scope)
            name = scope.names[key] = None if made is None else scope.add(category, made)
            if category == "XObject" and made is not None:
                scope.weights[str(name)] = self._weights.get(source.objgen, 0)
        return scope.names[key]


def _shown(operand: Any) -> Any:
    """Text, and how far its letters stand apart."""
    if isinstance(operand, Array):
        return Array([each for each in operand if isinstance(each, String | int | Decimal)])
    return operand if isinstance(operand, String | int | Decimal) else String("")


def _inherited(page: Any, key: str) -> Any:
    """What a page says itself, or the nearest above it."""
    for _ in range(_DEEPEST):
        if key in page or "/Parent" not in page:
            break
        page = page.Parent
    return page.get(key)
