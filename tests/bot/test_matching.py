from __future__ import annotations

import hashlib
import hmac
import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from bot.matching import (
    MEMBER,
    OUTSIDE,
    Accused,
    Matching,
    Release,
    check_of,
    keeper_answer,
    keeper_name,
    known_keeper,
    prehash,
    workspace_of,
    writer_of,
)
from bot.polynomial import at_zero
from bot.ports import Answered

BOT, KEEPER = bytes(range(32)), bytes(range(32, 64))
ACCUSED = Accused("slack:T1", MEMBER, "U1")
VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("escrow_vectors.json").read_text())


def matching(k: int = 3, accused: Accused = ACCUSED, bot: bytes = BOT, keeper: bytes = KEEPER) -> Matching:
    asked = prehash(bot, accused)
    return Matching.of(bot, asked, keeper_answer(keeper, workspace_of(bot, accused.workspace), asked), k)


def checked(keeper: bytes = KEEPER) -> Answered:
    """What a keeper says to the question that tells it."""
    return Answered(keeper_name(keeper), keeper_answer(keeper, *check_of(BOT, "slack:T1")))


def writer(n: int) -> bytes:
    return writer_of("slack:T1", f"U{n}")


def test_every_derivation_gives_what_it_gave_when_the_format_was_fixed() -> None:
    made = matching()
    asked = prehash(BOT, ACCUSED)
    assert {
        "prehash": asked.hex(),
        "workspace": workspace_of(BOT, "slack:T1").hex(),
        "answer": keeper_answer(KEEPER, workspace_of(BOT, "slack:T1"), asked).hex(),
        "keeper": keeper_name(KEEPER).hex(),
        "check": [each.hex() for each in check_of(BOT, "slack:T1")],
        "known": known_keeper(BOT, keeper_name(KEEPER), checked()).hex(),
        "root": made.root.hex(),
        "tag": made.tag.hex(),
        "mark": made.mark(writer(2)).hex(),
        "share": made.share(writer(2)).to_bytes().hex(),
        "opening": made.release.opening.hex(),
        "routing": made.release.routing.hex(),
        "coefficients_sha256": hashlib.sha256(
            b"".join(each.to_bytes(32) for each in made.coefficients)
        ).hexdigest(),
    } == VECTORS


def said(*parts: bytes) -> bytes:
    """A frame, as SECURITY.md says it."""
    return b"".join(len(each).to_bytes(4, "big") + each for each in parts)


def mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def derived(key: bytes, label: str, length: int = 32) -> bytes:
    """HKDF-SHA256 (RFC 5869) without a salt, by hand."""
    made, block = b"", b""
    for n in range(1, -(-length // 32) + 1):
        block = mac(mac(bytes(32), key), block + label.encode() + bytes([n]))
        made += block
    return made[:length]


def test_the_construction_as_security_md_says_it_gives_the_same_by_other_hands() -> None:
    p, k, person = 2**256 - 189, 3, said(b"slack:T1", b"U2")
    prehashed = mac(derived(BOT, "metoo escrow before the keeper v1"), said(b"slack:T1", b"member", b"U1"))
    place = mac(derived(BOT, "metoo escrow workspace v1"), b"slack:T1")[:16]
    answer = mac(derived(KEEPER, "metoo keeper answer v1"), said(place, prehashed))
    root = mac(derived(BOT, "metoo escrow behind the keeper v1"), said(prehashed, answer))
    coefficients = [
        int.from_bytes(derived(root, f"metoo escrow coefficient {n} k={k} v1", 48)) % p for n in range(k)
    ]
    own = mac(derived(root, f"metoo escrow place k={k} v1"), person)
    x = int.from_bytes(derived(own, "metoo escrow place v1", 48)) % p
    y = sum(each * x**n for n, each in enumerate(coefficients)) % p
    at_nothing = coefficients[0].to_bytes(32)
    check = derived(BOT, "metoo escrow check v1")
    place_of_check, question = (
        mac(check, said(b"asked under", b"slack:T1"))[:16],
        mac(check, said(b"asked", b"slack:T1")),
    )
    name = derived(KEEPER, "metoo keeper name v1", 16)
    checked_by = mac(derived(KEEPER, "metoo keeper answer v1"), said(place_of_check, question))
    found = {
        "prehash": prehashed,
        "workspace": place,
        "answer": answer,
        "root": root,
        "tag": derived(root, f"metoo escrow tag k={k} v1", 16),
        "mark": mac(derived(root, f"metoo escrow mark k={k} v1"), person)[:16],
        "share": x.to_bytes(32) + y.to_bytes(32),
        "opening": derived(at_nothing, f"metoo escrow opening k={k} v1"),
        "routing": derived(at_nothing, f"metoo escrow routing k={k} v1"),
        "keeper": name,
        "known": mac(derived(BOT, "metoo escrow known keeper v1"), said(name, name, checked_by))[:16],
    }
    assert {each: value.hex() for each, value in found.items()} == {each: VECTORS[each] for each in found}


@pytest.mark.parametrize("k", [2, 3, 5, 10])
def test_as_many_writers_as_were_agreed_open_what_one_fewer_do_not(k: int) -> None:
    made = matching(k)
    shares = [made.share(writer(n)) for n in range(k + 1)]
    for enough in combinations(shares, k):
        assert Release(at_zero(enough), k).opening == made.release.opening
    for few in combinations(shares, k - 1):
        assert Release(at_zero(few), k).opening != made.release.opening


def test_the_same_writer_twice_counts_once() -> None:
    made = matching(2)
    twice = [made.share(writer(1)), made.share(writer(1))]
    assert made.mark(writer(1)) == made.mark(writer(1))
    assert Release(at_zero(twice), 2).opening != made.release.opening


def test_everything_differs_by_person_kind_workplace_threshold_and_both_keys() -> None:
    others = [
        matching(),
        matching(accused=Accused("slack:T1", MEMBER, "U2")),
        matching(accused=Accused("slack:T1", OUTSIDE, "U1")),
        matching(accused=Accused("slack:T2", MEMBER, "U1")),
        matching(k=2),
        matching(bot=bytes(32)),
        matching(keeper=bytes(32)),
    ]
    for found in (
        [each.tag for each in others],
        [each.mark(writer(1)) for each in others],
        [each.share(writer(1)).x for each in others],
        [each.coefficients[0] for each in others],
        [each.release.opening for each in others],
        [each.release.routing for each in others],
    ):
        assert len(set(found)) == len(others)


def test_what_is_framed_is_nobody_elses() -> None:
    assert Accused("a", "bc", "d").framed() != Accused("ab", "c", "d").framed()


def test_another_keeper_is_told_by_its_name_and_the_name_says_nothing_of_the_key() -> None:
    assert keeper_name(KEEPER) != keeper_name(BOT)
    assert keeper_name(KEEPER) not in KEEPER


def test_a_keeper_is_told_by_its_name_and_by_what_it_answers_and_asking_names_nobody() -> None:
    name, said = keeper_name(KEEPER), checked()
    other = Answered(name, checked(BOT).answer)
    known = {known_keeper(BOT, *each) for each in ((name, said), (name, other), (keeper_name(BOT), said))}
    assert len(known) == 3
    assert known_keeper(BOT, name, said) != known_keeper(KEEPER, name, said)
    place, question = check_of(BOT, "slack:T1")
    assert (len(place), len(question)) == (16, 32)
    assert place != workspace_of(BOT, "slack:T1")
    assert check_of(BOT, "slack:T2") != (place, question)


@pytest.mark.parametrize("k", [0, 1, 11])
def test_a_threshold_out_of_bounds_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match="two to ten"):
        matching(k)


@pytest.mark.parametrize("answer", [b"", bytes(31), bytes(33)])
def test_a_keeper_that_answers_too_short_or_too_long_is_refused(answer: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Matching.of(BOT, bytes(32), answer, 3)


def test_nothing_of_it_shows_itself() -> None:
    made = matching()
    shown = f"{made!r} {made.release!r} {ACCUSED!r}"
    assert made.root.hex() not in shown
    assert str(made.coefficients[0]) not in shown
    assert "U1" not in shown
