"""Casework: what handlers do with a report beside talking to its writer, one at a time and on the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from bot.case import MOST_LINKS, NOT_A_REPORT, Case, Cases
from bot.conversation import Kind, Said, answer_due, code
from bot.deadlines import Promise
from bot.desk import Desk, Reading
from bot.errors import Denied, Gone, Refusal
from bot.i18n import N_
from bot.inbox import Door
from bot.model import Actor, Place
from bot.ports import Clock, Random, Store
from bot.records import CaseOf, Desks, MarkHeld, MessagesOf, PutRouting, ReportRow, ReportsAtDesks
from bot.replies import Replies
from bot.routing import Routing
from bot.workplaces import Workplaces

_NOT_THERE = N_(
    "This person cannot read the desk, has nothing to do with this case any more, or is named in it."
)
_ITSELF = N_("There is no other open case of that number at this desk.")
_FULL = N_("A case is linked with at most {most} others.")
_SECOND = N_(
    "Closing as not a report needs a second handler. You have proposed it; somebody else at this desk has to agree."
)


@dataclass(frozen=True, slots=True, repr=False)
class Listed:
    """One open case in a handler's list: `due` is when the desk owes its next answer."""

    report: ReportRow
    case: Case
    due: datetime | None

    @property
    def code(self) -> str:
        """What handlers call it."""
        return code(self.report.id)


