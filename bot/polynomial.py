"""Polynomials over a prime field: k points of one give its value at zero, and fewer say nothing about it.

Shamir's secret sharing (Shamir, "How to share a secret", 1979), except that the coefficients are not drawn anew for
each secret but derived (`bot.matching`), so that people who never meet hold points of the same polynomial.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PRIME = 2**256 - 189
"""The largest prime below 2^256: elements are numbers from 0 to PRIME - 1, and fit into 32 bytes."""

ELEMENT = 32
"""Bytes of an element, big-endian."""

WIDE = 48
"""Bytes from which an element is reduced: 128 bits more than it has, so that no element is likelier than another
by more than one part in 2^128 (the rule of RFC 9380, section 5)."""


@dataclass(frozen=True, slots=True, repr=False)
class Share:
    """One point of a polynomial; `x` is never zero."""

    x: int
    y: int

    def to_bytes(self) -> bytes:
        """64 bytes: x, then y."""
        return self.x.to_bytes(ELEMENT) + self.y.to_bytes(ELEMENT)

    @classmethod
    def from_bytes(cls, plain: bytes) -> Share:
        """Read `to_bytes` back. Raises ValueError for bytes that are no point."""
        if len(plain) != 2 * ELEMENT:
            raise ValueError("a share has 64 bytes")
        x, y = int.from_bytes(plain[:ELEMENT]), int.from_bytes(plain[ELEMENT:])
        if not 0 < x < PRIME or y >= PRIME:
            raise ValueError("a share holds two elements, and the first is not zero")
        return cls(x, y)


def element(wide: bytes) -> int:
    """The element for 48 uniform bytes. Raises ValueError for another length."""
    if len(wide) != WIDE:
        raise ValueError("an element is made of 48 bytes")
    return int.from_bytes(wide) % PRIME


def share(coefficients: Sequence[int], x: int) -> Share:
    """The point at `x`, the constant coefficient first. Raises ValueError for zero, whose value is the secret."""
    if x % PRIME == 0:
        raise ValueError("no share stands at zero")
    y = 0
    for each in reversed(coefficients):
        y = (y * x + each) % PRIME
    return Share(x % PRIME, y)


def at_zero(shares: Iterable[Share]) -> int:
    """The value at zero of the polynomial of least degree through these points (Lagrange).

    Raises ValueError where two of them disagree about one `x`, or where there is none.
    """
    points = _apart(shares)
    total = 0
    for x, y in points.items():
        above = below = 1
        for other in points:
            if other != x:
                above = above * other % PRIME
                below = below * (other - x) % PRIME
        total = (total + y * above * pow(below, -1, PRIME)) % PRIME
    return total


def _apart(shares: Iterable[Share]) -> Mapping[int, int]:
    points: dict[int, int] = {}
    for each in shares:
        if points.setdefault(each.x, each.y) != each.y:
            raise ValueError("two shares disagree")
    if not points:
        raise ValueError("there is no share")
    return points
