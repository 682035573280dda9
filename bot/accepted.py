"""What every handler accepts once before reading: not to try to find out who wrote."""

from __future__ import annotations

import asyncio
import json

from bot.columns import SealedColumn
from bot.ports import Store
from bot.records import PutSetup, SetupRow, Setups
from bot.vault import Slot, Vault, pad, unpad


class Accepted:
    """Who accepted it, by workspace; kept sealed, and in memory once it was read."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._known: dict[str, frozenset[str]] | None = None
        self._turn = asyncio.Lock()

    async def has(self, workspace: str, handler: str) -> bool:
        """Whether this handler accepted it."""
        if self._known and handler in self._known.get(workspace, frozenset()):
            return True
        self.forget()  # it may have been in another process
        return handler in (await self._all()).get(workspace, frozenset())

    async def add(self, workspace: str, *handlers: str) -> None:
        """Keep that they did."""
        async with self._turn:
            self.forget()
            known = await self._all()
            everybody = known.get(workspace, frozenset()) | set(handlers)
            said = pad(json.dumps({"accepted": sorted(everybody)}), 1024)
            sealed = self._vault.seal(_slot(workspace), said)
            await self._store.write(PutSetup(SetupRow(workspace, sealed)))
            self._known = {**known, workspace: everybody}

    def forget(self) -> None:
        """Read it again."""
        self._known = None

    async def _all(self) -> dict[str, frozenset[str]]:
        if self._known is None:
            self._known = {row.workspace: self._opened(row) for row in await self._store.read(Setups())}
        return self._known

    def _opened(self, row: SetupRow) -> frozenset[str]:
        said = unpad(self._vault.unseal(_slot(row.workspace), row.sealed))
        return frozenset(json.loads(said)["accepted"])


def _slot(workspace: str) -> Slot:
    return Slot("setups", "sealed", workspace, b"")


SEALED = (SealedColumn(SetupRow, "sealed", lambda _, workspace: _slot(workspace)),)
