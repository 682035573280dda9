"""The weekly digest: decided once from the counters, always posted, of the same shape in a silent week."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import anonymity
from bot.arrivals import OVERVIEW
from bot.audit import FIRST, WEEKLY, Audit
from bot.bulletin import digest_card, picture
from bot.columns import SealedColumn
from bot.config import WorkspaceSettings
from bot.delivery import Posting
from bot.echo import echoes
from bot.errors import Denied, PlatformError, UnsealError
from bot.figures import NONE, WEEKS, Figures, Numbers
from bot.model import Card
from bot.moments import covered_week, moments_around
from bot.ports import Clock, Random, Store
from bot.records import (
    DecideDigest,
    Desks,
    DigestById,
    DigestOf,
    DigestRow,
    DropRemark,
    LastAudit,
    LatestDigest,
    Leaves,
    OutboxRow,
    TreeRow,
    WorkspaceById,
)
from bot.remarks import Remarks
from bot.routing import Routing
from bot.tree import plant, root
from bot.vault import Slot, Vault, pad, unpad
from bot.workplaces import Workplaces

AGAIN = timedelta(minutes=10)
PATIENCE = timedelta(hours=24)
"""How long a digest waits for a platform to say how many members there are before it shows no numbers."""

Changes = Callable[[str, datetime, datetime], Awaitable[str]]
"""What `Numbers.change` says of a workspace in the time between two moments."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A digest and what it says."""

    workspace: str
    week: str
    numbers: Numbers


