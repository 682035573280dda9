"""Where a root key can be kept: each kind of key file opens in its own way, or says what to do."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot import passphrase, providers
from bot.errors import Misconfigured
from bot.key_settings import KeysSettings, in_credential_file
from bot.keys import KeyFile, keep_key_file, new_key_file
from bot.ports import KeyProvider
from bot.providers import StoredKey, configured, line_under_passphrase
from tests.bot.surroundings import cleared

RANDOM = random.Random(29)
ROOT = RANDOM.randbytes(32)
WORDS = "three small grey stones"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cleared(monkeypatch, tmp_path)
    monkeypatch.setattr(passphrase, "MEMORY", 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "metoo.key"
    keep_key_file(path, line_under_passphrase(ROOT, WORDS, RANDOM))
    return path


def stored(path: Path, typed: str = WORDS) -> KeyProvider:
    return StoredKey(KeyFile(path), lambda: typed, {})


def test_a_key_under_a_passphrase_opens_with_it_however_it_was_typed(path: Path) -> None:
    assert ROOT.hex() not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o400
    assert stored(path).root() == ROOT
    assert stored(path, f"  {WORDS}\n").root() == ROOT


@pytest.mark.parametrize("typed", ["", "three small grey stone", WORDS.upper(), "x" * 2000, "\ud800"])
def test_another_passphrase_is_a_sentence(path: Path, typed: str) -> None:
    with pytest.raises(Misconfigured, match="does not open the key file") as caught:
        stored(path, typed).root()
    assert not typed or typed not in str(caught.value)


def test_a_cut_or_changed_file_is_recognised(path: Path) -> None:
    whole = path.read_text()
    path.chmod(0o600)
    for length in (len("metoo-passphrase-1"), 30, 52):
        path.write_text(whole[:length])
        with pytest.raises(Misconfigured, match=r"cut off|no key file"):
            stored(path).root()
    for line in (
        whole[:-3],
        whole[:-3] + "00\n",
        whole.replace("metoo-passphrase-1 ", "metoo-passphrase-1 0"),
    ):
        path.write_text(line)
        with pytest.raises(Misconfigured, match=r"cut off|was changed"):
            stored(path).root()


def test_a_file_that_others_can_use_is_refused_whatever_its_kind(path: Path) -> None:
    path.chmod(0o440)
    with pytest.raises(Misconfigured, match="chmod 0400"):
        stored(path).root()


def test_a_plain_key_file_asks_for_nothing(tmp_path: Path) -> None:
    new_key_file(tmp_path / "plain.key", random.Random(1))

    def asked() -> str:
        raise AssertionError("nobody has to type anything")

    assert StoredKey(KeyFile(tmp_path / "plain.key"), asked, {}).root() == random.Random(1).randbytes(32)


def test_a_key_that_a_service_wrapped_needs_that_service(tmp_path: Path) -> None:
    keep_key_file(tmp_path / "wrapped.key", "metoo-wrapped-1 kms AAAA 00000000")
    with pytest.raises(Misconfigured, match=r"wrapped by kms, and keys\.kms is not set"):
        stored(tmp_path / "wrapped.key").root()


def test_a_service_that_gives_another_key_is_recognised(tmp_path: Path) -> None:
    class Other:
        async def wrap(self, key: bytes) -> str:
            return "AAAA"

        async def unwrap(self, wrapped: str) -> bytes:
            return RANDOM.randbytes(32)

    keep_key_file(tmp_path / "wrapped.key", "metoo-wrapped-1 vault AAAA 00000000")
    with pytest.raises(Misconfigured, match="checksum does not fit"):
        StoredKey(KeyFile(tmp_path / "wrapped.key"), str, {"vault": Other()}).root()


# --- credentials ----------------------------------------------------------------------------------------


def credential(folder: Path, monkeypatch: pytest.MonkeyPatch, mode: int = 0o440) -> Path:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    new_key_file(folder / "metoo-root-key", random.Random(1))
    (folder / "metoo-root-key").chmod(mode)
    return folder / "metoo-root-key"


def by_settings(**given: object) -> bytes:
    return configured(KeysSettings.model_validate(given), str, {}).root()


def test_a_credential_of_systemd_may_show_its_access_list_as_the_groups_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = credential(tmp_path, monkeypatch)
    assert by_settings(credential="metoo-root-key") == random.Random(1).randbytes(32)
    file.chmod(0o444)
    with pytest.raises(Misconfigured, match="can be used by others"):
        by_settings(credential="metoo-root-key")


def test_a_credential_that_was_not_handed_over_says_which_line_the_unit_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Misconfigured, match=r"no CREDENTIALS_DIRECTORY.*LoadCredential=metoo-root-key:PATH"):
        by_settings(credential="metoo-root-key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(Misconfigured, match="handed over no credential"):
        by_settings(credential="metoo-root-key")


def test_no_key_and_two_keys_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="metoo keys new FILE"):
        by_settings()
    with pytest.raises(Misconfigured, match="Two keys are set"):
        by_settings(file=tmp_path / "a", credential="b")


def test_a_passphrase_is_safe_in_a_credential_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "METOO_KEYS__PASSPHRASE"
    assert not in_credential_file(name)
    (tmp_path / name).write_text(WORDS)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert in_credential_file(name)
    monkeypatch.setenv(name, WORDS)  # wins over the file, and shows in lists of processes
    assert not in_credential_file(name)


@pytest.mark.parametrize("weak", ["", "short", "a" * 40, "123456 123456 12"[:14], "x" * 1001])
def test_weak_passphrases_are_told_from_others(weak: str) -> None:
    assert passphrase.too_weak(weak)
    assert not passphrase.too_weak(WORDS)


def test_nothing_secret_shows(path: Path) -> None:
    assert WORDS not in repr(stored(path))
    assert providers.StoredKey.__repr__ is object.__repr__
