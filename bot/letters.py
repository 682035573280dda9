"""What a writer adds to a report's conversation, and how it waits for a desk: sealed, and always late."""

from __future__ import annotations

from datetime import datetime

from bot import anonymity
from bot.arrivals import NOTE
from bot.config import WorkspaceSettings
from bot.conversation import REPORTER, Said, answer_due
from bot.deadlines import Promise
from bot.errors import Refusal
from bot.i18n import N_
from bot.ports import Clock, Random, Store
from bot.records import AddMessage, MessageRow, MessagesOf, OutboxRow, ReportKeys, ReportRow
from bot.sealing import Sealing
from bot.visits import Visit
from bot.workplaces import Workplaces

KEPT = "kept"
"""The stage of a private record: what is added to it goes to no desk."""

HELD = "held"
"""The stage of a report that waits until others have named the same person; so does what is added to it."""

NOT_NOW = N_("This cannot be done with this report now. Your words show what can be done.")


class Letters:
    """Seals what a writer says, and lets it wait."""

    def __init__(
        self, *, store: Store, sealing: Sealing, settings: Workplaces, clock: Clock, random: Random
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._settings = settings
        self._clock = clock
        self._random = random

    async def key(self, visit: Visit) -> bytes:
        """The data key of the report that is visited."""
        keys = await self._store.read(ReportKeys(visit.report.id))
        return self._sealing.key_for_mailbox(visit.report, keys, visit.pair)

    async def message(
        self, visit: Visit, message: bytes, said: Said, arrives: datetime | None = None
    ) -> AddMessage:
        """What is said, to be kept; it arrives at this moment, or at a random one."""
        report = visit.report
        week = anonymity.week_of(self._clock.now(), self.workplace(report).timezone)
        body = self._sealing.seal_message(report, await self.key(visit), message, said)
        row = MessageRow(message, report.id, REPORTER, week, body)
        if report.stage in {KEPT, HELD}:
            return AddMessage(row)
        return AddMessage(row, self.note(message, report, arrives or self.arrives()))

    def note(self, message: bytes, report: ReportRow, due: datetime) -> OutboxRow:
        """That a message waits for the desk that has its report."""
        return OutboxRow(self._random.randbytes(16), NOTE, message, report.workspace, due)

    def waits(self, kind: str, report: ReportRow, due: datetime) -> OutboxRow:
        """That something about a report waits."""
        return OutboxRow(self._random.randbytes(16), kind, report.id, report.workspace, due)

    def arrives(self) -> datetime:
        """A random moment at which what is done now arrives."""
        return self._clock.now() + anonymity.delay(self._settings.delays.report, self._random)

    async def late(self, report: ReportRow) -> bool:
        """Whether the desk that has a report owes an answer since yesterday or longer."""
        promise = Promise.of(self.workplace(report), self._settings)
        due = answer_due(report, await self._store.read(MessagesOf(report.id)), promise.answer)
        return due is not None and promise.day(due) < promise.day(self._clock.now())

    def workplace(self, report: ReportRow) -> WorkspaceSettings:
        """The settings of a report's workspace. Raises Refusal where it is not served any more."""
        settings = self._settings.named(report.workspace)
        if settings is None:
            raise Refusal(NOT_NOW)
        return settings
