"""Visits: what receipt words opened, under a key that travels only in the visitor's own buttons."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot import receipt
from bot.errors import Refusal
from bot.i18n import N_
from bot.keypair import KeyPair
from bot.limits import Limits
from bot.model import Actor, Workspace
from bot.ports import Random, Store
from bot.records import DraftById, DraftRow, PutDraft, ReportById, ReportByLocator, ReportRow
from bot.sealing import Sealing
from bot.vault import Slot, Vault, new_draft_key, pad, read_draft_key, unpad

NOT_FOUND = N_(
    "These words open nothing here. Please check each of the seven words and their order. Words of a report"
    " that was withdrawn or has expired open nothing any more."
)
VISIT_OVER = N_(
    "Your visit has ended, so that nobody else can use this screen. Your words open it again. What you may have typed"
    " just now was not kept."
)


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """A report, and the mailbox key pair that its words gave."""

    report: ReportRow
    pair: KeyPair


class Visits:
    """Turns words into a visit that lasts like a draft: 40 to 60 minutes after it was last used."""

    def __init__(self, store: Store, vault: Vault, sealing: Sealing, limits: Limits, random: Random) -> None:
        self._store = store
        self._vault = vault
        self._sealing = sealing
        self._limits = limits
        self._random = random

    async def begin(self, actor: Actor, typed: str) -> str:
        """Open what the words open, and return the visit's key. Raises Refusal, at the same cost."""
        self._limits.receipt(actor)
        lock = await self._sealing.unlock(receipt.parse(typed) or typed[:200])
        report = await self._store.read(ReportByLocator(lock.locator))
        if report is None:
            raise Refusal(NOT_FOUND)
        key = new_draft_key(self._random)
        await self._keep(actor.workspace, key, report.id, lock.pair.seed)
        return key

    async def get(self, workspace: Workspace, key: str) -> Visit:
        """A visit under way. Raises Refusal where it has ended or its report is gone."""
        secret = read_draft_key(key)
        keys = self._vault.draft(secret) if secret else None
        row = await self._store.read(DraftById(keys.id)) if keys else None
        if keys is None or row is None:
            raise Refusal(VISIT_OVER)
        plain = self._vault.unseal_with(keys.seal, _slot(workspace, keys.id), row.sealed)
        found = json.loads(unpad(plain))
        report = await self._store.read(ReportById(bytes.fromhex(found["report"])))
        if report is None:
            raise Refusal(NOT_FOUND)
        await self._store.write(PutDraft(row))
        return Visit(report, KeyPair(bytes.fromhex(found["seed"])))

    async def _keep(self, workspace: Workspace, key: str, report: bytes, seed: bytes) -> None:
        keys = self._vault.draft(read_draft_key(key) or b"")
        said = json.dumps({"report": report.hex(), "seed": seed.hex()})
        sealed = self._vault.seal_with(keys.seal, _slot(workspace, keys.id), pad(said))
        await self._store.write(PutDraft(DraftRow(keys.id, sealed)))


def _slot(workspace: Workspace, visit: bytes) -> Slot:
    return Slot("drafts", "visit", str(workspace), visit)
