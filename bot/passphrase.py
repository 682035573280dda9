"""Passphrases that people choose: what they become, and which are too short to be one."""

from __future__ import annotations

import re
import unicodedata

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.envelope import KEY
from bot.ports import Random

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
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 8, 4


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


def new_recovery_key(random: Random) -> str:
    """Eight groups of four, 160 bits, without letters that look like digits (Crockford's base 32)."""
    drawn = random.randbytes(_GROUPS * _GROUP)
    letters = "".join(_LETTERS[each % len(_LETTERS)] for each in drawn)
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def read_recovery_key(typed: str) -> bytes:
    """What a recovery key stands for, however it was typed; of any other text, something that opens nothing."""
    folded = re.sub(r"[^0-9A-Z]", "", typed.upper())
    return folded.translate(str.maketrans("OIL", "011")).encode()
