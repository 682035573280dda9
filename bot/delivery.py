"""The outbox: posts what is due, tries again what failed, and is the only user of `Platform`.

Delivery is at-least-once and counted once: a post repeats only if we are killed between the platform's
answer and our commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import structlog

from bot.backlog import Backlog, seen
from bot.errors import Denied, Gone, MetooError, PlatformError, RateLimited, Unreachable
from bot.model import Card, Place, Workspace
from bot.ports import Clock, Connection, Platform, Random, Store
from bot.records import (
    Change,
    DropOutbox,
    DropPost,
    Due,
    NextDue,
    OutboxRow,
    PostRow,
    PostsAbout,
    PutPost,
)
from bot.vault import Slot, Vault

_log = structlog.get_logger(__name__)

FINISH = 3.0
"""Seconds that a post under way has to end when we stop: cut between post and commit, it would be made twice."""

TURN = 100
"""Rows that are tried before we look again what is due: a report never waits behind a long line."""
IDLE = timedelta(hours=1)
"""The longest sleep when nothing waits."""

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=10)
AWAY, LONGEST_ABSENCE = 3, timedelta(minutes=1)
"""So many rows in a row that a platform does not answer mean that it is away: then one asks, and the others wait."""

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)
"""What we make of a platform's wish that we slow down: never a tight loop, and never for good."""

DENIED_RETRY = timedelta(minutes=15)
"""After a 403 a platform wants us to stop for a while; Discord bans addresses that go on (PLATFORM-FACTS)."""

REMOVED = ""
"""The reference of a post that somebody took away."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What to post and where, and what else to save once it is there.

    Where a post of the same kind about the same subject stands already, it is updated instead, unless this is to be
    posted `anew`. One that somebody removed is posted `again` so many times, and what has `ended` by that is saved
    when it is not any more. `nonce` marks repeats of one post for platforms that can see them, where several outbox
    rows may ask for it. `kind` is under which the post is kept, if not the row's.
    """

    place: Place
    card: Card
    also: tuple[Change, ...] = ()
    nonce: bytes = b""
    kind: str = ""
    anew: bool = False
    again: int = 0
    ended: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing to post, but something to save."""

    also: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """Posts of ours to take away, and what else to save once they are gone."""

    posts: tuple[PostRow, ...]
    also: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: ask again at this moment. Its due time stays, so that waiting can have an end."""

    until: datetime


Composer = Callable[[OutboxRow], Awaitable[Posting | Removal | Done | Wait | None]]
"""Says what an outbox row means right now; None drops it."""


def everything_said(card: Card) -> bytes:
    """All that a card says, to see whether a post is stale. The digest of it that is kept is keyed."""
    said = astuple(replace(card, image=None)), card.image and card.image.alt
    return repr(said).encode()


