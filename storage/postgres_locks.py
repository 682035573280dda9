"""The locks that processes on one PostgreSQL database share; each ends with its transaction."""

from __future__ import annotations

_CLASS = 0x6D65746F
"""Tells our locks from those of other programs in the same database."""

ALONE = f"SELECT pg_advisory_xact_lock({_CLASS}, 1)"
"""Nobody else changes anything meanwhile."""

TOGETHER = f"SELECT pg_advisory_xact_lock_shared({_CLASS}, 1)"
"""Only others who count voices change anything meanwhile."""

UPGRADE = f"SELECT pg_advisory_xact_lock({_CLASS}, 2)"
"""One process at a time makes or upgrades tables."""
