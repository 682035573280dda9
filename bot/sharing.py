"""An inbox that is unlocked in one process reaches the others on the same database, and stands in no table.

Each process makes a key pair at its start that only its memory has. What one says to all is sealed by the server's key,
so that a database cannot make up a process; what opens an inbox is sealed besides to the key of each process, and
numbered, so that nothing holds twice.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import structlog

from bot.envelope import Slot
from bot.errors import StoreError, UnsealError
from bot.keypair import KeyPair, seal_to
from bot.neighbours import EVERYTHING, WORD
from bot.opened import Opened, Opening
from bot.ports import Neighbours, Random
from bot.vault import Vault, pad, unpad

ID = 16
NUMBER = 8
BLOCK = 512
"""Bytes to which an opening is padded, so that no length tells a name."""

AGAIN = 1.0
"""Seconds until what could not be said is said again."""

_WORD = Slot("neighbours", "word", "", b"")
_log = structlog.get_logger(__name__)


class Kind(IntEnum):
    """What a process says: that it has begun, that it is there, or an opening for one other."""

    HELLO = 1
    HERE = 2
    OPENING = 3


@dataclass(frozen=True, slots=True, repr=False)
class _Letter:
    kind: Kind
    sender: bytes
    to: bytes
    number: int
    body: bytes


class Sharing:
    """Tells other processes what was unlocked here, and hears what was unlocked there."""

    def __init__(self, neighbours: Neighbours, vault: Vault, opened: Opened, random: Random) -> None:
        self._neighbours = neighbours
        self._vault = vault
        self._opened = opened
        self._pair = KeyPair.new(random)
        self._id = random.randbytes(ID)
        self._number = 0
        self._known: dict[bytes, bytes] = {}
        self._last: dict[bytes, int] = {}
        self._waiting: asyncio.Queue[tuple[Kind, bytes, bytes]] = asyncio.Queue()
        opened.told = self._tell

    async def run(self) -> None:
        """Say what waits, in its order, until cancelled."""
        while True:
            kind, to, body = await self._waiting.get()
            self._number += 1
            said = bytes((kind,)) + self._id + (to or bytes(ID)) + self._number.to_bytes(NUMBER) + body
            word = WORD + b64encode(self._vault.seal(_WORD, said)).decode()
            while not await self._said(word):  # noqa: ASYNC110 - the database is away
                await asyncio.sleep(AGAIN)

    def heard(self, words: Iterable[str]) -> None:
        """Take what others said, in the order in which each of them did; what is not theirs is left out."""
        words = list(words)
        if set(words) >= EVERYTHING:  # who is there now has to be asked anew
            self._known.clear()
            self._waiting.put_nowait((Kind.HELLO, b"", self._pair.public))
        letters = [letter for word in words if word.startswith(WORD) and (letter := self._read(word))]
        for letter in sorted(letters, key=lambda each: each.number):
            if letter.number > self._last.get(letter.sender, 0):
                self._last[letter.sender] = letter.number
                self._take(letter)

    def _take(self, letter: _Letter) -> None:
        if letter.kind is Kind.OPENING:
            if letter.to == self._id:
                self._open(letter.body)
            return
        fresh = letter.sender not in self._known
        self._known[letter.sender] = letter.body
        if letter.kind is Kind.HELLO:
            self._waiting.put_nowait((Kind.HERE, b"", self._pair.public))
        if fresh:
            for each in self._opened.ours():
                self._send(each, letter.sender)

    def _tell(self, opening: Opening) -> None:
        for each in self._known:
            self._send(opening, each)

    def _send(self, opening: Opening, to: bytes) -> None:
        said = {
            "desk": opening.desk.hex(),
            "who": opening.who,
            "key": opening.key.hex(),
            "until": opening.until.isoformat(),
            "let_in": opening.let_in,
        }
        sealed = seal_to(self._known[to], _slot(to), pad(json.dumps(said), BLOCK))
        self._waiting.put_nowait((Kind.OPENING, to, sealed))

    def _open(self, body: bytes) -> None:
        try:
            said = json.loads(unpad(self._pair.open(_slot(self._id), body)))
        except UnsealError:
            _log.warning("an unlocked inbox could not be taken")
            return
        until = datetime.fromisoformat(said["until"])
        desk, key = bytes.fromhex(said["desk"]), bytes.fromhex(said["key"])
        self._opened.hear(Opening(desk, said["who"], key, until, said["let_in"]))

    def _read(self, word: str) -> _Letter | None:
        """What another process said; None for what is ours, or was not said by a process of this server."""
        try:
            said = self._vault.unseal(_WORD, b64decode(word.removeprefix(WORD)))
        except (UnsealError, ValueError):
            return None
        sender, to, body = said[1 : 1 + ID], said[1 + ID : 1 + 2 * ID], said[1 + 2 * ID :]
        number = int.from_bytes(body[:NUMBER])
        return None if sender == self._id else _Letter(Kind(said[0]), sender, to, number, body[NUMBER:])

    async def _said(self, word: str) -> bool:
        try:
            await self._neighbours.say(word)
        except StoreError:
            return False
        return True


def _slot(to: bytes) -> Slot:
    return Slot("neighbours", "opening", "", to)