class Digest:
    """Decides digests at their moment and composes their posts."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        routing: Routing,
        figures: Figures,
        remarks: Remarks,
        settings: Workplaces,
        audit: Audit,
        clock: Clock,
        random: Random,
        changes: Changes,
    ) -> None:
        self._store = store
        self._vault = vault
        self._routing = routing
        self._figures = figures
        self._remarks = remarks
        self._settings = settings
        self._audit = audit
        self._clock = clock
        self._random = random
        self._changes = changes

    async def run(self) -> datetime:
        """A job: decide every digest whose moment has come, once, and say when the next one comes."""
        now = self._clock.now()
        served = [each for each in self._settings.workspaces if each.digest_channel]
        return min([await self._decide(each, now) for each in served], default=now + timedelta(days=7))

    async def compose(self, row: OutboxRow) -> Posting | None:
        """The digest's post."""
        settings = self._settings.posting(row.workspace)
        digest = await self.decided(row.subject)
        if settings is None or digest is None or not settings.digest_channel:
            return None
        image = await asyncio.to_thread(picture, settings, digest.week, digest.numbers)
        card = digest_card(settings, digest.week, digest.numbers, image, ref=row.subject.hex())
        also = echoes(self._settings, row, self._random)
        return Posting(settings.place(settings.digest_channel), card, also=also)

    async def decided(self, digest: bytes) -> Decided | None:
        """What a digest says. Raises UnsealError."""
        row = await self._store.read(DigestById(digest))
        return self._opened(row) if row else None

    async def preview(self, settings: WorkspaceSettings) -> tuple[Card, bool]:
        """The digest of the last closed week, posted nowhere, and whether it is decided or only as it would be now."""
        week = covered_week(settings, self._clock.now())
        row = await self._store.read(DigestOf(str(settings.workspace), week))
        numbers = self._opened(row).numbers if row else await self._numbers_now(settings, week)
        image = await asyncio.to_thread(picture, settings, week, numbers)
        return digest_card(settings, week, numbers, image), row is not None

    async def _numbers_now(self, settings: WorkspaceSettings, week: str) -> Numbers:
        members = anonymity.population(await self._members(settings), settings.population)
        return await self._numbers(settings, week, members)

    async def _decide(self, settings: WorkspaceSettings, now: datetime) -> datetime:
        last, upcoming = moments_around(settings, now)
        known = await self._store.read(WorkspaceById(str(settings.workspace)))
        week = covered_week(settings, last)
        decided = await self._store.read(LatestDigest(str(settings.workspace)))
        if known is None or last < known.since or (decided is not None and decided.week >= week):
            return upcoming  # of no week twice, nor of one before, whatever day or zone an admin changes to
        members = await self._members(settings)
        if members is None and (now < last + PATIENCE or await self._removed(settings)):
            return min(now + AGAIN, upcoming)
        numbers = await self._numbers(settings, week, anonymity.population(members, settings.population))
        since = last - timedelta(days=7 * numbers.covers)
        change = await self._changes(str(settings.workspace), since, last)
        await self._keep(settings, week, replace(numbers, change=change))
        return upcoming

    async def _keep(self, settings: WorkspaceSettings, week: str, numbers: Numbers) -> None:
        digest, workspace = self._random.randbytes(16), str(settings.workspace)
        tree = await self._tree(workspace, week)
        head = await self._head(workspace, week)
        numbers = replace(numbers, root=root(week, tree.leaves).hex(), head=head.hex())
        sealed = self._vault.seal(Slot("digests", "numbers", workspace, digest), pad(numbers.to_json()))
        row, post = DigestRow(digest, workspace, week, sealed), self._waits("digest", digest, workspace)
        deciding = DecideDigest(row, post, tree, await self._overviews(settings))
        covered = anonymity.weeks_before(week, numbers.covers)
        await self._store.write(deciding, *(DropRemark(workspace, each) for each in covered))

    async def _overviews(self, settings: WorkspaceSettings) -> tuple[OutboxRow, ...]:
        """What each desk gets for itself, from the second digest on: before the first it had no whole week."""
        workspace = str(settings.workspace)
        if await self._store.read(LatestDigest(workspace)) is None:
            return ()
        desks = [desk for desk in await self._store.read(Desks(workspace)) if desk.channel in settings.desks]
        return tuple(self._waits(OVERVIEW, desk.id, workspace) for desk in desks)

    def _waits(self, kind: str, subject: bytes, workspace: str) -> OutboxRow:
        return OutboxRow(self._random.randbytes(16), kind, subject, workspace, self._clock.now())

    async def _head(self, workspace: str, week: str) -> bytes:
        """The head of the audit log, behind an entry of its own: so it changes every week, whatever was done."""
        await self._store.write(self._audit.entry(workspace, "", WEEKLY, week, self._clock.now()))
        last = await self._store.read(LastAudit(workspace))
        return last.head if last else FIRST

    async def _tree(self, workspace: str, week: str) -> TreeRow:
        found = await self._store.read(Leaves(workspace, week))
        return TreeRow(workspace, week, plant((each.leaf for each in found), self._random))

    async def _removed(self, settings: WorkspaceSettings) -> bool:
        """Whether metoo may not act there any more; nothing could be posted, and it may come back."""
        try:
            await self._routing.facts(settings.place(settings.digest_channel))
        except Denied:
            return True
        except PlatformError:
            return False
        return False

    async def _members(self, settings: WorkspaceSettings) -> int | None:
        try:
            return await self._routing.population(settings.workspace)
        except PlatformError:
            return None

    async def _numbers(self, settings: WorkspaceSettings, week: str, members: int) -> Numbers:
        workspace = str(settings.workspace)
        row = await self._store.read(LatestDigest(workspace))
        found = await self._figures.of(settings, week, members, await self._before(row))
        covers = await self._covers(settings, week, row)
        words = [await self._words(workspace, each) for each in anonymity.weeks_before(week, covers)]
        return replace(found, covers=covers, words="\n\n".join(filter(None, words)))

    async def _before(self, row: DigestRow | None) -> Numbers:
        """What was said last: a damaged digest must not keep the next from being posted, nor make it forget."""
        if row is None:
            return NONE
        for week in reversed(anonymity.weeks_before(row.week, WEEKS)):
            found = await self._store.read(DigestOf(row.workspace, week))
            with suppress(UnsealError):
                if found:
                    return self._opened(found).numbers
        return NONE

    async def _covers(self, settings: WorkspaceSettings, week: str, row: DigestRow | None) -> int:
        """How many weeks have ended since the digest before, or since there was anybody to write one."""
        if row:
            last = anonymity.monday_of(row.week)
        else:
            known = await self._store.read(WorkspaceById(str(settings.workspace)))
            first = anonymity.week_of(known.since, settings.timezone) if known else week
            last = anonymity.monday_of(first) - timedelta(weeks=1)
        return max((anonymity.monday_of(week) - last) // timedelta(weeks=1), 1)

    async def _words(self, workspace: str, week: str) -> str:
        try:
            return await self._remarks.of(workspace, week)
        except UnsealError:
            return ""  # what was changed behind our back is not what HR wrote

    def _opened(self, row: DigestRow) -> Decided:
        numbers = Numbers.from_json(unpad(self._vault.unseal(_slot(row), row.numbers)))
        return Decided(row.workspace, row.week, numbers)


def _slot(digest: DigestRow) -> Slot:
    return Slot("digests", "numbers", digest.workspace, digest.id)


SEALED = (SealedColumn(DigestRow, "numbers", lambda row, _: _slot(row)),)
