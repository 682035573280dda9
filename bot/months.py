"""Perishable keys: one for each month in which reports expire, in two folders outside the database."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import structlog

from bot.envelope import KEY, Slot, seal, unseal
from bot.errors import Misconfigured, UnsealError
from bot.keys import sync_folder
from bot.ports import Random

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_STORE = "store"
_MARKER = f"{_STORE}.key"
_log = structlog.get_logger(__name__)


class Months:
    """The keys of months such as "2028-11", each in two files that heal each other.

    Destroying one makes every backup of that month's reports unreadable, old ones included, because the
    folders are in no backup. Files are sealed by the server's key for months, so that a thief of a folder
    alone has nothing. Works from several threads, but in one process only. Every call touches the disk.
    """

    def __init__(self, folders: tuple[Path, Path], wrap: bytes, random: Random) -> None:
        if folders[0].resolve() == folders[1].resolve():
            raise Misconfigured(f"keys.perishable must be two different folders; both are {folders[0]}.")
        self._folders = folders
        self._wrap = wrap
        self._random = random
        self._turn = Lock()

    def __repr__(self) -> str:
        return "Months(…)"

    def key(self, month: str, *, must_exist: bool = False) -> bytes:
        """The 32-byte key of a month, made at its first use unless it `must_exist`.

        Two copies are on disk before a new key is returned; a missing or damaged one is healed by the other.
        Raises Misconfigured, naming both files, if no copy opens, if they differ, or if they cannot be
        written; ValueError for anything but a month.
        """
        with self._turn:
            files = self._files(month)
            copies = [self._read(month, file) for file in files]
            keys = {copy for copy in copies if copy}
            if len(keys) > 1:
                raise Misconfigured(
                    f"The key of {month} differs between {_both(files)}. Remove the wrong copy."
                )
            if keys:
                return self._healed(month, keys.pop(), files, copies)
            if must_exist or any(copy is not None for copy in copies):
                raise Misconfigured(
                    f"The key of {month} is missing or damaged in {_both(files)}. Put back one of the two files; "
                    "without it, reports that expire in that month cannot be read."
                )
            return self._made(month, files)

    def destroy(self, month: str) -> None:
        """Erase both copies of a month's key; none being there is no error.

        Overwriting cannot reach what a file system or a disk copied elsewhere; the sealing covers that.
        Raises Misconfigured, naming what is left, if a copy cannot be erased; the other one is gone then.
        """
        with self._turn:
            left = [file for file in self._files(month) if not _erased(file)]
        if left:
            raise Misconfigured(f"The key of {month} must go, but cannot be erased from {_both(left)}.")

    def held(self) -> tuple[str, ...]:
        """The months of which there is a key in a folder, the earliest first."""
        found = {file.stem for folder in self._folders for file in _keys_in(folder)}
        return tuple(sorted(each for each in found if _MONTH.fullmatch(each)))

    def mark(self, *, fresh: bool) -> None:
        """Mark both folders as those of this store, or see that they are marked.

        So two empty mount points are never taken for new folders: only a store whose keys are `fresh` may begin
        with folders that have nothing in them. Raises Misconfigured for folders that are not this store's.
        """
        with self._turn:
            files = [folder / _MARKER for folder in self._folders]
            copies = [self._read(_STORE, file) for file in files]
            known = next((copy for copy in copies if copy), None)
            if known is None and not self._may_begin(fresh=fresh):
                raise Misconfigured(
                    f"{_both(list(self._folders))} are not the folders with the keys of the months of this store:"
                    " they are empty, or belong to another one. Is the disk mounted? Set keys.perishable to where"
                    " they are; without them, reports cannot be opened. A new store needs new folders."
                )
            known = known or self._random.randbytes(KEY)
            for file, copy in zip(files, copies, strict=True):
                if copy != known:
                    self._marked(file, known)

    def _may_begin(self, *, fresh: bool) -> bool:
        """New folders for a new store; or those of a store from before there were marks, whose keys open."""
        held = self.held()
        if fresh:
            return not held
        return any(self._read(month, file) for month in held for file in self._files(month))

    def _marked(self, file: Path, known: bytes) -> None:
        try:
            self._write(_STORE, file, known)
        except OSError as error:
            raise Misconfigured(
                f"{file} cannot be written: {error.strerror}. Both folders of keys.perishable must be writable."
            ) from error

    def _files(self, month: str) -> list[Path]:
        if not _MONTH.fullmatch(month):
            raise ValueError("a month is written as 2028-11")
        return [folder / f"{month}.key" for folder in self._folders]

    def _read(self, month: str, file: Path) -> bytes | None:
        """The key in a file; empty where the file is damaged, None where there is none."""
        try:
            return unseal(self._wrap, _slot(month), file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, UnsealError):
            return b""

    def _made(self, month: str, files: list[Path]) -> bytes:
        key = self._random.randbytes(KEY)
        try:
            for file in files:
                self._write(month, file, key)
        except OSError as error:
            for file in files:  # a key in one copy only must not come into use
                _erased(file)
            raise Misconfigured(
                f"The key of {month} cannot be written to {_both(files)}: {error.strerror}. "
                "Both folders of keys.perishable must be writable."
            ) from error
        return key

    def _healed(self, month: str, key: bytes, files: list[Path], copies: list[bytes | None]) -> bytes:
        for file, copy in zip(files, copies, strict=True):
            if copy:
                continue
            try:
                self._write(month, file, key)
            except OSError as error:  # one copy is enough to read; nobody's report must wait for a disk
                _log.warning("a copy of a perishable key is missing", file=str(file), error=error.strerror)
            else:
                _log.warning("a copy of a perishable key was healed", file=str(file))
        return key

    def _write(self, month: str, file: Path, key: bytes) -> None:
        make_folder(file.parent)
        fresh = _fresh(file)
        fresh.unlink(missing_ok=True)  # of a crash
        fresh.touch(mode=0o600, exist_ok=False)
        with fresh.open("wb") as out:
            out.write(seal(self._wrap, _slot(month), key, self._random))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
        sync_folder(file.parent)


def _keys_in(folder: Path) -> list[Path]:
    try:
        return list(folder.glob("*.key"))
    except OSError:
        return []


def _fresh(file: Path) -> Path:
    return file.with_suffix(".new")


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, so that a power cut leaves them there."""
    missing: Iterator[Path] = (each for each in (folder, *folder.parents) if not each.exists())
    for each in reversed(list(missing)):
        each.mkdir(mode=0o700, exist_ok=True)
        sync_folder(each.parent)


def _erased(file: Path) -> bool:
    """Whether nothing is left of a key's file, nor of what a crash left of its writing."""
    gone = [erase_file(each) for each in (file, _fresh(file))]
    return all(gone)


def erase_file(file: Path) -> bool:
    """Overwrite and remove a file; whether it is gone, or was not there."""
    try:
        if file.exists():
            _overwrite(file)
            file.unlink()
            sync_folder(file.parent)
    except OSError:
        return False
    return True


def _overwrite(file: Path) -> None:
    with file.open("r+b") as out:
        out.write(bytes(file.stat().st_size))
        out.flush()
        os.fsync(out.fileno())


def _both(files: list[Path]) -> str:
    return " and ".join(str(file) for file in files)


def _slot(month: str) -> Slot:
    return Slot("months", "key", "", month.encode())
