"""A store as an older version left it, with real rows, is upgraded after a copy that does not outlast that."""

from __future__ import annotations

import asyncio
import json
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Misconfigured, StoreError
from storage import schema, sqlite_upgrade
from storage.sqlite import open_sqlite
from tests.bot.letterbox import come_back, everything, quotes, rows, withdraw
from tests.world import card, labels, said, world

FIXTURES = Path(__file__).parent / "storage" / "fixtures"
KNOWN: dict[str, Any] = json.loads((FIXTURES / "revision-0004.json").read_text())
MOMENT = datetime.fromisoformat(KNOWN["moment"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the program of revision 0004 left: its store, and the keys of the months beside it."""
    with closing(sqlite3.connect(tmp_path / "store.db")) as made:
        made.executescript((FIXTURES / "revision-0004.sql").read_text())
    for name in ("months", "months-copy"):
        (tmp_path / name).mkdir()
        for file, content in KNOWN["months"].items():
            (tmp_path / name / file).write_bytes(bytes.fromhex(content))
    return tmp_path


def everything_in(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by its columns."""
    with closing(sqlite3.connect(path)) as look:
        look.row_factory = sqlite3.Row
        names = look.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
        return {name: [dict(row) for row in look.execute(f"SELECT * FROM {name}")] for (name,) in names}  # noqa: S608 - of the schema


def as_before(after: dict[str, list[dict[str, Any]]], before: dict[str, list[dict[str, Any]]]) -> Any:
    """The same rows with the columns that there were before; others may be new."""
    return {
        name: [{column: row[column] for column in rows[0]} for row in after[name]]
        for name, rows in before.items()
        if name != "alembic_version"
    }


def left(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} - {"store.db-lock", "months", "months-copy"}


async def test_every_row_is_there_after_the_upgrade_and_the_copy_is_not(folder: Path) -> None:
    before = everything_in(folder / "store.db")
    assert all(before.values())
    await (await open_sqlite(str(folder / "store.db"))).close()
    after = everything_in(folder / "store.db")
    assert as_before(after, before) == as_before(before, before)
    assert after["alembic_version"] == [{"version_num": schema.head()}]
    assert left(folder) == {"store.db"}


async def test_its_people_go_on_where_they_were(folder: Path) -> None:
    async with world(folder, start=MOMENT + timedelta(hours=11)) as w:
        box = await come_back(w, KNOWN["told"])
        said = quotes(await everything(w, box))
        assert said == ["Told before the upgrade.", "We have read it.", "And one thing more."]
        (report,) = (row[0] for row in w.sql("SELECT hex(report) FROM cases"))
        reading = card(await w.act("P1", "desk.words", report.lower()))
        assert said[0] in quotes(reading)
        assert "Answer" in labels(reading)
        kept = await come_back(w, KNOWN["kept"])
        assert quotes(await everything(w, kept)) == ["Only for me."]
        assert "Delete it" in labels(kept)
        await withdraw(w, kept)
        assert rows(w, "reports") == {"reports": 2}
        assert w.sql("SELECT count(*) FROM voices") == [(6,)]


async def test_a_press_on_what_was_posted_before_the_upgrade_is_kept_once(folder: Path) -> None:
    async with world(folder, start=MOMENT + timedelta(hours=11)) as w:
        posted = w.sql("SELECT lower(hex(id)), kind FROM windows WHERE length(secret) > 0")
        assert [kind for _, kind in posted] == ["wall"]
        for window, _ in posted:
            for _ in range(2):
                assert "Your choice is kept." in said(card(await w.act("P50", "voice.stand", window)))
        assert w.sql("SELECT count(*) FROM voices") == [(6 + len(posted),)]


async def test_an_upgrade_that_fails_leaves_the_store_as_it_was_and_a_copy_beside_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: object, name: str) -> None:
        raise StoreError(f"{name} is not sound")

    before = everything_in(folder / "store.db")
    with monkeypatch.context() as patched:
        patched.setattr(sqlite_upgrade, "must_be_sound", broken)
        with pytest.raises(StoreError, match="is not sound"):
            await open_sqlite(str(folder / "store.db"))
    assert everything_in(folder / "store.db") == before
    (copy,) = left(folder) - {"store.db"}
    assert copy == f"store.db-before-{schema.head()}"
    assert everything_in(folder / copy) == before
    assert (folder / copy).stat().st_mode & 0o777 == 0o600
    await (await open_sqlite(str(folder / "store.db"))).close()
    assert left(folder) == {"store.db"}


async def test_a_copy_is_overwritten_before_it_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    unlink = Path.unlink

    def watched(path: Path, **more: bool) -> None:
        if "-before-" in path.name and path.exists():
            seen.append(path.read_bytes())
        unlink(path, **more)

    monkeypatch.setattr(Path, "unlink", watched)
    await (await open_sqlite(str(folder / "store.db"))).close()
    assert seen == [bytes(len(seen[0]))]
    assert len(seen[0]) > 50_000


OPEN = """
import asyncio, resource, sys
from bot.errors import MetooError
from storage.sqlite import open_sqlite
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    asyncio.run(open_sqlite(sys.argv[1]))
except MetooError as error:
    print(error)
"""


async def test_without_room_for_the_copy_nothing_is_changed(folder: Path) -> None:
    before = everything_in(folder / "store.db")
    command = [sys.executable, "-c", OPEN, str(folder / "store.db")]
    here = Path(__file__).parents[1]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, cwd=here
    )
    assert "could not be copied before its upgrade, so nothing was changed" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr
    assert everything_in(folder / "store.db") == before
    assert left(folder) == {"store.db"}
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 60_000


async def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "store.db")) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    before = everything_in(folder / "store.db")
    with pytest.raises(Misconfigured, match="newer version of metoo"):
        await open_sqlite(str(folder / "store.db"))
    assert everything_in(folder / "store.db") == before
    assert left(folder) == {"store.db"}


async def test_a_new_store_needs_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object) -> None:
        raise AssertionError("a copy was made")

    monkeypatch.setattr(sqlite_upgrade, "_copy", never)
    for _ in range(2):
        await (await open_sqlite(str(tmp_path / "store.db"))).close()
