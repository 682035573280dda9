"""Perishable keys: one for each month in which reports expire, in two folders outside the database."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Lock

import structlog

from bot.envelope import KEY, KEY_ID, Slot, key_id, seal, unseal
from bot.errors import Misconfigured, UnsealError
from bot.folders import erase_written, write_file
from bot.ports import Random

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_MARKER = "store.key"
_log = structlog.get_logger(__name__)


class Months:
    """The keys of months such as "2028-11", each in two files that heal each other.

    Destroying one makes every backup of that month's reports unreadable, old ones included, because the
    folders are in no backup. Files are sealed by the server's key for months (`older` ones open too), so that a
    thief of a folder alone has nothing. A month whose key was renewed has several generations, in files such as
    2028-11.2.key: the last one wraps, and each opens what it wrapped. One process only; every call touches the disk.
    """

    def __init__(
        self, folders: tuple[Path, Path], wrap: bytes, random: Random, older: tuple[bytes, ...] = ()
    ) -> None:
        if folders[0].resolve() == folders[1].resolve():
            raise Misconfigured(f"keys.perishable must be two different folders; both are {folders[0]}.")
        self._folders = folders
        self._wrap = wrap
        self._older = older
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
            return self._key(month, self._last(month), must_exist=must_exist)

    def opening(self, month: str, wrapped: bytes) -> bytes:
        """The key of a month whose id an envelope bears; the last one where it bears none of them.

        Raises like `key`, which must exist.
        """
        with self._turn:
            last = self._last(month)
            for generation in (*self._earlier(month), last):
                key = self._key(month, generation, must_exist=True)
                if wrapped[1 : 1 + KEY_ID] == key_id(key):
                    return key
            for generation in range(
                1, last
            ):  # one that no key of ours opens may be the one that is looked for
                if self._exists(month, generation):
                    self._key(month, generation, must_exist=True)
            return key

    def there(self) -> tuple[str, ...]:
        """Every month that has a key."""
        found = (file.name for folder in self._folders if folder.is_dir() for file in folder.glob("*.key"))
        return tuple(sorted({name[:7] for name in found if _MONTH.fullmatch(name[:7])}))

    def older(self, month: str) -> tuple[bytes, ...]:
        """The keys of a month that open and do not wrap any more."""
        with self._turn:
            return tuple(self._key(month, each, must_exist=True) for each in self._earlier(month))

    def renew(self, month: str) -> None:
        """Make a new key for a month, unless one was made that has not replaced all others yet."""
        with self._turn:
            if not self._earlier(month):
                self._key(month, self._last(month), must_exist=True)
                self._key(month, self._highest(month) + 1, must_exist=False)

    def retire(self, month: str) -> None:
        """Erase the keys of a month that do not wrap any more: nothing is wrapped by them."""
        with self._turn:
            for generation in range(1, self._last(month)):
                self._erase(month, generation)

    def seal_by(self, wrap: bytes) -> None:
        """Seal what is written from now on by another key of the server."""
        with self._turn:
            if wrap != self._wrap:
                self._older, self._wrap = (*self._older, self._wrap), wrap

    def seal_anew(self) -> None:
        """Seal all files by the key that seals now. Going on after a crash is doing it again.

        Not before the old one goes: a backup from before opens the files with that.
        """
        with self._turn:
            for month in self.there():
                for generation in (*self._earlier(month), self._last(month)):
                    key = self._key(month, generation, must_exist=True)
                    self._seal_again(key, self._files(month, generation))
            marks = [found for file in self._markers() if (found := self._read(file))]
            if marks:
                self._seal_again(marks[0], self._markers())

    def forget(self) -> None:
        """Forget the server's keys that seal no file any more."""
        self._older = ()

    def _seal_again(self, key: bytes, files: list[Path]) -> None:
        for file in files:
            try:
                if file.read_bytes()[1 : 1 + KEY_ID] != key_id(self._wrap):
                    self._write(file, key)
            except OSError as error:
                raise Misconfigured(
                    f"{file} cannot be written: {error.strerror}. Nothing is lost; once it can be, do this again."
                ) from error

    def _last(self, month: str) -> int:
        """The highest generation that a key of ours opens; 1 where there is none.

        After a backup from before a change of keys was restored, there are higher ones that none opens.
        """
        there = range(self._highest(month), 1, -1)
        return next((generation for generation in there if self._opens(month, generation)), 1)

    def _earlier(self, month: str) -> tuple[int, ...]:
        """The generations before the last one that are there and open."""
        return tuple(each for each in range(1, self._last(month)) if self._opens(month, each))

    def _opens(self, month: str, generation: int) -> bool:
        return any(self._read(file) for file in self._files(month, generation))

    def _highest(self, month: str) -> int:
        """The highest generation of which there is a file; 1 where there is none."""
        if not _MONTH.fullmatch(month):
            raise ValueError("a month is written as 2028-11")
        found = (file for folder in self._folders for file in folder.glob(f"{month}.*.key"))
        return max((int(file.name[8:-4]) for file in found if file.name[8:-4].isdigit()), default=1)

    def _exists(self, month: str, generation: int) -> bool:
        return any(file.exists() for file in self._files(month, generation))

    def _key(self, month: str, generation: int, *, must_exist: bool) -> bytes:
        files = self._files(month, generation)
        copies = [self._read(file) for file in files]
        keys = {copy for copy in copies if copy}
        if len(keys) > 1:
            raise Misconfigured(f"The key of {month} differs between {_both(files)}. Remove the wrong copy.")
        if keys:
            return self._healed(keys.pop(), files, copies)
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
            for generation in range(1, self._highest(month) + 1):
                self._erase(month, generation)

    def _erase(self, month: str, generation: int) -> None:
        left = [file for file in self._files(month, generation) if not erase_written(file)]
        if left:
            raise Misconfigured(f"The key of {month} must go, but cannot be erased from {_both(left)}.")

    def mark(self, *, fresh: bool) -> None:
        """Mark both folders as those of this store, or see that they are marked.

        So two empty mount points are never taken for new folders: only a store whose keys are `fresh` may begin
        with folders that have nothing in them. Raises Misconfigured for folders that are not this store's.
        """
        with self._turn:
            files = self._markers()
            copies = [self._read(file) for file in files]
            known = next((copy for copy in copies if copy), None)
            if known is None and not self._may_begin(fresh=fresh):
                raise Misconfigured(
                    f"{_both(list(self._folders))} are not the folders with the keys of the months of this store:"
                    " they are empty, or belong to another one. Is the disk mounted? Set keys.perishable to where"
                    " they are; without them, reports cannot be opened. If the store was lost, restore a backup; a new"
                    " store needs new folders."
                )
            known = known or self._random.randbytes(KEY)
            for file, copy in zip(files, copies, strict=True):
                if copy != known:
                    self._marked(file, known)

    def _may_begin(self, *, fresh: bool) -> bool:
        """New folders for a new store; or those of a store from before there were marks, whose keys open."""
        held = self.there()
        if fresh:
            return not held
        last = {month: self._last(month) for month in held}
        return any(self._read(file) for month in held for file in self._files(month, last[month]))

    def _marked(self, file: Path, known: bytes) -> None:
        try:
            self._write(file, known)
        except OSError as error:
            raise Misconfigured(
                f"{file} cannot be written: {error.strerror}. Both folders of keys.perishable must be writable."
            ) from error

    def _markers(self) -> list[Path]:
        return [folder / _MARKER for folder in self._folders]

    def _files(self, month: str, generation: int) -> list[Path]:
        name = month if generation == 1 else f"{month}.{generation}"
        return [folder / f"{name}.key" for folder in self._folders]

    def _read(self, file: Path) -> bytes | None:
        """The key in a file; empty where the file is damaged, None where there is none."""
        try:
            sealed = file.read_bytes()
            older = (each for each in self._older if sealed[1 : 1 + KEY_ID] == key_id(each))
            return unseal(next(older, self._wrap), _slot(file), sealed)
        except FileNotFoundError:
            return None
        except (OSError, UnsealError):
            return b""

    def _made(self, month: str, files: list[Path]) -> bytes:
        key = self._random.randbytes(KEY)
        try:
            for file in files:
                self._write(file, key)
        except OSError as error:
            for file in files:  # a key in one copy only must not come into use
                erase_written(file)
            raise Misconfigured(
                f"The key of {month} cannot be written to {_both(files)}: {error.strerror}. "
                "Both folders of keys.perishable must be writable."
            ) from error
        return key

    def _healed(self, key: bytes, files: list[Path], copies: list[bytes | None]) -> bytes:
        for file, copy in zip(files, copies, strict=True):
            if copy:
                continue
            try:
                self._write(file, key)
            except OSError as error:  # one copy is enough to read; nobody's report must wait for a disk
                _log.warning("a copy of a perishable key is missing", file=str(file), error=error.strerror)
            else:
                _log.warning("a copy of a perishable key was healed", file=str(file))
        return key

    def _write(self, file: Path, key: bytes) -> None:
        write_file(file, seal(self._wrap, _slot(file), key, self._random))


def _both(files: list[Path]) -> str:
    return " and ".join(str(file) for file in files)


def _slot(file: Path) -> Slot:
    return Slot("months", "key", "", file.name.removesuffix(".key").encode())
