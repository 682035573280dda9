"""Inboxes of desks: their private halves, and the passphrases of handlers that some of them are locked by.

A locked private half is sealed by a lock key, and that is wrapped once for each handler under their passphrase,
and once under a recovery key. So a handler who comes, goes or changes a passphrase changes one row and no report.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.audit import Audit
from bot.columns import SealedColumn
from bot.envelope import KEY, Slot, derive
from bot.errors import Refusal, UnsealError
from bot.i18n import N_
from bot.keypair import SEED, KeyPair
from bot.keys import Keyring, Purpose
from bot.limits import Limits
from bot.means import Means
from bot.model import Actor
from bot.opened import Opened
from bot.passphrase import SALT, SHORTEST, new_recovery_key, read_recovery_key, stretch, too_weak
from bot.ports import Clock, Random, Store
from bot.records import AppendAudit, DeskRow, Desks, DropLock, LockInbox, LockRow, LocksOf, PutLock
from bot.sealing import Sealing
from bot.vault import Vault, pad, unpad

NEVER = timedelta(days=1)

_LOCKED = N_("This inbox is locked, so nothing was done.")
_WRONG = N_("This passphrase does not open the inbox for you. Please try again.")
_WRONG_RECOVERY = N_("This recovery key does not open the inbox. Please look at each group again.")
_WEAK = N_(
    "A passphrase has at least {least} characters, such as five words that do not belong together. Nothing was changed."
)
_NOT_LET_IN = N_(
    "You have no passphrase for this inbox yet. Somebody who has one can let you in; then you have 15 minutes to choose"
    " yours."
)
_NOT_NOW = N_("This inbox is locked already, so nothing was changed.")
_LAST = N_("Nobody else has a passphrase, so this one stays. Let somebody else in first.")


class Door(StrEnum):
    """The lock of an inbox: none, one that handlers have yet to make, or one that is made."""

    NONE = "none"
    WANTED = "wanted"
    LOCK = "lock"


class InboxLocked(Refusal):
    """A handler has to unlock the inbox first."""

    def __init__(self) -> None:
        super().__init__(_LOCKED)


@dataclass(frozen=True, repr=False)
class _Lock:
    """One wrapping of a lock key: `who` is a handler, or nobody for the recovery key."""

    row: LockRow
    who: str
    salt: bytes
    wrapped: bytes


class Inboxes:
    """Opens inboxes for handlers. Who may try is asked of the desk before."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        sealing: Sealing,
        keyring: Keyring,
        audit: Audit,
        limits: Limits,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._vault = vault
        self._sealing = sealing
        self._pepper = keyring.key(Purpose.PEPPER)
        self._audit = audit
        self._limits = limits
        self._clock = clock
        self._random = random
        self.opened = Opened(clock)
        self._turn = asyncio.Lock()  # each try takes 64 MiB and a moment: one at a time

    def locked(self, desk: DeskRow) -> bool:
        """Whether an inbox is locked by passphrases."""
        return len(self._sealing.private_of(desk)) != SEED

    def pair(self, desk: DeskRow, actor: Actor) -> KeyPair:
        """The key pair of an inbox, which stays open for this handler another while. Raises InboxLocked."""
        private = self._sealing.private_of(desk)
        if len(private) == SEED:
            return KeyPair(private)
        key = self._key(desk, actor)
        return KeyPair(self._vault.unseal_with(key, _private_slot(desk), private))

    async def lock(self, desk: DeskRow, actor: Actor, passphrase: str) -> str:
        """Lock an inbox by its first passphrase, and return the recovery key. Raises Refusal."""
        if self.locked(desk):
            raise Refusal(_NOT_NOW)
        key, recovery = self._random.randbytes(KEY), new_recovery_key(self._random)
        mine = await self._wrap(desk, actor.user, passphrase, key)
        spare = self._row(desk, self._random.randbytes(16), "", key, salt=b"", by=self._by_recovery(recovery))
        sealed = self._vault.seal_with(key, _private_slot(desk), self._sealing.private_of(desk))
        private = self._sealing.seal_private(desk, sealed)
        entry = self._entry(desk, actor, "locked the inbox by a passphrase")
        took = await self._store.write(LockInbox(desk, private, (mine, spare)), entry)
        if not took[0]:
            raise Refusal(_NOT_NOW)
        self.opened.open(desk.id, actor.user, key)
        return recovery

    async def unlock(self, desk: DeskRow, actor: Actor, passphrase: str) -> None:
        """Open an inbox for a handler by their passphrase. Raises Refusal, at the same cost."""
        self._limits.passphrase(actor)
        mine = next((each for each in await self._locks(desk) if each.who == actor.user), None)
        by = await self._stretched(passphrase, mine.salt if mine else bytes(SALT))
        if mine is None:
            raise Refusal(_NOT_LET_IN)
        self.opened.open(desk.id, actor.user, self._unwrap(desk, mine, by, _WRONG))
        await self._store.write(self._entry(desk, actor, "unlocked the inbox"))

    async def recover(self, desk: DeskRow, actor: Actor, typed: str) -> None:
        """Open an inbox for a handler by the recovery key. Raises Refusal."""
        self._limits.passphrase(actor)
        spare = next((each for each in await self._locks(desk) if not each.who), None)
        if spare is None:
            raise Refusal(_WRONG_RECOVERY)
        key = self._unwrap(desk, spare, self._by_recovery(typed), _WRONG_RECOVERY)
        self.opened.open(desk.id, actor.user, key)
        await self._store.write(self._entry(desk, actor, "used the recovery key of the inbox"))

    async def choose(self, desk: DeskRow, actor: Actor, passphrase: str) -> None:
        """Keep a handler's own passphrase, in place of the one they had. Raises Refusal."""
        if (key := self.opened.choosing(desk.id, actor.user)) is None:
            raise Refusal(_NOT_LET_IN)
        mine = next((each.row.id for each in await self._locks(desk) if each.who == actor.user), None)
        row = await self._wrap(desk, actor.user, passphrase, key, mine)
        await self._store.write(PutLock(row), self._entry(desk, actor, "chose a passphrase for the inbox"))
        self.opened.open(desk.id, actor.user, key)

    async def let_in(self, desk: DeskRow, actor: Actor, who: str) -> None:
        """Let somebody choose a passphrase within the next minutes. Raises InboxLocked."""
        self.opened.open(desk.id, who, self._key(desk, actor), let_in=True)
        await self._store.write(self._entry(desk, actor, "let somebody choose a passphrase for the inbox"))

    async def remove(self, desk: DeskRow, actor: Actor, who: str) -> None:
        """Take somebody's passphrase; reports stay as they are sealed. Raises Refusal."""
        self._key(desk, actor)
        locks = [each for each in await self._locks(desk) if each.who]
        if {each.who for each in locks} == {who}:
            raise Refusal(_LAST)
        gone = [DropLock(each.row.id) for each in locks if each.who == who]
        await self._store.write(*gone, self._entry(desk, actor, "took a passphrase of the inbox away"))
        self.opened.shut(desk.id, who)

    async def holders(self, desk: DeskRow, actor: Actor) -> tuple[str, ...]:
        """Who has a passphrase. Raises InboxLocked."""
        self._key(desk, actor)
        return tuple(sorted(each.who for each in await self._locks(desk) if each.who))

    def close(self, desk: DeskRow, actor: Actor) -> None:
        """Lock an inbox for a handler again."""
        self.opened.shut(desk.id, actor.user)

    async def run(self) -> datetime:
        """A job: forget the keys of inboxes that have closed, and say when the next one closes."""
        self.opened.tidy()
        return min(self.opened.ends(), default=self._clock.now() + NEVER)

    def _key(self, desk: DeskRow, actor: Actor) -> bytes:
        if (key := self.opened.key(desk.id, actor.user)) is None:
            raise InboxLocked
        return key

    async def _wrap(
        self, desk: DeskRow, who: str, passphrase: str, key: bytes, known: bytes | None = None
    ) -> LockRow:
        if too_weak(passphrase):
            raise Refusal(_WEAK, least=SHORTEST)
        salt = self._random.randbytes(SALT)
        by = await self._stretched(passphrase, salt)
        return self._row(desk, known or self._random.randbytes(16), who, key, salt=salt, by=by)

    def _row(self, desk: DeskRow, known: bytes, who: str, key: bytes, *, salt: bytes, by: bytes) -> LockRow:
        wrapped = self._vault.seal_with(by, _wrapped_slot(desk.id, known), key)
        said = json.dumps({"who": who, "salt": salt.hex(), "wrapped": wrapped.hex()})
        return LockRow(known, desk.id, self._vault.seal(_slot(desk.id, known), pad(said, 512)))

    async def _locks(self, desk: DeskRow) -> list[_Lock]:
        found = []
        for row in await self._store.read(LocksOf(desk.id)):
            said = json.loads(unpad(self._vault.unseal(_slot(desk.id, row.id), row.sealed)))
            wrapped = bytes.fromhex(said["wrapped"])
            found.append(_Lock(row, said["who"], bytes.fromhex(said["salt"]), wrapped))
        return found

    def _unwrap(self, desk: DeskRow, lock: _Lock, by: bytes, wrong: str) -> bytes:
        try:
            return self._vault.unseal_with(by, _wrapped_slot(desk.id, lock.row.id), lock.wrapped)
        except UnsealError:
            raise Refusal(wrong) from None

    async def _stretched(self, passphrase: str, salt: bytes) -> bytes:
        secret = derive(self._pepper, "metoo inbox pepper v1")
        async with self._turn:
            return await asyncio.to_thread(stretch, passphrase, salt, secret)

    def _by_recovery(self, typed: str) -> bytes:
        return derive(read_recovery_key(typed), "metoo inbox recovery v1", salt=self._pepper)

    def _entry(self, desk: DeskRow, actor: Actor, did: str) -> AppendAudit:
        return self._audit.entry(desk.workspace, actor.user, did, "", self._clock.now())


async def not_locked(means: Means) -> list[str]:
    """A sentence for each desk that is to be locked and that no handler has locked yet."""
    sealing = Sealing(Vault(means.keyring, means.random), means.keyring, means.months, means.random)
    return [
        f"The inbox of the desk {desk.channel} is to be locked, and no handler has done it yet: until then its reports"
        " open by the server's key. A handler finds Lock this inbox on a report, or the lock in Cases."
        for settings in means.settings.workspaces
        for desk in await means.store.read(Desks(str(settings.workspace)))
        if settings.locks(desk.channel) and len(sealing.private_of(desk)) == SEED
    ]


def _private_slot(desk: DeskRow) -> Slot:
    return Slot("desks", "private under lock", desk.workspace, desk.id)


def _wrapped_slot(desk: bytes, lock: bytes) -> Slot:
    return Slot("locks", "wrapped", "", desk + lock)


def _slot(desk: bytes, lock: bytes) -> Slot:
    return Slot("locks", "sealed", "", desk + lock)


SEALED = (SealedColumn(LockRow, "sealed", lambda row, _: _slot(row.desk, row.id)),)
