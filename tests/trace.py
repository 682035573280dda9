"""Every form in which a text or a person's id could be left behind, and the search for them in bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

_HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")


def forms_of_text(text: str) -> dict[str, bytes]:
    """A planted text as it could stand in a file, a log line or a payload."""
    raw = text.encode()
    forms = {
        "text": raw,
        "utf-16": text.encode("utf-16-le"),
        "json": json.dumps(text)[1:-1].encode(),
        "hex": raw.hex().encode(),
        "repr": repr(text)[1:-1].encode(),
    }
    return forms | dict(_base64(raw))


def forms_of_id(user: str) -> dict[str, bytes]:
    """A planted id as text, integer, hex, base64 and the plain hashes of it."""
    forms = forms_of_text(user)
    for name in _HASHES:
        digest = hashlib.new(name, user.encode()).digest()
        forms |= {
            f"{name} {kind}": form
            for kind, form in (("raw", digest[:16]), ("hex", digest.hex()[:24].encode()))
        }
        forms |= {f"{name} {kind}": form[:16] for kind, form in _base64(digest) if kind == "base64 at 0"}
    if user.isdigit():
        number = int(user)
        width = max(8, (number.bit_length() + 7) // 8)
        forms |= {"big-endian": number.to_bytes(width), "little-endian": number.to_bytes(width, "little")}
        forms["hex number"] = f"{number:x}".encode()
    return forms


def found(forms: dict[str, bytes], content: bytes) -> list[str]:
    """Names of the forms that occur in some bytes; letters of hex in either case."""
    lower = content.lower()
    return [
        name for name, form in forms.items() if form in content or ("hex" in name and form.lower() in lower)
    ]


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, and what is inside of compressed ones where that can be told."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            yield str(path.relative_to(folder)), raw
            try:
                yield f"{path.name} inflated", zlib.decompress(raw)
            except zlib.error:
                continue


def _base64(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The part of base64 that does not depend on what stands before and behind, for each of three positions."""
    for shift in range(3):
        padded = base64.b64encode(b"\0" * shift + raw)
        inner = padded[(4 if shift else 0) : len(padded) // 4 * 4 - 4]
        if len(inner) >= 8:
            yield f"base64 at {shift}", inner
            yield f"base64url at {shift}", inner.replace(b"+", b"-").replace(b"/", b"_")
