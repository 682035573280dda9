"""Seal and unseal: the only way by which texts, persons and secrets go into the store and come back."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import blake2b

from bot.envelope import KEY, Slot, derive, frame, seal, unseal
from bot.keypair import KeyPair, seal_to
from bot.keys import Keyring, Purpose
from bot.ports import Random

__all__ = [
    "DraftKeys",
    "KeyPair",
    "Slot",
    "Tokens",
    "Vault",
    "grade_mark",
    "new_draft_key",
    "pad",
    "pad_small",
    "read_draft_key",
    "token",
    "unpad",
]

BLOCK = 4096
"""Bytes to whose multiples texts are padded, so that a length tells little (DESIGN §3)."""

SMALL_BLOCK = 256
"""The same for what is always short, such as routing."""

TOKEN = 16
"""Bytes of a reaction token: 128 bits (DESIGN §3)."""

MARK = 8
"""Bytes of a grade's mark: enough that no two of a token's four are the same."""

_MARK = b"\x80"


@dataclass(frozen=True, slots=True, repr=False)
class DraftKeys:
    """What follows from a draft's key: everything that sending twice must find the same.

    `id` (16 bytes) is the draft's row, `seal` (32) seals it, `report` (16) will be the report's id, and
    `entropy` (32) becomes the receipt words.
    """

    id: bytes
    seal: bytes
    report: bytes
    entropy: bytes


class Vault:
    """Seals under the server's keys, under given keys, and to key pairs; each for one slot.

    All that open raise UnsealError, which names the record by id only, whatever the reason.
    """

    def __init__(self, keyring: Keyring, random: Random) -> None:
        self._keyring = keyring
        self._random = random

    def seal(self, slot: Slot, plain: bytes) -> bytes:
        """Seal under the server's field key (see `bot.envelope.seal` for the layout)."""
        return self.seal_with(self._keyring.key(Purpose.FIELD), slot, plain)

    def unseal(self, slot: Slot, sealed: bytes) -> bytes:
        """Open what `seal` sealed."""
        return self.unseal_with(self._keyring.opening(Purpose.FIELD, sealed), slot, sealed)

    def seal_secret(self, slot: Slot, plain: bytes) -> bytes:
        """Seal a window's secret, under a key that seals nothing else."""
        return self.seal_with(self._keyring.key(Purpose.WINDOW), slot, plain)

    def unseal_secret(self, slot: Slot, sealed: bytes) -> bytes:
        """Open what `seal_secret` sealed."""
        return self.unseal_with(self._keyring.opening(Purpose.WINDOW, sealed), slot, sealed)

    def seal_with(self, key: bytes, slot: Slot, plain: bytes) -> bytes:
        """Seal under a given 32-byte key, such as a report's data key or a draft's."""
        return seal(key, slot, plain, self._random)

    def unseal_with(self, key: bytes, slot: Slot, sealed: bytes) -> bytes:
        """Open what `seal_with` sealed under the same key."""
        return unseal(key, slot, sealed)

    def seal_to(self, public: bytes, slot: Slot, plain: bytes) -> bytes:
        """Seal to the owner of a public half (1216 bytes). Raises ValueError if it is none."""
        return seal_to(public, slot, plain)

    def open_with(self, pair: KeyPair, slot: Slot, sealed: bytes) -> bytes:
        """Open what was sealed to this pair."""
        return pair.open(slot, sealed)

    def wrap_data_key(self, month_key: bytes, public: bytes, slot: Slot, data_key: bytes) -> bytes:
        """Seal a report's data key to one holder, and that under the key of the month it expires in.

        So it takes the holder's private half and a month that has not perished.
        """
        return self.seal_with(month_key, slot, self.seal_to(public, slot, data_key))

    def unwrap_data_key(self, month_key: bytes, pair: KeyPair, slot: Slot, wrapped: bytes) -> bytes:
        """The data key that `wrap_data_key` wrapped."""
        return self.open_with(pair, slot, self.unseal_with(month_key, slot, wrapped))

    def fingerprint(self, slot: Slot, said: bytes) -> bytes:
        """16 bytes that tell what a post says from what it said, and nothing to those without the key."""
        key = derive(self._keyring.key(Purpose.FIELD), "metoo/v1/fingerprint")
        return blake2b(frame(*slot.parts(), said), key=key, digest_size=16).digest()

    def draft(self, k: bytes) -> DraftKeys:
        """What follows from a draft's key, together with the server's: neither gives anything alone.

        HKDF-SHA256 with the server's draft key as salt and its own label for each output. Raises ValueError
        for a key of another length than 32 bytes.
        """
        if len(k) != KEY:
            raise ValueError("a draft key has 32 bytes")
        server = self._keyring.key(Purpose.DRAFT)
        return DraftKeys(
            id=derive(k, "metoo draft id v1", 16, server),
            seal=derive(k, "metoo draft seal v1", 32, server),
            report=derive(k, "metoo draft report v1", 16, server),
            entropy=derive(k, "metoo draft receipt v1", 32, server),
        )


