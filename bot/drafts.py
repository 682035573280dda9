"""Drafts: what somebody typed and has not sent, under a key that travels only in their own buttons."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from bot.account import Account
from bot.errors import Refusal
from bot.i18n import N_
from bot.model import Workspace
from bot.ports import Clock, Random, Store
from bot.receipt import words_of
from bot.records import AgeDrafts, Change, DraftById, DraftRow, DropDraft, PutDraft, ReportById
from bot.vault import DraftKeys, Slot, Vault, new_draft_key, pad, read_draft_key, unpad

SWEEP = timedelta(minutes=20)
"""Drafts are erased at the third sweep they see, 40 to 60 minutes after they were last touched."""

DRAFT_GONE = N_(
    "This draft is gone: drafts are erased within the hour, and as soon as they are sent or thrown away."
    " If you sent it, your words open it. If not, nothing was sent, and you can write it again."
)


class Drafts:
    """Keeps drafts, and derives from a draft's key all that belongs to it."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, random: Random) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._random = random
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def turn(self, key: str) -> asyncio.Lock:
        """What changes a draft, or ends it, does so one after the other."""
        return self._turns.setdefault(self.keys(key).report, asyncio.Lock())

    def new_key(self) -> str:
        """The key of a new draft; nothing is stored yet."""
        return new_draft_key(self._random)

    def keys(self, key: str) -> DraftKeys:
        """Everything that derives from a draft's key. Raises Refusal for what is none."""
        secret = read_draft_key(key)
        if secret is None:
            raise Refusal(DRAFT_GONE)
        return self._vault.draft(secret)

    def words(self, key: str) -> tuple[str, ...]:
        """The seven receipt words of a draft, the same before and after it is sent."""
        return words_of(self.keys(key).entropy)

    async def find(self, workspace: Workspace, key: str) -> Account | None:
        """What was typed, or None where there is nothing (any more)."""
        keys = self.keys(key)
        row = await self._store.read(DraftById(keys.id))
        if row is None:
            return None
        return Account.from_json(
            unpad(self._vault.unseal_with(keys.seal, _slot(workspace, keys), row.sealed))
        )

    async def get(self, workspace: Workspace, key: str) -> Account:
        """What was typed. Raises Refusal where it is gone."""
        account = await self.find(workspace, key)
        if account is None:
            raise Refusal(DRAFT_GONE)
        return account

    async def keep(self, workspace: Workspace, key: str, account: Account, *also: Change) -> None:
        """Keep what was typed, with other changes. Raises Refusal where this draft has been sent already."""
        keys = self.keys(key)
        if await self._store.read(ReportById(keys.report)):
            raise Refusal(DRAFT_GONE)
        sealed = self._vault.seal_with(keys.seal, _slot(workspace, keys), pad(account.to_json()))
        await self._store.write(PutDraft(DraftRow(keys.id, sealed)), *also)

    async def drop(self, key: str) -> None:
        """Throw away what was typed."""
        await self._store.write(DropDraft(self.keys(key).id))

    async def sweep(self) -> datetime:
        """A job: age all drafts, erase the old ones, and say when to do so next."""
        await self._store.write(AgeDrafts())
        return self._clock.now() + SWEEP


def _slot(workspace: Workspace, keys: DraftKeys) -> Slot:
    return Slot("drafts", "sealed", str(workspace), keys.id)
