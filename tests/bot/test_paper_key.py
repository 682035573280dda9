"""The key on paper: two of three sheets give it back, one tells nothing, and a mistake is named."""

from __future__ import annotations

import itertools
import random

import pytest

from bot.errors import Misconfigured
from bot.keys import checksum
from bot.paper_key import WORDS, mistake, paper, root_of, sheets_of

ROOT = random.Random(31).randbytes(32)
SHEETS = sheets_of(ROOT)


@pytest.mark.parametrize("pair", list(itertools.combinations(range(3), 2)))
def test_any_two_sheets_give_the_key_back(pair: tuple[int, int]) -> None:
    assert root_of([SHEETS[n] for n in pair]) == ROOT


def test_sheets_are_read_however_they_are_typed() -> None:
    numbered = ", ".join(f"{n} {word.upper()}" for n, word in enumerate(SHEETS[0].split(), 1))
    assert root_of([numbered, f"\n{SHEETS[2]}\t"]) == ROOT


def test_one_sheet_twice_is_not_enough() -> None:
    with pytest.raises(Misconfigured, match="different from each other"):
        root_of([SHEETS[0], SHEETS[0]])


def test_sheets_of_two_keys_do_not_mix() -> None:
    other = sheets_of(random.Random(37).randbytes(32))
    with pytest.raises(Misconfigured, match="of the same key"):
        root_of([SHEETS[0], other[1]])


def test_any_wrong_word_is_noticed() -> None:
    words = SHEETS[0].split()
    for at, word in enumerate(words):
        other = "zero" if word != "zero" else "academic"
        typed = " ".join([*words[:at], other, *words[at + 1 :]])
        with pytest.raises(Misconfigured, match="do not give a key"):
            root_of([typed, SHEETS[1]])


def test_a_mistake_in_one_sheet_is_told_before_the_other_is_typed() -> None:
    words = SHEETS[0].split()
    assert [mistake(sheet) for sheet in SHEETS] == ["", "", ""]
    assert mistake(" ".join(f"{n} {word.upper()}," for n, word in enumerate(words, 1))) == ""
    assert "number 3, 33." in mistake(" ".join([*words[:2], "acadmic", *words[3:-1], "metoo"]))
    assert "32 words" in mistake(" ".join(words[1:]))
    other = "zero" if words[4] != "zero" else "academic"
    assert mistake(" ".join([*words[:4], other, *words[5:]])).startswith("A word is another one")


@pytest.mark.parametrize("typed", ["", "metoo", "academic " * 33, "é" * 1000])
def test_what_is_no_sheet_is_a_sentence(typed: str) -> None:
    with pytest.raises(Misconfigured, match="do not give a key"):
        root_of([typed, SHEETS[1]])


def test_a_printed_sheet_has_its_words_numbered_and_says_what_to_do_with_it() -> None:
    printed = paper(ROOT).split("\f")
    assert len(printed) == 3
    for number, sheet in enumerate(printed, 1):
        assert f"sheet {number} of 3" in sheet
        assert checksum(ROOT) in sheet
        assert "Any 2 of the 3 sheets give the key back: metoo keys from-paper FILE." in sheet
        assert "never two together" in sheet
        assert max(map(len, sheet.splitlines())) <= 110
        body = sheet.split("\n\n")[1]
        assert len(body.split()) == 2 * WORDS
    typed = [sheet.split("\n\n")[1] for sheet in printed[:2]]
    assert root_of(typed) == ROOT
    assert ROOT.hex() not in paper(ROOT)
