"""Speaking with somebody named: a plan for everybody's safety, its writer told first, and only then the way ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.casework import Casework
from bot.contact import Contact, contact_in
from bot.conversation import Kind, Said
from bot.desk import Desk, Reading
from bot.errors import Refusal
from bot.flows.desk import MESSAGE_LIMIT
from bot.flows.reading import changed_card
from bot.flows.step import Steps, key_of, once, row_id, seen_of
from bot.i18n import N_, Translator, options, translator
from bot.model import Address, Button, Card, ChoiceField, Event, Form, Paragraph, Reply, Row, Style, TextField
from bot.ports import Clock, Random
from bot.replies import Replies
from bot.workplaces import Workplaces

REVEALS = {
    "no": N_("No"),
    "maybe": N_("Yes, or we are not sure"),
}

_NO_PLAN = N_("There is no plan yet, so nothing was sent.")
_NOT_SAID = N_("Please say whether it could reveal the writer. Nothing was sent.")
_REVEALS = N_(
    "What could reveal the writer needs their yes first, so nothing was announced. Your plan is kept as a note. Ask"
    " them through Answer, or find another way that reveals nothing."
)


@dataclass(frozen=True, slots=True)
class _Ready:
    reading: Reading
    contact: Contact | None


class ContactFlow:
    """Behind *Speak with the person named*."""

    def __init__(
        self,
        *,
        desk: Desk,
        replies: Replies,
        casework: Casework,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._desk = desk
        self._replies = replies
        self._casework = casework
        self._settings = settings
        self._clock = clock
        self._random = random

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "contact": self.show,
            "contact.plan": self.plan,
            "contact.announced": self.announced,
        }

    async def show(self, event: Event) -> Reply:
        """Where this stands, and what comes before it."""
        return await self._show(event)

    async def plan(self, event: Event) -> Reply:
        """The form for the plan, and for what the writer is told."""
        ready = await self._ready(event)
        t = translator(event.actor.locale)
        key = key_of(event.ref)
        return plan_form(t, once(f"{key}.{ready.reading.seen}", self._random), self._wait)

    async def announced(self, event: Event) -> Reply:
        """Keep the plan for the desk, and tell the writer; not where it could reveal them."""
        plan, reveals, text = event.text("plan"), event.text("reveals"), event.text("text")
        if not plan.strip():
            raise Refusal(_NO_PLAN)
        if reveals not in REVEALS:
            raise Refusal(_NOT_SAID)
        report = row_id(key_of(event.ref))
        t = translator(event.actor.locale)
        if reveals == "maybe":
            await self._casework.note(event.actor, report, event.ref, plan[:MESSAGE_LIMIT])
            return await self._show(event, t(_REVEALS))
        said, seen = Said(Kind.CONTACT, text[:MESSAGE_LIMIT]), seen_of(event.ref)
        if not await self._replies.say(event.actor, report, event.ref, said, seen=seen):
            return changed_card(t, event.ref, "\n\n".join(each for each in (plan, text) if each.strip()))
        await self._casework.note(event.actor, report, f"{event.ref}.plan", plan[:MESSAGE_LIMIT])
        return await self._show(event)

    async def _show(self, event: Event, said: str = "") -> Card:
        ready = await self._ready(event)
        t, key = translator(event.actor.locale), key_of(event.ref)
        stands = _stands(t, ready.contact, self._clock.now()) if ready.contact else ()
        noted = (Paragraph(said),) if said else ()
        return contact_card(t, key, ready.contact, (*noted, *stands), self._wait)

    async def _ready(self, event: Event) -> _Ready:
        reading = await self._desk.read(event.actor, row_id(key_of(event.ref)))
        return _Ready(reading, contact_in(reading.thread, reading.report.delivered, self._wait))

    @property
    def _wait(self) -> timedelta:
        return self._settings.deadlines.contact


def contact_card(
    t: Translator, key: str, contact: Contact | None, stands: tuple[Row | Paragraph, ...], wait: timedelta
) -> Card:
    """What has to come before somebody named is spoken with, and where it `stands`."""
    first = t(
        "First comes a plan for the safety of whoever may be hurt. Then the writer is told, and has {days} days to"
        " answer. Only then you go ahead.",
        days=wait.days,
    )
    cannot = t(
        "The bot cannot keep anybody from speaking earlier. It can only say what the writer was told; please keep"
        " to it."
    )
    label = t("Make a plan and tell the writer") if contact is None else t("Announce it anew")
    style = Style.PRIMARY if contact is None else Style.PLAIN
    buttons = (
        Button(label, Address("contact.plan", key), style),
        Button(t("Back to the case"), Address("case.work", key)),
    )
    return Card(t("Speak with the person named"), (*stands, Paragraph(first), Paragraph(cannot)), buttons)


def _stands(t: Translator, contact: Contact, now: datetime) -> tuple[Row | Paragraph, ...]:
    told = Row(t("The writer was told on"), contact.announced.date().isoformat())
    if contact.answer is Kind.OBJECT:
        said = t(
            "The writer asks you not to. Please do not, unless somebody is in danger or a duty leaves you no choice;"
            " then tell them so first, through Answer."
        )
    elif contact.answer is Kind.AGREE:
        said = t("The writer agrees. You can go ahead; please keep to your plan.")
    elif contact.free(now):
        said = t("The writer has not answered in time. You can go ahead; please keep to your plan.")
    else:
        said = t(
            "Please wait until {date}, or until the writer answers.", date=contact.until.date().isoformat()
        )
    return (told, Paragraph(said))


def plan_form(t: Translator, ref: str, wait: timedelta) -> Form:
    """The plan that only the desk reads, the question about the writer, and the words for them."""
    plan = TextField(
        "plan",
        t("Your plan for safety"),
        t("Who could be hurt by it, and what you do about that. Only this desk reads it, as a note."),
        required=True,
        long=True,
        limit=MESSAGE_LIMIT,
    )
    reveals = ChoiceField(
        "reveals",
        t("Could this reveal the writer?"),
        options(t, REVEALS),
        t("Think of who knows what was told, of the time and of the words."),
        required=True,
    )
    hint = t(
        "The writer reads it before anything happens, and that you wait {days} days for an answer.",
        days=wait.days,
    )
    text = TextField("text", t("What you tell the writer"), hint, long=True, limit=MESSAGE_LIMIT)
    return Form(
        t("Before you speak with them"), Address("contact.announced", ref), (plan, reveals, text), t("Tell")
    )
