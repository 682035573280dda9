"""The one symmetric envelope and the one key derivation that everything sealed is made of (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import UnsealError
from bot.ports import Random

KEY = 32
"""Bytes of every symmetric key: AES-256."""

VERSION = b"\x01"
"""First byte of the symmetric envelope; another layout or cipher gets another number."""

KEY_ID = 8
"""Bytes of a key's id. It tells keys apart, so chance collisions matter and forgery does not."""

NONCE = 12
"""Bytes of a GCM nonce (NIST SP 800-38D §8.2.2): random, which is safe for 2^32 messages under one key."""

TAG = 16
"""Bytes of a GCM tag."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a ciphertext lives: it opens there and nowhere else. Holds ids only, so it may be shown."""

    table: str
    column: str
    workspace: str
    row: bytes

    def parts(self) -> tuple[bytes, bytes, bytes, bytes]:
        """Table, column, workspace and row as bytes, in this order."""
        return self.table.encode(), self.column.encode(), self.workspace.encode(), self.row

    def wrong(self) -> UnsealError:
        """The error of a ciphertext that does not open here, whatever the reason."""
        return UnsealError(self.table, self.column, self.row)


def frame(*parts: bytes) -> bytes:
    """Parts joined so that no others give the same bytes: each behind its length (4 bytes, big-endian)."""
    return b"".join(
        [len(part).to_bytes(4) + part for part in parts]
    )  # a list is faster, and every press waits


def derive(secret: bytes, label: str, length: int = KEY, salt: bytes = b"") -> bytes:
    """HKDF-SHA256 (RFC 5869): `length` bytes for one purpose, named by `label`, from a secret.

    Outputs under different labels tell nothing about each other or about the secret. Where `salt` is itself
    a secret, both are needed.
    """
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=label.encode()).derive(secret)


def key_id(key: bytes) -> bytes:
    """The 8-byte id of a key: keyed BLAKE2b (RFC 7693) of nothing, so it tells nothing about the key."""
    return blake2b(key=key, digest_size=KEY_ID, person=b"metoo key id v1").digest()


def seal(key: bytes, slot: Slot, plain: bytes, random: Random) -> bytes:
    """Seal under a 32-byte key: version (1) ‖ key id (8) ‖ nonce (12) ‖ AES-256-GCM with its tag (16).

    Associated data is the framed version, table, column, workspace, row and key id.
    Raises ValueError for a key of another length.
    """
    cipher, name, nonce = AESGCM(_whole(key)), key_id(key), random.randbytes(NONCE)
    return VERSION + name + nonce + cipher.encrypt(nonce, plain, frame(VERSION, *slot.parts(), name))


def unseal(key: bytes, slot: Slot, sealed: bytes) -> bytes:
    """What was sealed under this key for this slot.

    Raises UnsealError if it was changed, cut, moved, or sealed under another key; ValueError for a key of
    another length.
    """
    cipher, name = AESGCM(_whole(key)), key_id(key)
    head = len(VERSION + name)
    if len(sealed) < head + NONCE + TAG or sealed[:head] != VERSION + name:
        raise slot.wrong()
    nonce = sealed[head : head + NONCE]
    try:
        return cipher.decrypt(nonce, sealed[head + NONCE :], frame(VERSION, *slot.parts(), name))
    except InvalidTag:
        raise slot.wrong() from None


def _whole(key: bytes) -> bytes:
    if len(key) != KEY:
        raise ValueError("a key has 32 bytes")
    return key
