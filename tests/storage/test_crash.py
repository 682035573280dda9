"""Whatever a person was told is saved is there after a kill at any moment.

A kill alone would also pass without any sync: that every connection syncs is `test_connections`' business.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot import records as r
from storage.sqlite import open_sqlite
from tests.storage import rows
from tests.stored import voices_seen_by

ROUNDS = 20
ROOT = Path(__file__).parents[2]


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.storage.burst"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1, cwd=ROOT) as started:  # noqa: S603 - our own
        yield started
        assert started.stdin
        started.stdin.close()


def killed_after(parent: subprocess.Popen[str], path: Path, window: bytes, lines: int) -> list[str]:
    """What a child said before it was killed, which happens right after so many lines."""
    assert parent.stdin
    assert parent.stdout
    parent.stdin.write(f"{path} {window.hex()}\n")
    child = int(parent.stdout.readline().removeprefix("child "))
    said = [parent.stdout.readline() for _ in range(lines)]
    os.kill(child, signal.SIGKILL)
    said += iter(parent.stdout.readline, "gone\n")
    return said


async def test_what_was_saved_survives_a_kill_at_any_moment(
    tmp_path: Path, parent: subprocess.Popen[str]
) -> None:
    path, window, rng = tmp_path / "metoo.db", rows.wall(), random.Random(2026)
    store = await open_sqlite(str(path))
    await store.write(r.OpenWindow(window))
    await store.close()
    said: list[str] = []
    for _ in range(ROUNDS):
        said += killed_after(parent, path, window.id, rng.randint(1, 60))
        _check(path, said)


def _check(path: Path, said: list[str]) -> None:
    with closing(sqlite3.connect(path)) as look:
        assert look.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        voices_seen_by(look)
        found = {
            "report": _hexes(look, "SELECT id FROM reports"),
            "voice": _hexes(look, "SELECT token FROM voices"),
            "draft": _hexes(look, "SELECT id FROM drafts"),
        }
        filed = look.execute(
            "SELECT count(*) FROM reports r WHERE 2 = (SELECT count(*) FROM report_keys k WHERE k.report = r.id)"
            " AND 1 = (SELECT count(*) FROM outbox o WHERE o.subject = r.id)"
        ).fetchone()
    told = [each.split() for each in said]
    assert {given for what, given in told if what == "report"} <= found["report"]
    assert {given for what, given in told if what == "voice"} <= found["voice"]
    assert {given for what, given in told if what == "dropped"}.isdisjoint(found["draft"])
    assert filed == (len(found["report"]),)  # none is there in halves


def _hexes(look: sqlite3.Connection, sql: str) -> set[str]:
    return {row[0].hex() for row in look.execute(sql)}
