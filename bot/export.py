"""The export of a case: what was told and said, for those who have to go on with it; no id that only we know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.attached import Attached
from bot.case import UNTOUCHED
from bot.conversation import DESK, Entry, code
from bot.desk import Reading


def sanitised(reading: Reading) -> Reading:
    """A case without what is the desk's alone, and without who wrote it even where the desk was told."""
    thread = tuple(
        entry if entry.row.side == DESK else replace(entry, said=replace(entry.said, who=""))
        for entry in reading.thread
    )
    return replace(reading, thread=thread, case=UNTOUCHED, notes=(), words="")


def as_json(reading: Reading, day: str) -> bytes:
    """A case as data. Of what its writer did only the week is told."""
    reading, report = sanitised(reading), reading.report
    account, quoted = reading.account, reading.account.quoted if reading.account else None
    told: dict[str, Any] = {}
    if account is not None:
        told = {
            "week": report.week,
            "kind": account.category,
            "when": account.when,
            "teller": account.teller,
            "named": list(account.named),
            "text": account.text,
            "quoted": {"text": quoted.text, "author": quoted.author, "cut": quoted.cut} if quoted else None,
            "files": _files(account.files),
        }
    whole = {
        "case": code(report.id),
        "exported": day,
        "arrived": report.delivered.date().isoformat() if report.delivered else None,
        "closed": report.closed.date().isoformat() if report.closed else None,
        "report": told,
        "conversation": [_entry(each) for each in reading.thread],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def _entry(entry: Entry) -> dict[str, Any]:
    said, row = entry.said, entry.row
    desk = row.side == DESK
    when = {"day": row.at.date().isoformat()} if desk and row.at else {"week": row.week}
    signed = {"signed": said.who} if said.who else {}
    state = {"state": said.state} if said.state else {}
    from_whom = "desk" if desk else "writer"
    return {"from": from_whom, **when, "kind": said.kind.value, "text": said.text, **signed, **state} | (
        {"files": _files(said.files)} if said.files else {}
    )


def _files(files: Sequence[Attached]) -> list[dict[str, Any]]:
    return [{"kind": each.kind, "size": each.size, "sha256": each.digest} for each in files]
