"""Where the root key comes from, and the server keys that only it opens."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path

from bot.envelope import KEY, KEY_ID, Slot, derive, key_id, seal, unseal
from bot.errors import Misconfigured, UnsealError
from bot.ports import Random
from bot.records import KeyRow

_PREFIX = "metoo-root-1"
_CHECK = 4
_LINE = re.compile(rf"{_PREFIX} ([0-9a-f]{{{2 * KEY}}}) ([0-9a-f]{{{2 * _CHECK}}})\n?")
_LONGEST = 16 * 1024


class KeyFile:
    """The root key in a file that only its owner can read: `metoo-root-1 <64 hex digits> <8 hex digits>`.

    The second number is a checksum, so that a cut or mistyped file is told from a wrong key. `refused` are the
    modes that it must not have.
    """

    def __init__(self, path: Path, refused: int = stat.S_IRWXG | stat.S_IRWXO) -> None:
        self.path = path
        self._refused = refused

    def root(self) -> bytes:
        """The 32-byte root key. Raises Misconfigured with a sentence that says what to do."""
        found = _LINE.fullmatch(self.line())
        if not found:
            raise self.cut_off()
        key = bytes.fromhex(found[1])
        if checksum(key) != found[2]:
            raise self.changed()
        return key

    def cut_off(self) -> Misconfigured:
        """The error of a file that is no whole key file."""
        return Misconfigured(
            f"The key file {self.path} is cut off or no key file at all. Put back the copy you kept; "
            "without it, what is stored cannot be read."
        )

    def changed(self) -> Misconfigured:
        """The error of a file that does not hold the key that was put into it."""
        return Misconfigured(
            f"The key file {self.path} was changed: its checksum does not fit. Put back the copy you "
            "kept; without it, what is stored cannot be read."
        )

    def line(self) -> str:
        """What stands in the file, if nobody else can use it. Raises Misconfigured."""
        try:
            # Non-blocking, so that a pipe in the file's place is refused instead of waited for.
            with open(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123 - a descriptor
                self._must_be_private(os.fstat(file.fileno()).st_mode)
                return file.read(_LONGEST).decode("ascii", "replace")
        except FileNotFoundError:
            raise Misconfigured(
                f'There is no key file at {self.path}. To make one, run "metoo keys new"; if this store had '
                "one before, put back the copy you kept."
            ) from None
        except OSError as error:
            raise Misconfigured(f"The key file {self.path} cannot be read: {error.strerror}.") from error

    def _must_be_private(self, mode: int) -> None:
        if not stat.S_ISREG(mode):
            raise Misconfigured(f"The key file {self.path} must be a plain file.")
        if mode & self._refused:
            raise Misconfigured(
                f"The key file {self.path} can be used by others on this machine. Run: chmod 0400 {self.path}"
            )


def new_key_file(path: Path, random: Random) -> None:
    """Make a root key and keep it in a new file (see `keep_key_file`)."""
    keep_key_file(path, plain_line(random.randbytes(KEY)))


def plain_line(key: bytes) -> str:
    """What a key file says of a root key that nothing wraps."""
    return f"{_PREFIX} {key.hex()} {checksum(key)}"


def keep_key_file(path: Path, line: str) -> None:
    """Keep the line of a key in a new file of mode 0400, durably.

    Raises Misconfigured if the file is there already, which is never overwritten, or cannot be written.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        _write(file, path, f"{line}\n".encode())
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


def checksum(key: bytes) -> str:
    """Eight hexadecimal digits that tell a whole key from a cut, changed or other one."""
    return blake2b(key=key, digest_size=_CHECK, person=b"metoo root check").hexdigest()


class Purpose(StrEnum):
    """What a server key is for: one purpose each, so that losing one tells nothing about another.

    Fields of rows; drafts; the pepper of receipts; secrets of windows; the wrapping of perishable keys;
    the signing of exports; the bot's half of matching, and the keeper's where there is no separate one.
    """

    FIELD = "field"
    DRAFT = "draft"
    PEPPER = "pepper"
    WINDOW = "window"
    MONTHS = "months"
    SIGNING = "signing"
    ESCROW = "escrow"
    KEEPER = "keeper"


LATER = frozenset({Purpose.SIGNING, Purpose.ESCROW, Purpose.KEEPER})
"""Purposes that the first version did not have: a store of that version gets their keys when it is next opened."""

RENEWED = (Purpose.FIELD, Purpose.WINDOW, Purpose.MONTHS)
"""Purposes whose key can be changed. What follows from the pepper is in no store, and receipts hang on it; what the
draft key seals is gone within the hour, and the words that a draft shows must stay the same; what is held under
the escrow keys could not find what is held later under others."""

Keys = dict[tuple[Purpose, int], bytes]
"""Server keys by purpose and generation."""


