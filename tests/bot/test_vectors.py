"""Known answers: every derivation and envelope gives what it gave when the format was fixed.

A change that turns this red makes stored reports unreadable; it needs a new version byte or label, not new
vectors.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.account import Account
from bot.archive import Sealer, unsealed
from bot.audit import Audit
from bot.backing import moment_after
from bot.clock import SystemClock
from bot.config import Limits as LimitSettings
from bot.enclosing import _draft
from bot.envelope import derive, key_id, seal, unseal
from bot.erased import Erased, mark
from bot.inbox import Inboxes
from bot.keypair import KeyPair
from bot.keys import LATER, KeyFile, Keyring, Purpose, keep_key_file, new_key_file
from bot.limits import Limits
from bot.manifest import NAME, packed, public_key
from bot.manifest import verify as verify_export
from bot.model import Actor, Workspace
from bot.months import Months
from bot.paper_key import root_of
from bot.passphrase import stretch
from bot.ports import Store
from bot.proof import Proof, commitment, record_text, verify
from bot.providers import StoredKey
from bot.receipt import unlock, words, words_of
from bot.records import DeskRow, KeyRow, LockRow, WindowRow
from bot.sealing import Sealing
from bot.solidarity import Window
from bot.tree import root
from bot.vault import (
    Slot,
    Tokens,
    Vault,
    grade_mark,
    new_draft_key,
    pad,
    pad_small,
    read_draft_key,
    token,
    unpad,
)

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("vectors.json").read_text())
KEY = bytes(range(32))
SLOT = Slot("reports", "body", "slack:T1", bytes(range(16)))


def given(name: str) -> bytes:
    return bytes.fromhex(VECTORS[name])


def fixed() -> random.Random:
    return random.Random(1)


def opened() -> Keyring:
    """The server's keys of the vectors."""
    rows = tuple(KeyRow(*(bytes.fromhex(row[0]), row[1], bytes.fromhex(row[2]))) for row in VECTORS["rows"])
    keyring, made = Keyring.open(KEY, rows, fixed())
    assert {row.purpose for row in made} <= LATER
    return keyring


@pytest.fixture
def keyring() -> Keyring:
    return opened()


def test_key_ids_and_derivation() -> None:
    assert key_id(KEY) == given("key_id")
    assert derive(KEY, "label", 48, b"salt") == given("derived")


def test_the_symmetric_envelope() -> None:
    assert seal(KEY, SLOT, b"what was told", fixed()) == given("envelope")
    assert unseal(KEY, SLOT, given("envelope")) == b"what was told"


def test_the_key_file(tmp_path: Path) -> None:
    new_key_file(tmp_path / "key", fixed())
    assert (tmp_path / "key").read_text() == VECTORS["key_file"]
    assert KeyFile(tmp_path / "key").root() == fixed().randbytes(32)


def test_passphrases(tmp_path: Path) -> None:
    said = "three small grey stones"
    assert stretch(said, KEY[:16], KEY) == given("passphrase_key")
    keep_key_file(tmp_path / "key", VECTORS["passphrase_file"])
    assert StoredKey(KeyFile(tmp_path / "key"), lambda: said, {}).root() == KEY


def test_the_key_on_paper() -> None:
    for pair in itertools.permutations(VECTORS["sheets"], 2):
        assert root_of(pair) == KEY


def test_the_keyring(keyring: Keyring) -> None:
    known = VECTORS["keyring"]
    assert {name: keyring.key(Purpose(name)).hex() for name in known} == known


def test_key_pairs() -> None:
    pair = KeyPair(bytes(range(96)))
    assert hashlib.sha256(pair.public).hexdigest() == VECTORS["public_sha256"]
    assert pair.open(SLOT, given("sealed_to")) == b"what was told"


def test_wrapped_data_keys(keyring: Keyring) -> None:
    vault, pair = Vault(keyring, fixed()), KeyPair(bytes(range(96)))
    assert vault.unwrap_data_key(KEY, pair, SLOT, given("wrapped_data_key")) == KEY


def test_fields_and_secrets(keyring: Keyring) -> None:
    vault = Vault(keyring, fixed())
    assert vault.seal(SLOT, b"field") == given("field")
    assert vault.seal_secret(SLOT, b"secret") == given("secret")


def test_drafts(keyring: Keyring) -> None:
    keys = Vault(keyring, fixed()).draft(KEY)
    found = {"id": keys.id, "seal": keys.seal, "report": keys.report, "entropy": keys.entropy}
    assert {name: each.hex() for name, each in found.items()} == VECTORS["draft"]
    assert new_draft_key(fixed()) == VECTORS["draft_key"]
    assert read_draft_key(VECTORS["draft_key"]) == fixed().randbytes(32)


def test_padding() -> None:
    assert pad_small("déjà") == given("padded")
    assert pad("déjà") == given("padded")[:7] + bytes(4089)
    assert unpad(given("padded")) == "déjà"


def test_tokens() -> None:
    assert token(KEY, "slack:T1", "U1") == given("token")


def test_grades_and_their_moments() -> None:
    assert grade_mark(KEY, KEY[:16], 2) == given("grade")
    opens = datetime(2026, 11, 30, tzinfo=UTC)
    closes = opens + timedelta(days=30)
    window = Window(
        WindowRow(KEY[:16], "slack:T1", "statement", KEY[:16], b"", opens, closes),
        KEY,
        Tokens(KEY, "slack:T1"),
    )
    assert moment_after(window, opens).isoformat() == VECTORS["moment"]


