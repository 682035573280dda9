"""What the core needs from outside, each as small as it can be; adapters and storage implement them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bot.model import Card, Event, Facts, Place, Reply, Workspace
from bot.records import Change, Query

T = TypeVar("T")

Handle = Callable[[Event], Awaitable[Reply]]
"""The core as adapters see it: it answers every event and never raises."""


class Clock(Protocol):
    """Time as an argument; a sandbox or a test moves it."""

    def now(self) -> datetime:
        """The moment it is, in UTC and aware of it."""
        ...

    async def sleep_until(self, when: datetime) -> None:
        """Return once `now()` is at or past `when`, or earlier where the clock was set back meanwhile."""
        ...


class Random(Protocol):
    """Randomness as an argument; `secrets.SystemRandom` and `random.Random` both fit."""

    def randbytes(self, n: int, /) -> bytes:
        """So many random bytes."""
        ...

    def uniform(self, a: float, b: float, /) -> float:
        """A number between a and b."""
        ...


class Platform(Protocol):
    """Posting into channels. No method sends to a person.

    Every method raises a `PlatformError` (`Unreachable`, `RateLimited`, `Denied`, `Gone`) and no other.
    """

    async def post(self, place: Place, card: Card, nonce: str) -> str:
        """Post a card and return the platform's reference of the message.

        `nonce` (at most 25 characters) is the same for every try of the same post, for platforms that
        can recognise a repeat by it.
        """
        ...

    async def update(self, place: Place, ref: str, card: Card) -> None:
        """Replace a post of ours. `Gone` if somebody removed it."""
        ...

    async def remove(self, place: Place, ref: str) -> None:
        """Delete a post of ours; one that is already gone is no error."""
        ...


class Directory(Protocol):
    """What a platform knows about places and people. Raises `PlatformError` where it cannot say."""

    async def facts(self, place: Place) -> Facts:
        """The state of a channel at this moment, asked of the platform, never from a cache."""
        ...

    async def can_read(self, place: Place, *people: str) -> bool:
        """Whether any of these people (platform ids) can read that channel at this moment."""
        ...

    async def population(self, workspace: Workspace) -> int | None:
        """How many eligible members (no guests, bots, external people); None where unknown."""
        ...


class Connection(Protocol):
    """A live link to one platform: where its events come in and our posts go out."""

    @property
    def platform(self) -> Platform:
        """Posting there; usable (or raising `Unreachable`) whether or not `serve` runs."""
        ...

    @property
    def directory(self) -> Directory:
        """What that platform knows; likewise."""
        ...

    async def serve(self, handle: Handle) -> None:
        """Connect and pass every event to `handle`, until the link ends or the task is cancelled.

        Returning or raising both mean that the link broke: the supervisor calls again after a pause.
        Cancelling finishes the answers in flight and closes what was opened.
        """
        ...


class Linked(Connection, Protocol):
    """A connection that can say whether it stands; the health of a serving process is asked of it."""

    @property
    def connected(self) -> bool:
        """Whether what people do reaches us at this moment."""
        ...

    def heard(self) -> float | None:
        """Seconds since the platform last said anything, keep-alives included; None where it says nothing by itself."""
        ...

    async def faults(self, desks: Sequence[Place], others: Sequence[Place]) -> list[str]:
        """What is wrong with what workspaces gave us, where the settings do not have it; a `Remark` is not wrong."""
        ...


class Store(Protocol):
    """The database: typed questions, and changes that are saved together or not at all."""

    async def read(self, query: Query[T]) -> T:
        """Answer one question (see `bot.records`). Raises `StoreError`."""
        ...

    async def write(self, *changes: Change) -> tuple[bool, ...]:
        """Save all changes in one transaction and return after it is durably committed.

        For each change: whether it took effect (see each change for when it does not). Transactions of
        callers that wait at the same time share a commit. Raises `StoreError`: then nothing was saved.
        """
        ...

    async def compact(self) -> None:
        """Rewrite the file so that the order of writing and erased content are gone from it (VACUUM)."""
        ...

    async def close(self) -> None:
        """Finish what waits, and release the file."""
        ...


class Neighbours(Protocol):
    """Other processes that serve the same store."""

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Work while no other process does what has this name, whenever it is our turn; return when it is done.

        Where the turn is lost, the work is cancelled, and begins anew with the next turn.
        """
        ...

    async def news(self) -> frozenset[str]:
        """What others may have changed (see `bot.neighbours`) and what they said, once they have."""
        ...

    async def say(self, word: str) -> None:
        """Let all others hear a word of at most 8,000 bytes, which stands in no table. Raises StoreError."""
        ...

    async def others(self) -> int:
        """How many there are besides us."""
        ...


class KeyProvider(Protocol):
    """Where the root key comes from. Raises `Misconfigured` with a sentence that says what to do."""

    def root(self) -> bytes:
        """The 32-byte root key. A wrapping service (Vault, KMS) unwraps it once at start-up.

        It may ask somebody or a network, so it is called from a thread.
        """
        ...


class KeyService(Protocol):
    """A service that wraps keys and hands none of its own out. Raises `Misconfigured` with a sentence."""

    async def wrap(self, key: bytes) -> str:
        """A key as only this service can open it, without white space."""
        ...

    async def unwrap(self, wrapped: str) -> bytes:
        """What `wrap` wrapped."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Installation:
    """What lets our app act for somebody who installed it, as the platform gave it; each change has a `version`."""

    given: str
    version: int

    def __repr__(self) -> str:
        return "Installation(…)"


class Installing(Protocol):
    """Where a platform's app keeps what it was given in the places that installed it. Raises `StoreError`."""

    async def everything(self) -> Mapping[str, Installation]:
        """All of them, by the name of whom it was installed for."""
        ...

    async def of(self, owner: str) -> Installation | None:
        """One of them, as it is at this moment."""
        ...

    async def put(self, owner: str, given: str, version: int) -> bool:
        """Replace the one of this version (0 where there is none); False where another process was faster."""
        ...

    async def erase(self, owner: str, version: int) -> bool:
        """Erase it, if it is still of this version."""
        ...


class Ticketing(Protocol):
    """What an admin carries from the first page of installing to the last, so that nobody else can end it."""

    def issue(self) -> str:
        """A ticket that holds for ten minutes."""
        ...

    async def spend(self, ticket: str) -> bool:
        """Whether it is one of ours that holds and was not used before. Raises `StoreError`."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Answered:
    """What a keeper answers: `name` (16 bytes) tells which key it has, `answer` is 32 bytes."""

    name: bytes
    answer: bytes

    def __repr__(self) -> str:
        return "Answered(…)"


class Keeping(Protocol):
    """The keeper, wherever it is."""

    async def ask(self, workspace: bytes, asked: bytes) -> Answered:
        """The answer to a pre-hash (32 bytes) from a workspace (16 bytes that only we can name).

        Raises `KeeperAway` where there is none, and `KeeperSpent` once it answers nothing more today.
        """
        ...
