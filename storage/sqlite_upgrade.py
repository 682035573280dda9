"""Bringing an SQLite store to this program's revision, after a copy that lasts until that has succeeded."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection

from bot.folders import erase_file
from storage.faults import faults
from storage.schema import head, lacks_revisions, migrate, must_be_sound


def upgrade(core: Connection, driver: sqlite3.Connection, path: Path) -> None:
    """Run the revisions that a store lacks. Raises StoreError or Misconfigured; then it is as it was."""
    older = lacks_revisions(core)
    if older:
        _copy(driver, path)
    failed = (
        "could not be upgraded and is as it was; a copy of it lies beside it" if older else "cannot be opened"
    )
    with faults(f"the store {path} {failed}"):
        driver.execute("BEGIN IMMEDIATE")
        try:
            migrate(core, str(path))
            if older:
                must_be_sound(core, str(path))
            driver.commit()
        except BaseException:
            driver.rollback()
            raise
    for copy in path.parent.glob(f"{path.name}-before-*"):
        erase_file(copy)  # it must bring nothing back that is erased from now on


def _copy(driver: sqlite3.Connection, path: Path) -> None:
    copy = path.with_name(f"{path.name}-before-{head()}")
    erase_file(copy)  # of a start that failed
    with faults(f"the store {path} could not be copied before its upgrade, so nothing was changed"):
        try:
            copy.touch(mode=0o600)
            driver.execute("VACUUM INTO ?", (str(copy),)).close()
        except BaseException:
            erase_file(copy)
            raise
