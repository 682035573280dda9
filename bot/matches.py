"""Matches: the card that tells a desk of one, and what happens when a handler opens it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot import anonymity
from bot.accepted import Accepted
from bot.account import Route
from bot.arrivals import NOTE, PATIENCE, RECHECK, REPORT
from bot.audit import Audit
from bot.case import MOST_LINKS, UNTOUCHED, Cases
from bot.config import WorkspaceSettings
from bot.conversation import code
from bot.delivery import Done, Posting, Wait
from bot.desk import NOT_YOURS
from bot.errors import Refusal, UnsealError
from bot.i18n import N_
from bot.inbox import Inboxes
from bot.keypair import KeyPair
from bot.model import Actor
from bot.notices import match_card
from bot.ports import Clock, Random, Store
from bot.records import (
    AddOutbox,
    Change,
    DeskRow,
    Desks,
    DropMatch,
    HeldAlike,
    HeldRow,
    LetOut,
    MarkMatched,
    MatchById,
    MatchRow,
    MessagesOf,
    OpenMatch,
    OutboxRow,
    PutNamed,
    ReportById,
    SharesOf,
)
from bot.routing import Look, Routing
from bot.sealing import Sealing
from bot.shares import Came, Piece, Shares
from bot.workplaces import Workplaces

QUIET = (timedelta(days=7), timedelta(days=21))
"""How long a mailbox says nothing of its release, unless the desk answers before (random between the two)."""

_BROKEN = N_(
    "These reports cannot be opened together: too few of their shares are whole. Nothing was changed. Please tell"
    " whoever runs this bot."
)

_FEW = N_(
    "There are not enough held reports under this number at this moment, so none of them can be opened. Their writers"
    " can take them back until then. If enough are held again, this opens them."
)


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """What opening a match released: ids of reports, and how many could not be opened."""

    reports: tuple[bytes, ...]
    broken: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class _Found:
    match: MatchRow
    desk: DeskRow
    held: tuple[HeldRow, ...]
    routes: Mapping[bytes, Route]


class Matches:
    """Composes the cards of matches, and opens them for handlers."""

    def __init__(
        self,
        *,
        store: Store,
        shares: Shares,
        sealing: Sealing,
        cases: Cases,
        audit: Audit,
        accepted: Accepted,
        inboxes: Inboxes,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._shares = shares
        self._sealing = sealing
        self._cases = cases
        self._audit = audit
        self._accepted = accepted
        self._inboxes = inboxes
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random

    # --- the card ---------------------------------------------------------------------------------------

    async def compose(self, row: OutboxRow) -> Posting | Done | Wait | None:
        """The card of a match in the desk that gets it; waits while no desk may, and drops what is none any more."""
        match = await self._store.read(MatchById(row.subject))
        settings = self._settings.named(row.workspace)
        if match is None:
            return None
        if settings is None:
            return Wait(self._clock.now() + RECHECK)
        held = await self._store.read(HeldAlike(match.tag))
        routes = self._shares.routes(match, held)
        if match.desk is None:
            return await self._first(settings, match, held, routes, row)
        return await self._later(settings, match, routes)

    async def _first(
        self,
        settings: WorkspaceSettings,
        match: MatchRow,
        held: Sequence[HeldRow],
        routes: Mapping[bytes, Route],
        row: OutboxRow,
    ) -> Posting | Done | Wait:
        if not _enough(held):
            return Done((DropMatch(match.id),))  # somebody took theirs back in time
        fit = [
            look
            for look in await self._looks(settings, routes)
            if _enough([each for each in held if look.desk.id.hex() in routes[each.report].desks])
        ]
        chosen = self._choose(row, fit)
        if chosen is None:
            return Wait(self._clock.now() + RECHECK * self._random.uniform(0.8, 1.2))
        card = match_card(settings, match, later=False)
        return Posting(settings.place(chosen.desk.channel), card, (MarkMatched(match.id, chosen.desk.id),))

    async def _later(
        self, settings: WorkspaceSettings, match: MatchRow, routes: Mapping[bytes, Route]
    ) -> Posting | Wait | None:
        """One more report about the same person; before the first ones are opened, their card says enough.

        No other desk can open it, so it waits as long as this one may not have it, or is no safe place.
        """
        desk = (match.desk or b"").hex()
        if not match.opening or not any(desk in each.desks for each in routes.values()):
            return None
        rows = [each for each in await self._store.read(Desks(match.workspace)) if each.id == match.desk]
        look, *_ = await self._routing.look_at(
            settings, rows, _barred(self._shares.came(match).named, routes)
        )
        if not look.permitted:
            return Wait(self._clock.now() + RECHECK)
        return Posting(settings.place(look.desk.channel), match_card(settings, match, later=True), anew=True)

    async def _looks(self, settings: WorkspaceSettings, routes: Mapping[bytes, Route]) -> tuple[Look, ...]:
        """The desks as they are for everybody whom any of these must not reach."""
        desks = await self._store.read(Desks(str(settings.workspace)))
        return await self._routing.look(settings, desks, _barred((), routes))

    def _choose(self, row: OutboxRow, looks: Sequence[Look]) -> Look | None:
        patient = self._clock.now() < row.due + PATIENCE
        for look in looks:
            if look.permitted:
                return look
            if patient and not look.barred:
                return None
        return None

    # --- opening ----------------------------------------------------------------------------------------

    async def admit(self, actor: Actor, match: bytes) -> bytes:
        """The id of the desk that has a match, for whoever could open it; else the refusal that all get."""
        return (await self._find(actor, match)).desk.id

    async def open(self, actor: Actor, match: bytes) -> Opened:
        """Release what a match holds to its desk, as linked cases. Doing it again releases what came since.

        Raises Refusal, in the same words for everybody who may not; nothing is changed then.
        """
        found = await self._find(actor, match)
        if not await self._accepted.has(found.match.workspace, actor.user):
            raise Refusal(NOT_YOURS)
        if not found.match.opening and not _enough(found.held):
            raise Refusal(_FEW)
        pair = self._inboxes.pair(found.desk, actor)
        pieces = [each for held in found.held if (each := await self._piece(held, found.desk, pair))]
        if not pieces:
            return Opened((), len(found.held))
        opening = await self._opening(found, pieces, pair)
        keys = [(each, self._shares.data_key(each, opening)) for each in pieces]
        opened = [(each, key) for each, key in keys if key is not None]
        changes: list[Change] = []
        if not found.match.opening:
            changes.append(OpenMatch(match, self._shares.seal_opening(found.match, found.desk, opening)))
        linked = [each.report.id for each, _ in opened]
        before = self._shares.came(found.match)
        came = Came(frozenset(_barred(before.named, found.routes)), before.reports.union(linked))
        changes.append(PutNamed(match, self._shares.seal_came(found.match, came)))
        for each, key in opened:
            others = [other for other in linked if other != each.report.id]
            changes += await self._out(found, each, key, others)
        took = await self._store.write(*changes, self._entry(actor, found.match))
        did = zip(changes, took, strict=False)
        out = [each.report for each, so in did if so and isinstance(each, LetOut)]
        return Opened(tuple(out), len(found.held) - len(opened))

    async def _opening(self, found: _Found, pieces: Sequence[Piece], pair: KeyPair) -> bytes:
        if found.match.opening:
            return self._shares.opening(found.match, pair)
        if (release := self._shares.together(pieces, found.held[0].k)) is None:
            left = await self._store.read(HeldAlike(found.match.tag))  # some may be taken back by now
            raise Refusal(_BROKEN if _enough(left) else _FEW)
        return release.opening

    async def _piece(self, held: HeldRow, desk: DeskRow, pair: KeyPair) -> Piece | None:
        report = await self._store.read(ReportById(held.report))
        row = next(
            (each for each in await self._store.read(SharesOf(held.report)) if each.holder == desk.id), None
        )
        if report is None or row is None:
            return None
        try:
            return self._shares.piece(report, row, pair)
        except UnsealError:
            return None  # damaged or forged: the others can still open

    async def _out(
        self, found: _Found, piece: Piece, data_key: bytes, others: Sequence[bytes]
    ) -> tuple[Change, ...]:
        report, route, now = piece.report, found.routes[piece.report.id], self._clock.now()
        desks = await self._store.read(Desks(report.workspace))
        able = [each for each in desks if each.id.hex() in route.desks]
        decoys = [each for each in desks if each not in able]
        quiet = anonymity.week_of(now + anonymity.delay(QUIET, self._random), self._zone(report.workspace))
        out = LetOut(
            report.id,
            self._sealing.seal_route(report, route),
            self._sealing.wrap(report, data_key, able, decoys),
            found.desk.id,
            now,
            quiet,
        )
        later = [row.id for row in await self._store.read(MessagesOf(report.id)) if row.at is None]
        links = tuple(each.hex() for each in others[:MOST_LINKS])
        card = OutboxRow(self._random.randbytes(16), REPORT, report.id, report.workspace, now)
        return (
            out,
            self._cases.put(report.workspace, report.id, replace(UNTOUCHED, links=links)),
            AddOutbox(card),
            *(
                AddOutbox(replace(card, id=self._random.randbytes(16), kind=NOTE, subject=each))
                for each in later
            ),
        )

    def _entry(self, actor: Actor, match: MatchRow) -> Change:
        return self._audit.entry(
            match.workspace, actor.user, "opened a match", code(match.id), self._clock.now()
        )

    def _zone(self, workspace: str) -> str:
        settings = self._settings.named(workspace)
        return settings.timezone if settings else "UTC"

    async def _find(self, actor: Actor, match_id: bytes) -> _Found:
        match = await self._store.read(MatchById(match_id))
        settings = self._settings.named(str(actor.workspace))
        if match is None or settings is None or match.workspace != str(actor.workspace):
            raise Refusal(NOT_YOURS)
        desks = {each.id: each for each in await self._store.read(Desks(match.workspace))}
        desk = desks.get(match.desk or b"")
        if desk is None or not await self._routing.may_open(settings.place(desk.channel), actor.user):
            raise Refusal(NOT_YOURS)
        held = await self._store.read(HeldAlike(match.tag))
        routes = self._shares.routes(match, held)
        if actor.user in _barred(self._shares.came(match).named, routes):
            raise Refusal(NOT_YOURS)
        mine = tuple(each for each in held if desk.id.hex() in routes[each.report].desks)
        return _Found(match, desk, mine, routes)


def _barred(named: Iterable[str], routes: Mapping[bytes, Route]) -> tuple[str, ...]:
    """Everybody whom any of these must not reach, and those whom what came of the match must not."""
    return tuple(dict.fromkeys((*named, *(who for route in routes.values() for who in route.named))))


def _enough(held: Sequence[HeldRow]) -> bool:
    """Whether these are by as many different writers as a match takes."""
    return bool(held) and len({each.mark for each in held}) >= held[0].k