class Delivery:
    """The loop behind the outbox."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        connections: Mapping[str, Connection],
        composers: Mapping[str, Composer],
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._vault = vault
        self._connections = connections
        self._composers = composers
        self._clock = clock
        self._random = random
        self._tries: dict[bytes, int] = {}
        self._not_before: dict[bytes, datetime] = {}
        self._paused: dict[str, datetime] = {}
        self._unanswered: dict[str, int] = {}
        self._unsaved: dict[bytes, tuple[Change, ...]] = {}
        self._agreed: dict[bytes, datetime] = {}
        self.backlog = Backlog(0, None, clock.now(), clock.now())

    async def run(self) -> datetime:
        """Post what is due, `TURN` rows of it at most, and return the moment at which to run again."""
        due = await self._store.read(Due(self._clock.now(), 1000))
        for row in [row for row in due if self._ready(row)][:TURN]:
            if self._ready(row):  # still: the platform may have asked for a pause meanwhile
                await self._try(row)
                now = self._clock.now()
                self.backlog = replace(self.backlog, alive=now, again=now)
        return await self._next()

    def _ready(self, row: OutboxRow) -> bool:
        now = self._clock.now()
        return max(self._not_before.get(row.id, now), self._paused_until(row, now)) <= now

    def _paused_until(self, row: OutboxRow, now: datetime) -> datetime:
        """Platforms are away as a whole, and ask for a pause in one workspace."""
        return max(self._paused.get(_platform(row), now), self._paused.get(row.workspace, now))

    async def _next(self) -> datetime:
        now = self._clock.now()
        moments = [now + IDLE]
        upcoming = await self._store.read(NextDue(now))
        if upcoming:
            moments.append(upcoming)
        due = await self._store.read(Due(now, 1000))
        waiting = [max(self._not_before.get(row.id, now), self._paused_until(row, now)) for row in due]
        again = min(moments + waiting)
        self.backlog = seen(due, self._agreed, now, again)
        return again

    async def _try(self, row: OutboxRow) -> None:
        try:
            await self._deliver(row)
        except RateLimited as error:
            wait = max(SHORTEST_PAUSE, min(timedelta(seconds=min(error.after, 86400)), LONGEST_PAUSE))
            self._paused[row.workspace] = self._clock.now() + wait
            _log.info("platform asks us to slow down", platform=_platform(row))
        except PlatformError as error:
            self._later(row, DENIED_RETRY if isinstance(error, Denied | Gone) else None)
            if isinstance(error, Unreachable):
                self._away(_platform(row))
            _log.warning("delivery waits", kind=row.kind, outbox=row.id.hex(), error=type(error).__name__)
        except MetooError as error:
            self._later(row, None)
            _log.error("delivery failed", kind=row.kind, outbox=row.id.hex(), error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - one row that cannot be composed must not stop the others
            self._later(row, None)
            _log.error("delivery failed", kind=row.kind, outbox=row.id.hex(), error=type(error).__name__)
        else:
            self._tries.pop(row.id, None)
            self._unanswered.pop(_platform(row), None)

    def _away(self, platform: str) -> None:
        times = self._unanswered[platform] = self._unanswered.get(platform, 0) + 1
        if times >= AWAY:
            pause = min(FIRST_RETRY * 2 ** min(times - AWAY, 10), LONGEST_ABSENCE)
            self._paused[platform] = self._clock.now() + pause

    def _later(self, row: OutboxRow, wait: timedelta | None) -> None:
        tries = self._tries[row.id] = self._tries.get(row.id, 0) + 1
        wait = wait or min(FIRST_RETRY * 2 ** min(tries - 1, 10), LONGEST_RETRY)
        self._not_before[row.id] = self._clock.now() + wait * self._random.uniform(0.8, 1.2)

    async def _deliver(self, row: OutboxRow) -> None:
        if row.id in self._unsaved:  # it is posted, and only the store failed: not once more
            await self._save(row)
            return
        composer = self._composers.get(row.kind)
        said = await composer(row) if composer else None
        self._not_before.pop(row.id, None)
        if isinstance(said, Wait):
            self._not_before[row.id] = self._agreed[row.id] = said.until
            return
        if said is None:
            await self._store.write(DropOutbox(row.id))
        elif isinstance(said, Done):
            await self._store.write(DropOutbox(row.id), *said.also)
        elif isinstance(said, Removal):
            await self._remove(row, said)
        else:
            await _finished(self._post_and_save(row, said))
        self._agreed.pop(row.id, None)

    async def _remove(self, row: OutboxRow, said: Removal) -> None:
        for post in said.posts:
            if post.ref != REMOVED:
                workspace = _workspace(post.workspace)
                await self._platform(workspace).remove(Place(workspace, post.channel), post.ref)
            await self._store.write(
                DropPost(post.id)
            )  # one by one, so that what stops in between goes on from here
        await self._store.write(DropOutbox(row.id), *said.also)

    async def _post_and_save(self, row: OutboxRow, said: Posting) -> None:
        self._unsaved[row.id] = (DropOutbox(row.id), *await self._post(row, said), *said.also)
        await self._save(row)

    async def _save(self, row: OutboxRow) -> None:
        await self._store.write(*self._unsaved[row.id])
        del self._unsaved[row.id]

    async def _post(self, row: OutboxRow, said: Posting) -> tuple[Change, ...]:
        platform = self._platform(said.place.workspace)
        kind, channel = said.kind or row.kind, said.place.channel
        slot = Slot("posts", "shown", row.workspace, row.subject)
        shown = self._vault.fingerprint(slot, everything_said(said.card))
        known = await self._store.read(PostsAbout(kind, row.subject))
        here = [] if said.anew else [post for post in known if post.channel == channel]
        for standing in here:
            if standing.ref != REMOVED and (done := await self._update(platform, standing, said, shown)):
                return done
        if len(here) > said.again:
            return said.ended
        post = _nth(said.nonce or row.id, len(here))
        ref = await platform.post(said.place, said.card, post.hex()[:24])
        return (PutPost(PostRow(post, kind, row.subject, row.workspace, channel, ref, shown)),)

    async def _update(
        self, platform: Platform, post: PostRow, said: Posting, shown: bytes
    ) -> tuple[Change, ...]:
        """What to save of a post that stands; nothing where somebody removed it, which is kept at once."""
        if shown != post.shown:
            try:
                await platform.update(Place(said.place.workspace, post.channel), post.ref, said.card)
            except Gone:
                await self._store.write(PutPost(replace(post, ref=REMOVED)))
                return ()
        return (PutPost(replace(post, shown=shown)),)

    def _platform(self, workspace: Workspace) -> Platform:
        connection = self._connections.get(workspace.platform)
        if connection is None:
            raise Unreachable("this platform is not connected")
        return connection.platform


async def _finished(work: Coroutine[Any, Any, None]) -> None:
    """Let work that must not be cut in the middle end by itself, for a while, although we are cancelled."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=FINISH)
        task.cancel()
        raise


def _nth(post: bytes, removed: int) -> bytes:
    """The id of a post after so many were removed: a platform must not take it for one of those."""
    if not removed:
        return post
    return blake2b(post, salt=removed.to_bytes(8), digest_size=len(post)).digest()


def _workspace(name: str) -> Workspace:
    platform, _, known = name.partition(":")
    return Workspace(platform, known)


def _platform(row: OutboxRow) -> str:
    return row.workspace.partition(":")[0]
