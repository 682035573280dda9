"""What lets our app act where it was installed: kept sealed, and erased alone when it is taken away."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.columns import SealedColumn
from bot.errors import UnsealError
from bot.ports import Clock, Installation, Random, Store
from bot.records import (
    DropInstallation,
    InstallationOf,
    InstallationRow,
    Installed,
    PutInstallation,
    SpendTicket,
    TicketRow,
)
from bot.vault import Slot, Vault, pad, unpad

LIFE = timedelta(minutes=10)
"""How long somebody may take from the first page of installing to the last."""

_TICKET = Slot("tickets", "sealed", "", b"")
_ID = 16


class Installations:
    """Implements `bot.ports.Installing`."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def everything(self) -> Mapping[str, Installation]:
        """All of them, by the name of whom the app was installed for."""
        return {row.workspace: self._opened(row) for row in await self._store.read(Installed())}

    async def of(self, owner: str) -> Installation | None:
        """One of them, as it is in the store now: another process may have changed it."""
        row = await self._store.read(InstallationOf(owner))
        return self._opened(row) if row else None

    async def put(self, owner: str, given: str, version: int) -> bool:
        """Keep one that replaces the one of this version, 0 where there is none; False where another was faster."""
        sealed = self._vault.seal(_slot(owner), pad(given))
        (took,) = await self._store.write(PutInstallation(InstallationRow(owner, sealed, version + 1)))
        return took

    async def erase(self, owner: str, version: int) -> bool:
        """Erase what the app was given, and nothing else; False where it is another by now."""
        (took,) = await self._store.write(DropInstallation(owner, version))
        return took

    def _opened(self, row: InstallationRow) -> Installation:
        return Installation(unpad(self._vault.unseal(_slot(row.workspace), row.sealed)), row.version)


class Tickets:
    """Implements `bot.ports.Ticketing`. A ticket is sealed and says until when it holds; only used ones are kept."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, random: Random) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._random = random

    def issue(self) -> str:
        """A fresh ticket."""
        until = int((self._clock.now() + LIFE).timestamp())
        said = self._random.randbytes(_ID) + until.to_bytes(8)
        return urlsafe_b64encode(self._vault.seal(_TICKET, said)).rstrip(b"=").decode()

    async def spend(self, ticket: str) -> bool:
        """Whether this is a ticket of ours that still holds and was never used; now it is used."""
        try:
            said = self._vault.unseal(_TICKET, urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4)))
        except (UnsealError, ValueError):
            return False
        now = self._clock.now()
        until = datetime.fromtimestamp(int.from_bytes(said[_ID:]), now.tzinfo)
        if until <= now:
            return False
        (took,) = await self._store.write(SpendTicket(TicketRow(said[:_ID], until), now))
        return took


def _slot(owner: str) -> Slot:
    return Slot("installations", "sealed", owner, b"")


SEALED = (SealedColumn(InstallationRow, "sealed", lambda row, _: _slot(row.workspace)),)
