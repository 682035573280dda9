"""An unlocked inbox in several processes; the words between them are read by an eavesdropper here."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random

import pytest

from bot.keys import Keyring
from bot.neighbours import EVERYTHING, WORD
from bot.opened import OPEN_FOR, Opened
from bot.sharing import Sharing
from bot.vault import Vault
from tests.world import TUESDAY

DESK, KEY, WHO = b"d" * 16, b"k" * 32, "H-Kernbeißer"


class StoppedClock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.moment = TUESDAY

    def now(self) -> datetime:
        return self.moment

    async def sleep_until(self, moment: datetime) -> None:
        await asyncio.Event().wait()


class Wire:
    """What all processes hear, in the order in which it is said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.ends: list[Sharing] = []

    async def say(self, word: str) -> None:
        assert len(word) < 8000
        self.said.append(word)
        for each in self.ends:
            each.heard([word])

    async def alone(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        await work()

    async def news(self) -> frozenset[str]:
        return frozenset()

    async def others(self) -> int:
        return len(self.ends)


class Process:
    def __init__(self, wire: Wire, vault: Vault, clock: StoppedClock, seed: int) -> None:
        self.opened = Opened(clock)
        self.sharing = Sharing(wire, vault, self.opened, Random(seed))
        wire.ends.append(self.sharing)
        self.task = asyncio.create_task(self.sharing.run())
        self.sharing.heard(EVERYTHING)


async def quiet() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def other_keys(seed: int) -> Keyring:
    keyring, _ = Keyring.open(Random(seed).randbytes(32), (), Random(seed))
    return keyring


@pytest.fixture
def vault() -> Vault:
    return Vault(other_keys(1), Random(1))


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


async def test_what_is_unlocked_in_one_is_open_in_all_until_it_closes(
    vault: Vault, clock: StoppedClock
) -> None:
    wire = Wire()
    one, other = (Process(wire, vault, clock, seed) for seed in (1, 2))
    await quiet()
    one.opened.open(DESK, WHO, KEY)
    await quiet()
    assert other.opened.key(DESK, WHO) == KEY
    assert other.opened.key(DESK, "somebody else") is None
    late = Process(wire, vault, clock, 3)
    await quiet()
    assert late.opened.key(DESK, WHO) == KEY
    clock.moment += OPEN_FOR
    for each in (one, other, late):
        assert each.opened.key(DESK, WHO) is None


async def test_what_is_shut_anywhere_is_shut_everywhere_and_does_not_come_back(
    vault: Vault, clock: StoppedClock
) -> None:
    wire = Wire()
    one, other = (Process(wire, vault, clock, seed) for seed in (1, 2))
    await quiet()
    one.opened.open(DESK, WHO, KEY)
    await quiet()
    before = list(wire.said)
    other.opened.shut(DESK, WHO)
    await quiet()
    for each in (one, other):
        each.sharing.heard([*EVERYTHING, *before])  # everything once more, by whoever kept it
    await quiet()
    for each in (one, other):
        assert each.opened.key(DESK, WHO) is None


async def test_who_goes_on_working_is_not_locked_out_by_another_process(
    vault: Vault, clock: StoppedClock
) -> None:
    wire = Wire()
    one, other = (Process(wire, vault, clock, seed) for seed in (1, 2))
    await quiet()
    one.opened.open(DESK, WHO, KEY)
    for _ in range(4):
        await quiet()
        clock.moment += timedelta(minutes=6)
        assert one.opened.key(DESK, WHO) == KEY
    await quiet()
    assert other.opened.key(DESK, WHO) == KEY


async def test_a_process_whose_clock_is_ahead_opens_nothing_for_longer_elsewhere(
    vault: Vault, clock: StoppedClock
) -> None:
    wire, ahead = Wire(), StoppedClock()
    ahead.moment += timedelta(hours=1)
    one, other = Process(wire, vault, ahead, 1), Process(wire, vault, clock, 2)
    await quiet()
    one.opened.open(DESK, WHO, KEY)
    await quiet()
    assert other.opened.choosing(DESK, WHO) == KEY
    clock.moment += OPEN_FOR
    assert other.opened.key(DESK, WHO) is None


async def test_words_tell_nothing_and_nobody_else_can_say_one(vault: Vault, clock: StoppedClock) -> None:
    wire = Wire()
    one, _ = (Process(wire, vault, clock, seed) for seed in (1, 2))
    await quiet()
    one.opened.open(DESK, WHO, KEY)
    await quiet()
    told = "".join(wire.said).encode()
    for secret in (DESK, KEY, WHO.encode()):
        assert secret not in told
        assert b64encode(secret) not in told
        assert secret.hex().encode() not in told
    assert len({len(each) for each in wire.said}) <= 2  # a key of a process, or an opening
    for wrong in (WORD, WORD + "?", WORD + "QUJD", WORD + wire.said[-1].removeprefix(WORD)[:-8], "else"):
        one.sharing.heard([wrong])
    known = dict(one.sharing._known)
    stranger = Wire()
    Process(stranger, Vault(other_keys(9), Random(5)), clock, 4)  # with another server's key
    await quiet()
    one.sharing.heard(stranger.said)
    assert stranger.said
    assert one.sharing._known == known
