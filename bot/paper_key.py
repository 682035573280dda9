"""The root key on paper: three sheets of words, of which any two give it back (SLIP-39)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics

from bot.envelope import KEY
from bot.errors import Misconfigured
from bot.keys import checksum

SHEETS, NEEDED = 3, 2
"""How many sheets are made, and how many give the key back; one alone tells nothing."""

WORDS = 33
"""Words of a sheet for a key of 256 bits."""


def sheets_of(root: bytes) -> tuple[str, ...]:
    """Three sheets of 33 words each. The library draws its own randomness from the operating system."""
    ((*sheets,),) = generate_mnemonics(1, [(NEEDED, SHEETS)], root)
    return tuple(sheets)


def root_of(sheets: Sequence[str]) -> bytes:
    """The root key of two sheets, as somebody typed them. Raises Misconfigured with what is wrong."""
    typed = [" ".join(re.findall(r"[a-z]+", sheet.lower())) for sheet in sheets]
    try:
        root: bytes = combine_mnemonics(typed)
    except MnemonicError as error:
        wrong = str(error).rstrip(".")
        raise Misconfigured(
            f"These two sheets do not give a key: {wrong}. Look at each word again, and whether both sheets are of the"
            " same key and different from each other."
        ) from error
    if len(root) != KEY:
        raise Misconfigured("These sheets are of another kind of key.")
    return root


def paper(root: bytes) -> str:
    """What is printed: three sheets with what to do with them."""
    return "\n\n\f".join(_sheet(n, words, checksum(root)) for n, words in enumerate(sheets_of(root), 1))


def _sheet(number: int, words: str, known: str) -> str:
    listed = words.split()
    rows = [listed[at : at + 3] for at in range(0, len(listed), 3)]
    lines = [
        "  " + "".join(f"{at * 3 + n + 1:>3} {word:<14}" for n, word in enumerate(row)).rstrip()
        for at, row in enumerate(rows)
    ]
    return "\n".join(
        (
            f"metoo: the key of a store, sheet {number} of {SHEETS}. Checksum of the key: {known}",
            "",
            *lines,
            "",
            f"Any {NEEDED} of the {SHEETS} sheets give the key back: metoo keys from-paper FILE.",
            "One alone tells nothing.",
            "Give each sheet to another person or place, never two together, and none near the machine or its backup.",
            "Whoever has two sheets and the store can read what the server's keys open. Do not photograph or scan it.",
            "After metoo keys rotate --root print new sheets, and burn these once no backup needs them.",
        )
    )
