"""The scheme of proofs: commitments, trees, and every way in which a proof can be wrong."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.account import Account
from bot.anonymity import iso_week, monday_of
from bot.proof import (
    MOST,
    Commitment,
    Proof,
    Unreadable,
    commitment,
    grouped,
    read_root,
    record_text,
    verify,
)
from bot.tree import LEAVES, climb, path, plant, root

SEED, REPORT = bytes(range(96)), bytes(range(16))
ACCOUNT = Account("It happened.", "touch", ("U1", "U2"), "weeks", teller="me")
WEEK, NEXT = "2026-W48", "2026-W49"
MINE = commitment(SEED, REPORT, ACCOUNT)
TREE = plant([MINE.leaf], random.Random(1))
ROOT = root(WEEK, TREE)


def proven(mine: Commitment = MINE, week: str = WEEK, leaves: bytes = TREE) -> Proof:
    proof = Proof.of(mine, week, leaves)
    assert proof is not None
    return proof


PROOF = proven()
FILE = PROOF.to_json().encode()


def changed(**fields: Any) -> bytes:
    """The proof's file with other fields; one that is None is left out."""
    found = json.loads(FILE) | fields
    return json.dumps({name: each for name, each in found.items() if each is not None}).encode()


def cut(leaves: bytes) -> list[bytes]:
    return [leaves[at : at + 32] for at in range(0, len(leaves), 32)]