class Keyring:
    """The server keys, unwrapped in memory, and the root key that wraps them.

    Of each purpose the key of the highest generation seals; those of lower ones open what they sealed until
    everything is sealed anew and they are retired.
    """

    def __init__(self, root: bytes, keys: Keys, ids: dict[tuple[Purpose, int], bytes]) -> None:
        self._root = root
        self._keys = keys
        self._rows = ids

    def __repr__(self) -> str:
        return "Keyring(…)"

    @classmethod
    def open(cls, root: bytes, rows: Iterable[KeyRow], random: Random) -> tuple[Keyring, tuple[KeyRow, ...]]:
        """Unwrap the stored server keys and make the missing ones, whose rows must be added to the store.

        Raises Misconfigured if the root key is not the one of this store, or a key in it is damaged.
        """
        rows = tuple(rows)
        found = _unwrap(root, rows)
        there = {purpose for purpose, _ in found}
        made = {(purpose, 1): random.randbytes(KEY) for purpose in Purpose if purpose not in there}
        new = tuple(_wrap(root, *named, key, random) for named, key in made.items())
        known = {(each.purpose, each.generation): each.id for each in (*rows, *new)}
        return cls(root, found | made, {named: known[named] for named in found | made}), new

    def key(self, purpose: Purpose) -> bytes:
        """The 32-byte key for a purpose."""
        return self._keys[purpose, self.generation(purpose)]

    def id(self, purpose: Purpose) -> bytes:
        """The 8-byte id of the key for a purpose, as it stands in envelopes."""
        return key_id(self.key(purpose))

    def generation(self, purpose: Purpose) -> int:
        """Which generation of the key for a purpose seals."""
        return max(generation for named, generation in self._keys if named is purpose)

    def older(self, purpose: Purpose) -> tuple[bytes, ...]:
        """The keys for a purpose that open and do not seal any more."""
        seals = self.generation(purpose)
        return tuple(key for (named, n), key in self._keys.items() if named is purpose and n != seals)

    def opening(self, purpose: Purpose, sealed: bytes) -> bytes:
        """The key whose id an envelope bears; the one that seals where it bears none of ours."""
        older = (key for key in self.older(purpose) if sealed[1 : 1 + KEY_ID] == key_id(key))
        return next(older, self.key(purpose))

    def root_id(self) -> bytes:
        """The 8-byte id of the root key."""
        return key_id(self._root)

    def listed(self) -> tuple[tuple[Purpose, int, bytes], ...]:
        """Purpose, generation and id of every key, in this order."""
        return tuple((purpose, n, key_id(key)) for (purpose, n), key in sorted(self._keys.items()))

    def next(self, random: Random) -> tuple[KeyRow, ...]:
        """New keys of the next generation as rows; they are used once they are stored and `take` has them."""
        made = ((purpose, self.generation(purpose) + 1) for purpose in RENEWED)
        return tuple(_wrap(self._root, *named, random.randbytes(KEY), random) for named in made)

    def take(self, rows: Iterable[KeyRow]) -> None:
        """Use keys that are stored now."""
        rows = tuple(rows)
        self._keys |= _unwrap(self._root, rows)
        self._rows |= {(Purpose(row.purpose), row.generation): row.id for row in rows}

    def retired(self) -> tuple[bytes, ...]:
        """The rows of the keys that do not seal any more."""
        return tuple(row for (purpose, n), row in self._rows.items() if n != self.generation(purpose))

    def forget(self) -> None:
        """Forget the keys that do not seal any more; their rows are gone."""
        for named in [each for each in self._keys if each[1] != self.generation(each[0])]:
            del self._keys[named], self._rows[named]

    def wrapped_by(self, root: bytes, random: Random) -> tuple[KeyRow, ...]:
        """Every key as another root key wraps it, with the ids of their rows."""
        return tuple(
            _wrapped(root, self._rows[named], named, key, random) for named, key in self._keys.items()
        )

    def use_root(self, root: bytes) -> None:
        """Wrap by another root key from now on."""
        self._root = root


def _wrap(root: bytes, purpose: Purpose, generation: int, key: bytes, random: Random) -> KeyRow:
    return _wrapped(root, random.randbytes(16), (purpose, generation), key, random)


def _wrapped(root: bytes, row: bytes, named: tuple[Purpose, int], key: bytes, random: Random) -> KeyRow:
    purpose, generation = named
    sealed = seal(_wrapping(root, purpose), _slot(row, generation), key, random)
    return KeyRow(row, purpose.value, sealed, generation)


def _unwrap(root: bytes, rows: Iterable[KeyRow]) -> Keys:
    keys: Keys = {}
    damaged: list[str] = []
    for row in rows:
        if row.purpose not in set(Purpose):  # of a later version, which was used before this one
            continue
        purpose = Purpose(row.purpose)
        if (purpose, row.generation) in keys:
            raise Misconfigured(f"The store holds two server keys for {purpose}. Restore it from a backup.")
        try:
            keys[purpose, row.generation] = unseal(
                _wrapping(root, purpose), _slot(row.id, row.generation), row.wrapped
            )
        except UnsealError:
            damaged.append(f"{purpose} ({row.id.hex()})")
    _must_be_whole(keys, damaged)
    return keys


def _must_be_whole(keys: Keys, damaged: list[str]) -> None:
    if damaged and not keys:
        raise Misconfigured(
            "This key does not open this store: it belongs to another one, or the root key was changed since"
            " (metoo keys rotate --root). Put back the key file that was last in use with this store, or point"
            " storage.url to the store that this key is for."
        )
    if damaged:
        raise Misconfigured(
            f"The key opens this store, but server keys in it are damaged: {', '.join(damaged)}. "
            "Restore the store from a backup."
        )


def _wrapping(root: bytes, purpose: Purpose) -> bytes:
    return derive(root, f"metoo server key v1 {purpose.value}")


def _slot(row: bytes, generation: int) -> Slot:
    return Slot("keys", "wrapped", "", row if generation == 1 else row + generation.to_bytes(4))
