"""A store opens where it can, and says in a sentence with the path why it cannot."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot import records as r
from bot.errors import MetooError, Misconfigured, StoreError, StoreLocked
from storage.files import file_of
from storage.inspection import dump
from storage.sqlite import open_sqlite
from tests.storage import rows


async def refused(kind: type[MetooError], where: str) -> str:
    with pytest.raises(kind) as caught:
        await open_sqlite(where)
    return str(caught.value)


def modes(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}


@pytest.mark.parametrize("form", ["{}", "sqlite:///{}"])
async def test_a_path_and_an_address_open_the_same_file(tmp_path: Path, form: str) -> None:
    row = rows.draft()
    for where in (str(tmp_path / "metoo.db"), form.format(tmp_path / "metoo.db")):
        store = await open_sqlite(where)
        await store.write(r.PutDraft(row))
        assert await store.read(r.DraftById(row.id)) == row
        await store.close()
    assert modes(tmp_path).keys() == {"metoo.db", "metoo.db-lock"}


def test_addresses_are_relative_with_three_slashes_and_absolute_with_four(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    here = tmp_path.resolve()
    assert file_of("sqlite:///metoo.db") == file_of("metoo.db") == here / "metoo.db"
    assert file_of("sqlite:////var/lib/metoo.db") == Path("/var/lib/metoo.db")


@pytest.mark.parametrize(
    "url",
    ["postgresql://host/metoo", "sqlite://", "sqlite:///:memory:", "sqlite:///a.db?mode=ro", "://", "x://["],
)
async def test_an_address_that_names_no_file_is_refused(url: str) -> None:
    assert "storage.url" in await refused(Misconfigured, url)


async def test_a_path_with_signs_of_an_address_in_it_is_just_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory#b%20c é.db"
    store = await open_sqlite(str(path))
    await store.write(r.PutDraft(rows.draft()))
    assert [len(each.rows) for each in await dump(path) if each.table == "drafts"] == [1]
    await store.close()
    assert path.is_file()


async def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = await open_sqlite(str(tmp_path / "metoo.db"))
    await store.write(r.PutDraft(rows.draft()))
    assert modes(tmp_path) == {
        "metoo.db": 0o600,
        "metoo.db-wal": 0o600,
        "metoo.db-shm": 0o600,
        "metoo.db-lock": 0o600,
    }
    await store.close()


async def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    said = await refused(StoreError, str(tmp_path / "missing" / "metoo.db"))
    assert str(tmp_path / "missing") in said
    assert "does not exist" in said
    assert modes(tmp_path) == {}


async def test_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "metoo.db").mkdir()
    assert str(tmp_path / "metoo.db") in await refused(StoreError, str(tmp_path / "metoo.db"))


@pytest.mark.parametrize("where", ["/sys/metoo.db", "/dev/null/metoo.db"])
async def test_a_place_where_nobody_can_make_a_file_is_said(where: str) -> None:
    assert str(Path(where).parent) in await refused(StoreError, where)


@pytest.mark.parametrize(
    "content", [b"x", b"[storage]\nurl = 'sqlite:///metoo.db'\n", b"SQLite format 3\x00"]
)
async def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "metoo.db"
    path.write_bytes(content)
    assert f"{path} is not a store of metoo" in await refused(Misconfigured, str(path))
    assert path.read_bytes() == content


async def test_a_file_of_zeros_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    path.write_bytes(bytes(5000))
    assert str(path) in await refused(MetooError, str(path))
    assert path.read_bytes() == bytes(5000)


async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE photos (id INTEGER PRIMARY KEY)")
    content = path.read_bytes()
    assert "is not a store of metoo" in await refused(Misconfigured, str(path))
    assert path.read_bytes() == content


async def test_a_damaged_store_is_a_store_error_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    await (await open_sqlite(str(path))).close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    assert str(path) in await refused(StoreError, str(path))


async def test_after_a_refusal_the_same_process_can_open_it(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    path.write_bytes(b"something else")
    await refused(Misconfigured, str(path))
    path.unlink()
    await (await open_sqlite(str(path))).close()


# --- one server ---


async def test_a_second_store_on_the_same_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    (tmp_path / "link.db").symlink_to(path)
    store = await open_sqlite(str(path))
    for where in (path, tmp_path / "link.db"):
        assert str(path) in await refused(StoreLocked, str(where))
    assert await store.write(r.PutDraft(rows.draft())) == (True,)
    await store.close()
    await (await open_sqlite(str(path))).close()


SERVE = """
import asyncio, sys
from storage.sqlite import open_sqlite
async def serve():
    store = await open_sqlite(sys.argv[1])
    print("serving", flush=True)
    await asyncio.Event().wait()
asyncio.run(serve())
"""


async def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "metoo.db"
    command = [sys.executable, "-c", SERVE, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:  # noqa: ASYNC220, S603 - our own program
        assert server.stdout
        try:
            assert server.stdout.readline() == b"serving\n"
            await refused(StoreLocked, str(path))
            assert {each.table for each in await dump(path)} >= {"reports", "voices"}
        finally:
            server.kill()
    await (await open_sqlite(str(path))).close()


# --- what it says and logs ---


async def test_no_value_is_in_an_error_or_in_a_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store = await open_sqlite(str(tmp_path / "metoo.db"))
    planted = "planted canary"
    poison = r.PutDraft(r.DraftRow(rows.new_id(), planted))  # type: ignore[arg-type]  # so that the driver refuses it
    window = rows.wall()
    await store.write(r.OpenWindow(window), r.AddCount(planted, planted, planted, 1))
    await store.read(r.WorkspaceById(planted))
    voice = r.CastVoice(window.id, planted, stands=True)  # type: ignore[arg-type]  # the same
    short = r.AddOutbox(replace(rows.waiting(), id=b"short", kind=planted))  # the table refuses such an id
    for change in (poison, short, voice, r.AddCount(planted, planted, planted, 2**80)):
        with pytest.raises(StoreError) as caught:
            await store.write(change)
        assert caught.value.__cause__ is not None
        error: BaseException | None = caught.value
        while error:
            assert planted not in str(error)
            error = error.__cause__
    await store.close()
    assert planted not in caplog.text
    assert planted.encode().hex() not in caplog.text
