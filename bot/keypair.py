"""Key pairs of inboxes and mailboxes: what is sealed to one opens with its private half only (RFC 9180)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from bot.envelope import Slot, frame
from bot.ports import Random

VERSION = b"\x01"
"""First byte of what is sealed to a key pair; another suite or layout gets another number."""

SEED = 96
"""Bytes of a private half: the ML-KEM-768 seed d ‖ z (64, FIPS 203), then the X25519 key (32, RFC 7748)."""

PUBLIC = 1216
"""Bytes of a public half: ML-KEM-768 (1184, FIPS 203), then X25519 (32, RFC 7748)."""

_LABEL = b"metoo sealed to a key pair"
_KEM_SEED = 64
_KEM_PUBLIC = 1184
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
# Both halves of the hybrid must fall before a ciphertext does: X25519 to today's computers, ML-KEM to those
# that a patient thief of a backup may have in twenty years.


@dataclass(frozen=True, repr=False)
class KeyPair:
    """Both halves, made from a 96-byte seed. Raises ValueError for a seed of another length."""

    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != SEED:
            raise ValueError("the seed of a key pair has 96 bytes")

    @classmethod
    def new(cls, random: Random) -> KeyPair:
        """A pair nobody has seen before."""
        return cls(random.randbytes(SEED))

    @property
    def public(self) -> bytes:
        """The half that seals: 1216 bytes, no secret."""
        kem, curve = self._halves()
        return kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()

    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        kem = MLKEM768PrivateKey.from_seed_bytes(self.seed[:_KEM_SEED])
        return kem, X25519PrivateKey.from_private_bytes(self.seed[_KEM_SEED:])

    def open(self, slot: Slot, sealed: bytes) -> bytes:
        """What was sealed to this pair for this slot. Raises UnsealError if anything differs."""
        if sealed[:1] != VERSION:
            raise slot.wrong()
        try:
            return _SUITE.decrypt(sealed[1:], MLKEM768X25519PrivateKey(*self._halves()), info=_info(slot))
        except InvalidTag:
            raise slot.wrong() from None


def seal_to(public: bytes, slot: Slot, plain: bytes) -> bytes:
    """Seal to the owner of a public half: version (1) ‖ HPKE encapsulation (1120) ‖ AES-256-GCM and tag (16).

    HPKE base mode with ML-KEM-768 + X25519, HKDF-SHA256, AES-256-GCM; its info is the framed label, version,
    table, column, workspace and row. The library draws its own randomness from the operating system.
    Raises ValueError for bytes that are no public half.
    """
    return VERSION + _SUITE.encrypt(plain, _public(public), info=_info(slot))


def _public(public: bytes) -> MLKEM768X25519PublicKey:
    if len(public) != PUBLIC:
        raise ValueError("a public key has 1216 bytes")
    kem = MLKEM768PublicKey.from_public_bytes(public[:_KEM_PUBLIC])
    return MLKEM768X25519PublicKey(kem, X25519PublicKey.from_public_bytes(public[_KEM_PUBLIC:]))


def _info(slot: Slot) -> bytes:
    return frame(_LABEL, VERSION, *slot.parts())
