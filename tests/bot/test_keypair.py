"""What is sealed to a public half opens with its private half, in its slot, unchanged."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.envelope import Slot
from bot.errors import UnsealError
from bot.keypair import PUBLIC, SEED, KeyPair, seal_to

RANDOM = random.Random(11)
PAIR = KeyPair.new(RANDOM)
SLOT = Slot("report_keys", "wrapped", "discord:1", b"k" * 16)
PLAIN = bytes(range(32))
SEALED = seal_to(PAIR.public, SLOT, PLAIN)


@settings(max_examples=25)
@given(st.binary(max_size=200))
def test_what_is_sealed_to_a_pair_opens_with_it(plain: bytes) -> None:
    assert PAIR.open(SLOT, seal_to(PAIR.public, SLOT, plain)) == plain


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(SLOT, table="desks"),
        replace(SLOT, column="private"),
        replace(SLOT, workspace="discord:2"),
        replace(SLOT, row=b"l" * 16),
    ],
)
def test_what_was_moved_does_not_open(elsewhere: Slot) -> None:
    with pytest.raises(UnsealError, match=elsewhere.row.hex()):
        PAIR.open(elsewhere, SEALED)


def test_what_was_cut_at_any_length_does_not_open() -> None:
    for length in range(len(SEALED)):
        with pytest.raises(UnsealError):
            PAIR.open(SLOT, SEALED[:length])


@given(st.integers(0, 8 * len(SEALED) - 1))
def test_what_was_changed_in_any_bit_does_not_open(bit: int) -> None:
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UnsealError):
        PAIR.open(SLOT, bytes(changed))


def test_a_degenerate_encapsulation_does_not_open() -> None:
    for junk in (bytes(len(SEALED)), SEALED[:1089] + bytes(32) + SEALED[1121:], b"\xff" * len(SEALED)):
        with pytest.raises(UnsealError):
            PAIR.open(SLOT, SEALED[:1] + junk[1:])


def test_another_pair_does_not_open() -> None:
    with pytest.raises(UnsealError):
        KeyPair.new(RANDOM).open(SLOT, SEALED)


@pytest.mark.parametrize("half", [slice(64, 96), slice(0, 64)], ids=["curve", "lattice"])
def test_one_half_of_the_hybrid_alone_does_not_open(half: slice) -> None:
    seed = bytearray(KeyPair.new(RANDOM).seed)
    seed[half] = PAIR.seed[half]
    with pytest.raises(UnsealError):
        KeyPair(bytes(seed)).open(SLOT, SEALED)


@pytest.mark.parametrize("length", [0, SEED - 1, SEED + 1])
def test_a_seed_of_another_length_is_a_defect(length: int) -> None:
    with pytest.raises(ValueError, match="96 bytes"):
        KeyPair(bytes(length))


@pytest.mark.parametrize("public", [b"", bytes(PUBLIC - 1), bytes(PUBLIC + 1), bytes(PUBLIC)])
def test_nothing_is_sealed_to_bytes_that_are_no_public_half(public: bytes) -> None:
    with pytest.raises(ValueError, match=r"public|1216|shared"):
        seal_to(public, SLOT, PLAIN)


def test_a_pair_shows_its_public_half_only() -> None:
    assert len(PAIR.public) == PUBLIC
    assert PAIR.seed.hex()[:8] not in repr(PAIR)
    assert "seed" not in repr(PAIR)
    assert repr(PAIR.seed)[2:10] not in f"{PAIR} {[PAIR]}"
