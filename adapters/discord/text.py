"""Words in Discord's markdown: shown as they are, cut where nobody's letter is torn apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_ACTIVE = re.compile(r"[\\*_~|<>#:@/\[\]()`]")
_LIST = re.compile(r"^([^\S\n]*)([-+])", re.MULTILINE)
_NUMBERED = re.compile(r"^([^\S\n]*\d+)\.", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ADDRESS = re.compile(r"https://[^\s<>\"'`\\]*[^\s<>\"'`\\.,;:!?)\]]")

_JOINER = "\u200d"
_SOFT = 200
"""How far back a cut looks for a space."""


def escape(text: str) -> str:
    """Any text so that Discord shows exactly its characters: no markup, mention, emoji name or address.

    Its clients drop a backslash before a sign and show the sign. A code block would be exact too, but for
    the backticks and the empty lines at its ends, and it is hard to read at length.
    """
    shown = _ACTIVE.sub(r"\\\g<0>", _visible(text))
    return _NUMBERED.sub(r"\1\\.", _LIST.sub(r"\1\\\2", shown))


def with_addresses(text: str) -> str:
    """Our own words: escaped, but for https addresses, which can be clicked and do not unfurl."""
    parts: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        parts += [escape(text[end : found.start()]), f"<{found[0]}>"]
        end = found.end()
    return "".join((*parts, escape(text[end:])))


def bare_address(text: str) -> bool:
    """Whether a text is nothing but one https address."""
    return _ADDRESS.fullmatch(text) is not None


def one_line(text: str) -> str:
    """The same words without line breaks."""
    return " ".join(text.split())


def units(text: str) -> int:
    """Length as the most cautious of Discord's counters sees it (UTF-16)."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def shorten(text: str, limit: int) -> str:
    """At most so many characters, with … where something was left out."""
    if units(text) <= limit:
        return text
    return cut(text, limit - 1, escaped=False)[0].rstrip() + "…"


def cut(text: str, limit: int, *, escaped: bool = True) -> tuple[str, str]:
    """A first part that takes at most `limit` (once escaped), and the rest. Both together are the text."""
    if 2 * units(text) <= limit:  # nearly always, and no letter takes more than two
        return text, ""
    used = end = space = 0
    for cluster in clusters(text):
        used += sum(_cost(character, escaped=escaped) for character in cluster)
        if used > limit:
            break
        end += len(cluster)
        space = end if cluster.isspace() else space
    else:
        return text, ""
    if end == 0:
        end = max(1, limit // 2)
    elif end - space < _SOFT and space:
        end = space
    return text[:end], text[end:]


def clusters(text: str) -> Iterator[str]:
    """The letters as people see them: a base with its combining signs, a joined or a flag emoji."""
    start = 0
    for position in range(1, len(text)):
        if not _joined(text, start, position):
            yield text[start:position]
            start = position
    if text:
        yield text[start:]


def _joined(text: str, start: int, position: int) -> bool:
    before, after = text[position - 1], text[position]
    if after < "\u0300":
        return before == "\r" and after == "\n"
    if unicodedata.category(after)[0] == "M" or _JOINER in (before, after):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff":
        return (position - start) % 2 == 1
    return "\u1160" <= after <= "\u11ff"


def _cost(character: str, *, escaped: bool) -> int:
    if character > "\uffff" or (escaped and character in r"\*_~|<>#:@/[]()`-+."):
        return 2
    return 1


def _visible(text: str) -> str:
    """Control characters as the pictures that Unicode has for them: Discord may refuse or swallow them."""
    text = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n"))
    return _CONTROL.sub(lambda found: "␡" if found[0] == "\x7f" else chr(0x2400 + ord(found[0])), text)
