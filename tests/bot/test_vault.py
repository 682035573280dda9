"""The vault: which key seals what, padding, tokens, and what follows from a draft's key."""

from __future__ import annotations

import random
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnsealError
from bot.keys import Keyring
from bot.vault import KeyPair, Slot, Vault, new_draft_key, pad, pad_small, read_draft_key, token, unpad

RANDOM = random.Random(13)
VAULT = Vault(Keyring.open(bytes(32), (), RANDOM)[0], RANDOM)
OTHER = Vault(Keyring.open(bytes(32), (), RANDOM)[0], RANDOM)
SLOT = Slot("reports", "routing", "slack:T1", b"r" * 16)


def test_a_field_opens_under_the_keyring_that_sealed_it_only() -> None:
    sealed = VAULT.seal(SLOT, b"routing")
    assert VAULT.unseal(SLOT, sealed) == b"routing"
    with pytest.raises(UnsealError):
        OTHER.unseal(SLOT, sealed)


def test_a_windows_secret_is_sealed_under_a_key_of_its_own() -> None:
    sealed = VAULT.seal_secret(SLOT, b"secret")
    assert VAULT.unseal_secret(SLOT, sealed) == b"secret"
    with pytest.raises(UnsealError):
        VAULT.unseal(SLOT, sealed)
    with pytest.raises(UnsealError):
        VAULT.unseal_secret(SLOT, VAULT.seal(SLOT, b"secret"))


def test_a_given_key_needs_no_keyring() -> None:
    key = RANDOM.randbytes(32)
    assert OTHER.unseal_with(key, SLOT, VAULT.seal_with(key, SLOT, b"body")) == b"body"


def test_a_data_key_takes_the_month_and_the_holder() -> None:
    month, pair, data_key = RANDOM.randbytes(32), KeyPair.new(RANDOM), RANDOM.randbytes(32)
    wrapped = VAULT.wrap_data_key(month, pair.public, SLOT, data_key)
    assert VAULT.unwrap_data_key(month, pair, SLOT, wrapped) == data_key
    with pytest.raises(UnsealError):
        VAULT.unwrap_data_key(RANDOM.randbytes(32), pair, SLOT, wrapped)
    with pytest.raises(UnsealError):
        VAULT.unwrap_data_key(month, KeyPair.new(RANDOM), SLOT, wrapped)
    with pytest.raises(UnsealError):
        VAULT.unwrap_data_key(month, pair, Slot("reports", "routing", "slack:T1", b"s" * 16), wrapped)


# --- drafts ---------------------------------------------------------------------------------------------


def test_the_same_draft_key_gives_the_same_keys_again() -> None:
    k = RANDOM.randbytes(32)
    one, again = VAULT.draft(k), VAULT.draft(k)
    assert one == again
    assert [len(each) for each in (one.id, one.seal, one.report, one.entropy)] == [16, 32, 16, 32]
    assert len({one.id, one.seal[:16], one.report, one.entropy[:16]}) == 4


def test_a_draft_key_alone_gives_nothing() -> None:
    k = RANDOM.randbytes(32)
    here, there = VAULT.draft(k), OTHER.draft(k)
    assert {here.id, here.seal, here.report, here.entropy}.isdisjoint(
        {there.id, there.seal, there.report, there.entropy}
    )


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_draft_key_of_another_length_is_a_defect(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        VAULT.draft(bytes(length))


def test_a_draft_key_travels_in_43_safe_characters() -> None:
    for _ in range(50):
        text = new_draft_key(RANDOM)
        key = read_draft_key(text)
        assert len(text) == 43
        assert text.replace("-", "").replace("_", "").isalnum()
        assert key is not None
        assert len(key) == 32
    assert new_draft_key(RANDOM) != new_draft_key(RANDOM)


@pytest.mark.parametrize(
    "text", ["", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "=", "A" * 42 + " ", "Ä" * 43, "A" * 10_000]
)
def test_what_we_did_not_write_is_no_draft_key(text: str) -> None:
    assert read_draft_key(text) is None


@given(st.text(max_size=60))
def test_reading_a_draft_key_never_fails(text: str) -> None:
    assert read_draft_key(text) is None or len(text) == 43


# --- padding --------------------------------------------------------------------------------------------


@given(st.text(), st.sampled_from([1, 256, 4096]))
def test_padding_comes_off_again(text: str, block: int) -> None:
    padded = pad(text, block)
    assert unpad(padded) == text
    assert len(padded) % block == 0


@pytest.mark.parametrize("text", ["", "\0", "\x80", "a\x80\0\0", "\ufeff", "\0" * 4096, "🌧" * 5000])
def test_texts_that_look_like_padding_survive_it(text: str) -> None:
    assert unpad(pad(text)) == text
    assert unpad(pad_small(text)) == text


@pytest.mark.parametrize(("length", "blocks"), [(0, 1), (1, 1), (4095, 1), (4096, 2), (8191, 2), (8192, 3)])
def test_a_length_shows_in_whole_blocks_only(length: int, blocks: int) -> None:
    assert len(pad("x" * length)) == blocks * 4096


def test_short_things_are_padded_to_small_blocks() -> None:
    assert len(pad_small("x" * 255)) == 256
    assert len(pad_small("x" * 256)) == 512


def test_a_broken_emoji_costs_nobody_their_report() -> None:
    assert unpad(pad("a\ud83c\udf27b")) == "a🌧b"
    assert unpad(pad("a\ud83cb")) == "a\ufffdb"


@pytest.mark.parametrize("junk", [b"", b"\0", b"abc", b"abc\0\0"])
def test_what_was_never_padded_is_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="no padded text"):
        unpad(junk)


# --- tokens ---------------------------------------------------------------------------------------------


def test_a_token_is_the_same_for_one_person_in_one_window_and_for_nothing_else() -> None:
    one, other = bytes([1]) * 32, bytes([2]) * 32
    assert token(one, "slack:T1", "U1") == token(one, "slack:T1", "U1")
    different = {
        token(one, "slack:T1", "U1"),
        token(one, "slack:T1", "U2"),
        token(one, "slack:T2", "U1"),
        token(one, "discord:T1", "U1"),
        token(one, "slack:T", "1U1"),
        token(other, "slack:T1", "U1"),
    }
    assert len(different) == 6
    assert {len(each) for each in different} == {16}


@pytest.mark.parametrize("secret", [b"", bytes(16), bytes(33)])
def test_no_token_without_a_whole_secret(secret: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        token(secret, "slack:T1", "U1")


def test_nothing_secret_shows() -> None:
    keys = VAULT.draft(RANDOM.randbytes(32))
    shown = f"{keys!r} {VAULT!r} {keys} {VAULT}"
    for each in (keys.id, keys.seal, keys.report, keys.entropy):
        assert each.hex() not in shown
        assert repr(each)[2:-1] not in shown


def test_the_operating_systems_randomness_fits() -> None:
    vault = Vault(Keyring.open(bytes(32), (), secrets.SystemRandom())[0], secrets.SystemRandom())
    assert vault.unseal(SLOT, vault.seal(SLOT, b"x")) == b"x"
    assert read_draft_key(new_draft_key(secrets.SystemRandom()))
