"""What admins chose for their workspace in chat: kept sealed, and in memory once it was read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from bot.columns import SealedColumn
from bot.model import Workspace
from bot.ports import Clock, Store
from bot.records import AppendAudit, Chosen, ChosenRow, DeskRow, OutboxRow, PutChosen
from bot.vault import Slot, Vault, pad, unpad

STEPS = {
    "desks": ("desks", "desk_roles"),
    "channels": ("solidarity_channel", "digest_channel"),
    "digest": ("digest_at", "timezone"),
    "people": ("language", "population", "attachments"),
    "keeping": ("retention_days",),
    "escrow": ("escrow",),
    "support": ("support",),
}
"""The parts of set-up, and what each of them decides."""

WAITING = frozenset({"desks", "keeping"})
"""Parts of which a change waits once a workplace is served."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A change that had to wait: when it was told, when it holds, and when it was taken back; moments as text."""

    at: str
    holds: str
    back: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What was chosen for one workspace, by the names of `WorkspaceSettings`.

    `later` holds from `due` on. `by` is who changed each step last, by platform id. `told` are the changes that had
    to wait, `trial` is the id of the last test report, in hex. `started` says that it is served. `k` is for how many
    different writers reports are held here since that was first switched on, 0 if it never was.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    later: Mapping[str, Any] = field(default_factory=dict)
    due: str = ""
    by: Mapping[str, str] = field(default_factory=dict)
    told: tuple[Announced, ...] = ()
    trial: str = ""
    started: bool = False
    k: int = 0
    version: int = 0

    @property
    def holds(self) -> datetime | None:
        """From when on `later` holds; None where nothing waits."""
        return datetime.fromisoformat(self.due) if self.due else None

    def to_json(self) -> str:
        """As text, for sealing."""
        said = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "version"}
        return json.dumps(said | {"told": [[each.at, each.holds, each.back] for each in self.told]})

    @classmethod
    def from_json(cls, text: str, version: int) -> Plan:
        """Read `to_json` back."""
        found = json.loads(text)
        return cls(**{**found, "told": tuple(Announced(*each) for each in found["told"])}, version=version)


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """A workplace as its admin sees it: what is in force, or was chosen so far where it is not served yet."""

    workspace: Workspace
    now: Mapping[str, Any]
    fixed: frozenset[str]
    plan: Plan
    served: bool

    def seen(self, step: str) -> str:
        """What was in force in one part, in few characters: another admin may have changed it meanwhile."""
        said = [[name, self.now[name], self.plan.later.get(name)] for name in STEPS[step]]
        return sha256(json.dumps(said).encode()).hexdigest()[:8]

    def free(self, step: str) -> bool:
        """Whether anything in this part can be changed in chat; roles alone are no part of it."""
        return not set(STEPS[step][:1] if step == "desks" else STEPS[step]) <= self.fixed

    def wanted(self, name: str) -> Any:
        """What holds in the end: what waits, else what is in force."""
        return self.plan.later.get(name, self.now[name])


class Plans:
    """The plan of every workspace; a change is saved before it is seen."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._known: dict[str, Plan] | None = None

    async def everything(self) -> Mapping[str, Plan]:
        """All of them, by the name under which the store knows a workspace."""
        if self._known is None:
            self._known = {row.workspace: self._opened(row) for row in await self._store.read(Chosen())}
        return self._known

    def forget(self) -> None:
        """Read all of them again: another process may have changed one."""
        self._known = None

    async def of(self, workspace: str) -> Plan:
        """What was chosen for one; nothing where nobody chose."""
        return (await self.everything()).get(workspace, Plan())

    async def put(
        self,
        workspace: str,
        plan: Plan,
        entries: Sequence[AppendAudit] = (),
        desks: Sequence[DeskRow] = (),
        posts: Sequence[OutboxRow] = (),
    ) -> bool:
        """Keep a plan that was made from the one of its version, and what belongs to it; else change nothing."""
        fresh = replace(plan, version=plan.version + 1)
        sealed = self._vault.seal(_slot(workspace), pad(fresh.to_json()))
        row = ChosenRow(workspace, sealed, fresh.version)
        change = PutChosen(row, self._clock.now(), tuple(entries), tuple(desks), tuple(posts))
        (took,) = await self._store.write(change)
        self._known = {**await self.everything(), workspace: fresh} if took else None
        return took

    def _opened(self, row: ChosenRow) -> Plan:
        return Plan.from_json(unpad(self._vault.unseal(_slot(row.workspace), row.sealed)), row.version)


def _slot(workspace: str) -> Slot:
    return Slot("chosen", "sealed", workspace, b"")


SEALED = (SealedColumn(ChosenRow, "sealed", lambda row, _: _slot(row.workspace)),)
