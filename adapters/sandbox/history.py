"""The past of the practice workplace: eight weeks in which a few people said me too, told and stood together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.people import Person
from adapters.sandbox.workplace import WORKSPACE, Preparing, Workplace
from bot.model import Actor, Card, Event, Form, Place, Reply, Standing
from bot.ports import Handle

_VOICES = (3, 0, 4, 3, 5, 0, 6, 3)
"""How many people say me too in each week; a shown count moves only when three voices changed."""

WEEKS = len(_VOICES)

_STANDS = 5
"""How many stand with a statement in each week that it is there."""

_WAYS = ("voice.stand", "voice.saw", "voice.too")
"""What people press: under a statement the first two of a week the first, the next two the second, and so on."""


_MOMENT, _TRIES = 0.005, 600
"""Seconds of real time between looks at a channel, and how many."""


@dataclass(frozen=True, slots=True)
class _Told:
    week: int
    text: str
    category: str
    shared: str


_REPORTS = (
    _Told(0, "An example. Remarks about my body, again and again, in the shift meeting.", "words", "yes"),
    _Told(3, "An example. I was passed over for shifts after I had said no to a date.", "retaliation", "yes"),
    _Told(6, "An example. A hand on my back that stayed there, although I stepped away.", "touch", "no"),
)


async def live(handle: Handle, clock: SandboxClock, workplace: Workplace, until: datetime) -> None:
    """Play the weeks from the clock's start up to `until`, through the real core."""
    past = _Past(handle, clock, workplace)
    monday = _morning_after(clock.now())
    await past.until("solidarity", 1)
    await clock.settle()
    for week, voices in enumerate(_VOICES):
        start = monday + timedelta(weeks=week)
        if start >= until:
            break
        workplace.prepare(Preparing(week + 1, WEEKS))
        await clock.jump(start)  # the digest is due
        await past.until("general", week + 1)
        if start + timedelta(days=3) >= until:
            break
        await clock.jump(start + timedelta(days=1))
        await past.a_week(week, voices)
        await clock.jump(start + timedelta(days=2))  # counts have moved, reports have arrived
        await past.until("hr-desk", sum(told.week <= week for told in _REPORTS))
        await past.desk_reads()
    await clock.jump(until)


class _Past:
    """People who do things, a different few each time; the first of all is the visitor, and did nothing yet."""

    def __init__(self, handle: Handle, clock: SandboxClock, workplace: Workplace) -> None:
        self._handle = handle
        self._clock = clock
        self._workplace = workplace
        everyone: Sequence[Person] = tuple(workplace.people.values())
        self._members = [each for each in everyone if each.standing is Standing.MEMBER][1:]
        self._next = 0

    async def until(self, channel: str, posts: int) -> None:
        """Wait for our posts of a channel, if not for ever: a past with a gap is better than no sandbox."""
        for _ in range(_TRIES):
            if sum(each.card is not None for each in self._workplace.channels[channel].messages) >= posts:
                return
            await asyncio.sleep(_MOMENT)

    async def a_week(self, week: int, voices: int) -> None:
        """Voices on the wall and under statements, and the report of that week."""
        say = await self._do(self._somebody(), "say")
        await self._stand(say, voices)
        for message in self._workplace.channels["solidarity"].messages:
            if message.card:
                await self._stand(message.card, _STANDS, "solidarity")
        for told in _REPORTS:
            if told.week == week:
                await self._tell(told)

    async def desk_reads(self) -> None:
        """A handler of the desk opens what has arrived."""
        desk = self._workplace.channels["hr-desk"]
        for message in desk.messages:
            for button in message.card.buttons if message.card else ():
                reply = await self._do(min(desk.readers), button.to.action, button.to.ref, channel="hr-desk")
                if isinstance(reply, Card) and reply.buttons[0].to.action == "desk.accept":
                    await self._do(min(desk.readers), "desk.accept", button.to.ref)

    async def _stand(self, card: Reply, people: int, channel: str = "") -> None:
        buttons = card.buttons if isinstance(card, Card) else ()
        ways = [each.to for each in buttons if each.to.action in _WAYS]
        if ways:
            chosen = [ways[min(n // 2, len(ways) - 1)] for n in range(people)]
            presses = [self._do(self._somebody(), to.action, to.ref, channel=channel) for to in chosen]
            await asyncio.gather(*presses)

    async def _tell(self, told: _Told) -> None:
        who = self._somebody()
        start = await self._do(who, "tell")
        begin = start.buttons[0].to if isinstance(start, Card) and start.buttons else None
        form = await self._do(who, begin.action, begin.ref) if begin else start
        if isinstance(form, Form):
            values = {
                "text": (told.text,),
                "category": (told.category,),
                "when": ("weeks",),
                "share": (told.shared,),
            }
            await self._do(who, form.to.action, form.to.ref, values=values)
            await self._do(who, "tell.send", form.to.ref)

    async def _do(
        self,
        who: str,
        action: str,
        ref: str = "",
        *,
        values: Mapping[str, tuple[str, ...]] | None = None,
        channel: str = "",
    ) -> Reply:
        actor = Actor(WORKSPACE, who, standing=self._workplace.standing(who))
        place = Place(WORKSPACE, channel) if channel else None
        return await self._handle(Event(actor, action, ref, values or {}, place))

    def _somebody(self) -> str:
        self._next += 1
        return self._members[self._next * 7 % len(self._members)].id


def _morning_after(moment: datetime) -> datetime:
    """The next Monday a little after nine, when the digest of the week before is due."""
    days = (7 - moment.weekday()) % 7
    monday = (moment + timedelta(days=days)).replace(hour=9, minute=1, second=0, microsecond=0)
    return monday if monday > moment else monday + timedelta(weeks=1)
