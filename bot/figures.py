"""The numbers of a digest: decided once, in bands, and such that what one digest says shows nothing in the next."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from bot import anonymity, noise
from bot.account import CATEGORIES
from bot.config import WorkspaceSettings
from bot.conversation import answered_in_time
from bot.deadlines import Promise
from bot.errors import UnsealError
from bot.moments import end_of_week
from bot.ports import Store
from bot.records import Counted, DeskRow, Desks, MessagesOf, ReportsAtDesks, StartCount
from bot.sealing import Sealing
from bot.solidarity import STATEMENT, WALL, noisy
from bot.workplaces import Workplaces

WEEKS = 12
"""Weeks that one digest sums up and draws."""

YEAR = timedelta(days=365)
"""How far back reports count."""

_ANSWERED, _OWED = "answered", "owed"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What one digest says. Bands are indexes into `anonymity.BANDS`; None where the workplace is too small.

    `weekly` are the bands of single weeks, oldest first; `covers` is how many weeks have passed since the
    digest before. `root` is that of the week's tree, in hex; a digest of before there were trees has none.
    `answered` is an index into `anonymity.SHARES`, or None for too few. `kinds` are the bands of those categories
    that may be told. `used` are the counts of which both were made: they stay until enough reports changed.
    `words` is what HR wrote, `change` the day from which something of the set-up is different, or
    `bot.announcing.BACK`, and `noise` the budget of the noise in the numbers of voices: the largest of `budgets`,
    which are those of the weeks that it sums up.
    """

    me_too: int | None
    standing: int | None
    weekly: tuple[int, ...] = ()
    covers: int = 1
    root: str = ""
    head: str = ""
    answered: int | None = None
    kinds: tuple[tuple[str, int], ...] = ()
    used: tuple[tuple[str, int], ...] = ()
    words: str = ""
    change: str = ""
    noise: float = 0.0
    budgets: tuple[tuple[str, float], ...] = ()

    def to_json(self) -> str:
        """As text, for sealing."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Numbers:
        """Read `to_json` back."""
        found = json.loads(text)
        pairs = {name: tuple(map(tuple, found.get(name, ()))) for name in ("kinds", "used", "budgets")}
        return cls(**{**found, **pairs, "weekly": tuple(found["weekly"])})


NONE = Numbers(None, None)
"""What is said where no number may be."""


class Figures:
    """Reads what a digest may say of the weeks up to one that has ended."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        settings: Workplaces,
        draw: Callable[[float], int] = noise.draw,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._settings = settings
        self._draw = draw

    async def of(self, settings: WorkspaceSettings, week: str, members: int, before: Numbers) -> Numbers:
        """The numbers of that week's digest, after the one `before`."""
        if not anonymity.numbers_allowed(members):
            # What was used is carried on: else the next with numbers would show what came meanwhile.
            return replace(NONE, used=before.used, budgets=before.budgets)
        weeks = anonymity.weeks_before(week, WEEKS)
        budget = settings.noise if settings.noise and anonymity.noise_allowed(members) else 0.0
        wall = await self._voices(settings, WALL, weeks, budget)
        stand = await self._voices(settings, STATEMENT, weeks, budget)
        budgets = dict(before.budgets) | {week: settings.noise or 0.0}
        budgets = {each: budgets[each] for each in weeks if budgets.get(each)}
        found = Numbers(
            anonymity.band(sum(wall)),
            anonymity.band(sum(stand)),
            tuple(map(anonymity.band, wall)),
            noise=max(budgets.values()) if budget else 0.0,
            budgets=tuple(budgets.items()),
        )
        return await self._with_reports(found, settings, week, dict(before.used))

    async def _voices(
        self, settings: WorkspaceSettings, kind: str, weeks: Sequence[str], budget: float
    ) -> Sequence[int]:
        workspace = str(settings.workspace)
        if budget:
            kind = noisy(kind)
            counted = await self._store.read(Counted(workspace, kind, weeks[0]))
            quiet = [each for each in weeks if each not in counted]
            starts = [StartCount(workspace, kind, each, self._draw(budget)) for each in quiet]
            await self._store.write(*starts)  # drawn once: whoever asks again reads the same
        counted = await self._store.read(Counted(workspace, kind, weeks[0]))
        return [counted.get(each, 0) for each in weeks]

    async def _with_reports(
        self, found: Numbers, settings: WorkspaceSettings, week: str, before: Mapping[str, int]
    ) -> Numbers:
        kinds, answered, owed = await self._reports(settings, end_of_week(settings, week))
        used = {kind: anonymity.follows(before.get(kind, 0), kinds[kind]) for kind in CATEGORIES}
        was = before.get(_ANSWERED, 0), before.get(_OWED, 0)
        if any(anonymity.follows(old, now) != old for old, now in zip(was, (answered, owed), strict=True)):
            was = answered, owed
        return replace(
            found,
            answered=anonymity.share(*was),
            kinds=tuple(anonymity.told_apart(used).items()),
            used=(*used.items(), (_ANSWERED, was[0]), (_OWED, was[1])),
        )

    async def _reports(self, settings: WorkspaceSettings, until: datetime) -> tuple[Counter[str], int, int]:
        """Of the year before: what the reports at the first desk are about, and how many were answered of how many.

        A report that skipped the first desk is in no public number, or the desk would learn of it from here. One
        that left it because nobody answered counts as not answered.
        """
        first, kinds, in_time = await self._first(settings), Counter[str](), Counter[bool | None]()
        promise = Promise.of(settings, self._settings)
        for report in await self._store.read(ReportsAtDesks(str(settings.workspace))):
            if first is None or report.delivered is None or not until - YEAR <= report.delivered < until:
                continue
            with suppress(UnsealError):  # a damaged record must not keep the others from being counted
                route = self._sealing.route(report)
                if report.desk == first.id:
                    kinds[route.category] += 1
                    rows = await self._store.read(MessagesOf(report.id))
                    in_time[answered_in_time(report, rows, promise, until)] += 1
                elif first.id.hex() in route.missed:
                    in_time[False] += 1
        return kinds, in_time[True], in_time[True] + in_time[False]

    async def _first(self, settings: WorkspaceSettings) -> DeskRow | None:
        desks = await self._store.read(Desks(str(settings.workspace)))
        return next((desk for desk in desks if desk.channel == settings.desks[0]), None)
