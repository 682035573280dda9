"""The weekly digest: decided once from the counters, always posted, of the same shape in a silent week."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from bot import anonymity, chart
from bot.announcing import BACK
from bot.audit import FIRST, WEEKLY, Audit
from bot.columns import SealedColumn
from bot.config import WorkspaceSettings, weekday_and_time
from bot.delivery import Posting
from bot.errors import PlatformError
from bot.i18n import Translator, translator
from bot.model import Block, Card, Image, Paragraph, Row
from bot.ports import Clock, Random, Store
from bot.proof import grouped
from bot.records import (
    Counted,
    DecideDigest,
    DigestById,
    DigestOf,
    DigestRow,
    LastAudit,
    LatestDigest,
    Leaves,
    OutboxRow,
    TreeRow,
    WorkspaceById,
)
from bot.routing import Routing
from bot.solidarity import STATEMENT, WALL
from bot.tree import plant, root
from bot.vault import Slot, Vault, pad, unpad
from bot.workplaces import Workplaces

WEEKS = 12
"""Weeks that one digest sums up and draws."""

AGAIN = timedelta(minutes=10)
PATIENCE = timedelta(hours=24)
"""How long a digest waits for a platform to say how many members there are before it shows no numbers."""

BLOCK = 512
"""Bytes to which a digest's numbers are padded."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Bands of one digest, each an index into `anonymity.BANDS`; None where the workplace is too small.

    `weekly` are the bands of single weeks, oldest first; `covers` is how many weeks have passed since the
    digest before. `root` is that of the week's tree, in hex; a digest of before there were trees has none.
    `change` is the day from which something of the set-up is different, or `bot.announcing.BACK`.
    """

    me_too: int | None
    standing: int | None
    weekly: tuple[int, ...] = ()
    covers: int = 1
    root: str = ""
    head: str = ""
    change: str = ""

    def to_json(self) -> str:
        """As text, for sealing."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Numbers:
        """Read `to_json` back."""
        found = json.loads(text)
        return cls(**{**found, "weekly": tuple(found["weekly"])})


Changes = Callable[[str, datetime, datetime], Awaitable[str]]
"""What `Numbers.change` says of a workspace in the time between two moments."""


