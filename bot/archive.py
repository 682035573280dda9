"""The sealed form of a backup: a stream in chunks, of which none can be changed, cut off, added, or put elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.envelope import KEY_ID, NONCE, TAG, derive, key_id
from bot.errors import Misconfigured
from bot.ports import Random

MAGIC = b"metoo backup\n"
"""How every backup begins, so that a file is known for one."""

VERSION = b"\x01"
"""The byte behind it; another layout or cipher gets another number."""

SALT = 32
"""Random bytes that give each backup a key of its own, so that its nonces may simply count."""

CHUNK = 256 * 1024
"""Bytes of what is told in every chunk but the last, which has fewer or as many."""

_HEAD = len(MAGIC) + len(VERSION) + KEY_ID + SALT
_DAMAGED = "This backup is damaged: it was changed or cut off. Nothing was restored; please take another one."


class Sealer:
    """Writes a backup: magic ‖ version (1) ‖ id of the root key (8) ‖ salt (32), then the chunks.

    Each is AES-256-GCM with its tag (16) under HKDF(root, salt); its nonce counts the chunks (11 bytes,
    big-endian) and ends in 1 for the last and 0 for all others; its associated data is everything before the chunks.
    """

    def __init__(self, out: BinaryIO, root: bytes, random: Random) -> None:
        salt = random.randbytes(SALT)
        self._head = MAGIC + VERSION + key_id(root) + salt
        self._cipher = AESGCM(_key(root, salt))
        self._out = out
        self._waiting = bytearray()
        self._count = 0
        out.write(self._head)

    def write(self, told: bytes) -> None:
        """Add to what the backup tells."""
        self._waiting += told
        while len(self._waiting) > CHUNK:  # the last chunk is never empty, unless nothing is told at all
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """Write what is left; without it, a backup is one that was cut off."""
        self._chunk(bytes(self._waiting), last=True)

    def _chunk(self, told: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._count, last=last), told, self._head))
        self._count += 1


def unsealed(file: BinaryIO, root: bytes) -> Iterator[bytes]:
    """What a backup tells, chunk by chunk. Only after the last one it is known to be whole.

    Raises Misconfigured for what is no backup, is damaged, or was sealed under another root key.
    """
    head = file.read(_HEAD)
    _must_be_for(head, root)
    cipher, count = AESGCM(_key(root, head[-SALT:])), 0
    chunk = file.read(CHUNK + TAG)
    while True:
        following = file.read(CHUNK + TAG)
        try:
            yield cipher.decrypt(_nonce(count, last=not following), chunk, head)
        except (InvalidTag, ValueError):
            raise Misconfigured(_DAMAGED) from None
        if not following:
            return
        chunk, count = following, count + 1


def needed(file: BinaryIO) -> bytes:
    """The id of the root key that a backup needs. Raises Misconfigured for what is no backup."""
    return _needed(file.read(_HEAD))


def _needed(head: bytes) -> bytes:
    if not head.startswith(MAGIC):
        raise Misconfigured("This file is no backup of metoo.")
    if not head.startswith(MAGIC + VERSION):
        raise Misconfigured(
            "This backup was made by a newer version of metoo; please use that one or a later one."
        )
    if len(head) < _HEAD:
        raise Misconfigured(_DAMAGED)
    return head[len(MAGIC + VERSION) :][:KEY_ID]


def _must_be_for(head: bytes, root: bytes) -> None:
    wanted = _needed(head)
    if wanted != key_id(root):
        raise Misconfigured(
            f"This backup needs the root key with the id {wanted.hex()}; the one that is set here has the id"
            f" {key_id(root).hex()}. Put back the key that was in use when the backup was made."
        )


def _key(root: bytes, salt: bytes) -> bytes:
    return derive(root, "metoo backup v1", salt=salt)


def _nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(NONCE - 1) + bytes([last])
