"""Keys of windows: one for each that is open, in two folders outside the database, gone once it has closed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import structlog

from bot.columns import SealedColumn
from bot.envelope import KEY, Slot
from bot.errors import StoreError, UnsealError
from bot.folders import erase_written, write_file
from bot.keys import Purpose, checksum
from bot.ports import Random, Store
from bot.records import WindowById, WindowRow
from bot.vault import Vault

SECRET = 32
"""Bytes of a window's secret."""

_log = structlog.get_logger(__name__)


class WindowKeys:
    """Seals the secrets of windows such that no copy of the database opens them once they have closed.

    Not even with all keys of the server: what seals a secret is in two files besides, below the two folders of
    `keys.perishable`, and they are erased as the window closes. They lie there bare, because the server's key seals
    around them: whoever has the folders alone has nothing.
    """

    def __init__(self, vault: Vault, folders: tuple[Path, Path], random: Random) -> None:
        self._vault = vault
        self._folders = tuple(folder / "windows" for folder in folders)
        self._random = random

    def seal(self, row: WindowRow, secret: bytes) -> bytes:
        """Seal the secret of a window that opens; its key is on the disk before this returns. Raises StoreError."""
        key = self._key(row.id) or self._made(row.id, row.opens)
        return self._vault.seal_secret(slot(row), self._vault.seal_with(key, _inner(row), secret))

    def unseal(self, row: WindowRow) -> bytes:
        """A window's secret. Raises UnsealError, once it has closed at the latest."""
        found = self._vault.unseal_secret(slot(row), row.secret)
        if len(found) == SECRET:  # of a version that had no such keys
            return found
        key = self._key(row.id)
        if key is None:
            raise UnsealError("windows", "secret", row.id)
        return self._vault.unseal_with(key, _inner(row), found)

    def destroy(self, window: bytes) -> bool:
        """Erase both copies of a window's key; whether nothing of them is left."""
        gone = [erase_written(file) for file in self._files(window)]
        if not all(gone):
            _log.warning("the key of a closed window cannot be erased", window=window.hex())
        return all(gone)

    def there(self) -> dict[bytes, float]:
        """When each key that is there was made, in seconds since 1970, by its window."""
        found: dict[bytes, float] = {}
        for folder in self._folders:
            for file in folder.glob("*.*") if folder.is_dir() else ():
                try:
                    found[bytes.fromhex(file.name.partition(".")[0])] = file.stat().st_mtime
                except (OSError, ValueError):
                    continue  # erased meanwhile, or none of ours
        return found

    def _files(self, window: bytes) -> list[Path]:
        return [folder / f"{window.hex()}.key" for folder in self._folders]

    def _key(self, window: bytes) -> bytes | None:
        """A window's key; a copy that is missing or damaged is healed by the other."""
        files = self._files(window)
        copies = [_read(file) for file in files]
        key = next(filter(None, copies), None)
        for file, copy in zip(files, copies, strict=True):
            if key and copy is None:
                self._healed(file, key)
        return key

    def _healed(self, file: Path, key: bytes) -> None:
        try:
            write_file(file, _line(key))
        except OSError as error:  # one copy is enough to read
            _log.warning("a copy of a window's key is missing", error=error.strerror)

    def _made(self, window: bytes, now: datetime) -> bytes:
        key, moment = self._random.randbytes(KEY), now.timestamp()
        try:
            for file in self._files(window):
                write_file(file, _line(key))
                os.utime(file, (moment, moment))
        except OSError as error:
            self.destroy(window)  # a key in one copy only must not come into use
            raise StoreError(f"a window's key cannot be written: {error.strerror}") from error
        return key


def _line(key: bytes) -> bytes:
    return f"{key.hex()} {checksum(key)}\n".encode()


def _read(file: Path) -> bytes | None:
    """The key in a file; None where there is none, or a damaged one."""
    try:
        said, _, sum_ = file.read_text("ascii").strip().partition(" ")
        key = bytes.fromhex(said)
    except (OSError, ValueError):
        return None
    return key if len(key) == KEY and checksum(key) == sum_ else None


async def sweep(keys: WindowKeys, store: Store, known: Collection[bytes], before: datetime) -> None:
    """Erase the keys of windows that have closed, or of which since `before` nothing but the key came to be.

    `known` are open. What is younger may be a window that is just being opened.
    """
    for window, made in (await asyncio.to_thread(keys.there)).items():
        row = None if window in known else await store.read(WindowById(window))
        if window not in known and (not row.secret if row else made < before.timestamp()):
            await asyncio.to_thread(keys.destroy, window)


def about_slot(workspace: str, window: bytes) -> Slot:
    """Where what a window's post says stands."""
    return Slot("windows", "about", workspace, window)


def slot(row: WindowRow) -> Slot:
    """Bound to everything that says how long a window lives and for what: a changed one opens no more."""
    times = b"".join(int(moment.timestamp()).to_bytes(8) for moment in (row.opens, row.closes))
    return Slot("windows", f"secret {row.kind}", row.workspace, row.id + row.subject + times)


def _inner(row: WindowRow) -> Slot:
    """Of what the window's own key seals, inside of what the server's key seals."""
    return Slot("windows", "secret inside", row.workspace, row.id)


SEALED = (
    SealedColumn(WindowRow, "secret", lambda row, _: slot(row), Purpose.WINDOW),
    SealedColumn(WindowRow, "about", lambda row, workspace: about_slot(workspace, row.id)),
)
