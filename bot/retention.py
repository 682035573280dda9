"""Retention: what ends by itself, when, and what its desk reads before; a legal hold stops all of it.

Closed reports end some months after closing, private records when the month is over that their writer was told.
Open ones never do. Nothing is decided by the clock on the wall alone: a clock that is wrong must erase nothing early.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot import anonymity
from bot.arrivals import GONE
from bot.conversation import code
from bot.delivery import Posting, Wait
from bot.errors import MetooError
from bot.i18n import Translator, translator
from bot.living import live_on
from bot.means import Means
from bot.model import Card, Paragraph, Row
from bot.months import Months
from bot.ports import Clock, Random, Store
from bot.records import (
    AddOutbox,
    Desks,
    DropEnding,
    EndingRow,
    EndReport,
    LetGo,
    LifeRow,
    Lives,
    OutboxRow,
    PutEnding,
    PutUpkeep,
    UpkeepOf,
    UpkeepRow,
    WindowAbout,
)
from bot.routing import Routing
from bot.sealing import Sealing
from bot.workplaces import Workplaces

EVERY = timedelta(hours=6)
STEP = timedelta(days=1)
"""How far retention's own time follows the clock in one run. A clock that jumps ahead by a year does so for it only
over months, which is long enough for somebody to notice; one that is set back stops it until it is right again."""

AHEAD = timedelta(days=92)
"""How long before its month is over what lives on gets a later one: so old may a backup be that brings it back."""

ENDINGS = "endings"
"""The kind of the post that says which closed reports of a desk end soon."""

RECORDS = frozenset({"kept"})
"""Stages of what only its writer can open, and what ends with the month that they were told."""

_UPKEEP = "retention"
_log = structlog.get_logger(__name__)


class Retention:
    """Ends what has to end, and lets all else live on under a month that is still to come."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        months: Months,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._months = months
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random

    async def run(self) -> datetime:
        """A job: warn, end, let live on, and say when to look next."""
        now = await self._now()
        if now is not None:
            lives = await self._store.read(Lives())
            for life in lives:
                await self._look(life, now)
            await self._warn([each for each in lives if _is_near(each, now)])
            await self._let_months_go(now)
        return self._clock.now() + EVERY

    async def _now(self) -> datetime | None:
        """Retention's own time, which never goes back and follows the clock in steps; None while that is behind."""
        clock, before = self._clock.now(), await self._store.read(UpkeepOf(_UPKEEP))
        if before is not None and clock < before:
            _log.warning("the clock was set back; nothing ends until it is where it was")
            return None
        now = clock if before is None else min(clock, before + STEP)
        await self._store.write(PutUpkeep(UpkeepRow(_UPKEEP, now)))
        return now

    async def _look(self, life: LifeRow, now: datetime) -> None:
        try:
            if life.stage in RECORDS and life.held is None and life.expires < anonymity.month_of(now):
                await self._end(life)
            elif life.stage == "sent":
                await self._look_at_closed(life, now)
            await self._let_live(life, now)
        except MetooError as error:  # one report that cannot be opened must not keep all others
            _log.warning("retention waits", report=life.report.hex(), error=type(error).__name__)

    async def _look_at_closed(self, life: LifeRow, now: datetime) -> None:
        if life.closed is None or life.held is not None:
            if life.due is not None:  # open again, or held: when that is over, its desk is warned anew
                await self._store.write(DropEnding(life.report))
        elif life.seen != life.closed:
            # Counted from when it was seen, if that is later: who knows by which clock it was closed.
            due = anonymity.ending(max(now, life.closed), self._days(life), self._random)
            await self._store.write(PutEnding(EndingRow(life.report, life.closed, due)))
        elif _is_over(life, now) and not await self._stands(life):
            await self._end(life)

    def _days(self, life: LifeRow) -> int:
        settings = self._settings.named(life.workspace)
        return settings.retention_days if settings else anonymity.KEEP_CLOSED

    async def _stands(self, life: LifeRow) -> bool:
        """Whether colleagues can still stand with what it shared."""
        window = await self._store.read(WindowAbout("statement", life.report))
        return window is not None and bool(window.secret)

    async def _end(self, life: LifeRow) -> None:
        gone = self._row(GONE, life.report, life.workspace)
        await self._store.write(EndReport(life.report, life.stage, life.expires, life.closed, gone))

    async def _let_live(self, life: LifeRow, now: datetime) -> None:
        """What outlives its month gets a later one, so that the key of the month can go for those that do not."""
        if life.expires > anonymity.month_of(now + AHEAD):
            return
        if life.stage in RECORDS and life.held is None:
            return  # it ends with that month
        await self._store.write(LetGo(life.report))  # what was held so long is a private record from now on
        await live_on(self._store, self._sealing, life.report, anonymity.expiry_month(now, self._random))

    async def _warn(self, soon: Sequence[LifeRow]) -> None:
        """Tell each desk once of all that is newly about to end."""
        told = self._clock.now()  # retention's own time may run faster while it catches up
        for workspace, desk in sorted({(each.workspace, each.desk) for each in soon if each.desk}):
            mine = [each for each in soon if each.desk == desk]
            warned = [PutEnding(replace(ending, warned=told)) for ending in _endings(mine)]
            await self._store.write(*warned, AddOutbox(self._row(ENDINGS, desk, workspace)))

    async def _let_months_go(self, now: datetime) -> None:
        """Destroy the keys of the months that are over and under which nothing lives: old backups lose them too."""
        living = {each.expires for each in await self._store.read(Lives())}
        for month in await asyncio.to_thread(self._months.there):
            if month < anonymity.month_of(now) and month not in living:
                await asyncio.to_thread(self._months.destroy, month)

    async def compose(self, row: OutboxRow) -> Posting | Wait | None:
        """The warning as it is true when it is posted; none where nothing ends any more."""
        soon = {
            code(each.report): max(each.due, each.warned + anonymity.WARNED_BEFORE)
            for each in await self._store.read(Lives())
            if each.desk == row.subject and each.due and each.warned and _ends(each)
        }
        settings = self._settings.named(row.workspace)
        if not soon:
            return None
        desks = await self._store.read(Desks(row.workspace))
        channel = next((desk.channel for desk in desks if desk.id == row.subject), None)
        if settings is None or channel is None:
            return Wait(self._clock.now() + EVERY)
        if not (await self._routing.facts(settings.place(channel))).safe:
            return Wait(self._clock.now() + EVERY)
        return Posting(settings.place(channel), endings_card(translator(settings.language), soon), anew=True)

    def _row(self, kind: str, subject: bytes, workspace: str) -> OutboxRow:
        return OutboxRow(self._random.randbytes(16), kind, subject, workspace, self._clock.now())