def new_draft_key(random: Random) -> str:
    """A new draft key as it travels in buttons: 32 bytes in 43 characters that are safe in a URL."""
    return _text_of(random.randbytes(KEY))


def read_draft_key(text: str) -> bytes | None:
    """The 32 bytes of a draft key that came back in a button; None for anything we did not write."""
    try:
        key = urlsafe_b64decode(text + "=")
    except ValueError:
        return None
    return key if len(key) == KEY and _text_of(key) == text else None


def _text_of(key: bytes) -> str:
    return urlsafe_b64encode(key).decode().rstrip("=")


class Tokens:
    """The 16-byte stand-ins for people under one window's 32-byte secret; `workspace` names the platform.

    Keyed BLAKE2b (RFC 7693) over workspace and user, begun once for the whole window: every press waits for it.
    Raises ValueError for a secret of another length: under the empty one of a closed window anyone could compute
    tokens.
    """

    __slots__ = ("_begun",)

    def __init__(self, secret: bytes, workspace: str) -> None:
        if len(secret) != KEY:
            raise ValueError("a window's secret has 32 bytes")
        named = frame(workspace.encode())
        self._begun = blake2b(named, key=secret, digest_size=TOKEN, person=b"metoo token v1")

    def of(self, user: str) -> bytes:
        """The one of this person."""
        begun, said = self._begun.copy(), user.encode()
        begun.update(len(said).to_bytes(4) + said)  # as in `frame`
        return begun.digest()


def token(secret: bytes, workspace: str, user: str) -> bytes:
    """One of `Tokens`."""
    return Tokens(secret, workspace).of(user)


def grade_mark(secret: bytes, voice: bytes, grade: int) -> bytes:
    """The 8 bytes that say how a voice stands to who has its window's secret, and nothing to anybody else.

    Keyed BLAKE2b like the token, over token and grade: equal grades of two voices have different marks, so that
    marks cannot be counted. Raises ValueError for a secret of another length.
    """
    if len(secret) != KEY:
        raise ValueError("a window's secret has 32 bytes")
    return blake2b(
        frame(voice, bytes([grade])), key=secret, digest_size=MARK, person=b"metoo grade v1"
    ).digest()


def pad(text: str, block: int = BLOCK) -> bytes:
    """A text as UTF-8, padded to a multiple of `block` bytes (ISO/IEC 7816-4: one 0x80, then zeros).

    Halves of surrogate pairs, which are no text but which JSON can smuggle in, are joined where both are
    there and become U+FFFD where not: a broken emoji must not cost anyone their report.
    """
    plain = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode() + _MARK
    return plain + bytes(-len(plain) % block)


def pad_small(text: str) -> bytes:
    """The same to multiples of 256 bytes, for what is always short."""
    return pad(text, SMALL_BLOCK)


def unpad(padded: bytes) -> str:
    """The text that `pad` padded, whatever the block. Raises ValueError for bytes that are no padded text."""
    plain = padded.rstrip(b"\0")
    if not plain.endswith(_MARK):
        raise ValueError("these bytes are no padded text")
    return plain[: -len(_MARK)].decode()
