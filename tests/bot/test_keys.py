"""The root key and the server keys: wrong files and wrong keys are refused with a sentence that helps."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import Misconfigured
from bot.keys import KeyFile, Keyring, Purpose, new_key_file
from bot.ports import KeyProvider
from bot.providers import FixedKey
from bot.records import KeyRow

RANDOM = random.Random(17)
ROOT = RANDOM.randbytes(32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "metoo.key"
    new_key_file(path, random.Random(1))
    return path


def rewrite(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


def test_a_new_key_file_gives_its_key_and_is_for_its_owner_only(path: Path) -> None:
    provider: KeyProvider = KeyFile(path)
    assert provider.root() == random.Random(1).randbytes(32)
    assert path.stat().st_mode & 0o777 == 0o400
    assert list(path.parent.iterdir()) == [path]


def test_a_key_file_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(Misconfigured, match="already"):
        new_key_file(path, RANDOM)
    assert path.read_bytes() == before


def test_a_key_file_in_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be written"):
        new_key_file(tmp_path / "missing" / "metoo.key", RANDOM)


def test_a_missing_key_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="metoo keys new"):
        KeyFile(tmp_path / "metoo.key").root()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o444, 0o620, 0o660, 0o601])
def test_a_key_file_that_others_can_use_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(Misconfigured, match=f"chmod 0400 {path}"):
        KeyFile(path).root()


def test_a_key_file_that_its_owner_may_write_is_fine(path: Path) -> None:
    path.chmod(0o600)
    assert len(KeyFile(path).root()) == 32


def test_a_key_file_cut_at_any_length_is_recognised(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        rewrite(path, whole[:length])
        with pytest.raises(Misconfigured, match="cut off"):
            KeyFile(path).root()


def test_the_line_end_of_a_key_file_does_not_matter(path: Path) -> None:
    key = KeyFile(path).root()
    rewrite(path, path.read_bytes().rstrip())
    assert KeyFile(path).root() == key


def test_any_changed_digit_in_a_key_file_is_recognised(path: Path) -> None:
    whole = path.read_bytes()
    for at in range(len(b"metoo-root-1 "), len(whole) - 1):
        if whole[at : at + 1] == b" ":
            continue
        other = b"0" if whole[at : at + 1] != b"0" else b"1"
        rewrite(path, whole[:at] + other + whole[at + 1 :])
        with pytest.raises(Misconfigured, match="checksum"):
            KeyFile(path).root()


@pytest.mark.parametrize(
    "junk",
    [b"", b"\xff" * 32, bytes(range(64, 96)), b"metoo-root-2 " + b"0" * 64 + b" " + b"0" * 8, b"x" * 100_000],
)
def test_anything_else_is_no_key_file(path: Path, junk: bytes) -> None:
    rewrite(path, junk)
    with pytest.raises(Misconfigured, match="no key file"):
        KeyFile(path).root()


def test_two_keys_in_one_file_are_refused(path: Path) -> None:
    rewrite(path, path.read_bytes() * 2)
    with pytest.raises(Misconfigured, match="no key file"):
        KeyFile(path).root()


def test_a_folder_or_a_pipe_is_no_key_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o400)
    for name in (".", "pipe"):
        with pytest.raises(Misconfigured, match=r"plain file|cannot be read"):
            KeyFile(tmp_path / name).root()


def test_no_sentence_about_a_key_file_shows_the_key(path: Path) -> None:
    digits = path.read_text().split()[1]
    rewrite(path, path.read_bytes()[:-4] + b"zzz\n")
    with pytest.raises(Misconfigured) as caught:
        KeyFile(path).root()
    assert digits[:8] not in str(caught.value)


def test_a_fixed_key_has_32_bytes() -> None:
    assert FixedKey(ROOT).root() == ROOT
    with pytest.raises(ValueError, match="32 bytes"):
        FixedKey(b"short")


# --- keyring --------------------------------------------------------------------------------------------


def test_an_empty_store_gets_a_key_for_every_purpose() -> None:
    keyring, rows = Keyring.open(ROOT, (), RANDOM)
    assert {row.purpose for row in rows} == set(Purpose)
    assert len({keyring.key(purpose) for purpose in Purpose}) == len(Purpose)
    assert {len(keyring.key(purpose)) for purpose in Purpose} == {32}
    assert {len(keyring.id(purpose)) for purpose in Purpose} == {8}


def test_stored_keys_are_found_again() -> None:
    keyring, rows = Keyring.open(ROOT, (), RANDOM)
    again, more = Keyring.open(ROOT, rows, RANDOM)
    assert more == ()
    assert all(again.key(purpose) == keyring.key(purpose) for purpose in Purpose)


def test_a_purpose_that_an_upgrade_brings_gets_a_key_beside_the_old_ones() -> None:
    keyring, rows = Keyring.open(ROOT, (), RANDOM)
    old = tuple(row for row in rows if row.purpose != Purpose.WINDOW)
    again, more = Keyring.open(ROOT, old, RANDOM)
    assert [row.purpose for row in more] == [Purpose.WINDOW]
    assert again.key(Purpose.FIELD) == keyring.key(Purpose.FIELD)
    assert again.key(Purpose.WINDOW) != keyring.key(Purpose.WINDOW)


def test_a_key_of_a_later_version_is_left_alone() -> None:
    _, rows = Keyring.open(ROOT, (), RANDOM)
    _, more = Keyring.open(ROOT, (*rows, KeyRow(bytes(16), "tomorrow", b"?")), RANDOM)
    assert more == ()


def test_the_key_of_another_store_is_refused() -> None:
    _, rows = Keyring.open(ROOT, (), RANDOM)
    with pytest.raises(Misconfigured, match="This key does not open this store"):
        Keyring.open(RANDOM.randbytes(32), rows, RANDOM)


def test_a_damaged_server_key_is_named_and_not_replaced() -> None:
    _, rows = Keyring.open(ROOT, (), RANDOM)
    damaged = replace(rows[0], wrapped=rows[0].wrapped[:-1] + bytes([rows[0].wrapped[-1] ^ 1]))
    with pytest.raises(Misconfigured, match=f"{damaged.purpose} .{damaged.id.hex()}.*backup"):
        Keyring.open(ROOT, (damaged, *rows[1:]), RANDOM)


def test_server_keys_cannot_change_places() -> None:
    _, rows = Keyring.open(ROOT, (), RANDOM)
    one, other, *rest = rows
    swapped = (replace(one, purpose=other.purpose), replace(other, purpose=one.purpose), *rest)
    with pytest.raises(Misconfigured, match="damaged"):
        Keyring.open(ROOT, swapped, RANDOM)
    with pytest.raises(Misconfigured, match="damaged"):
        Keyring.open(ROOT, (replace(one, id=other.id), other, *rest), RANDOM)


def test_two_keys_for_one_purpose_are_refused() -> None:
    _, rows = Keyring.open(ROOT, (), RANDOM)
    _, others = Keyring.open(ROOT, (), RANDOM)
    with pytest.raises(Misconfigured, match="two server keys"):
        Keyring.open(ROOT, (*rows, others[0]), RANDOM)


def test_nothing_secret_shows(path: Path) -> None:
    keyring, rows = Keyring.open(ROOT, (), RANDOM)
    shown = f"{keyring!r} {keyring} {FixedKey(ROOT)!r} {KeyFile(path)!r} {rows!r}"
    for secret in (ROOT, KeyFile(path).root(), *(keyring.key(purpose) for purpose in Purpose)):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
