"""What a receipt can prove: that its record existed when a digest was made, once one carries it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.config import WorkspaceSettings
from bot.letters import Letters
from bot.model import Document
from bot.moments import covered_week, moments_around
from bot.ports import Clock, Store
from bot.proof import Commitment, Proof, commitment, record_text
from bot.records import LatestDigest, Leaves, ReportRow, TreesSince
from bot.sealing import Sealing
from bot.visits import Visit
from bot.workplaces import Workplaces


@dataclass(frozen=True, slots=True, repr=False)
class Awaited:
    """The digest of `week`, due at `moment` (in the workspace's time), will carry the record."""

    week: str
    moment: datetime


class Proving:
    """Finds the proof of a record, or says when there will be one."""

    def __init__(
        self, *, store: Store, sealing: Sealing, letters: Letters, settings: Workplaces, clock: Clock
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._letters = letters
        self._settings = settings
        self._clock = clock

    async def of(self, visit: Visit) -> Proof | Awaited | None:
        """The proof of the record that is visited; None if no digest carries it and none will."""
        report = visit.report
        account = self._sealing.account(report, await self._letters.key(visit))
        mine = commitment(visit.pair.seed, report.id, account)
        for tree in await self._store.read(TreesSince(report.workspace, report.week)):
            if proof := Proof.of(mine, tree.week, tree.leaves):
                return proof
        return await self._awaited(report, mine)

    async def record(self, visit: Visit) -> bytes:
        """The text whose digest a proof holds, byte for byte."""
        account = self._sealing.account(visit.report, await self._letters.key(visit))
        return record_text(visit.pair.seed, visit.report.id, account)

    async def _awaited(self, report: ReportRow, mine: Commitment) -> Awaited | None:
        settings = self._settings.named(report.workspace)
        if settings is None or not settings.digest_channel:
            return None
        waiting = await self._store.read(Leaves(report.workspace, report.week))
        if mine.leaf not in {each.leaf for each in waiting}:
            return None
        return await self._next(settings, report.week)

    async def _next(self, settings: WorkspaceSettings, week: str) -> Awaited:
        """The first digest that is not decided yet and is about this week or a later one."""
        decided = await self._store.read(LatestDigest(str(settings.workspace)))
        moment, upcoming = moments_around(settings, self._clock.now())
        done = decided.week if decided else covered_week(settings, moment)
        while (covered := covered_week(settings, moment)) < week or covered <= done:
            moment, (_, upcoming) = upcoming, moments_around(settings, upcoming)
        return Awaited(covered, moment.astimezone(ZoneInfo(settings.timezone)))


def proof_file(proof: Proof) -> Document:
    """A proof as a file for the one person who asked for it."""
    return Document("proof.json", "application/json", proof.to_json().encode())


def record_file(record: bytes) -> Document:
    """The record as its proof is about it, as a file; a changed byte makes it another record."""
    return Document("record.txt", "text/plain; charset=utf-8", record)
