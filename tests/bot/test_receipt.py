"""Receipts: kind to the person who types them, and worth 88 bits against anyone else."""

from __future__ import annotations

import asyncio
import math
import random
import unicodedata
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from bot.envelope import derive
from bot.receipt import Lock, parse, unlock, words, words_of

RANDOM = random.Random(23)
PEPPER = bytes(range(32))
SEVEN = words_of(PEPPER)
PLAIN = " ".join(SEVEN)

HURTFUL = """
abdomen anguished assault battered bully casualty coerce coma corpse crime deceased disgrace grope grief
harmful harass humiliate hurt idiocy jail kill lustful morphine mutilated naked obituary pain penis
pregnancy prison punisher racism rectal secret shame shove strangle suffocate suicide swinger threaten
trauma uninvited unloved unwanted victim violate womb worthless wound wrongdoer
"""

# --- the list -------------------------------------------------------------------------------------------


def test_seven_words_are_worth_88_bits() -> None:
    assert len(words()) >= 6088
    assert 7 * math.log2(len(words())) >= 88


def test_the_list_is_plain_and_in_order_and_names_no_word_twice() -> None:
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words())
    assert list(words()) == sorted(set(words()))
    assert 3 <= min(map(len, words())) <= max(map(len, words())) <= 9


def test_no_word_is_the_beginning_of_another() -> None:
    assert not [pair for pair in pairwise(words()) if pair[1].startswith(pair[0])]


@pytest.mark.parametrize(
    "word",
    HURTFUL.split(),
)
def test_words_that_hurt_are_left_out(word: str) -> None:
    assert word not in words()


@pytest.mark.parametrize(
    "pair", ["ascent accent", "capital capitol", "flier flyer", "cloak clock", "carat karate", "step steep"]
)
def test_words_that_sound_alike_are_parted(pair: str) -> None:
    assert len(set(pair.split()) & set(words())) <= 1


# --- from entropy to words ------------------------------------------------------------------------------


def test_the_same_entropy_gives_the_same_words() -> None:
    assert words_of(PEPPER) == words_of(bytes(range(32)))
    assert len(SEVEN) == 7
    assert set(SEVEN) <= set(words())


@given(st.binary(min_size=32, max_size=40))
def test_words_are_the_digits_of_a_number_in_the_base_of_the_list(entropy: bytes) -> None:
    number, base = int.from_bytes(entropy), len(words())
    assert [words().index(word) for word in words_of(entropy)] == [number // base**i % base for i in range(7)]


def test_the_bias_of_32_bytes_is_below_any_use() -> None:
    assert len(words()) ** 7 / 2**256 < 2**-128


@pytest.mark.parametrize("length", [0, 16, 31])
def test_too_little_entropy_is_a_defect(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        words_of(bytes(length))


# --- from what was typed to words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        PLAIN,
        PLAIN.upper(),
        PLAIN.title() + ".",
        "-".join(SEVEN),
        " – ".join(SEVEN),
        "\r\n".join(SEVEN),
        ", ".join(SEVEN) + ",",
        "\n".join(f"{n}. {word}" for n, word in enumerate(SEVEN, 1)),
        "\n".join(f"{n}) {word}," for n, word in enumerate(SEVEN, 1)),
        "•\t".join(("", *SEVEN)),
        f"  “{PLAIN}”  ",
        f"> {PLAIN}\n",
        f"`{PLAIN}`",
        "\u3000".join(SEVEN),
        "\u00a0\u2009".join(SEVEN),
        "\u2010".join(SEVEN),
        "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in PLAIN),
        "\ufeff" + "\u200b".join(PLAIN) + "\u200e",
        "\u00ad".join(PLAIN),
        PLAIN.replace("i", "İ").upper(),
        PLAIN.replace("i", "ı"),
        "".join(chr(0x1D5BA + ord(c) - 97) if c != " " else c for c in PLAIN),
    ],
)
def test_words_are_understood_however_they_are_typed(typed: str) -> None:
    assert parse(typed) == PLAIN


@given(
    st.lists(st.sampled_from(words()), min_size=7, max_size=7),
    st.lists(st.text(" \n\t-.,;:1234567890)*_", min_size=1, max_size=5), min_size=8, max_size=8),
    st.booleans(),
)
def test_whatever_stands_between_the_words_does_not_matter(
    seven: list[str],
    between: list[str],
    upper: bool,
) -> None:
    typed = between[0] + "".join(a + b for a, b in zip(seven, between[1:], strict=True))
    assert parse(typed.upper() if upper else typed) == " ".join(seven)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ".join(SEVEN[:6]),
        f"{PLAIN} {SEVEN[0]}",
        " ".join((*SEVEN[:6], "suicide")),
        "".join(SEVEN),
        " ".join(SEVEN)[:-1],
        "1 2 3 4 5 6 7",
        "слова " * 7,
        PLAIN.replace("a", "а"),
    ],
)
def test_anything_else_is_no_receipt(typed: str) -> None:
    assert parse(typed) is None


@given(st.text(max_size=1200))
def test_parsing_never_fails_and_is_stable(typed: str) -> None:
    found = parse(typed)
    assert found is None or parse(found) == found


@pytest.mark.parametrize("typed", [PLAIN * 200, " " * 100_000 + PLAIN, "\ufdfa" * 100_000, "\ud800" * 10_000])
def test_a_text_that_is_far_too_long_is_no_receipt(typed: str) -> None:
    assert parse(typed) is None


def test_the_longest_receipt_fits_with_room() -> None:
    longest = " ".join(sorted(words(), key=len)[-7:])
    assert len(longest) <= 69
    assert parse(unicodedata.normalize("NFKC", longest).replace(" ", " " * 100)) == longest


# --- what they open -------------------------------------------------------------------------------------


async def test_the_same_words_open_the_same_lock_and_others_another() -> None:
    one, again, other, peppered = await asyncio.gather(
        unlock(PLAIN, PEPPER), unlock(PLAIN, PEPPER), unlock(PLAIN + "s", PEPPER), unlock(PLAIN, bytes(32))
    )
    assert one == again
    assert len(one.locator) == 16
    assert len({one.locator, other.locator, peppered.locator}) == 3
    assert len({one.pair.seed, other.pair.seed, peppered.pair.seed}) == 3


async def test_words_are_stretched_at_the_cost_that_owasp_asks_for() -> None:
    stretched = Argon2id(
        salt=derive(PEPPER, "metoo receipt salt v1", 16),
        secret=derive(PEPPER, "metoo receipt pepper v1", 32),
        length=32,
        iterations=2,
        lanes=1,
        memory_cost=19456,
    ).derive(PLAIN.encode())
    lock = await unlock(PLAIN, PEPPER)
    assert lock.locator == derive(stretched, "metoo receipt locator v1", 16)
    assert lock.pair.seed == derive(stretched, "metoo receipt mailbox v1", 96)


@pytest.mark.parametrize("typed", ["", "\ud800", "\0", "x" * 40_000])
async def test_any_text_can_be_tried(typed: str) -> None:
    assert len((await unlock(typed, PEPPER)).locator) == 16


async def test_nothing_secret_shows() -> None:
    lock: Lock = await unlock(PLAIN, PEPPER)
    assert lock.locator.hex() not in repr(lock)
    assert "locator" not in f"{lock} {lock!r}"
    assert "seed" not in f"{lock} {lock!r}"