def test_what_waits_beside_a_visit() -> None:
    assert _draft(VECTORS["draft_key"]) == VECTORS["enclosing_key"]


def test_the_signature_of_an_export() -> None:
    made = packed(KEY, {"report": "ABC123"}, {"case.txt": b"what was told"})
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert json.loads(archive.read(NAME)) == VECTORS["export"]
    assert verify_export(made, public_key(KEY))[0]


def test_receipt_words() -> None:
    assert " ".join(words_of(KEY)) == VECTORS["words"]
    assert hashlib.sha256("\n".join(words()).encode()).hexdigest() == VECTORS["list_sha256"]


async def test_locks() -> None:
    lock = await unlock(VECTORS["words"], KEY)
    assert lock.locator == given("locator")
    assert hashlib.sha256(lock.pair.seed).hexdigest() == VECTORS["mailbox_sha256"]


def test_months(tmp_path: Path) -> None:
    folders = tmp_path / "one", tmp_path / "two"
    folders[0].mkdir()
    (folders[0] / "2028-11.key").write_bytes(given("month_file"))
    assert Months(folders, KEY, fixed()).key("2028-11", must_exist=True) == given("month_key")


def test_fingerprints_of_posts(keyring: Keyring) -> None:
    assert Vault(keyring, fixed()).fingerprint(SLOT, b"what a post says") == given("fingerprint")


def test_the_list_of_what_was_erased(tmp_path: Path) -> None:
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    assert mark(bytes(range(16))) == given("erased_mark")
    (folders[1] / "erased.list").write_bytes(given("erased_list"))
    assert Erased(folders).marks() == {given("erased_mark")}
    Erased(folders).add([])
    assert (folders[0] / "erased.list").read_bytes() == given("erased_list")


def test_backups() -> None:
    out = io.BytesIO()
    sealer = Sealer(out, KEY, fixed())
    sealer.write(b"what is kept")
    sealer.finish()
    assert out.getvalue() == given("backup")
    assert b"".join(unsealed(io.BytesIO(given("backup")), KEY)) == b"what is kept"


def test_a_commitment_to_a_record() -> None:
    known = VECTORS["proof"]
    seed, report = bytes.fromhex(known["seed"]), bytes.fromhex(known["report"])
    told = Account("It was déjà vu.\r\nAgain.\n", "touch", ("U1", "U2"), "weeks", shared=True, teller="me")
    assert record_text(seed, report, told).decode() == known["record_text"]
    mine = commitment(seed, report, told)
    assert [mine.record.hex(), mine.opening.hex(), mine.leaf.hex()] == [
        known["record"],
        known["opening"],
        known["leaf"],
    ]


def test_a_proof_of_filing() -> None:
    known = VECTORS["proof"]
    others = (hashlib.sha256(n.to_bytes(4)).digest() for n in range(4095))
    leaves = b"".join(sorted([bytes.fromhex(known["leaf"]), *others]))
    assert root(known["week"], leaves).hex() == known["root"]
    proof = Proof.from_json(known["file"].encode())
    assert proof.index == known["index"]
    assert proof.to_json() == known["file"]
    assert verify(proof, bytes.fromhex(known["root"]))


def test_the_second_generation_of_keys(keyring: Keyring) -> None:
    rows = tuple(
        KeyRow(bytes.fromhex(row), purpose, bytes.fromhex(wrapped), generation)
        for row, purpose, wrapped, generation in VECTORS["rows_2"]
    )
    assert keyring.next(fixed()) == rows
    keyring.take(rows)
    assert {name: keyring.key(Purpose(name)).hex() for name in VECTORS["keyring_2"]} == VECTORS["keyring_2"]


def test_the_second_generation_of_a_month(tmp_path: Path) -> None:
    folders = tmp_path / "one", tmp_path / "two"
    folders[0].mkdir()
    (folders[0] / "2028-11.key").write_bytes(given("month_file"))
    (folders[0] / "2028-11.2.key").write_bytes(given("month_2_file"))
    months = Months(folders, KEY, fixed())
    assert months.key("2028-11", must_exist=True) == given("month_2_key")
    assert months.older("2028-11") == (given("month_key"),)


class Kept:
    """A store that has the locks of one inbox."""

    async def read(self, query: Any) -> Any:
        return tuple(
            LockRow(bytes.fromhex(row), bytes(16), bytes.fromhex(sealed)) for row, sealed in LOCK["locks"]
        )

    async def write(self, *changes: Any) -> tuple[bool, ...]:
        return (True,) * len(changes)


LOCK: dict[str, Any] = VECTORS["lock"]


async def test_locked_inboxes(keyring: Keyring) -> None:
    vault, clock = Vault(keyring, fixed()), SystemClock()
    inboxes = Inboxes(
        store=cast("Store", Kept()),
        vault=vault,
        sealing=Sealing(vault, keyring, cast("Months", None), fixed()),
        keyring=keyring,
        audit=Audit(vault, fixed()),
        limits=Limits(LimitSettings(), clock, fixed()),
        clock=clock,
        random=fixed(),
    )
    desk = DeskRow(bytes(16), "slack:T1", "C1", b"", bytes.fromhex(LOCK["private"]))
    one, other = (Actor(Workspace("slack", "T1"), user) for user in ("U1", "U2"))
    await inboxes.unlock(desk, one, "three small grey stones")
    await inboxes.recover(desk, other, LOCK["recovery"])
    assert inboxes.pair(desk, one).seed == inboxes.pair(desk, other).seed == bytes(range(96))