async def behind(means: Means) -> list[str]:
    """A sentence if nothing ends because the clock is before the time up to which things have ended."""
    before, clock = await means.store.read(UpkeepOf(_UPKEEP)), means.clock.now()
    if before is None or before - clock < EVERY:
        return []
    said = (
        f"Nothing ends by itself before {before:%Y-%m-%d}: this machine's clock was there already, and says"
        f" {clock:%Y-%m-%d} now. Set it right. If it was wrong then, what is closed is kept until that day; nothing is"
        " lost."
    )
    return [said]


def endings_card(t: Translator, soon: Mapping[str, datetime]) -> Card:
    """Codes of closed reports and the days of their end; nobody's name and no word of a report."""
    rows = tuple(
        Row(each, on.date().isoformat()) for each, on in sorted(soon.items(), key=lambda one: one[1])
    )
    said = (
        t(
            "After that day each is erased with its conversation and its files, and nobody can open it any more. Its"
            " cards here go, too."
        ),
        t("A legal hold keeps a report. You lay it on its case, under Work on this case."),
    )
    return Card(t("Closed reports end soon"), (*rows, *map(Paragraph, said)))


def _is_over(life: LifeRow, now: datetime) -> bool:
    """Whether a closed report has to end: it is time, and its desk has known for long enough."""
    if life.due is None or life.warned is None:
        return False
    return life.due <= now and life.warned + anonymity.WARNED_BEFORE <= now


def _ends(life: LifeRow) -> bool:
    """Whether an end that was set for a closed report still holds."""
    return life.stage == "sent" and life.held is None and life.seen == life.closed


def _is_near(life: LifeRow, now: datetime) -> bool:
    """Whether the desk of a closed report has to be warned, and was not."""
    if life.due is None or not _ends(life):
        return False
    return life.warned is None and life.due - anonymity.WARNED_BEFORE <= now


def _endings(lives: Sequence[LifeRow]) -> Iterator[EndingRow]:
    for each in lives:
        if each.seen is not None and each.due is not None:
            yield EndingRow(each.report, each.seen, each.due)
