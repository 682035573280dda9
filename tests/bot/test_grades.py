"""Marks of grades tell nothing without the secret, numbers by grade move by the rule of three, and bands hide."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import anonymity
from bot.grades import SHOWN, Grade, Numbers, bands, moved
from bot.records import VoiceRow
from bot.vault import grade_mark

SECRET, OTHER = b"s" * 32, b"o" * 32
STAND, SAW, TOO = SHOWN


def token(n: int) -> bytes:
    return n.to_bytes(16)


def voice(n: int, now: Grade, before: Grade | None = None) -> VoiceRow:
    graded = None if before is None else grade_mark(SECRET, token(n), before)
    return VoiceRow(token(n), now is not Grade.NONE, grade_mark(SECRET, token(n), now), graded)


def test_no_two_marks_are_alike_so_that_nobody_can_count_them() -> None:
    marks = {grade_mark(SECRET, token(n), grade) for n in range(500) for grade in Grade}
    assert len(marks) == 500 * len(Grade)
    assert not marks & {grade_mark(OTHER, token(n), grade) for n in range(500) for grade in Grade}


def test_a_mark_needs_the_secret_of_an_open_window() -> None:
    for short in (b"", b"s" * 31):
        with pytest.raises(ValueError, match="32 bytes"):
            grade_mark(short, token(1), STAND)


def test_three_new_voices_move_a_number_and_two_do_not() -> None:
    two = [voice(1, TOO), voice(2, TOO)]
    assert moved(SECRET, Numbers(), two) == (Numbers(), ())
    after, marks = moved(SECRET, Numbers(), [*two, voice(3, TOO)])
    assert after == Numbers((0, 0, 3))
    assert dict(marks) == {token(n): grade_mark(SECRET, token(n), TOO) for n in (1, 2, 3)}


def test_each_number_waits_for_its_own_three() -> None:
    after, marks = moved(
        SECRET, Numbers(), [*(voice(n, STAND) for n in range(4)), voice(9, SAW), voice(8, TOO)]
    )
    assert after == Numbers((4, 0, 0))
    assert {each for each, _ in marks} == {token(n) for n in range(4)}


def test_a_change_of_mind_moves_only_between_numbers_that_move_anyway() -> None:
    changed = voice(1, TOO, before=STAND)
    fresh = [voice(n, TOO) for n in range(2, 5)]
    assert moved(SECRET, Numbers((5, 0, 0)), [changed, *fresh])[0] == Numbers((5, 0, 3))
    more = [voice(n, STAND) for n in range(5, 8)]
    assert moved(SECRET, Numbers((5, 0, 0)), [changed, *fresh, *more])[0] == Numbers((7, 0, 4))


def test_who_has_moved_a_number_once_never_moves_one_with_others_single_presses() -> None:
    attackers = [voice(1, TOO, before=STAND), voice(2, TOO, before=STAND), voice(3, TOO, before=Grade.NONE)]
    assert moved(SECRET, Numbers((2, 0, 0)), [*attackers, voice(4, TOO)]) == (Numbers((2, 0, 0)), ())


def test_who_took_back_leaves_a_number_when_it_moves() -> None:
    gone = voice(1, Grade.NONE, before=STAND)
    assert moved(SECRET, Numbers((3, 0, 0)), [gone]) == (Numbers((3, 0, 0)), ())
    fresh = [voice(n, STAND) for n in range(2, 5)]
    assert moved(SECRET, Numbers((3, 0, 0)), [gone, *fresh])[0] == Numbers((5, 0, 0))


def test_a_voice_of_before_there_were_grades_and_one_with_a_broken_mark_just_stand() -> None:
    old = [VoiceRow(token(n), True, None, None) for n in (1, 2)]
    broken = VoiceRow(token(3), True, b"x" * 8, None)
    assert moved(SECRET, Numbers(), [*old, broken])[0] == Numbers((3, 0, 0))


@given(st.lists(st.tuples(st.sampled_from(Grade), st.none() | st.sampled_from(Grade)), max_size=30))
@settings(max_examples=200, deadline=None)
def test_numbers_are_those_of_the_voices_they_contain(told: list[tuple[Grade, Grade | None]]) -> None:
    voices = [voice(n, now, before) for n, (now, before) in enumerate(told)]
    held = [before for _, before in told]
    start = Numbers((held.count(STAND), held.count(SAW), held.count(TOO)))
    after, marks = moved(SECRET, start, voices)
    contained = dict(marks)
    for n, (now, before) in enumerate(told):
        if token(n) in contained:
            assert contained[token(n)] == grade_mark(SECRET, token(n), now)
            held[n] = now
        elif now is not before and before is None and now is not Grade.NONE:
            fresh = sum(one is now and other is None for one, other in told)
            assert fresh < anonymity.LEAST_CHANGED
    assert after.counts == (held.count(STAND), held.count(SAW), held.count(TOO))
    assert min(after.counts) >= 0


def test_what_is_fewer_than_five_always_looks_as_if_it_were_none() -> None:
    """Whatever counts up to 60 are behind it: to what is shown there always fits that each small one is zero."""
    edges = [0, 3, 4, 5, 9, 10, 24, 25, 49, 50]
    for first, second, third, waiting in product(edges, edges, edges, range(7)):
        counts, total = (first, second, third), first + second + third + waiting
        shown = bands(total, Numbers(counts))
        small = [place for place, band in enumerate(shown) if band == 0]
        if not small or all(band == 0 for band in shown):
            continue
        least = anonymity.least_in(anonymity.band(total))
        most = sum(
            10**9 if band is None else anonymity.most_in(band) + 2
            for place, band in enumerate(shown)
            if place not in small
        )
        assert least <= most, (counts, shown)


def test_zero_and_four_look_alike_beside_the_same_others() -> None:
    for others in ((5, 9), (9, 9), (24, 24), (49, 49)):
        assert bands(sum(others), Numbers((*others, 0))) in {
            bands(sum(others) + 4, Numbers((*others, 4))),
            bands(sum(others), Numbers((*others, 4))),
        }


def test_a_second_number_is_hidden_where_the_total_would_tell_the_first() -> None:
    assert bands(25, Numbers((9, 9, 4))) == (None, 1, 0)
    assert bands(18, Numbers((9, 9, 0))) == (1, 1, 0)
    assert bands(12, Numbers((12, 0, 0))) == (2, 0, 0)
    assert bands(100, Numbers((40, 20, 0))) == (3, None, 0)
