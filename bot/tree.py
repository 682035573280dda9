"""The tree of a week: leaves in the order of their bytes, most of them random, and the root that they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from bot.ports import Random

LEAVES = 4096
"""Leaves of a tree, so that neither root nor path tells a number; more records than that make it the next
power of two."""

HASH = 32
"""Bytes of a leaf, a node and a root: SHA-256."""

_WEEK = b"metoo week v1"


def plant(leaves: Iterable[bytes], random: Random) -> bytes:
    """The leaves of a tree, one after another in the order of their bytes, random ones among them."""
    real = set(leaves)
    size = max(LEAVES, 1 << (len(real) - 1).bit_length())
    return b"".join(sorted([*real, *_cut(random.randbytes(HASH * (size - len(real))))]))


def root(week: str, leaves: bytes) -> bytes:
    """What the digest of a week shows: the Merkle tree's head (RFC 6962 hashing) bound to that week."""
    return _bound(week, _levels(leaves)[-1][0])


def path(leaves: bytes, leaf: bytes) -> tuple[int, tuple[bytes, ...]] | None:
    """Where a leaf stands, and its neighbours from the leaf up; None if it is not in the tree."""
    cut = _cut(leaves)
    if leaf not in cut:
        return None
    index = cut.index(leaf)
    return index, tuple(level[(index >> up) ^ 1] for up, level in enumerate(_levels(leaves)[:-1]))


def climb(week: str, leaf: bytes, index: int, path: Sequence[bytes]) -> bytes:
    """The root to which a leaf leads from its place, by its neighbours."""
    found = _leaf(leaf)
    for up, neighbour in enumerate(path):
        found = _node(neighbour, found) if index >> up & 1 else _node(found, neighbour)
    return _bound(week, found)


def _cut(leaves: bytes) -> list[bytes]:
    return [leaves[at : at + HASH] for at in range(0, len(leaves), HASH)]


def _leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _bound(week: str, head: bytes) -> bytes:
    return sha256(_WEEK + week.encode() + head).digest()


def _levels(leaves: bytes) -> list[list[bytes]]:
    """The tree from its leaves to its head; there are always a power of two."""
    levels = [[_leaf(each) for each in _cut(leaves)]]
    while len(level := levels[-1]) > 1:
        levels.append([_node(*pair) for pair in zip(level[::2], level[1::2], strict=True)])
    return levels
