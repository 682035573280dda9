"""What colleagues may read of a report: its writer's own words, exactly as they are, once a handler has agreed."""

from __future__ import annotations

from dataclasses import replace

from bot.case import Cases
from bot.conversation import Entry, Kind, Said
from bot.desk import Desk, Reading
from bot.errors import Refusal
from bot.model import Actor
from bot.ports import Clock, Random, Store
from bot.records import AddOutbox, Change, OutboxRow, ReportRow, WindowAbout
from bot.replies import CHANGED, Replies
from bot.solidarity import STATEMENT


class Colleagues:
    """Approves words, or asks for others; nobody but their writer changes a letter of them."""

    def __init__(
        self, *, store: Store, cases: Cases, desk: Desk, replies: Replies, clock: Clock, random: Random
    ) -> None:
        self._store = store
        self._cases = cases
        self._desk = desk
        self._replies = replies
        self._clock = clock
        self._random = random

    async def approve(self, actor: Actor, report: bytes, press: str, words: str, seen: str) -> bool:
        """Let colleagues read the words whose message begins with this id. Raises Refusal where they changed.

        False where a handler did something since this one saw the case as `seen` says.
        """
        reading = await self._desk.read(actor, report)
        entry = wanted(reading)
        if entry is None or not entry.row.id.hex().startswith(words):
            raise Refusal(CHANGED)
        case = replace(reading.case, approved=entry.row.id.hex(), words=entry.said.text)
        put = self._cases.put(reading.report.workspace, report, case)
        shown = await self._shown(reading.report)
        return await self._replies.say(actor, report, press, Said(Kind.APPROVE), put, *shown, seen=seen)

    async def ask(self, actor: Actor, report: bytes, press: str, said: Said, seen: str) -> bool:
        """Ask for other words. False where a handler did something since. Raises Refusal."""
        return await self._replies.say(actor, report, press, said, seen=seen)

    async def _shown(self, report: ReportRow) -> tuple[Change, ...]:
        """Before a statement stands nothing may hurry it: it comes on its random day, with its words."""
        if await self._store.read(WindowAbout(STATEMENT, report.id)) is None:
            return ()
        row = OutboxRow(self._random.randbytes(16), STATEMENT, report.id, report.workspace, self._clock.now())
        return (AddOutbox(row),)


def wanted(reading: Reading) -> Entry | None:
    """What its writer wants colleagues to read, where that has arrived; None for nothing."""
    return next((entry for entry in reading.thread if entry.row.id.hex() == reading.words), None)


def approved(reading: Reading) -> bool:
    """Whether a handler agreed to exactly these words."""
    return bool(reading.words) and reading.case.approved == reading.words
