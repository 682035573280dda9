"""Matching: what two keys in two hands make of the person a held report is about (SECURITY.md, "Safety in numbers").

The bot hashes who the report is about, the keeper hashes that, and the bot hashes the answer once more. Everything
else follows from the result: the tag by which reports about the same person find each other, what tells the same
writer's second report, and the polynomial of which each writer holds one point.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from bot.envelope import derive, frame
from bot.polynomial import ELEMENT, PRIME, WIDE, Share, element, share
from bot.ports import Answered

ANSWER = 32
"""Bytes of a pre-hash and of the keeper's answer: HMAC-SHA256 (RFC 2104)."""

TAG = 16
"""Bytes of a tag and of a writer's mark: 128 bits."""

LEAST, MOST = 2, 10
"""How many different writers a match may take."""

MEMBER = "member"
OUTSIDE = "outside"
"""Whether somebody was picked from the workplace, or their address typed, which is less exact."""


@dataclass(frozen=True, slots=True, repr=False)
class Accused:
    """Who a held report is about: a kind, and a platform id or a normalised address."""

    workspace: str
    kind: str
    name: str

    def framed(self) -> bytes:
        """As bytes that nobody else has."""
        return frame(self.workspace.encode(), self.kind.encode(), self.name.encode())


def prehash(key: bytes, accused: Accused) -> bytes:
    """What the keeper is asked: it says nothing to anybody without the bot's 32-byte key."""
    return _mac(derive(key, "metoo escrow before the keeper v1"), accused.framed())


def keeper_answer(key: bytes, workspace: bytes, asked: bytes) -> bytes:
    """What the keeper answers with its 32-byte key: another thing for each workspace and pre-hash."""
    return _mac(derive(key, "metoo keeper answer v1"), frame(workspace, asked))


def keeper_name(key: bytes) -> bytes:
    """What tells one keeper's key from another's, 16 bytes, and nothing about either."""
    return derive(key, "metoo keeper name v1", TAG)


def workspace_of(key: bytes, workspace: str) -> bytes:
    """How a workspace is called towards the keeper, which does not learn which it is: 16 bytes."""
    return _mac(derive(key, "metoo escrow workspace v1"), workspace.encode())[:TAG]


def check_of(key: bytes, workspace: str) -> tuple[bytes, bytes]:
    """A question about nobody, and the name under which it is asked, so that it spends nothing of the workspace's."""
    made = derive(key, "metoo escrow check v1")
    return _mac(made, frame(b"asked under", workspace.encode()))[:TAG], _mac(
        made, frame(b"asked", workspace.encode())
    )


def known_keeper(key: bytes, name: bytes, checked: Answered) -> bytes:
    """What tells a keeper's key from every other, 16 bytes: its name with an answer, and what it says to `check_of`."""
    return _mac(derive(key, "metoo escrow known keeper v1"), frame(name, checked.name, checked.answer))[:TAG]


@dataclass(frozen=True)
class Matching:
    """What follows from both keys for one person and one threshold. Raises ValueError for another threshold.

    `root` is 32 bytes, `k` how many different writers make a match; it is part of every label behind the tag, so
    that points of polynomials of another degree never meet.
    """

    root: bytes
    k: int

    def __post_init__(self) -> None:
        if not LEAST <= self.k <= MOST:
            raise ValueError("a match takes two to ten writers")

    def __repr__(self) -> str:
        return "Matching(…)"

    @classmethod
    def of(cls, key: bytes, asked: bytes, answer: bytes, k: int) -> Matching:
        """From the bot's 32-byte key, the pre-hash and the keeper's answer. Raises ValueError for a short one."""
        if len(answer) != ANSWER:
            raise ValueError("a keeper answers with 32 bytes")
        return cls(_mac(derive(key, "metoo escrow behind the keeper v1"), frame(asked, answer)), k)

    @property
    def tag(self) -> bytes:
        """Held reports about the same person have the same, 16 bytes."""
        return self._derived("tag", TAG)

    @cached_property
    def coefficients(self) -> tuple[int, ...]:
        """The polynomial of degree k - 1, the constant coefficient first."""
        return tuple(element(self._derived(f"coefficient {n}", WIDE)) for n in range(self.k))

    @property
    def release(self) -> Release:
        """What k shares give: it opens what is held."""
        return Release(self.coefficients[0], self.k)

    def mark(self, writer: bytes) -> bytes:
        """The same for everything that one writer holds about one person, 16 bytes; of use with both keys only."""
        return _mac(self._derived("mark", ELEMENT), writer)[:TAG]

    def share(self, writer: bytes) -> Share:
        """A writer's point; the same however often they hold something."""
        wide = derive(_mac(self._derived("place", ELEMENT), writer), "metoo escrow place v1", WIDE)
        return share(self.coefficients, element(wide) or PRIME - 1)

    def _derived(self, what: str, length: int) -> bytes:
        return derive(self.root, f"metoo escrow {what} k={self.k} v1", length)


@dataclass(frozen=True)
class Release:
    """The value at zero, and the two keys that follow from it: nobody has it before k writers made it."""

    value: int
    k: int

    def __repr__(self) -> str:
        return "Release(…)"

    @property
    def opening(self) -> bytes:
        """The 32-byte key under which each held report's data key lies."""
        return derive(self.value.to_bytes(ELEMENT), f"metoo escrow opening k={self.k} v1")

    @property
    def routing(self) -> bytes:
        """The 32-byte key under which lies what routing needs of each; the server may keep it once they match."""
        return derive(self.value.to_bytes(ELEMENT), f"metoo escrow routing k={self.k} v1")


def writer_of(workspace: str, user: str) -> bytes:
    """How a writer enters marks and shares; it lives as long as the press."""
    return frame(workspace.encode(), user.encode())


def _mac(key: bytes, said: bytes) -> bytes:
    made = HMAC(key, SHA256())
    made.update(said)
    return made.finalize()
