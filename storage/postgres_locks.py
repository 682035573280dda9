"""The locks that processes on one PostgreSQL database share; each ends with its transaction."""

from __future__ import annotations

_CLASS = 0x6D65746F
"""Tells our locks from those of other programs in the same database."""

ALONE = f"SELECT pg_advisory_xact_lock({_CLASS}, 1)"
"""Nobody else changes anything meanwhile."""

TOGETHER = f"SELECT pg_advisory_xact_lock_shared({_CLASS}, 1)"
"""Only others who count voices change anything meanwhile."""

FOLDING = f"SELECT pg_advisory_xact_lock({_CLASS}, 4)"
"""Nobody else works off the journal of presses meanwhile."""

UPGRADE = f"SELECT pg_advisory_xact_lock({_CLASS}, 2)"
"""One process at a time makes or upgrades tables."""

_SERVING = 3

TRY = f"SELECT pg_try_advisory_lock({_CLASS + 1}, %s)"
"""Take a turn for as long as this connection lasts, if nobody has it."""

SERVE = f"SELECT pg_advisory_lock_shared({_CLASS}, {_SERVING}), pg_backend_pid()"
"""Say that this process serves, for as long as this connection lasts."""

OTHERS = f"""
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND classid = {_CLASS} AND objid = {_SERVING} AND granted AND pid <> %s
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608 - numbers of ours
"""Processes that serve, besides the one with that connection."""

CHANNEL = "metoo"

TELL = f"SELECT pg_notify('{CHANNEL}', %s)"
"""Say, with the commit, what others may have to look at again."""