def head(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, as it is written there."""
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\1" + head(leaves[:k]) + head(leaves[k:])).digest()


# --- the record and its commitment ---


def test_the_record_text_is_what_was_said_line_by_line_and_then_the_words() -> None:
    lines = record_text(SEED, REPORT, ACCOUNT).decode().split("\n")
    assert lines[0] == "metoo record 1"
    assert lines[1].startswith("nonce: ")
    assert len(bytes.fromhex(lines[1].removeprefix("nonce: "))) == 16
    assert lines[2:] == [
        "kind: touch",
        "when: weeks",
        "who tells: me",
        "person named: U1",
        "person named: U2",
        "",
        "It happened.",
    ]


def test_what_was_not_said_has_no_line_and_the_words_keep_every_byte() -> None:
    text = " \r\n\tnonce: 0\n\nkind: x \n"
    record = record_text(SEED, REPORT, Account(text))
    assert record.decode().split("\n", 3)[2:] == ["", text]


@given(st.text(st.characters(), max_size=50), st.lists(st.text(max_size=9), max_size=3))
def test_any_text_has_a_commitment_and_no_id_can_break_into_another_line(text: str, named: list[str]) -> None:
    record = record_text(SEED, REPORT, Account(text, named=tuple(named)))
    top = record.split(b"\n\n", 1)[0].split(b"\n")
    assert len(top) == 2 + len(named)
    assert all(each.startswith(b"person named: ") for each in top[2:])


@pytest.mark.parametrize(
    ("seed", "report", "account"),
    [
        (bytes(96), REPORT, ACCOUNT),
        (SEED, bytes(16), ACCOUNT),
        (SEED, REPORT, replace(ACCOUNT, text="It happened!")),
        (SEED, REPORT, replace(ACCOUNT, category="other")),
        (SEED, REPORT, replace(ACCOUNT, when="days")),
        (SEED, REPORT, replace(ACCOUNT, teller="saw")),
        (SEED, REPORT, replace(ACCOUNT, named=("U1",))),
    ],
    ids=["seed", "report", "text", "kind", "when", "teller", "named"],
)
def test_another_seed_report_or_word_is_another_leaf(seed: bytes, report: bytes, account: Account) -> None:
    other = commitment(seed, report, account)
    assert other.leaf != MINE.leaf
    assert other.record != MINE.record


def test_who_has_read_the_report_cannot_tell_from_a_proof_which_one_it_is() -> None:
    known = record_text(SEED, REPORT, ACCOUNT)
    (nonce,) = (line for line in known.split(b"\n") if line.startswith(b"nonce: "))
    assert nonce.split()[1] not in FILE
    assert commitment(bytes(96), REPORT, ACCOUNT).record != MINE.record


def test_a_commitment_and_a_proof_show_nothing_when_they_are_printed() -> None:
    for each in (MINE, PROOF):
        assert not {MINE.opening.hex(), MINE.record.hex(), str(MINE.opening)} & {*repr(each).split("'")}
        assert len(repr(each)) < 80


# --- the tree ---


@pytest.mark.parametrize("count", [0, 1, 2, 4095, 4096])
def test_a_tree_has_the_same_size_and_depth_whatever_is_in_it(count: int) -> None:
    real = [sha256(n.to_bytes(4)).digest() for n in range(count)]
    leaves = plant(real, random.Random(2))
    assert len(leaves) == 32 * LEAVES == 131_072
    assert set(real) <= set(cut(leaves))
    assert cut(leaves) == sorted(cut(leaves))
    assert len(root(WEEK, leaves)) == 32
    for leaf in (*real[:2], cut(leaves)[0], cut(leaves)[-1]):
        found = path(leaves, leaf)
        assert found is not None
        assert len(found[1]) == 12
        assert climb(WEEK, leaf, *found) == root(WEEK, leaves)


def test_more_records_than_leaves_make_the_next_power_of_two() -> None:
    real = [sha256(n.to_bytes(4)).digest() for n in range(4097)]
    leaves = plant(real, random.Random(2))
    assert len(leaves) == 32 * 8192
    assert set(real) <= set(cut(leaves))
    assert len(proven(MINE, WEEK, plant([*real, MINE.leaf], random.Random(3))).path) == 13


def test_padding_is_random_and_no_two_empty_weeks_are_alike() -> None:
    one, other = plant([], random.Random(4)), plant([], random.Random(5))
    assert not set(cut(one)) & set(cut(other))
    assert len(set(cut(one))) == LEAVES


def test_the_root_is_the_head_of_rfc_6962_bound_to_the_week() -> None:
    assert sha256(b"metoo week v1" + WEEK.encode() + head(cut(TREE))).digest() == ROOT
    assert root(NEXT, TREE) != ROOT


def test_a_node_is_no_leaf() -> None:
    leaves = cut(TREE)[:2]
    node = sha256(b"\1" + b"".join(sha256(b"\0" + each).digest() for each in leaves)).digest()
    found = path(TREE, leaves[0])
    assert found is not None
    assert climb(WEEK, node, 0, found[1][1:]) != ROOT


def test_what_is_not_in_a_tree_has_no_path_and_no_proof() -> None:
    other = commitment(SEED, bytes(16), ACCOUNT)
    assert path(TREE, other.leaf) is None
    assert path(TREE, TREE[16:48]) is None  # bytes that are there, but are no leaf
    assert Proof.of(other, WEEK, TREE) is None


# --- a proof, and everything that can be wrong with it ---


def test_a_proof_is_whole_after_it_was_written_and_read() -> None:
    assert Proof.from_json(FILE) == PROOF
    assert verify(PROOF, ROOT)
    assert len(FILE) < MOST / 8


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=80), st.integers(1, 60), st.integers())
def test_every_record_of_a_week_has_its_own_proof(text: bytes, count: int, seed: int) -> None:
    mine = [commitment(SEED, bytes([n] * 16), Account(text.hex())) for n in range(count)]
    leaves = plant((each.leaf for each in mine), random.Random(seed))
    for each in mine[:3]:
        assert verify(Proof.from_json(proven(each, WEEK, leaves).to_json().encode()), root(WEEK, leaves))


def test_any_flipped_bit_of_its_file_fails() -> None:
    held = []
    for at in range(len(FILE) * 8):
        bad = bytearray(FILE)
        bad[at // 8] ^= 1 << at % 8
        with suppress(Unreadable):
            held += [at] if verify(Proof.from_json(bytes(bad)), ROOT) else []
    assert held == []


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["opening", "record", "root", *range(12)]))
def test_another_value_in_any_field_fails(other: bytes, name: str | int) -> None:
    if isinstance(name, int):
        bad = replace(PROOF, path=(*PROOF.path[:name], other, *PROOF.path[name + 1 :]))
    else:
        bad = replace(PROOF, **{name: other})  # type: ignore[arg-type]  # these three are bytes
    assert verify(bad, ROOT) is (bad == PROOF)


@given(st.integers(0, LEAVES - 1))
def test_another_index_fails(index: int) -> None:
    assert verify(replace(PROOF, index=index), ROOT) is (index == PROOF.index)


@given(st.dates(min_value=monday_of("2020-W01"), max_value=monday_of("2040-W01")).map(iso_week))
def test_another_week_fails(week: str) -> None:
    assert verify(replace(PROOF, week=week), ROOT) is (week == WEEK)


def test_a_proof_of_the_week_before_or_of_another_workplace_fails() -> None:
    later = plant([], random.Random(6))
    assert not verify(PROOF, root(NEXT, later))
    assert not verify(PROOF, root(NEXT, TREE))
    there = proven(leaves=plant([MINE.leaf], random.Random(7)))
    assert verify(there, there.root)
    assert not verify(there, ROOT)


def test_a_root_that_was_written_over_the_true_one_fails() -> None:
    forged = replace(PROOF, root=bytes(32))
    assert not verify(forged, ROOT)
    assert not verify(forged, bytes(32))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cut off, damaged or something else"),
        (FILE[:-3], "cut off, damaged or something else"),
        (FILE[: len(FILE) // 2], "cut off, damaged or something else"),
        (b"\xff\xfe" + FILE, "cut off, damaged or something else"),
        (FILE + FILE, "cut off, damaged or something else"),
        (b"[" * MOST, "cut off, damaged or something else"),
        (b'{"version": ' + b"9" * 5000 + b"}", "cut off, damaged or something else"),
        (FILE.replace(b'"week"', b'"index": 1, "week"'), "cut off, damaged or something else"),
        (bytes(10 * 1024 * 1024), "the file is too large"),
        (FILE + b" " * MOST, "the file is too large"),
        (b"[]", "does not say which version"),
        (b"1", "does not say which version"),
        (b"null", "does not say which version"),
        (changed(version=None), "does not say which version"),
        (changed(version="1"), "does not say which version"),
        (changed(version=True), "does not say which version"),
        (changed(version=1.0), "does not say which version"),
        (changed(version=2), "has version 2; this program reads version 1"),
        (changed(version=0), "has version 0; this program reads version 1"),
        (changed(root=None), "something is missing"),
        (changed(case="a"), "more than belongs there"),
        (changed(path=None), "something is missing"),
        (changed(path="ab" * 32), "its path has the wrong length"),
        (changed(path=[]), "its path has the wrong length"),
        (changed(path=["ab" * 32] * 11), "its path has the wrong length"),
        (changed(path=["ab" * 32] * 33), "its path has the wrong length"),
        (changed(path=[0] * 12), "its path is not made of 64 digits"),
        (changed(path=["ab" * 31] * 12), "its path is not made of 64 digits"),
        (changed(index=-1), "its index cannot be"),
        (changed(index=LEAVES), "its index cannot be"),
        (changed(index=PROOF.index + LEAVES), "its index cannot be"),
        (changed(index=1.0), "its index cannot be"),
        (changed(index=True), "its index cannot be"),
        (changed(index="1"), "its index cannot be"),
        (changed(opening="ab" * 33), "its opening is not made of 64 digits"),
        (changed(opening=PROOF.opening.hex().upper()), "its opening is not made of 64 digits"),
        (changed(record="zz" * 32), "its record is not made of 64 digits"),
        (changed(record="١" * 64), "its record is not made of 64 digits"),
        (changed(root=PROOF.root.hex() + "\n"), "its root is not made of 64 digits"),
        (changed(root=["ab" * 32]), "its root is not made of 64 digits"),
        (changed(week="2026-W54"), "its week is none"),
        (changed(week="2026-W00"), "its week is none"),
        (changed(week="0000-W01"), "its week is none"),
        (changed(week="2026-W٤٨"), "its week is none"),
        (changed(week="2026-48"), "its week is none"),
        (changed(week=48), "its week is none"),
    ],
)
def test_what_is_no_proof_is_refused_with_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        Proof.from_json(data)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 120


@given(st.integers(0, len(FILE) - 2))
def test_a_proof_cut_off_anywhere_is_refused(at: int) -> None:
    with pytest.raises(Unreadable):
        Proof.from_json(FILE[:at])


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted(json.loads(FILE))), inner),
    max_leaves=20,
).map(lambda each: json.dumps(each).encode()))  # fmt: skip
def test_no_file_does_more_than_be_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        Proof.from_json(data)


def test_an_editor_that_marks_or_reflows_a_file_does_no_harm() -> None:
    assert Proof.from_json(b"\xef\xbb\xbf" + FILE.replace(b"\n", b"\r\n")) == PROOF
    assert Proof.from_json(changed()) == PROOF


# --- roots for eyes and hands ---


@given(st.binary(min_size=32, max_size=32))
def test_a_root_is_read_back_however_it_was_spaced_and_cased(given_root: bytes) -> None:
    shown = grouped(given_root)
    assert [len(each) for each in shown.split(" ")] == [4] * 16
    for typed in (shown, shown.upper(), shown.replace(" ", ""), f"\n {shown.replace(' ', chr(0xA0))}\t"):
        assert read_root(typed) == given_root


@pytest.mark.parametrize("typed", ["", "ab", "ab" * 31, "ab" * 33, "zz" * 32, "０" * 64, "0x" + "ab" * 31])
def test_what_is_no_root_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(Unreadable, match="A root has 64 digits"):
        read_root(typed)


# --- what a proof does not say ---


def test_a_proof_holds_nothing_of_the_case() -> None:
    assert set(json.loads(FILE)) == {"version", "week", "opening", "record", "index", "path", "root"}
    for secret in (SEED[:16], SEED[-16:], REPORT):
        assert secret.hex().encode() not in FILE
    for word in (*ACCOUNT.named, "touch", "weeks", "happened", "metoo", "report"):
        assert word.encode() not in FILE
