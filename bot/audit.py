"""The audit log: what each handler did, when and with which case; never a text, and nothing a reporter did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256

from bot.columns import SealedColumn
from bot.errors import UnsealError
from bot.ports import Random
from bot.records import AppendAudit, AuditRow
from bot.vault import SMALL_BLOCK, Slot, Vault, pad, unpad

FIRST = bytes(32)
"""The head before the first entry."""

WEEKLY = "week"
"""What is entered each week by nobody, so that a head that did not change would tell nothing."""


@dataclass(frozen=True, slots=True, repr=False)
class Act:
    """One entry: who did what with which case. `nonce` keeps anybody from guessing it by its digest."""

    who: str
    what: str
    case: str
    nonce: str

    def to_json(self) -> str:
        """As text, for sealing; its SHA-256 is what the chain holds."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Act:
        """Read `to_json` back."""
        return cls(**json.loads(text))


class Audit:
    """Makes entries; they are saved in the transaction that saves what they are about."""

    def __init__(self, vault: Vault, random: Random) -> None:
        self._vault = vault
        self._random = random

    def entry(self, workspace: str, who: str, what: str, case: str, at: datetime) -> AppendAudit:
        """An entry that is to be saved with what it is about. `who` is a platform id, `case` a case's code."""
        act = Act(who, what, case, self._random.randbytes(16).hex()).to_json()
        known = self._random.randbytes(16)
        sealed = self._vault.seal(_slot(workspace, known), pad(act, SMALL_BLOCK))
        return AppendAudit(AuditRow(known, workspace, at, sealed, sha256(act.encode()).digest()))

    def act(self, row: AuditRow) -> Act:
        """What an entry says. Raises UnsealError."""
        return Act.from_json(self._said(row))

    def verify(self, log: Sequence[AuditRow]) -> str:
        """What is wrong with a whole log, in one sentence for the person who checks; empty if nothing is."""
        head = FIRST
        for number, row in enumerate(log, 1):
            if row.number != number:
                return f"Entry {number} is missing."
            try:
                digest = sha256(self._said(row).encode()).digest()
            except UnsealError:
                return f"Entry {number} cannot be opened: it was changed, or the key is another one."
            head = sha256(head + digest).digest()
            if row.digest != digest or row.head != head:
                return (
                    f"Entry {number} does not follow from the one before: it, or one before it, was changed."
                )
        return ""

    def _said(self, row: AuditRow) -> str:
        return unpad(self._vault.unseal(_slot(row.workspace, row.id), row.sealed))


def heads(log: Sequence[AuditRow]) -> set[bytes]:
    """Every head that a log ever had: one that a digest printed has to be among them."""
    return {row.head for row in log}


def _slot(workspace: str, known: bytes) -> Slot:
    return Slot("audit", "sealed", workspace, known)


SEALED = (SealedColumn(AuditRow, "sealed", lambda row, workspace: _slot(workspace, row.id)),)
