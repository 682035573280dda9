"""A case: what a desk keeps of a report beside the conversation, for itself alone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from bot.columns import SealedColumn
from bot.i18n import N_
from bot.records import CaseRow, PutCase
from bot.vault import Slot, Vault, pad, unpad

NOTE = "note"
"""The side of a message that only the desk reads."""

NOT_A_REPORT = "no_report"

OUTCOMES = {
    "acted": N_("Something was done"),
    "agreed": N_("Ended as its writer wanted"),
    "unclear": N_("There was not enough to act on"),
    "passed": N_("Passed on to somebody who can do more"),
    "other": N_("Something else"),
    NOT_A_REPORT: N_("Not a report (needs a second handler)"),
}
"""What came of a case, as the desk says when it closes it."""

MOST_LINKS = 10


@dataclass(frozen=True, slots=True, repr=False)
class Case:
    """Who works on a report and who must not, whether somebody may be in danger, what belongs to it, what came of it.

    Handlers are platform ids. `links` are ids of reports in hex. `proposed` is who wants to close it as no report.
    `approved` is the id of the message whose `words` colleagues may read, in hex; `muted` says that the desk wants no
    more posts about what is only added.
    """

    assigned: str = ""
    recused: tuple[str, ...] = ()
    safety: bool = False
    links: tuple[str, ...] = ()
    outcome: str = ""
    proposed: str = ""
    approved: str = ""
    words: str = ""
    muted: bool = False
    version: int = 0

    def without(self, handler: str) -> Case:
        """The same case, which this handler has nothing to do with any more."""
        recused = tuple(dict.fromkeys((*self.recused, handler)))
        return replace(self, recused=recused, assigned="" if self.assigned == handler else self.assigned)


UNTOUCHED = Case()
"""A case that nobody did anything with yet."""


class Cases:
    """Seals and opens cases."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def open(self, workspace: str, row: CaseRow | None) -> Case:
        """What is kept of a report; a case that nobody touched yet has version 0. Raises UnsealError."""
        if row is None:
            return UNTOUCHED
        found = json.loads(unpad(self._vault.unseal(_slot(workspace, row.report), row.sealed)))
        lists = {name: tuple(found[name]) for name in ("recused", "links")}
        return Case(**{**found, **lists, "version": row.version})

    def put(self, workspace: str, report: bytes, case: Case) -> PutCase:
        """Keep a case as it is now, unless somebody else changed it since it was read."""
        said = {name: value for name, value in asdict(case).items() if name != "version"}
        sealed = self._vault.seal(_slot(workspace, report), pad(json.dumps(said, ensure_ascii=False)))
        return PutCase(CaseRow(report, sealed, case.version + 1))


def _slot(workspace: str, report: bytes) -> Slot:
    return Slot("cases", "sealed", workspace, report)


SEALED = (SealedColumn(CaseRow, "sealed", lambda row, workspace: _slot(workspace, row.report)),)
