"""The root key on paper: three sheets of words, of which any two give it back (SLIP-39)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.wordlist import WORD_INDEX_MAP

from bot.envelope import KEY, key_id
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


def mistake(sheet: str) -> str:
    """What is wrong with one sheet as somebody typed it; empty if it is whole. It repeats none of the words."""
    words = _words(sheet)
    if unknown := [str(at) for at, word in enumerate(words, 1) if word not in WORD_INDEX_MAP]:
        return f"No sheet has such a word: number {', '.join(unknown)}."
    if len(words) != WORDS:
        return f"These are {len(words)} words, and a sheet has {WORDS}."
    try:
        Share.from_mnemonic(" ".join(words))
    except MnemonicError:
        return "A word is another one than on the sheet, or stands in another place."
    return ""


def _words(sheet: str) -> list[str]:
    return re.findall(r"[a-z]+", sheet.lower())


def root_of(sheets: Sequence[str]) -> bytes:
    """The root key of two sheets, as somebody typed them. Raises Misconfigured with what is wrong."""
    typed = [" ".join(_words(sheet)) for sheet in sheets]
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
    return "\n\n\f".join(_sheet(n, words, called(root)) for n, words in enumerate(sheets_of(root), 1))


def called(root: bytes) -> str:
    """By what a key is known again, as backups and key files have it; neither tells anything of the key."""
    return f"id {key_id(root).hex()}, checksum {checksum(root)}"


def _sheet(number: int, words: str, known: str) -> str:
    listed = words.split()
    rows = [listed[at : at + 3] for at in range(0, len(listed), 3)]
    lines = [
        "  " + "".join(f"{at * 3 + n + 1:>3} {word:<14}" for n, word in enumerate(row)).rstrip()
        for at, row in enumerate(rows)
    ]
    return "\n".join(
        (
            f"metoo: the key of a store, sheet {number} of {SHEETS}. The key: {known}",
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
