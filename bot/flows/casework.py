"""Working on a case: taking it, handing it over, stepping back, notes, marks, links and holds."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

from bot.casework import Casework
from bot.desk import Desk
from bot.errors import Refusal
from bot.flows.cases import CHANGED, hold_card, list_card, step_back_card, work_card
from bot.flows.desk import MESSAGE_LIMIT
from bot.flows.step import CASES, Step, Steps, key_of, once, row_id
from bot.i18n import N_, translator
from bot.model import (
    Address,
    Button,
    Card,
    Choice,
    Event,
    Form,
    Option,
    Paragraph,
    PersonField,
    Reply,
    TextField,
)
from bot.ports import Clock, Random

_EMPTY = N_("There is no text yet, so nothing was kept.")
_TOO_LONG = N_("This is {over} characters longer than fits, so nothing was kept.")
_LONGEST_VERSION = 9


class CaseFlow:
    """The buttons of *Work on this case*, and the list of cases; `read` opens one."""

    def __init__(self, casework: Casework, desk: Desk, read: Step, clock: Clock, random: Random) -> None:
        self._read = read
        self._casework = casework
        self._desk = desk
        self._clock = clock
        self._random = random

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            CASES.action: self.listed,
            "cases.open": self.open,
            "case.work": self.work,
            "case.take": self.take,
            "case.give": self.give,
            "case.given": self.given,
            "case.note": self.note,
            "case.noted": self.noted,
            "case.danger": self.danger,
            "case.safe": self.safe,
            "case.mute": self.mute,
            "case.unmute": self.unmute,
            "case.link": self.link,
            "case.linked": self.linked,
            "case.hold": self.hold,
            "case.free": self.free,
            "case.held": self.held,
            "case.freed": self.freed,
            "case.back": self.back,
            "case.gone": self.gone,
        }

    async def listed(self, event: Event) -> Reply:
        """The open cases that this handler can open."""
        t = translator(event.actor.locale)
        card = list_card(t, await self._casework.listed(event.actor), self._clock.now())
        doors = [
            Button(t("The lock of {desk}", desk=name), Address("inbox", known))
            for known, name in await self._casework.doors(event.actor)
        ]
        return replace(card, buttons=(*doors, *card.buttons))

    async def open(self, event: Event) -> Reply:
        """One of them."""
        return await self._read(replace(event, action="desk.read", ref=event.text("choice")[:32], values={}))

    async def work(self, event: Event) -> Reply:
        """Everything that the desk keeps of a case."""
        return await self._work(event)

    async def take(self, event: Event) -> Reply:
        """Work on it oneself."""
        return await self._done(event, self._casework.take(event.actor, *_case(event.ref)))

    async def give(self, event: Event) -> Reply:
        """The form for handing it over."""
        await self._desk.read(event.actor, row_id(key_of(event.ref)))
        t = translator(event.actor.locale)
        hint = t("Somebody who can read this desk. No reason is asked or kept.")
        field = PersonField("to", t("Who works on it from now on"), hint, required=True)
        return Form(t("Hand over"), Address("case.given", event.ref), (field,), t("Hand over"))

    async def given(self, event: Event) -> Reply:
        """Hand it over."""
        given = self._casework.give(event.actor, *_case(event.ref), event.text("to"))
        return await self._done(event, given)

    async def note(self, event: Event) -> Reply:
        """The form for a note."""
        await self._desk.read(event.actor, row_id(key_of(event.ref)))
        t = translator(event.actor.locale)
        hint = t("Only this desk reads it, with your name. It is gone if the report goes to another desk.")
        field = TextField("text", t("Your note"), hint, required=True, long=True, limit=MESSAGE_LIMIT)
        return Form(
            t("Write a note"), Address("case.noted", once(event.ref, self._random)), (field,), t("Keep")
        )

    async def noted(self, event: Event) -> Reply:
        """Keep a note."""
        text = event.text("text")
        if not text.strip():
            raise Refusal(_EMPTY)
        if len(text) > MESSAGE_LIMIT:
            raise Refusal(_TOO_LONG, over=len(text) - MESSAGE_LIMIT)
        await self._casework.note(event.actor, row_id(key_of(event.ref)), event.ref, text)
        return await self._work(event)

    async def danger(self, event: Event) -> Reply:
        """Mark a safety concern."""
        return await self._done(event, self._casework.mark_safety(event.actor, *_case(event.ref), on=True))

    async def safe(self, event: Event) -> Reply:
        """Take the mark away."""
        return await self._done(event, self._casework.mark_safety(event.actor, *_case(event.ref), on=False))

    async def mute(self, event: Event) -> Reply:
        """Let no post tell of what is only added."""
        return await self._done(event, self._casework.mute(event.actor, *_case(event.ref), on=True))

    async def unmute(self, event: Event) -> Reply:
        """Let posts tell of it again."""
        return await self._done(event, self._casework.mute(event.actor, *_case(event.ref), on=False))

    async def link(self, event: Event) -> Reply:
        """Which other open cases of the desk there are."""
        t = translator(event.actor.locale)
        reading = await self._desk.read(event.actor, row_id(key_of(event.ref)))
        others = await self._casework.others(event.actor, reading)
        card = work_card(t, event.ref, reading)
        if not others:
            return work_card(t, event.ref, reading, t("There is no other open case at this desk."))
        options = tuple(Option(each.report.id.hex(), each.code) for each in others)
        choice = Choice(t("The same matter as"), Address("case.linked", event.ref), options)
        said = Paragraph(t("Linking changes nothing for either writer, and neither learns of it."))
        return Card(t("Same matter as another"), (said,), card.buttons[-2:-1], (choice,))

    async def linked(self, event: Event) -> Reply:
        """Link two cases."""
        linked = self._casework.link(event.actor, *_case(event.ref), row_id(event.text("choice")))
        return await self._done(event, linked)

    async def hold(self, event: Event) -> Reply:
        """The question before a legal hold."""
        return hold_card(translator(event.actor.locale), event.ref, held=False)

    async def free(self, event: Event) -> Reply:
        """The question before it ends."""
        return hold_card(translator(event.actor.locale), event.ref, held=True)

    async def held(self, event: Event) -> Reply:
        """Lay a legal hold."""
        return await self._done(event, self._casework.hold(event.actor, *_case(event.ref), on=True))

    async def freed(self, event: Event) -> Reply:
        """End it."""
        return await self._done(event, self._casework.hold(event.actor, *_case(event.ref), on=False))

    async def back(self, event: Event) -> Reply:
        """The question before stepping back."""
        return step_back_card(translator(event.actor.locale), event.ref)

    async def gone(self, event: Event) -> Reply:
        """Step back."""
        if not await self._casework.recuse(event.actor, *_case(event.ref)):
            return await self._work(event, CHANGED)
        t = translator(event.actor.locale)
        said = t("You have nothing to do with this case any more.")
        return Card(t("Stepped back"), (Paragraph(said),), list_card(t, (), self._clock.now()).buttons[-1:])

    async def _done(self, event: Event, doing: Awaitable[bool]) -> Card:
        return await self._work(event, "" if await doing else CHANGED)

    async def _work(self, event: Event, said: str = "") -> Card:
        t, key = translator(event.actor.locale), key_of(event.ref)
        reading = await self._desk.read(event.actor, row_id(key))
        return work_card(t, key, reading, t(said) if said else "")


def _case(ref: str) -> tuple[bytes, int]:
    """The report and the version in a reference; version -1, which no case has, where it is none."""
    key, _, version = ref.partition(".")
    known = version.isascii() and version.isdigit() and len(version) <= _LONGEST_VERSION
    return row_id(key), int(version) if known else -1
