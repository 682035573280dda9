"""Where the root key comes from, and the server keys that only it opens."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path

from bot.envelope import KEY, Slot, derive, key_id, seal, unseal
from bot.errors import Misconfigured, UnsealError
from bot.ports import Random
from bot.records import KeyRow

_PREFIX = "metoo-root-1"
_CHECK = 4
_LINE = re.compile(rf"{_PREFIX} ([0-9a-f]{{{2 * KEY}}}) ([0-9a-f]{{{2 * _CHECK}}})\n?")
_LONGEST = 1024


class KeyFile:
    """The root key in a file that only its owner can read: `metoo-root-1 <64 hex digits> <8 hex digits>`.

    The second number is a checksum, so that a cut or mistyped file is told from a wrong key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def root(self) -> bytes:
        """The 32-byte root key. Raises Misconfigured with a sentence that says what to do."""
        found = _LINE.fullmatch(self._line())
        if not found:
            raise Misconfigured(
                f"The key file {self._path} is cut off or no key file at all. Put back the copy you kept; "
                "without it, what is stored cannot be read."
            )
        key = bytes.fromhex(found[1])
        if _checksum(key) != found[2]:
            raise Misconfigured(
                f"The key file {self._path} was changed: its checksum does not fit. Put back the copy you "
                "kept; without it, what is stored cannot be read."
            )
        return key

    def _line(self) -> str:
        try:
            # Non-blocking, so that a pipe in the file's place is refused instead of waited for.
            with open(os.open(self._path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123 - a descriptor
                self._must_be_private(os.fstat(file.fileno()).st_mode)
                return file.read(_LONGEST).decode("ascii", "replace")
        except FileNotFoundError:
            raise Misconfigured(
                f'There is no key file at {self._path}. To make one, run "metoo keys new"; if this store had '
                "one before, put back the copy you kept."
            ) from None
        except OSError as error:
            raise Misconfigured(f"The key file {self._path} cannot be read: {error.strerror}.") from error

    def _must_be_private(self, mode: int) -> None:
        if not stat.S_ISREG(mode):
            raise Misconfigured(f"The key file {self._path} must be a plain file.")
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Misconfigured(
                f"The key file {self._path} can be used by others on this machine. "
                f"Run: chmod 0400 {self._path}"
            )


class FixedKey:
    """A root key that is already there: for the sandbox, which throws it away, and for tests."""

    def __init__(self, root: bytes) -> None:
        if len(root) != KEY:
            raise ValueError("a root key has 32 bytes")
        self._root = root

    def root(self) -> bytes:
        """The 32-byte root key."""
        return self._root


def new_key_file(path: Path, random: Random) -> None:
    """Make a root key and keep it in a new file of mode 0400, durably.

    Raises Misconfigured if the file is there already, which is never overwritten, or cannot be written.
    """
    key = random.randbytes(KEY)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        _write(file, path, f"{_PREFIX} {key.hex()} {_checksum(key)}\n".encode())
    except FileExistsError:
        raise Misconfigured(
            f"There is a key file at {path} already, and it was left as it is: what is stored under it could "
            "not be read without it. To start anew, move it away first."
        ) from None
    except OSError as error:
        raise Misconfigured(f"The key file {path} cannot be written: {error.strerror}.") from error


def _write(file: int, path: Path, line: bytes) -> None:
    try:
        with open(file, "wb") as out:
            out.write(line)
            out.flush()
            os.fsync(out.fileno())
        sync_folder(path.parent)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _checksum(key: bytes) -> str:
    return blake2b(key=key, digest_size=_CHECK, person=b"metoo root check").hexdigest()


class Purpose(StrEnum):
    """What a server key is for: one purpose each, so that losing one tells nothing about another.

    Fields of rows; drafts; the pepper of receipts; secrets of windows; the wrapping of perishable keys; the bot's
    half of matching, and the keeper's where there is no separate one.
    """

    FIELD = "field"
    DRAFT = "draft"
    PEPPER = "pepper"
    WINDOW = "window"
    MONTHS = "months"
    ESCROW = "escrow"
    KEEPER = "keeper"


LATER = frozenset({Purpose.ESCROW, Purpose.KEEPER})
"""Purposes that the first version did not have: a store of that version gets their keys when it is next opened."""


class Keyring:
    """The server keys, unwrapped in memory."""

    def __init__(self, keys: dict[Purpose, bytes]) -> None:
        self._keys = keys

    def __repr__(self) -> str:
        return "Keyring(…)"

    @classmethod
    def open(cls, root: bytes, rows: Iterable[KeyRow], random: Random) -> tuple[Keyring, tuple[KeyRow, ...]]:
        """Unwrap the stored server keys and make the missing ones, whose rows must be added to the store.

        Raises Misconfigured if the root key is not the one of this store, or a key in it is damaged.
        """
        found = _unwrap(root, rows)
        made = {purpose: random.randbytes(KEY) for purpose in Purpose if purpose not in found}
        return cls(found | made), tuple(_wrap(root, purpose, key, random) for purpose, key in made.items())

    def key(self, purpose: Purpose) -> bytes:
        """The 32-byte key for a purpose."""
        return self._keys[purpose]

    def id(self, purpose: Purpose) -> bytes:
        """The 8-byte id of the key for a purpose, as it stands in envelopes."""
        return key_id(self._keys[purpose])


def _wrap(root: bytes, purpose: Purpose, key: bytes, random: Random) -> KeyRow:
    row = random.randbytes(16)
    return KeyRow(row, purpose.value, seal(_wrapping(root, purpose), _slot(row), key, random))


def _unwrap(root: bytes, rows: Iterable[KeyRow]) -> dict[Purpose, bytes]:
    keys: dict[Purpose, bytes] = {}
    damaged: list[str] = []
    for row in rows:
        if row.purpose not in set(Purpose):  # of a later version, which was used before this one
            continue
        purpose = Purpose(row.purpose)
        if purpose in keys:
            raise Misconfigured(f"The store holds two server keys for {purpose}. Restore it from a backup.")
        try:
            keys[purpose] = unseal(_wrapping(root, purpose), _slot(row.id), row.wrapped)
        except UnsealError:
            damaged.append(f"{purpose} ({row.id.hex()})")
    _must_be_whole(keys, damaged)
    return keys


def _must_be_whole(keys: dict[Purpose, bytes], damaged: list[str]) -> None:
    if damaged and not keys:
        raise Misconfigured(
            "This key does not open this store: it belongs to another one. Put back the key file that was in "
            "use when the store was made, or point storage.url to the store that this key is for."
        )
    if damaged:
        raise Misconfigured(
            f"The key opens this store, but server keys in it are damaged: {', '.join(damaged)}. "
            "Restore the store from a backup."
        )


def _wrapping(root: bytes, purpose: Purpose) -> bytes:
    return derive(root, f"metoo server key v1 {purpose.value}")


def _slot(row: bytes) -> Slot:
    return Slot("keys", "wrapped", "", row)