class Casework:
    """Changes cases. Who may is decided by the desk, each time anew; who changed first wins."""

    def __init__(
        self,
        *,
        store: Store,
        cases: Cases,
        desk: Desk,
        replies: Replies,
        routing: Routing,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._cases = cases
        self._desk = desk
        self._replies = replies
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._key = random.randbytes(32)
        self._readers: set[bytes] = set()

    def remember(self, actor: Actor) -> None:
        """Somebody has opened a case: their menu shows the list of cases from now on, until a restart."""
        self._readers.add(self._mark(actor))

    def remembered(self, actor: Actor) -> bool:
        """Whether somebody has opened a case. It asks no platform: everybody's menu waits for this answer."""
        return self._mark(actor) in self._readers

    def _mark(self, actor: Actor) -> bytes:
        who = f"{actor.workspace} {actor.user}".encode()
        return blake2b(who, key=self._key, digest_size=16, person=b"metoo reader").digest()

    async def take(self, actor: Actor, report: bytes, version: int) -> bool:
        """Work on a case oneself. False where somebody changed it since; then nothing was done."""
        return await self._change(actor, report, version, "took over", _given(actor.user))

    async def give(self, actor: Actor, report: bytes, version: int, to: str) -> bool:
        """Hand a case over, without a reason. Raises Refusal for who cannot have it."""
        reading = await self._desk.read(actor, report)
        if not to or to in reading.case.recused or not await self._desk.may(reading, to):
            raise Refusal(_NOT_THERE)
        return await self._change(actor, report, version, "handed over", _given(to))

    async def recuse(self, actor: Actor, report: bytes, version: int) -> bool:
        """Have nothing to do with a case any more: it is hidden from this handler, at whichever desk it is."""
        reading = await self._desk.read(actor, report)
        route = self._desk.stepped_back(reading.report, actor.user)
        return await self._change(
            actor, report, version, "stepped back", lambda case: case.without(actor.user), route
        )

    async def mark_safety(self, actor: Actor, report: bytes, version: int, *, on: bool) -> bool:
        """Mark that somebody may be in danger, or take the mark away."""
        did = "marked a safety concern" if on else "removed the safety mark"
        return await self._change(actor, report, version, did, lambda case: replace(case, safety=on))

    async def mute(self, actor: Actor, report: bytes, version: int, *, on: bool) -> bool:
        """Let no post tell of what is only added to a case, or again; danger and retaliation are always told."""
        did = "muted" if on else "ended muting"
        return await self._change(actor, report, version, did, lambda case: replace(case, muted=on))

    async def link(self, actor: Actor, report: bytes, version: int, other: bytes) -> bool:
        """Say that another case of this desk is about the same matter. Raises Refusal."""
        reading = await self._desk.read(actor, report)
        if other not in {each.report.id for each in await self.others(actor, reading)}:
            raise Refusal(_ITSELF)
        if len(reading.case.links) >= MOST_LINKS:
            raise Refusal(_FULL, most=MOST_LINKS)
        if not await self._change(actor, report, version, "linked", _linked(other)):
            return False
        theirs = self._cases.open(reading.report.workspace, await self._store.read(CaseOf(other)))
        # Whoever changes that one at this moment wins; then it is linked from here alone, and can be from there.
        await self._store.write(self._cases.put(reading.report.workspace, other, _linked(report)(theirs)))
        return True

    async def hold(self, actor: Actor, report: bytes, version: int, *, on: bool) -> bool:
        """Lay a legal hold on a report, or end it: nothing of a held one is erased."""
        held = MarkHeld(report, self._clock.now() if on else None)
        did = "laid a legal hold" if on else "ended the legal hold"
        return await self._change(actor, report, version, did, lambda case: case, held)

    async def note(self, actor: Actor, report: bytes, press: str, text: str) -> None:
        """Write something that only the desk reads. Raises Refusal."""
        await self._replies.note(actor, report, press, Said(Kind.TEXT, text, actor.user))

    async def close(
        self, actor: Actor, report: bytes, press: str, said: Said, outcome: str, *, seen: str = ""
    ) -> bool:
        """Close with a reason that the writer reads; as no report only once two handlers want it. Raises Refusal.

        False where a handler did something since this one saw the case as `seen` says; then nothing was done.
        """
        reading = await self._desk.read(actor, report)
        case = reading.case
        if outcome == NOT_A_REPORT and case.proposed in {"", actor.user}:
            await self._change(
                actor, report, case.version, "proposed to close as no report", _proposed(actor.user)
            )
            raise Refusal(_SECOND)
        ended = self._cases.put(reading.report.workspace, report, replace(case, outcome=outcome, proposed=""))
        also = (self._desk.refused(reading.report),) if outcome == NOT_A_REPORT else ()
        return await self._replies.say(actor, report, press, said, ended, *also, seen=seen)

    async def handles(self, actor: Actor) -> bool:
        """Whether this person can read a desk at this moment."""
        return bool(await self._my_desks(actor))

    async def listed(self, actor: Actor) -> tuple[Listed, ...]:
        """The open cases this handler can open, the next due first."""
        mine = await self._my_desks(actor)
        reports = [
            each for each in await self._store.read(ReportsAtDesks(str(actor.workspace))) if each.desk in mine
        ]
        found = [await self._listed(each) for each in reports if each.closed is None]
        open_to_me = [
            each
            for each in found
            if actor.user not in each.case.recused and not self._desk.names(each.report, actor.user)
        ]
        return tuple(sorted(open_to_me, key=lambda each: (each.due is None, each.due or self._clock.now())))

    async def others(self, actor: Actor, reading: Reading) -> Sequence[Listed]:
        """The open cases of the same desk that this one is not linked with yet."""
        known = {reading.report.id.hex(), *reading.case.links}
        return [
            each
            for each in await self.listed(actor)
            if each.report.id.hex() not in known and each.report.desk == reading.report.desk
        ]

    async def doors(self, actor: Actor) -> tuple[tuple[str, str], ...]:
        """Desks of this handler whose inbox has a lock or is to get one: each by its id and its name."""
        mine = await self._my_desks(actor)
        desks = [each for each in await self._store.read(Desks(str(actor.workspace))) if each.id in mine]
        places = [
            (each.id.hex(), Place(actor.workspace, each.channel))
            for each in desks
            if self._desk.door(each) is not Door.NONE
        ]
        return tuple([(known, (await self._routing.facts(place)).name) for known, place in places])

    async def _my_desks(self, actor: Actor) -> set[bytes]:
        mine = set()
        for desk in await self._store.read(Desks(str(actor.workspace))):
            with suppress(Gone, Denied):  # a channel that is not there any more is nobody's
                if await self._routing.may_open(Place(actor.workspace, desk.channel), actor.user):
                    mine.add(desk.id)
        return mine

    async def _listed(self, report: ReportRow) -> Listed:
        case = self._cases.open(report.workspace, await self._store.read(CaseOf(report.id)))
        rows = await self._store.read(MessagesOf(report.id))
        promise = Promise.of(self._settings.named(report.workspace), self._settings)
        return Listed(report, case, answer_due(report, rows, promise.answer))

    async def _change(
        self,
        actor: Actor,
        report: bytes,
        version: int,
        did: str,
        change: Callable[[Case], Case],
        *also: MarkHeld | PutRouting,
    ) -> bool:
        reading = await self._desk.read(actor, report)
        if reading.case.version != version:
            return False
        put = self._cases.put(reading.report.workspace, report, change(reading.case))
        entry = self._desk.entry(actor, reading.report, did)
        took = await self._store.write(replace(put, also=(entry, *also)))
        return took[0]


def _linked(other: bytes) -> Callable[[Case], Case]:
    return lambda case: replace(case, links=tuple(dict.fromkeys((*case.links, other.hex())))[:MOST_LINKS])


def _given(to: str) -> Callable[[Case], Case]:
    return lambda case: replace(case, assigned=to)


def _proposed(by: str) -> Callable[[Case], Case]:
    return lambda case: replace(case, proposed=by)
