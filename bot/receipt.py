"""Receipts: seven words with which a person comes back, and what they open."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.envelope import derive
from bot.keypair import SEED, KeyPair

COUNT = 7
"""Words of a receipt: 7 of at least 6,088 make at least 88 bits (DESIGN §3). Fixed."""

ENTROPY = 32
"""Least bytes from which words are drawn. 2^256 values fall on fewer than 2^91 receipts, so the likeliest
receipt and the unlikeliest differ by less than one part in 2^165: no bias that anyone could use."""

MEMORY = 19 * 1024
"""KiB of Argon2id (RFC 9106): OWASP Password Storage Cheat Sheet, 19 MiB with two passes and one lane."""

PASSES = 2
"""Passes of Argon2id: the same source."""

LANES = 1
"""Lanes of Argon2id: the same source."""

LONGEST = 1000
"""Characters beyond which a text is no receipt: seven words need at most 69."""

LOCATOR = 16
"""Bytes by which the store finds a report."""

_UNSEEN = {"Cf", "Mn", "Me"}
_POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="receipt")
# Two at a time: each takes 19 MiB, and the tries of one person must not keep all others from being served.


@dataclass(frozen=True, repr=False)
class Lock:
    """What seven words open: the 16-byte `locator` of a report, and the key pair of its mailbox."""

    locator: bytes
    pair: KeyPair


@cache
def words() -> tuple[str, ...]:
    """The list, in its order (see receipt_words.LICENSE for its source and what was left out)."""
    return tuple(Path(__file__).with_name("receipt_words.txt").read_text("ascii").split())


@cache
def _known() -> frozenset[str]:
    return frozenset(words())


def words_of(entropy: bytes) -> tuple[str, ...]:
    """The seven words for at least 32 random bytes; the same bytes give the same words.

    Raises ValueError for fewer bytes.
    """
    if len(entropy) < ENTROPY:
        raise ValueError("receipt words need 32 bytes of entropy")
    rest, picked = int.from_bytes(entropy), []
    for _ in range(COUNT):
        rest, index = divmod(rest, len(words()))
        picked.append(words()[index])
    return tuple(picked)


def parse(text: str) -> str | None:
    """The seven words in a text as somebody typed or pasted it, with single spaces; None if it is no receipt.

    Case, accents, width, invisible characters, and whatever stands between the words do not matter.
    """
    if len(text) > LONGEST:
        return None
    folded = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    seen = "".join(each for each in folded if unicodedata.category(each) not in _UNSEEN)
    found = re.findall(r"[a-z]+", seen)
    return " ".join(found) if len(found) == COUNT and _known().issuperset(found) else None


async def unlock(words: str, pepper: bytes) -> Lock:
    """What these words open under the server's 32-byte pepper; takes any text, at the same cost.

    Call it for a text that is no receipt too: then mistyped, erased and unknown receipts look alike.
    Argon2id with the pepper as its secret input and a salt derived from it, outside the event loop; then
    HKDF with one label for the locator and one for the seed, so that the store's copy of the first tells
    nothing about the second.
    """
    return await asyncio.get_running_loop().run_in_executor(_POOL, _unlock, words, pepper)


def _unlock(words: str, pepper: bytes) -> Lock:
    stretched = Argon2id(
        salt=derive(pepper, "metoo receipt salt v1", 16),
        secret=derive(pepper, "metoo receipt pepper v1"),
        length=32,
        iterations=PASSES,
        lanes=LANES,
        memory_cost=MEMORY,
    ).derive(words.encode("utf-8", "surrogatepass"))
    locator = derive(stretched, "metoo receipt locator v1", LOCATOR)
    return Lock(locator, KeyPair(derive(stretched, "metoo receipt mailbox v1", SEED)))
