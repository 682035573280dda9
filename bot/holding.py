"""Holding a report until others have named the same person: what is written, and what must be asked before."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot import anonymity
from bot.abroad import comes_from
from bot.account import Account, Route
from bot.errors import Refusal
from bot.i18n import N_
from bot.keeper import KeeperAway, KeeperSpent
from bot.keys import Keyring, Purpose
from bot.matching import (
    MEMBER,
    OUTSIDE,
    Accused,
    Matching,
    check_of,
    known_keeper,
    prehash,
    workspace_of,
    writer_of,
)
from bot.model import Actor
from bot.ports import Clock, Keeping, Random, Store
from bot.records import AnyHeld, DeskRow, Desks, HeldRow, Hold, KeeperOf, MatchRow, OutboxRow, ReportRow
from bot.routing import Routing
from bot.shares import Shares
from bot.workplaces import Workplaces

MATCH = "match"
"""The kind of outbox row that tells a desk of a match."""

_AWAY = N_(
    "Holding does not work at this moment: the keeper, which holds one of its two keys, does not answer. Nothing was"
    " held. You can keep this for now, and hold it later, or send it."
)
_SPENT = N_(
    "Nothing more can be held in this workplace today. Nothing was held. You can keep this for now and hold it"
    " tomorrow, or send it."
)
_OTHER_KEEPER = N_(
    "Holding is stopped here: the keeper has another key than when other reports were held, so nothing would match."
    " Nothing was held. You can keep this for now, or send it."
)
CHANGED = N_(
    "Something about holding changed here at this moment, so nothing was held. It is a private record now, which nobody"
    " but you can open. Your words show what can be done with it."
)
_NO_DESK = N_(
    "Every desk here can be read by somebody you picked, so a match could reach none. Nothing was held. You can keep it"
    " for now, or look at Find support."
)
NOT_ONE = N_(
    "Holding works for one person at a time. Pick that person in the form, and nobody else; you can say more in your"
    " own words. For somebody outside this workplace there is a field for their address."
)
OFF = N_("Holding reports is not switched on in this workplace.")


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """What is to be held: a report that is a private record by then, its account and its data key."""

    report: ReportRow
    account: Account
    data_key: bytes


class Holding:
    """Asks the keeper, and makes of its answer what is written; nothing is written before all answers are there."""

    def __init__(
        self,
        *,
        store: Store,
        keyring: Keyring,
        shares: Shares,
        keeping: Keeping,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._key = keyring.key(Purpose.ESCROW)
        self.shares = shares
        self.keeping = keeping
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random

    async def threshold(self, workspace: str) -> int:
        """How many different writers make a match in a workspace; 0 where holding is not switched on.

        While anything is held for another number than the settings say, that number stays: nothing else could match.
        """
        settings = self._settings.named(workspace)
        if settings is None or not settings.escrow:
            return 0
        held = await self._store.read(AnyHeld(workspace))
        return held.k if held else settings.escrow

    async def change(self, actor: Actor, held: Held, outside: str = "") -> Hold:
        """Everything that holding a report writes. Raises Refusal where it cannot be held; then nothing happened.

        `outside` is an address of somebody who is not of the workplace, instead of the person picked.
        """
        report, k = held.report, await self.threshold(held.report.workspace)
        if not k:
            raise Refusal(OFF)
        accused = accused_of(report.workspace, held.account, outside)
        if accused is None:
            raise Refusal(NOT_ONE)
        able, others = await self._desks(held)
        asked = prehash(self._key, accused)
        answer, keeper = await self._ask(report.workspace, asked)
        matching = Matching.of(self._key, asked, answer, k)
        writer = writer_of(str(actor.workspace), actor.user)
        routing = self.shares.seal_routing(matching.release, report, Route.of(held.account, able))
        row = HeldRow(report.id, report.workspace, matching.tag, matching.mark(writer), k, keeper, routing)
        shares = self.shares.seal(matching, writer, report, held.data_key, desks=able, decoys=others)
        return Hold(row, shares, *self._match(report.workspace, matching))

    def _match(self, workspace: str, matching: Matching) -> tuple[MatchRow, OutboxRow]:
        """What is kept if this one makes it enough; the store decides, in the transaction that holds it."""
        match = self._random.randbytes(16)
        key = self.shares.seal_match(workspace, match, matching.release)
        due = self._clock.now() + anonymity.delay(self._settings.delays.report, self._random)
        waits = OutboxRow(self._random.randbytes(16), MATCH, match, workspace, due)
        return MatchRow(match, workspace, matching.tag, key), waits

    async def _desks(self, held: Held) -> tuple[list[DeskRow], list[DeskRow]]:
        """The desks that may open a match with this report in it, and all others."""
        settings = self._settings.named(held.report.workspace)
        if settings is None:
            raise Refusal(OFF)
        desks = await self._store.read(Desks(held.report.workspace))
        looks = await self._routing.look(settings, desks, held.account.barred)
        able = [look.desk for look in looks if not look.barred]
        if not able:
            raise Refusal(_NO_DESK)
        return able, [look.desk for look in looks if look.barred]

    async def _ask(self, workspace: str, asked: bytes) -> tuple[bytes, bytes]:
        """The keeper's answer, and what tells its key: one that answers otherwise than before is refused."""
        place, check = check_of(self._key, workspace)
        try:
            answered, checked = await asyncio.gather(
                self.keeping.ask(workspace_of(self._key, workspace), asked), self.keeping.ask(place, check)
            )
        except KeeperSpent:
            raise Refusal(_SPENT) from None
        except KeeperAway:
            raise Refusal(_AWAY) from None
        keeper = known_keeper(self._key, answered.name, checked)
        before = await self._store.read(KeeperOf(workspace))
        if before is not None and before.known != keeper:
            raise Refusal(_OTHER_KEEPER)
        return answered.answer, keeper


def accused_of(workspace: str, account: Account, outside: str = "") -> Accused | None:
    """Who a held report is about; None where that is nobody, or more than one person."""
    address = normalised(outside)
    if address:
        return Accused(workspace, OUTSIDE, address)
    if len(account.named) != 1 or comes_from(account.named[0]):  # on the other platform they have another id
        return None
    return Accused(workspace, MEMBER, account.named[0])


def normalised(address: str) -> str:
    """An e-mail or profile address as everybody would write it; empty for what is neither.

    Case, surrounding space, "mailto:", the scheme, "www.", query, fragment and a final slash do not matter.
    """
    typed = "".join(address.split()).casefold().removeprefix("mailto:")
    if re.fullmatch(r"[^@/\s]+@[^@/\s]+\.[^@/\s]+", typed):
        return typed
    parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    host = (parts.hostname or "").removeprefix("www.")
    path = parts.path.rstrip("/")
    return f"{host}{path}" if "." in host and path else ""
