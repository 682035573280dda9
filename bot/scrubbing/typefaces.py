"""What is written inside a PDF's fonts and functions, reduced to what draws."""

from __future__ import annotations

import re
import struct

MAP = "/Map"
"""The name that every map of characters gets."""

_ORDERINGS = {"Identity", "UCS", "Japan1", "GB1", "CNS1", "Korea1", "KR", "Manga1"}

_TABLES = {b"glyf", b"loca", b"head", b"hhea", b"hmtx", b"maxp", b"cvt ", b"fpgm", b"prep", b"cmap", b"CFF "}
"""Tables of a font that draw; the others hold names, dates, signatures and whatever a program left there."""

_OUTLINES = (b"\0\1\0\0", b"true", b"OTTO")
_DATES = slice(20, 36)
"""Where a font's `head` says when it was made and changed."""

_REMARK = re.compile(rb"(?m)^%(?!!).*?(?:\r\n?|\n|\Z)")
_BINARY = b"eexec"

_PART = re.compile(
    rb"\d+\s+begin(codespacerange|(?:bf|cid|notdef)(?:char|range))\b([\s\[\]<>0-9A-Fa-f]*)end\1\b"
)
_TOKEN = re.compile(rb"[{}]|-?[\d.]+|[a-z]{2,8}")
_REMARKS = re.compile(rb"%[^\r\n]*")


def ordering(name: str) -> str:
    """The character collection of a font, if it is one of the few there are."""
    return name if name in _ORDERINGS else "Identity"


def bare(data: bytes) -> bytes:
    """A font program with what draws and without remarks, names and dates."""
    if data.startswith(_OUTLINES):
        return _tables(data)
    if data.startswith(b"%!") and _BINARY in data:
        clear, binary, rest = data.partition(_BINARY)
        return _REMARK.sub(b"", clear) + binary + rest
    return data


def _tables(data: bytes) -> bytes:
    count = struct.unpack_from(">H", data, 4)[0]
    listed = [struct.unpack_from(">4sIII", data, 12 + 16 * n) for n in range(count)]
    kept = [(tag, check, data[at : at + size]) for tag, check, at, size in listed if tag in _TABLES]
    power = max(len(kept), 1).bit_length() - 1
    head = data[:4] + struct.pack(">HHHH", len(kept), 16 << power, power, 16 * (len(kept) - (1 << power)))
    bodies = b""
    for tag, check, body in kept:
        dated = bytearray(body)
        if tag == b"head":
            dated[_DATES] = bytes(16)
        at = 12 + 16 * len(kept) + len(bodies)
        head += struct.pack(">4sIII", tag, check, at, len(body))
        bodies += bytes(dated) + bytes(-len(body) % 4)
    return head + bodies


def mapping(data: bytes) -> bytes:
    """A map of characters written anew, with its ranges and nothing else."""
    parts = b"\n".join(each[0] for each in _PART.finditer(_REMARKS.sub(b"", data)))
    return b"\n".join(
        (
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            f"/CMapName {MAP} def /CMapType 2 def".encode(),
            parts,
            b"endcmap CMapName currentdict /CMap defineresource pop end end",
        )
    )


def program(data: bytes) -> bytes:
    """A calculating function, word by word."""
    return b" ".join(_TOKEN.findall(_REMARKS.sub(b"", data)))