class Digest:
    """Decides digests at their moment and composes their posts."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        routing: Routing,
        settings: Workplaces,
        audit: Audit,
        clock: Clock,
        random: Random,
        changes: Changes,
    ) -> None:
        self._store = store
        self._vault = vault
        self._routing = routing
        self._settings = settings
        self._audit = audit
        self._changes = changes
        self._clock = clock
        self._random = random

    async def run(self) -> datetime:
        """A job: decide every digest whose moment has come, once, and say when the next one comes."""
        now = self._clock.now()
        served = [each for each in self._settings.workspaces if each.digest_channel]
        return min([await self._decide(each, now) for each in served], default=now + timedelta(days=7))

    async def compose(self, row: OutboxRow) -> Posting | None:
        """The digest's post."""
        settings = self._settings.named(row.workspace)
        digest = await self._store.read(DigestById(row.subject))
        if settings is None or digest is None or not settings.digest_channel:
            return None
        numbers = Numbers.from_json(unpad(self._vault.unseal(_slot(digest), digest.numbers)))
        picture = await asyncio.to_thread(_picture, settings, digest.week, numbers)
        return Posting(
            settings.place(settings.digest_channel), digest_card(settings, digest.week, numbers, picture)
        )

    async def _decide(self, settings: WorkspaceSettings, now: datetime) -> datetime:
        last, upcoming = moments_around(settings, now)
        known = await self._store.read(WorkspaceById(str(settings.workspace)))
        week = covered_week(settings, last)
        decided = await self._store.read(DigestOf(str(settings.workspace), week))
        if known is None or last < known.since or decided is not None:
            return upcoming
        members = await self._members(settings)
        if members is None and now < last + PATIENCE:
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
        sealed = self._vault.seal(
            Slot("digests", "numbers", workspace, digest), pad(numbers.to_json(), BLOCK)
        )
        outbox = OutboxRow(self._random.randbytes(16), "digest", digest, workspace, self._clock.now())
        await self._store.write(DecideDigest(DigestRow(digest, workspace, week, sealed), outbox, tree))

    async def _head(self, workspace: str, week: str) -> bytes:
        """The head of the audit log, behind an entry of its own: so it changes every week, whatever was done."""
        await self._store.write(self._audit.entry(workspace, "", WEEKLY, week, self._clock.now()))
        last = await self._store.read(LastAudit(workspace))
        return last.head if last else FIRST

    async def _tree(self, workspace: str, week: str) -> TreeRow:
        found = await self._store.read(Leaves(workspace, week))
        return TreeRow(workspace, week, plant((each.leaf for each in found), self._random))

    async def _members(self, settings: WorkspaceSettings) -> int | None:
        try:
            return await self._routing.population(settings.workspace)
        except PlatformError:
            return None

    async def _numbers(self, settings: WorkspaceSettings, week: str, members: int) -> Numbers:
        covers = await self._covers(settings, week)
        if not anonymity.numbers_allowed(members):
            return Numbers(None, None, (), covers)
        weeks = anonymity.weeks_before(week, WEEKS)
        workspace = str(settings.workspace)
        wall = await self._store.read(Counted(workspace, WALL, weeks[0]))
        stand = await self._store.read(Counted(workspace, STATEMENT, weeks[0]))
        return Numbers(
            anonymity.band(sum(wall.get(each, 0) for each in weeks)),
            anonymity.band(sum(stand.get(each, 0) for each in weeks)),
            tuple(anonymity.band(wall.get(each, 0)) for each in weeks),
            covers,
        )

    async def _covers(self, settings: WorkspaceSettings, week: str) -> int:
        before = await self._store.read(LatestDigest(str(settings.workspace)))
        if before is None:
            return 1
        return max((anonymity.monday_of(week) - anonymity.monday_of(before.week)).days // 7, 1)


def moments_around(settings: WorkspaceSettings, now: datetime) -> tuple[datetime, datetime]:
    """The last digest moment up to `now` and the first one after it, right across daylight-saving changes."""
    weekday, hour, minute = weekday_and_time(settings.digest_at)
    line = f"{minute} {hour} * * {(weekday + 1) % 7}"
    here = now.astimezone(ZoneInfo(settings.timezone))
    # Walked up to from well before: asked within the hour that comes twice, CronSim answers with the past.
    moments = (each.astimezone(now.tzinfo) for each in CronSim(line, here - timedelta(days=8)))
    last = next(moments)
    for upcoming in moments:
        if upcoming > now:
            return last, upcoming
        last = upcoming
    raise ValueError(f"{settings.digest_at!r} never comes again")


def covered_week(settings: WorkspaceSettings, moment: datetime) -> str:
    """The ISO week that a digest at this moment is about: the last one that has ended."""
    return anonymity.iso_week((moment.astimezone(ZoneInfo(settings.timezone)) - timedelta(days=7)).date())


def digest_card(settings: WorkspaceSettings, week: str, numbers: Numbers, picture: Image | None) -> Card:
    """The digest as everybody reads it; the same shape every week."""
    t = translator(settings.language)
    return Card(
        t("Digest for week {week}", week=week),
        (
            *_rows(t, week, numbers),
            *_late(t, numbers),
            *_change(t, numbers),
            Paragraph(t("Few or none does not mean that little happened: most people never report it.")),
            Paragraph(t("Have seven words? Look in: /metoo. Help outside work: /metoo, Find support.")),
            *_root(t, numbers),
        ),
        image=picture,
    )


def _rows(t: Translator, week: str, numbers: Numbers) -> Sequence[Block]:
    if numbers.me_too is None or numbers.standing is None:
        return (Paragraph(t("No numbers are shown here, because this workplace is small.")),)
    return (
        Row(t("Me-toos in week {week}", week=week), t(anonymity.BANDS[numbers.weekly[-1]])),
        Row(t("Me-toos in the last {weeks} weeks", weeks=WEEKS), t(anonymity.BANDS[numbers.me_too])),
        Row(t("Standing with someone"), t(anonymity.BANDS[numbers.standing])),
    )


def _late(t: Translator, numbers: Numbers) -> Sequence[Block]:
    if numbers.covers == 1:
        return ()
    return (
        Paragraph(
            t("This digest covers {weeks} weeks: the ones before could not be posted.", weeks=numbers.covers)
        ),
    )


def _change(t: Translator, numbers: Numbers) -> Sequence[Block]:
    if numbers.change == BACK:
        return (Paragraph(t("A change of the desks or of what is kept, told here before, was taken back.")),)
    if not numbers.change:
        return ()
    said = t(
        "From {date} on, new reports go to other desks or are kept for another time. What desks have stays there.",
        date=numbers.change,
    )
    return (Paragraph(said),)


def _root(t: Translator, numbers: Numbers) -> Sequence[Block]:
    said = []
    if numbers.head:
        shown = grouped(bytes.fromhex(numbers.head))
        said.append(t("For checking the log of what handlers did: {head}", head=shown))
    if numbers.root:
        shown = grouped(bytes.fromhex(numbers.root))
        said.append(t("For checking a proof of filing: {root}", root=shown))
    return tuple(map(Paragraph, said))


def _picture(settings: WorkspaceSettings, week: str, numbers: Numbers) -> Image | None:
    if not numbers.weekly:
        return None
    t = translator(settings.language)
    weeks = anonymity.weeks_before(week, len(numbers.weekly))
    names = [t(name) for name in anonymity.BANDS]
    png = chart.draw(weeks, numbers.weekly, names, t("Me-toos, week by week"))
    return Image(png, chart.describe(weeks, numbers.weekly, names, t)) if png else None


def _slot(digest: DigestRow) -> Slot:
    return Slot("digests", "numbers", digest.workspace, digest.id)


SEALED = (SealedColumn(DigestRow, "numbers", lambda row, _: _slot(row)),)
