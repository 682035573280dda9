"""What every flow is made of: steps, each an action's answer to an event."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping

from bot.model import Address, Event, Reply
from bot.ports import Random

Step = Callable[[Event], Awaitable[Reply]]
Steps = Mapping[str, Step]

MENU = Address("menu")
SAY = Address("say")
TELL = Address("tell")
SUPPORT = Address("support")
PROMISES = Address("promises")
RECEIPT = Address("receipt")
CASES = Address("cases")
PREVIEW = Address("digest.preview")
WORDS = Address("digest.words")
SETUP = Address("setup")
LINK = Address("link")
HELP = Address("help")
HOME = Address("home")
RECORD = Address("record")
WALLS = Address("walls")


def row_id(ref: str) -> bytes:
    """The id of a row in a button's reference; sixteen zero bytes, which no row has, where it is none."""
    try:
        return bytes.fromhex(ref).rjust(16, b"\0")[:16]
    except ValueError:
        return bytes(16)


def once(key: str, random: Random) -> str:
    """A reference for a form that may be sent twice: a key, and what makes this form different from the next."""
    return f"{key}.{urlsafe_b64encode(random.randbytes(8)).rstrip(b'=').decode()}"


def key_of(ref: str) -> str:
    """The key in a reference, with or without what `once` added."""
    return ref.partition(".")[0]


def seen_of(ref: str) -> str:
    """What a form's handler had seen of the case when it opened; empty where the reference does not say."""
    _, seen, *_ = [*ref.split("."), ""]
    return seen


def message_id(ref: str) -> bytes:
    """The id of the message that a form with this reference makes: the same however often it is sent."""
    return hashlib.blake2b(ref.encode(), digest_size=16, person=b"metoo message").digest()
