"""Finds the store that the settings name; a driver is imported only where its database is named."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from bot.backup import Progress, Rows, TableRows
from bot.config import Settings, StorageSettings
from bot.errors import Misconfigured
from bot.neighbours import NOBODY
from bot.ports import Neighbours, Store
from storage.copying import build, read_all
from storage.files import existing, file_of
from storage.inspection import behind
from storage.postgres_address import is_postgres, shown
from storage.sqlite import open_sqlite


async def open_store(settings: StorageSettings) -> Store:
    """Open or make the store. Raises StoreLocked, Misconfigured or StoreError."""
    if not is_postgres(settings.url):
        return await open_sqlite(settings.url)
    _must_have_driver()
    from storage.postgres import open_postgres  # noqa: PLC0415 - what is not used is not imported

    password = settings.password.get_secret_value()
    return await open_postgres(settings.url, password)


def neighbours_of(store: Store) -> Neighbours:
    """The other processes on a store."""
    found: Neighbours = getattr(store, "neighbours", NOBODY)
    return found


async def read_store(settings: StorageSettings, take: Callable[[Rows], None]) -> None:
    """Let `take` read every row of the store as it was at one moment. Raises Misconfigured or StoreError."""
    if not is_postgres(settings.url):
        await read_all(file_of(settings.url), take)
        return
    _must_have_driver()
    from storage.postgres_copying import read_postgres  # noqa: PLC0415 - what is not used is not imported

    await read_postgres(settings.url, settings.password.get_secret_value(), take)


async def build_store(
    settings: StorageSettings, revision: str, fill: Callable[[Callable[[TableRows], None]], None]
) -> None:
    """Make the store of rows that `fill` hands over, where none is yet. Raises Misconfigured or StoreError."""
    if not is_postgres(settings.url):
        await build(file_of(settings.url), revision, fill)
        return
    _must_have_driver()
    from storage.postgres_copying import build_postgres  # noqa: PLC0415 - what is not used is not imported

    await build_postgres(settings.url, settings.password.get_secret_value(), revision, fill)


async def move_store(settings: Settings, to: str, progress: Progress) -> list[str]:
    """Move the store in a file to the PostgreSQL database `to`, and say what came of it."""
    _must_have_driver()
    from storage.moving import move  # noqa: PLC0415 - what is not used is not imported

    file = file_of(settings.storage.url)
    found = await move(file, to, settings.storage.password.get_secret_value(), progress)
    there = shown(to)
    then = (
        f"Let storage.url name {there}, start metoo, and see that it works. Then erase {file}: what is erased from now"
        " on stays in it. The folders of keys.perishable stay where they are."
    )
    return [
        f"{there} holds all {found.rows} rows of {file}{' already' if found.before else ''}, counted and compared.",
        then,
    ]


def called(settings: StorageSettings) -> str:
    """What an operator calls the store, without what is secret."""
    return shown(settings.url) if is_postgres(settings.url) else str(file_of(settings.url))


def placed(settings: StorageSettings) -> Path:
    """The file of the store; where it is a server's, the name that files beside it would have in this folder."""
    return Path("metoo").resolve() if is_postgres(settings.url) else file_of(settings.url)


def must_exist(settings: StorageSettings) -> None:
    """Raise StoreError where a file is named that is not there."""
    if not is_postgres(settings.url):
        existing(file_of(settings.url))


async def older(settings: StorageSettings) -> str:
    """A sentence if an older version of metoo wrote the store; else nothing. Raises Misconfigured and StoreError."""
    if not is_postgres(settings.url):
        return await behind(file_of(settings.url))
    _must_have_driver()
    from storage.postgres_schema import behind as tables_behind  # noqa: PLC0415 - what is not used is not imported

    return await tables_behind(settings.url, settings.password.get_secret_value())


def socket_beside(settings: StorageSettings) -> Path:
    """Where commands about keys reach the process that serves: beside the file, or else in the folder it runs in."""
    store = placed(settings)
    return store.with_name(f"{store.name}-keys")


def _must_have_driver() -> None:
    if find_spec("psycopg") is None:
        raise Misconfigured(
            "storage.url names PostgreSQL, and its driver is not installed here: install metoo[postgres]."
        )
