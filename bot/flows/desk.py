"""What handlers do from a desk's card: read and answer, in private views that are never messages."""

from __future__ import annotations

from bot.backing import Backing
from bot.case import OUTCOMES
from bot.casework import Casework
from bot.conversation import HANDLING, Kind, Said
from bot.desk import Desk
from bot.errors import Refusal
from bot.flows.backing import for_desk
from bot.flows.reading import accept_card, changed_card, front_card, words_card
from bot.flows.step import Steps, key_of, once, row_id, seen_of
from bot.i18n import N_, Translator, options, translator
from bot.model import Address, Card, ChoiceField, Event, Field, Form, Reply, TextField
from bot.ports import Random
from bot.replies import Replies
from bot.workplaces import Workplaces

MESSAGE_LIMIT = 40_000

SIGNED = {"desk": N_("As the desk"), "name": N_("With my name")}

SAME = "same"

PHRASES = {
    SAME: N_("Only your own words"),
    "thanks": N_("Thank you for telling us. We have read it and take it seriously."),
    "more": N_("It would help us to know more, if you want to tell. You need not."),
    "wish": N_("What would you like to happen? We read your answer before we go on."),
    "help": N_("Help outside the company is under Find support, whatever we do."),
    "time": N_("This takes longer than we thought. You hear from us again, here."),
}
"""Ready phrases, sent as they stand here; short, so that a handler sees all of what is sent."""

STATES = {SAME: N_("As it is"), **HANDLING}

_EMPTY = N_("There is no text yet, so nothing was sent.")
_TOO_LONG = N_("This is {over} characters longer than fits, so nothing was sent. You can send it in parts.")


class DeskFlow:
    """The buttons of a desk's cards."""

    def __init__(
        self,
        *,
        desk: Desk,
        replies: Replies,
        casework: Casework,
        backing: Backing,
        settings: Workplaces,
        random: Random,
    ) -> None:
        self._desk = desk
        self._replies = replies
        self._casework = casework
        self._backing = backing
        self._settings = settings
        self._random = random

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "desk.read": self.read,
            "desk.accept": self.accept,
            "desk.words": self.words,
            "desk.answer": self.answer,
            "desk.answered": self.answered,
            "desk.close": self.close,
            "desk.closed": self.closed,
            "desk.review": self.review,
            "desk.ask": self.ask,
        }

    async def read(self, event: Event) -> Reply:
        """What a report is about, for those who can read its desk at this moment."""
        return await self._must_accept(event) or await self._front(event)

    async def words(self, event: Event) -> Reply:
        """Its words, on a second press."""
        return await self._must_accept(event) or await self._words(event, event.ref, did="read")

    async def accept(self, event: Event) -> Reply:
        """Accept not to try to find out who writes, and read."""
        await self._desk.accept(event.actor, row_id(event.ref), event.place)
        return await self._front(event)

    async def answer(self, event: Event) -> Reply:
        """The form for an answer."""
        return self._form(event, Kind.TEXT)

    async def close(self, event: Event) -> Reply:
        """The form for closing, with a reason that the writer reads."""
        return self._form(event, Kind.CLOSE)

    async def answered(self, event: Event) -> Reply:
        """Keep an answer; the writer finds it when they look in."""
        report, said = key_of(event.ref), self._said(event, Kind.TEXT)
        seen = seen_of(event.ref)
        if not await self._replies.say(event.actor, row_id(report), event.ref, said, seen=seen):
            return changed_card(translator(event.actor.locale), report, event.text("text"))
        return await self._words(event, report)

    async def closed(self, event: Event) -> Reply:
        """Close a report."""
        report, said = key_of(event.ref), self._said(event, Kind.CLOSE)
        outcome = event.text("outcome") if event.text("outcome") in OUTCOMES else "other"
        closing = self._casework.close(
            event.actor, row_id(report), event.ref, said, outcome, seen=seen_of(event.ref)
        )
        if not await closing:
            return changed_card(translator(event.actor.locale), report, event.text("text"))
        return await self._words(event, report)

    async def review(self, event: Event) -> Reply:
        """Tell the writer that the desk is looking into it."""
        return await self._mark(event, Kind.REVIEW)

    async def ask(self, event: Event) -> Reply:
        """Ask who wrote; once."""
        return await self._mark(event, Kind.ASK)

    async def _mark(self, event: Event, kind: Kind) -> Reply:
        report = key_of(event.ref)
        await self._replies.say(event.actor, row_id(report), f"{event.ref}.{kind}", Said(kind))
        return await self._words(event, report)

    def _said(self, event: Event, kind: Kind) -> Said:
        phrase, text = event.text("phrase"), event.text("text")
        if phrase != SAME and phrase in PHRASES:
            text = f"{translator(event.actor.locale)(PHRASES[phrase])}\n\n{text}".strip()
        state = event.text("state") if event.text("state") in HANDLING else ""
        if not text.strip() and not state:
            raise Refusal(_EMPTY)
        if len(text) > MESSAGE_LIMIT:
            raise Refusal(_TOO_LONG, over=len(text) - MESSAGE_LIMIT)
        return Said(kind, text, event.actor.user if event.text("signed") == "name" else "", state=state)

    async def _must_accept(self, event: Event) -> Card | None:
        self._settings.serving(event.actor.workspace)
        if await self._desk.accepted(event.actor):
            return None
        await self._desk.admit(event.actor, row_id(event.ref), event.place)
        return accept_card(translator(event.actor.locale), event.ref)

    async def _front(self, event: Event) -> Card:
        reading = await self._desk.read(event.actor, row_id(event.ref), event.place, did="opened")
        self._casework.remember(event.actor)
        return front_card(translator(event.actor.locale), event.ref, reading)

    async def _words(self, event: Event, ref: str, did: str = "") -> Card:
        reading = await self._desk.read(event.actor, row_id(ref), event.place, did=did, words=True)
        self._casework.remember(event.actor)
        t = translator(event.actor.locale)
        support = await self._backing.of(reading.report) if reading.account else None
        return words_card(t, ref, reading, for_desk(t, support))

    def _form(self, event: Event, kind: Kind) -> Form:
        t, ref = translator(event.actor.locale), once(event.ref, self._random)
        signed = ChoiceField("signed", t("How to sign"), options(t, SIGNED), value="desk")
        if kind is Kind.CLOSE:
            return _close_form(t, ref, signed)
        hint = t("The writer reads this when they look in. Leave out what could reveal them to others.")
        fields: tuple[Field, ...] = (
            ChoiceField("phrase", t("A ready phrase before it"), options(t, PHRASES), value=SAME),
            TextField("text", t("Your answer"), hint, long=True, limit=MESSAGE_LIMIT),
            ChoiceField("state", t("What the writer reads as the state"), options(t, STATES), value=SAME),
            signed,
        )
        return Form(t("Answer"), Address("desk.answered", ref), fields, t("Send"))


def _close_form(t: Translator, ref: str, signed: ChoiceField) -> Form:
    hint = t("The writer reads this when they look in, and can open the case again.")
    text = TextField("text", t("Your reason"), hint, required=True, long=True, limit=MESSAGE_LIMIT)
    note = t("Only the desk sees this, and the writer your reason.")
    outcome = ChoiceField("outcome", t("What came of it"), options(t, OUTCOMES), note, value="other")
    return Form(t("Close with a reason"), Address("desk.closed", ref), (text, signed, outcome), t("Send"))
