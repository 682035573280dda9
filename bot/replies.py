"""What a desk writes about a report: to its writer, and for itself; each press once, and who was slower reads again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from weakref import WeakValueDictionary

from bot import anonymity
from bot.case import NOTE
from bot.conversation import DESK, Kind, Said
from bot.desk import Desk, Opened
from bot.desk import seen as _seen_of
from bot.errors import Refusal
from bot.i18n import N_
from bot.model import Actor
from bot.notices import renewed
from bot.ports import Clock, Random, Store
from bot.records import (
    AddMessage,
    Change,
    MarkClosed,
    MarkReviewing,
    MessageById,
    MessageRow,
    MessagesOf,
    ReportRow,
)
from bot.sealing import Sealing
from bot.workplaces import Workplaces

_ASKED = N_(
    "The writer has been asked once already. To ask again would press them, so nothing was done. They can tell at any"
    " time."
)
CHANGED = N_("This changed in the meantime, so nothing was done. Please read it again and decide then.")


class Replies:
    """Seals what handlers write, and keeps it with what the audit log says of it."""

    def __init__(
        self,
        *,
        store: Store,
        desk: Desk,
        sealing: Sealing,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._desk = desk
        self._sealing = sealing
        self._settings = settings
        self._clock = clock
        self._random = random
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def say(
        self,
        actor: Actor,
        report_id: bytes,
        press: str,
        said: Said,
        *also: Change,
        seen: str = "",
    ) -> bool:
        """Write to the reporter, with other changes; doing it again with the same `press` changes nothing.

        False where a handler did something since this one saw the case as `seen` says; then nothing was done.
        Raises Refusal.
        """
        async with self._turns.setdefault(report_id, asyncio.Lock()):
            opened = await self._desk.open(actor, report_id)
            key = self._desk.key(actor, opened)
            rows = await self._store.read(MessagesOf(report_id))
            if said.kind is Kind.ASK and self._asked(opened.report, key, rows):
                raise Refusal(_ASKED)
            if any(row.id == _pressed(key, press) for row in rows):
                return True
            if opened.report.stage != "sent":
                raise Refusal(CHANGED)
            if seen and seen != _seen_of(rows, opened.case):
                return False
            entry = self._desk.entry(actor, opened.report, _DONE[said.kind])
            await self._keep(opened, self._row(opened.report, key, DESK, press, said), said, (entry, *also))
            return True

    async def _keep(self, opened: Opened, row: MessageRow, said: Said, also: Sequence[Change]) -> None:
        report, now = opened.report, self._clock.now()
        card = renewed(report.id, report.workspace, now, self._random)
        took = await self._store.write(AddMessage(row), *_marks(report, said, now), card, *also)
        if not took[0] and await self._store.read(MessageById(row.id)) is None:
            raise Refusal(CHANGED)

    async def note(self, actor: Actor, report_id: bytes, press: str, said: Said) -> None:
        """Keep something that only the desk reads; twice is once. Raises Refusal."""
        opened = await self._desk.open(actor, report_id)
        row = self._row(opened.report, self._desk.key(actor, opened), NOTE, press, said)
        if await self._store.read(MessageById(row.id)) is not None:
            return
        took = await self._store.write(
            AddMessage(row), self._desk.entry(actor, opened.report, "wrote a note")
        )
        if not took[0]:
            raise Refusal(CHANGED)

    def _row(self, report: ReportRow, key: bytes, side: str, press: str, said: Said) -> MessageRow:
        now, message = self._clock.now(), _pressed(key, press)
        body = self._sealing.seal_message(report, key, message, said)
        return MessageRow(message, report.id, side, self._week(report, now), body, now)

    def _asked(self, report: ReportRow, key: bytes, rows: Sequence[MessageRow]) -> bool:
        desk = [row for row in rows if row.side == DESK]
        return any(self._sealing.message(report, key, row).kind is Kind.ASK for row in desk)

    def _week(self, report: ReportRow, now: datetime) -> str:
        settings = self._settings.named(report.workspace)
        return anonymity.week_of(now, settings.timezone if settings else "UTC")


_DONE = {
    Kind.TEXT: "answered",
    Kind.REVIEW: "looks into it",
    Kind.ASK: "asked who wrote",
    Kind.CLOSE: "closed",
    Kind.CONTACT: "announced to speak with the person named",
    Kind.CHANGE: "asked for other words",
    Kind.APPROVE: "approved words for colleagues",
}
"""What the audit log says of what a desk writes."""


def _pressed(key: bytes, press: str) -> bytes:
    """The id of what a press makes. Keyed, or ids in a stolen store would say what a desk marked."""
    return blake2b(press.encode(), key=key, digest_size=16, person=b"metoo desk").digest()


def _marks(report: ReportRow, said: Said, now: datetime) -> tuple[Change, ...]:
    if said.kind is Kind.REVIEW or said.state:
        return (MarkReviewing(report.id, now),)
    return (MarkClosed(report.id, now),) if said.kind is Kind.CLOSE else ()
