from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.polynomial import PRIME, WIDE, Share, at_zero, element, share

ELEMENTS = st.integers(0, PRIME - 1)


def test_the_prime_is_the_largest_below_two_to_the_256() -> None:
    assert PRIME == 2**256 - 189
    assert all(_composite(2**256 - below) for below in range(1, 189))
    assert not _composite(PRIME)


def _composite(number: int) -> bool:
    """Fermat to a few bases: a composite this large passes by chance less often than a disk reads wrongly."""
    return any(pow(base, number - 1, number) != 1 for base in (2, 3, 5, 7, 11))


@given(st.lists(ELEMENTS, min_size=2, max_size=10), st.data())
def test_as_many_points_as_coefficients_give_the_first_of_them(
    coefficients: list[int], data: st.DataObject
) -> None:
    k = len(coefficients)
    places = data.draw(st.lists(st.integers(1, PRIME - 1), min_size=k, max_size=k + 2, unique=True))
    assert at_zero(share(coefficients, x) for x in places) == coefficients[0]


@pytest.mark.parametrize("k", [2, 3, 5, 10])
def test_one_point_too_few_gives_something_else_and_fits_every_secret_alike(k: int) -> None:
    random = Random(k)
    coefficients = [random.randrange(PRIME) for _ in range(k)]
    points = [share(coefficients, random.randrange(1, PRIME)) for _ in range(k + 1)]
    for few in combinations(points, k - 1):
        assert at_zero(few) != coefficients[0]
        for secret in (0, 1, coefficients[0]):  # with any secret they lie on a polynomial of that degree
            assert at_zero((*few, _fitting(few, secret))) == secret
    for enough in combinations(points, k):
        assert at_zero(enough) == coefficients[0]


def _fitting(few: tuple[Share, ...], secret: int) -> Share:
    """Another point of the polynomial through these and the secret at zero."""
    x = next(each for each in range(1, 99) if each not in {one.x for one in few})
    known = [(0, secret), *((each.x, each.y) for each in few)]
    y = 0
    for at, value in known:
        term = value
        for other, _ in known:
            if other != at:
                term = term * (x - other) * pow(at - other, -1, PRIME) % PRIME
        y = (y + term) % PRIME
    return Share(x, y)


def test_the_same_point_twice_counts_once() -> None:
    one, two = share((7, 5), 3), share((7, 5), 4)
    assert at_zero((one, one, two)) == 7
    assert at_zero((one, one)) != 7


def test_a_forged_point_beside_a_true_one_is_refused() -> None:
    true = share((7, 5), 3)
    with pytest.raises(ValueError, match="disagree"):
        at_zero((true, Share(true.x, true.y + 1)))


def test_nothing_gives_nothing() -> None:
    with pytest.raises(ValueError, match="no share"):
        at_zero(())


@pytest.mark.parametrize("x", [0, PRIME])
def test_no_point_stands_where_the_secret_is(x: int) -> None:
    with pytest.raises(ValueError, match="at zero"):
        share((1, 2), x)


@given(st.integers(1, PRIME - 1), ELEMENTS)
def test_a_point_comes_back_from_its_bytes(x: int, y: int) -> None:
    assert Share.from_bytes(Share(x, y).to_bytes()) == Share(x, y)


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        bytes(63),
        bytes(65),
        bytes(64),
        PRIME.to_bytes(32) + bytes(32),
        bytes(31) + b"\x01" + PRIME.to_bytes(32),
    ],
)
def test_bytes_that_are_no_point_are_refused(plain: bytes) -> None:
    with pytest.raises(ValueError, match="share"):
        Share.from_bytes(plain)


def test_elements_are_made_of_48_bytes() -> None:
    assert element(PRIME.to_bytes(WIDE)) == 0
    with pytest.raises(ValueError, match="48 bytes"):
        element(bytes(32))


def test_a_share_shows_nothing_of_itself() -> None:
    assert "12345" not in repr(Share(12345, 12345))
