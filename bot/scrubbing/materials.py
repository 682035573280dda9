"""What a page of a PDF draws with: fonts, colours, patterns, pictures and forms, copied by lists of what draws.

Nothing is copied because nobody forbade it: what the lists do not name stays behind, wherever it stood.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from bot.errors import Refusal
from bot.scrubbing import pictures, sentences, typefaces

MOST_BYTES = 150 * 1024 * 1024
"""All that is unpacked from one file."""

DEEPEST = 30

_SHAPES = {
    "font": "Type Subtype BaseFont FirstChar LastChar Widths FontBBox FontMatrix DW DW2 W W2 Encoding:encoding "
    "ToUnicode:map DescendantFonts:font CIDToGIDMap:data FontDescriptor:descriptor CIDSystemInfo:system",
    "encoding": "Type BaseEncoding Differences WMode UseCMap:map CIDSystemInfo:system",
    "map": "Type WMode CIDSystemInfo:system",
    "system": "Supplement",
    "descriptor": "Type FontName Flags FontBBox ItalicAngle Ascent Descent Leading CapHeight XHeight StemV StemH "
    "AvgWidth MaxWidth MissingWidth FontFile:face FontFile2:face FontFile3:face",
    "face": "Subtype Length1 Length2 Length3",
    "data": "",
    "state": "Type LW LC LJ ML D OP op OPM FL SM SA BM CA ca AIS TK SMask:mask",
    "mask": "Type S BC G:form TR:function",
    "group": "Type S I K CS:space",
    "function": "FunctionType Domain Range C0 C1 N BitsPerSample Order Encode Decode Size Bounds Functions:function",
    "shading": "ShadingType BBox Background Coords Domain Extend AntiAlias Matrix BitsPerCoordinate "
    "BitsPerComponent BitsPerFlag Decode VerticesPerRow ColorSpace:space Function:function",
    "pattern": "Type PatternType PaintType TilingType BBox XStep YStep Matrix Shading:shading ExtGState:state",
    "form": "Type Subtype BBox Matrix Group:group",
    "image": "Type Subtype Width Height BitsPerComponent ImageMask Decode Interpolate Matte ColorSpace:space "
    "SMask:image Mask:image",
    "calibrated": "WhitePoint BlackPoint Gamma Matrix Range",
    "page": "Type MediaBox CropBox Rotate UserUnit Group:group",
}
"""What each kind of object may hold, and of what kind that is; without one: numbers, names and lists of them."""

_COLOURS = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4, "/Pattern": 0, "/CalRGB": 3, "/Lab": 3}
_DEVICES = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}
_INKS = {"/All", "/None", "/Cyan", "/Magenta", "/Yellow", "/Black"}
_FAX = {"/CCITTFaxDecode", "/CCF"}
_PACKED = {"/DCTDecode", "/DCT", "/JPXDecode", *_FAX}
_LOSSLESS = {"/FlateDecode", "/LZWDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode"}
_LOSSLESS |= {"/Fl", "/LZW", "/A85", "/AHx", "/RL"}
_PROGRAM = 4
"""The type of a function that is written down as a small program."""


class Scope:
    """The resources that a content stream can name, and the ones it did, which get new names."""

    def __init__(self, source: Any) -> None:
        self.source: Any = source if isinstance(source, Dictionary) else Dictionary()
        self.made = Dictionary()
        self.names: dict[tuple[str, str], Name | None] = {}
        self.weights: dict[str, int] = {}

    def add(self, category: str, made: Any) -> Name:
        """Keep a resource and return its name."""
        if f"/{category}" not in self.made:
            self.made[f"/{category}"] = Dictionary()
        kept: Any = self.made[f"/{category}"]
        name = Name(f"/{category[0]}{len(kept)}")
        kept[name] = made
        return name


class Materials:
    """Copies, from one PDF into another, of what is drawn with; what is used twice is copied once.

    `draw` reads a content stream and returns it with the names it has in the other.
    """

    def __init__(self, source: Pdf, made: Pdf, draw: Callable[[Any, Scope], bytes]) -> None:
        self._source = source
        self._target = made
        self._draw = draw
        self._known: dict[tuple[object, ...], Any] = {}
        self._left = MOST_BYTES
        self._depth = 0

    def unpacked(self, stream: Any) -> bytes:
        """The bytes of a stream; all of them together have a limit."""
        data: bytes = stream.read_bytes()
        self._left -= len(data)
        if self._left < 0:
            raise Refusal(sentences.TOO_MUCH)
        return data

    def copied(self, kind: str, source: Any, scope: Scope) -> Any:
        """An object of a kind, with what its shape allows and nothing more; None where nothing is allowed."""
        if kind == "space":
            return self._space(source, scope)
        if isinstance(source, Array) and kind in {"font", "function"}:
            return Array([self.copied(kind, each, scope) for each in source])
        if not isinstance(source, Dictionary | Stream):
            return plain(source)
        # What has no resources of its own draws with those around it.
        key = (kind, None if "/Resources" in source else id(scope), *source.objgen)
        if not source.is_indirect or key not in self._known:
            self._known[key] = self._copy(kind, source, scope)
        return self._known[key]

    def _copy(self, kind: str, source: Any, scope: Scope) -> Any:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refusal(sentences.TOO_MUCH)
        if kind == "form" and source.get("/Subtype") == "/Image":
            kind = "image"
        inner = Scope(source["/Resources"]) if "/Resources" in source else scope
        made = self.dictionary(kind, source, inner)
        if kind == "font" and "/CharProcs" in source:
            glyphs = source.CharProcs.items()
            made.CharProcs = Dictionary({name: self.copied("form", each, inner) for name, each in glyphs})
        if isinstance(source, Stream):
            made = self._stream(kind, source, made, inner)
        if inner is not scope:
            made.Resources = inner.made
        self._depth -= 1
        return self._target.make_indirect(made)

    def dictionary(self, kind: str, source: Any, scope: Scope) -> Any:
        """What the shape of this kind names, each thing after its own kind."""
        made = Dictionary()
        for each in _SHAPES[kind].split():
            name, _, inner = each.partition(":")
            value = source.get(f"/{name}")
            copied = self.copied(inner, value, scope) if inner else plain(value)
            if copied is not None:
                made[f"/{name}"] = copied
        if kind == "encoding" and isinstance(source, Stream):
            made.CMapName = Name(typefaces.MAP)
        if kind == "system":
            made.Registry = String("Adobe")
            made.Ordering = String(typefaces.ordering(str(source.get("/Ordering"))))
        return made

    def _stream(self, kind: str, source: Any, made: Any, scope: Scope) -> Any:
        """A stream with what its content means, packed anew when it is saved."""
        if kind == "image":
            return self._image(source, made)
        if kind in {"form", "pattern"}:
            return self._target.make_stream(self._draw(source, scope), made)
        data = self.unpacked(source)
        if kind in {"map", "encoding"}:
            data = typefaces.mapping(data)
        elif kind == "face":
            length, data = len(data), typefaces.bare(data)
            made.Length1 = made.get("/Length1", length) - length + len(data)
        elif kind == "function" and made.get("/FunctionType") == _PROGRAM:
            data = typefaces.program(data)
        return self._target.make_stream(data, made)

    def _space(self, source: Any, scope: Scope) -> Any:
        """A colour space. Profiles tell which device made a picture, so their plain cousins take their place."""
        if isinstance(source, Name):
            named = scope.source.get("/ColorSpace", {}).get(source)
            return source if source in _COLOURS or named is None else self._space(named, Scope(None))
        listed: list[Any] = list(source) if isinstance(source, Array) else []
        match listed:
            case ["/CalGray" | "/CalRGB" | "/Lab" as name, inner]:
                return Array([name, self.dictionary("calibrated", inner, scope)])
            case ["/ICCBased", profile]:
                return Name(_DEVICES[profile.N])
            case ["/Indexed" | "/I", base, highest, table]:
                return self._palette(self._space(base, scope), highest, table)
            case ["/Pattern", under]:
                return Array([Name.Pattern, self._space(under, scope)])
            case ["/Separation" | "/DeviceN" as name, inks, under, tint, *_]:
                function = self.copied("function", tint, scope)
                return Array([name, _inks(inks), self._space(under, scope), function])
            case [only]:
                return self._space(only, scope)
        return None

    def _palette(self, under: Any, highest: int, table: Any) -> Array:
        colours = self.unpacked(table) if isinstance(table, Stream) else bytes(table)
        return Array([Name.Indexed, under, highest, String(colours[: (highest + 1) * _parts(under)])])

    def _image(self, source: Any, made: Any) -> Any:
        """A picture with its pixels, exactly as many as it has."""
        pictures.within(made.Width, made.Height)
        filters = [str(each) for each in _listed(source.get("/Filter"))]
        parameters = _listed(source.get("/DecodeParms", source.get("/DP")))
        last = filters[-1] if filters and filters[-1] in _PACKED else None
        if not {*filters} - {last} <= _LOSSLESS:
            raise Refusal(sentences.UNKNOWN_PICTURE)
        if last is None:
            bits = 1 if made.get("/ImageMask") else made.BitsPerComponent
            row = (made.Width * bits * _parts(made.get("/ColorSpace")) + 7) // 8
            return self._target.make_stream(self.unpacked(source)[: row * made.Height], made)
        before = Dictionary(
            Filter=Array(map(Name, filters[:-1])), DecodeParms=Array(parameters[: len(filters) - 1])
        )
        data = self.unpacked(Stream(self._source, source.read_raw_bytes(), before))
        if last in _FAX:
            how = parameters[len(filters) - 1] if len(parameters) >= len(filters) else Dictionary()
            return self._target.make_stream(_unfaxed(data, made, how), made)
        if last == "/JPXDecode":
            data = pictures.jpeg(data, "JPEG2000")
            made.ColorSpace = Name(_DEVICES[pictures.colours(data)])
            made.BitsPerComponent = 8
        made.Filter = Name.DCTDecode
        return self._target.make_stream(pictures.bare_jpeg(data), made)


def plain(value: Any, depth: int = 0) -> Any:
    """A number, a name, or a list of such; None for everything else."""
    if isinstance(value, Name | int | Decimal | float):
        return value
    if not isinstance(value, Array) or depth > DEEPEST:
        return None
    return Array([each for each in (plain(each, depth + 1) for each in value) if each is not None])


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _inks(names: Any) -> Any:
    """Inks by their common names, all others by number."""
    if isinstance(names, Name):
        return names if names in _INKS else Name.Ink
    return Array([name if name in _INKS else Name(f"/Ink{n}") for n, name in enumerate(names)])


def _parts(space: Any) -> int:
    """How many numbers a colour of this space has."""
    if isinstance(space, Array):
        by_list = {"/CalGray": 1, "/CalRGB": 3, "/Lab": 3, "/DeviceN": 0}
        return by_list.get(str(space[0]), 1) or len(space[1])
    return _COLOURS.get(str(space), 1)


def _unfaxed(data: bytes, made: Any, how: Any) -> bytes:
    if how.get("/EncodedByteAlign", False):
        raise Refusal(sentences.UNKNOWN_PICTURE)
    pixels = pictures.fax(data, how.get("/Columns", 1728), made.Height, how.get("/K", 0))
    return bytes(255 - each for each in pixels) if how.get("/BlackIs1", False) else pixels
