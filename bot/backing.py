"""What colleagues' voices say to a desk and to the writer of a statement: support in bands, and never evidence."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from bot import anonymity, grades
from bot.columns import SealedColumn
from bot.errors import UnsealError
from bot.ports import Clock, Store
from bot.records import (
    MoveGrades,
    OpenWindows,
    ReportRow,
    SupportOf,
    SupportRow,
    Ungraded,
    WindowAbout,
    WindowRow,
)
from bot.sealing import Sealing
from bot.solidarity import STATEMENT, Solidarity, Window
from bot.vault import Slot, Vault, pad, unpad
from bot.workplaces import Workplaces

LOOK = timedelta(hours=6)
"""How often the job looks for statements that are new."""

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Support:
    """Bands of how many stand with a report: `total` as everybody sees it, and by grade; None where one is hidden."""

    total: int
    grades: tuple[int | None, ...]


class Backing:
    """Moves the numbers by grade, late and by the rule of three, and shows them."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        sealing: Sealing,
        solidarity: Solidarity,
        *,
        settings: Workplaces,
        clock: Clock,
    ) -> None:
        self._store = store
        self._vault = vault
        self._sealing = sealing
        self._solidarity = solidarity
        self._settings = settings
        self._clock = clock
        self._next: dict[bytes, datetime] = {}

    async def run(self) -> datetime:
        """A job: let the numbers by grade of each open statement follow at its moment, and say when that is next."""
        now = self._clock.now()
        rows = [row for row in await self._store.read(OpenWindows()) if row.kind == STATEMENT]
        planned, self._next = self._next, {}
        for row in rows:
            with suppress(UnsealError):  # a damaged window must not keep others from moving
                window = self._solidarity.opened(row)
                if row.id in planned and planned[row.id] <= now:
                    await self._move(window)
                self._next[row.id] = moment_after(window, now)
        return min((*self._next.values(), now + LOOK))

    async def of(self, report: ReportRow) -> Support | None:
        """The support of a report; None where its writer shares nothing, or no number may be shown."""
        window = await self._store.read(WindowAbout(STATEMENT, report.id))
        settings = self._settings.named(report.workspace)
        if window is None or settings is None or not self._sealing.route(report).shared:
            return None
        if not anonymity.numbers_allowed(await self._solidarity.population(settings)):
            return None
        numbers = self._numbers(window, await self._store.read(SupportOf(window.id)))
        return Support(anonymity.band(window.shown), grades.bands(window.shown, numbers))

    async def _move(self, window: Window) -> None:
        row = window.row
        voices = await self._store.read(Ungraded(row.id))
        before = self._numbers(row, await self._store.read(SupportOf(row.id)))
        # Of a large statement these are many hashes, for which no press should wait.
        after, marks = await asyncio.to_thread(grades.moved, window.secret, before, voices)
        if marks:
            sealed = self._vault.seal(_slot(row), pad(after.to_json(), grades.BLOCK))
            await self._store.write(MoveGrades(SupportRow(row.id, sealed), marks))

    def _numbers(self, window: WindowRow, kept: SupportRow | None) -> grades.Numbers:
        if kept is None:
            return grades.Numbers()
        return grades.Numbers.from_json(unpad(self._vault.unseal(_slot(window), kept.sealed)))


def moment_after(window: Window, now: datetime) -> datetime:
    """The next moment at which a statement's numbers by grade may move.

    It follows from the window's secret, so that a restart neither brings it nearer nor puts it off.
    """
    number = max((now - window.row.opens) // anonymity.GRADES, 0)
    while (moment := _moment(window, number)) <= now:
        number += 1
    return moment


def _moment(window: Window, number: int) -> datetime:
    drawn = blake2b(number.to_bytes(4), key=window.secret, digest_size=4, person=b"metoo moment v1").digest()
    later = timedelta(seconds=int.from_bytes(drawn) % _DAY)
    return window.row.opens + anonymity.GRADES * number + later


def _slot(window: WindowRow) -> Slot:
    return Slot("supports", "sealed", window.workspace, window.id)


SEALED = (
    SealedColumn(
        SupportRow, "sealed", lambda row, workspace: Slot("supports", "sealed", workspace, row.window)
    ),
)
