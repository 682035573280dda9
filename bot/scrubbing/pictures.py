"""Pictures: decoded, and put into a new picture of which nothing but the pixels was there before.

Saving a decoded picture again would not do: comment, profile, EXIF, XMP and thumbnails travel with it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO

from PIL import (
    GifImagePlugin,
    Image,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL.Image import Transpose

from bot.errors import Refusal
from bot.scrubbing import sentences
from bot.scrubbing.sentences import MOST_PIXELS, VALUES

PLUGINS = (
    GifImagePlugin,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
"""Named here because Pillow knows a format only once its module is imported."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_DEEP = {"I;16", "I;16B", "I;16L", "I;16N", "I"}
_GRAY = {"1", "L", "F"}

_QUALITY = 90


def png(data: bytes, form: str) -> bytes:
    """The first frame of a picture as a PNG; `form` is Pillow's name of what `data` is."""
    return _saved(_bare(decoded(data, form)), "PNG")


def jpeg(data: bytes, form: str = "JPEG") -> bytes:
    """A picture as a JPEG, upright even if it was only marked to be turned, on white where it is transparent."""
    picture = _bare(decoded(data, form))
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, (0, 0), picture)
        picture = ground
    return _saved(picture, "JPEG", quality=_QUALITY)


def decoded(data: bytes, form: str) -> Image.Image:
    """All pixels of the first frame. Raises `Refusal`, before decoding if there are too many."""
    try:
        picture = Image.open(BytesIO(data), formats=[form])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_many() from error
    within(*picture.size)
    picture.load()
    return picture


def within(width: int, height: int) -> None:
    """Refuse what has too many pixels."""
    if width * height > MOST_PIXELS:
        raise too_many()


def too_many() -> Refusal:
    """The refusal of a picture that is too large to decode."""
    return Refusal(sentences.TOO_MANY_PIXELS, **VALUES)


def _bare(picture: Image.Image) -> Image.Image:
    """The same pixels, upright, in a picture made empty. What was under fully transparent pixels is gone too."""
    turn = _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    plain = _instead(picture, _eight_bits(picture))
    if turn is not None:
        plain = _instead(plain, plain.transpose(turn))
    fresh = Image.new(plain.mode, plain.size)
    seen = plain.getchannel("A").point([0] + [255] * 255) if plain.mode == "RGBA" else None
    fresh.paste(plain, (0, 0), seen)
    return _instead(plain, fresh)


def _instead(old: Image.Image, new: Image.Image) -> Image.Image:
    """The new one, with the memory of the old one given back: more than two at a time would not fit."""
    if new is not old:
        old.close()
    return new


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Gray, RGB or RGBA with 8 bits each."""
    if picture.has_transparency_data:
        mode = "RGBA"
    elif picture.mode in _DEEP:
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    else:
        mode = "L" if picture.mode in _GRAY else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _saved(picture: Image.Image, form: str, **how: int) -> bytes:
    file = BytesIO()
    picture.save(file, form, **how)
    return file.getvalue()


def colours(data: bytes) -> int:
    """How many numbers a pixel of this JPEG has."""
    return len(decoded(data, "JPEG").getbands())


_TABLES = {0xC4, 0xDB, 0xDD}
_FRAMES = {0xC0, 0xC1, 0xC2}
_SCAN, _END, _ADOBE = 0xDA, 0xD9, 0xEE
_ADOBE_LENGTH = 12


def bare_jpeg(data: bytes) -> bytes:
    """A JPEG from inside a PDF with the same pixels, and only the segments that these need.

    Kept as it is compressed, because its colours may be meant in a way that only the PDF knows.
    """
    return b"\xff\xd8" + b"".join(_segments(data)) + b"\xff\xd9"


def _segments(data: bytes) -> Iterator[bytes]:
    if not data.startswith(b"\xff\xd8"):
        raise Refusal(sentences.BROKEN_PICTURE)
    at = _after_fill(data, 2)
    while (marker := data[at - 1]) != _END:
        length = struct.unpack_from(">H", data, at)[0]
        body = data[at + 2 : at + length]
        at += length
        if marker in _FRAMES:
            within(*struct.unpack_from(">HH", body, 1))
        if marker == _ADOBE and body.startswith(b"Adobe") and len(body) >= _ADOBE_LENGTH:
            # How the colours are to be understood: the one thing in an application segment that draws.
            yield _segment(marker, b"Adobe" + bytes((0, 100, 0, 0, 0, 0)) + body[11:12])
        elif marker in _TABLES or marker in _FRAMES:
            yield _segment(marker, body)
        elif marker == _SCAN:
            end = _scan_end(data, at)
            yield _segment(marker, body) + data[at:end]
            at = end
        at = _after_fill(data, at)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _after_fill(data: bytes, at: int) -> int:
    """The place behind the next marker, which has to follow, with any number of FF before it."""
    if data[at] != 0xFF:  # noqa: PLR2004 - what every marker begins with
        raise Refusal(sentences.BROKEN_PICTURE)
    while data[at] == 0xFF:  # noqa: PLR2004 - the same
        at += 1
    return at + 1


def _scan_end(data: bytes, at: int) -> int:
    """Where the compressed pixels end: at the first marker that is no restart and no stuffed zero."""
    while True:
        at = data.index(b"\xff", at)
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:  # noqa: PLR2004 - RST0 to RST7
            return at
        at += 2


def fax(data: bytes, width: int, height: int, k: int) -> bytes:
    """The pixels, one bit each and 1 for white, of a fax-compressed picture from inside a PDF."""
    within(width, height)
    strip = 8 + 2 + 12 * 9 + 4
    tags = (
        (256, width),
        (257, height),
        (258, 1),
        (259, 4 if k < 0 else 3),
        (262, 0),
        (273, strip),
        (278, height),
        (279, len(data)),
        (292, 1 if k > 0 else 0),
    )
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    wrapped = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + data
    return decoded(wrapped, "TIFF").tobytes()
