"""Passphrases that people choose: what they become, and which are too short to be one."""

from __future__ import annotations

import unicodedata

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.envelope import KEY

MEMORY = 64 * 1024
"""KiB of Argon2id (RFC 9106, section 4, second recommended option): people choose less well than we draw words."""

PASSES = 3
"""Passes of Argon2id: the same source."""

LANES = 4
"""Lanes of Argon2id: the same source."""

SALT = 16
"""Bytes of a salt: random, one for each passphrase."""

SHORTEST = 15
"""Characters (NIST SP 800-63B, a password that is the only factor)."""

LONGEST = 1000
"""Characters beyond which a text is no passphrase."""

_DIFFERENT = 6


def stretch(passphrase: str, salt: bytes, secret: bytes = b"") -> bytes:
    """The 32-byte key of a passphrase: Argon2id of its NFKC form in UTF-8; takes 64 MiB and a moment.

    With a `secret`, nobody can try passphrases who does not have that too.
    """
    said = unicodedata.normalize("NFKC", passphrase.strip()).encode("utf-8", "surrogatepass")
    return Argon2id(
        salt=salt, secret=secret or None, length=KEY, iterations=PASSES, lanes=LANES, memory_cost=MEMORY
    ).derive(said)


def too_weak(passphrase: str) -> bool:
    """Whether a text is too short, too long or too much the same to be a passphrase."""
    said = unicodedata.normalize("NFKC", passphrase.strip())
    return not SHORTEST <= len(said) <= LONGEST or len(set(said)) < _DIFFERENT
