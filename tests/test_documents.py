"""The documents name tests that exist, and the cryptography that the code has: no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import archive, envelope, keypair, receipt, vault
from bot.erased import MARK
from bot.keys import Purpose
from tests.bot.labels import sites
from tests.bot.test_labels import IDS

ROOT = Path(__file__).parents[1]
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")


def named(text: str) -> set[str]:
    return {found.rstrip("/") for found in re.findall(r"`(tests/[\w./]+)`", text)}


@pytest.mark.parametrize("document", ["SECURITY.md", "README.md"])
def test_every_test_that_a_document_names_exists(document: str) -> None:
    found = named((ROOT / document).read_text("utf-8"))
    assert len(found) > 5
    assert [each for each in sorted(found) if not (ROOT / each).exists()] == []


def test_a_test_that_does_not_exist_would_be_found() -> None:
    assert named("held by `tests/test_nothing.py`, `tests/kill/` and `bot/keys.py`") == {
        "tests/test_nothing.py",
        "tests/kill",
    }


def test_every_promise_is_held_by_a_test() -> None:
    table = SECURITY.partition("| Promise | Held by |\n|---|---|\n")[2].partition("\n\n")[0]
    assert [line for line in table.splitlines() if not named(line)] == []
    assert len(table.splitlines()) > 10


def test_every_label_of_the_code_stands_in_the_document_and_no_other() -> None:
    code = {site.label.rstrip("\n\0") for site in sites()} - IDS
    told = set(re.findall(r"`(metoo[ /][a-z0-9 /=<>]+)`", SECURITY))
    assert {label for label in code if not any(each.startswith(label) for each in told)} == set()
    labels = {each for each in told if re.search(r"\bv1\b", each)}
    assert {each for each in labels if not any(each.startswith(label) for label in code)} == set()
    assert "`metoo server key v1 <purpose>`" in SECURITY
    assert ", ".join(Purpose) in SECURITY


def test_the_lengths_in_the_document_are_those_of_the_code() -> None:
    for said in (
        f"nonce ({envelope.NONCE}, random) ‖ AES-256-GCM with its tag ({envelope.TAG})",
        f"key id ({envelope.KEY_ID})",
        f"seed of {keypair.SEED} bytes",
        f"Argon2id: {receipt.MEMORY // 1024} MiB, {receipt.PASSES} passes, {receipt.LANES} lane",
        f"{receipt.COUNT} of at least 6,088 words",
        f"a voice is BLAKE2b-{vault.TOKEN * 8}",
        f"mark is BLAKE2b-{MARK * 8}",
        f"salt ({archive.SALT}); then chunks of {archive.CHUNK // 1024} KiB",
        f"padded to {vault.BLOCK // 1024} KiB",
    ):
        assert said in SECURITY, said


def test_the_readme_leads_to_it() -> None:
    assert "(SECURITY.md)" in (ROOT / "README.md").read_text("utf-8")
