"""The symmetric envelope opens in its slot, under its key, unchanged; and nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import random
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from bot.envelope import Slot, derive, frame, key_id, seal, unseal
from bot.errors import UnsealError

KEY = bytes(range(32))
SLOT = Slot("reports", "body", "slack:T1", b"r" * 16)
RANDOM = random.Random(7)
PLAIN = b"what was told"


@given(st.binary(max_size=200), st.text(max_size=20), st.binary(max_size=20))
def test_what_is_sealed_opens_in_its_slot(plain: bytes, workspace: str, row: bytes) -> None:
    slot = Slot("reports", "body", workspace, row)
    assert unseal(KEY, slot, seal(KEY, slot, plain, RANDOM)) == plain


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(SLOT, table="drafts"),
        replace(SLOT, column="routing"),
        replace(SLOT, workspace="slack:T2"),
        replace(SLOT, row=b"s" * 16),
        Slot("report", "sbody", "slack:T1", b"r" * 16),
        Slot("reports", "bodys", "lack:T1", b"r" * 16),
    ],
)
def test_what_was_moved_does_not_open(elsewhere: Slot) -> None:
    with pytest.raises(UnsealError) as caught:
        unseal(KEY, elsewhere, seal(KEY, SLOT, PLAIN, RANDOM))
    assert (caught.value.table, caught.value.column) == (elsewhere.table, elsewhere.column)
    assert caught.value.row == elsewhere.row


def test_what_was_cut_at_any_length_does_not_open() -> None:
    sealed = seal(KEY, SLOT, PLAIN, RANDOM)
    for length in range(len(sealed)):
        with pytest.raises(UnsealError):
            unseal(KEY, SLOT, sealed[:length])


def test_what_was_changed_in_any_bit_does_not_open() -> None:
    sealed = seal(KEY, SLOT, PLAIN, RANDOM)
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(UnsealError):
            unseal(KEY, SLOT, bytes(changed))


@given(st.binary(max_size=100))
def test_what_was_never_sealed_does_not_open(junk: bytes) -> None:
    with pytest.raises(UnsealError):
        unseal(KEY, SLOT, b"\x01" + key_id(KEY) + junk)


def test_another_key_does_not_open() -> None:
    other = bytes(32)
    sealed = seal(KEY, SLOT, PLAIN, RANDOM)
    disguised = sealed[:1] + key_id(other) + sealed[9:]
    for each in (sealed, disguised):
        with pytest.raises(UnsealError):
            unseal(other, SLOT, each)


def test_an_error_names_the_record_by_id_and_nothing_else() -> None:
    with pytest.raises(UnsealError) as caught:
        unseal(KEY, SLOT, seal(KEY, SLOT, PLAIN, RANDOM)[:-1])
    assert str(caught.value) == f"reports.body of record {SLOT.row.hex()} cannot be opened"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_a_defect(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal(bytes(length), SLOT, PLAIN, RANDOM)
    with pytest.raises(ValueError, match="32 bytes"):
        unseal(bytes(length), SLOT, PLAIN)


def test_sealing_twice_looks_different() -> None:
    assert seal(KEY, SLOT, PLAIN, RANDOM) != seal(KEY, SLOT, PLAIN, RANDOM)


def test_the_layout_is_what_its_description_says() -> None:
    sealed = seal(KEY, SLOT, PLAIN, RANDOM)
    parts = (b"\x01", b"reports", b"body", b"slack:T1", b"r" * 16, sealed[1:9])
    named = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    assert AESGCM(KEY).decrypt(sealed[9:21], sealed[21:], named) == PLAIN
    assert sealed[:1] == b"\x01"
    assert len(sealed) == 1 + 8 + 12 + len(PLAIN) + 16


@given(st.lists(st.binary(max_size=5)), st.lists(st.binary(max_size=5)))
def test_framed_parts_are_never_taken_for_others(one: list[bytes], other: list[bytes]) -> None:
    assert (frame(*one) == frame(*other)) == (one == other)


@pytest.mark.parametrize("salt", [b"", b"s" * 32])
def test_derivation_is_hkdf_as_rfc_5869_has_it(salt: bytes) -> None:
    extracted = hmac.digest(salt or bytes(32), KEY, hashlib.sha256)
    first = hmac.digest(extracted, b"a label\x01", hashlib.sha256)
    second = hmac.digest(extracted, first + b"a label\x02", hashlib.sha256)
    assert derive(KEY, "a label", 48, salt) == (first + second)[:48]
    assert derive(KEY, "another label", 48, salt) != derive(KEY, "a label", 48, salt)
