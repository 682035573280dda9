"""What handlers do from a desk's card: read and answer, in private views that are never messages."""

from __future__ import annotations

from bot.case import OUTCOMES
from bot.casework import Casework
from bot.conversation import DESK, Entry, Kind, Said, code
from bot.desk import Desk, Reading
from bot.errors import Refusal
from bot.flows.cases import marks
from bot.flows.desk_files import file_choice
from bot.flows.filed import lacking, listed
from bot.flows.step import Steps, key_of, once, row_id
from bot.flows.told import cited, told
from bot.i18n import N_, Translator, options, translator
from bot.model import (
    Address,
    Block,
    Button,
    Card,
    ChoiceField,
    Event,
    Form,
    Paragraph,
    People,
    Quote,
    Reply,
    Row,
    Style,
    TextField,
)
from bot.ports import Random
from bot.workplaces import Workplaces

MESSAGE_LIMIT = 40_000

SIGNED = {"desk": N_("As the desk"), "name": N_("With my name")}

SAID = {
    Kind.IDENTITY: N_("The writer tells you who they are:"),
    Kind.WITHDRAW: N_("The writer took the report back."),
    Kind.UNDO: N_("The writer wants you to go on after all."),
    Kind.REMIND: N_("The writer reminds you that an answer is due."),
    Kind.SINCE: N_("Something happened since:"),
    Kind.MEET: N_("The writer would like to meet, with someone they trust:"),
    Kind.ASK: N_("Asked the writer once who they are; they need not answer."),
    Kind.REVIEW: N_("Told the writer that you are looking into it."),
    Kind.CLOSE: N_("Closed, with this reason:"),
}

_EMPTY = N_("There is no text yet, so nothing was sent.")
_TOO_LONG = N_("This is {over} characters longer than fits, so nothing was sent. You can send it in parts.")


class DeskFlow:
    """The buttons of a desk's cards."""

    def __init__(self, desk: Desk, casework: Casework, settings: Workplaces, random: Random) -> None:
        self._desk = desk
        self._casework = casework
        self._settings = settings
        self._random = random

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "desk.read": self.read,
            "desk.accept": self.accept,
            "desk.answer": self.answer,
            "desk.answered": self.answered,
            "desk.close": self.close,
            "desk.closed": self.closed,
            "desk.review": self.review,
            "desk.ask": self.ask,
        }

    async def read(self, event: Event) -> Reply:
        """A report, for those who can read its desk at this moment."""
        self._settings.serving(event.actor.workspace)
        if not await self._desk.accepted(event.actor):
            await self._desk.admit(event.actor, row_id(event.ref), event.place)
            return accept_card(translator(event.actor.locale), event.ref)
        return await self._reading(event, event.ref, did="read")

    async def accept(self, event: Event) -> Reply:
        """Accept not to try to find out who writes, and read."""
        await self._desk.accept(event.actor, row_id(event.ref))
        return await self._reading(event, event.ref, did="read")

    async def answer(self, event: Event) -> Reply:
        """The form for an answer."""
        return self._form(event, Kind.TEXT)

    async def close(self, event: Event) -> Reply:
        """The form for closing, with a reason that the writer reads."""
        return self._form(event, Kind.CLOSE)

    async def answered(self, event: Event) -> Reply:
        """Keep an answer; the writer finds it when they look in."""
        return await self._say(event, Kind.TEXT)

    async def closed(self, event: Event) -> Reply:
        """Close a report."""
        said = self._said(event, Kind.CLOSE)
        outcome = event.text("outcome")
        report = key_of(event.ref)
        await self._casework.close(
            event.actor, row_id(report), event.ref, said, outcome if outcome in OUTCOMES else "other"
        )
        return await self._reading(event, report)

    async def review(self, event: Event) -> Reply:
        """Tell the writer that the desk is looking into it."""
        return await self._mark(event, Kind.REVIEW)

    async def ask(self, event: Event) -> Reply:
        """Ask who wrote; once."""
        return await self._mark(event, Kind.ASK)

    async def _mark(self, event: Event, kind: Kind) -> Reply:
        report = key_of(event.ref)
        await self._desk.say(event.actor, row_id(report), f"{event.ref}.{kind}", Said(kind))
        return await self._reading(event, report)

    async def _say(self, event: Event, kind: Kind) -> Reply:
        report = key_of(event.ref)
        await self._desk.say(event.actor, row_id(report), event.ref, self._said(event, kind))
        return await self._reading(event, report)

    def _said(self, event: Event, kind: Kind) -> Said:
        text = event.text("text")
        if not text.strip():
            raise Refusal(_EMPTY)
        if len(text) > MESSAGE_LIMIT:
            raise Refusal(_TOO_LONG, over=len(text) - MESSAGE_LIMIT)
        return Said(kind, text, event.actor.user if event.text("signed") == "name" else "")

    async def _reading(self, event: Event, ref: str, did: str = "") -> Card:
        reading = await self._desk.read(event.actor, row_id(ref), event.place, did=did)
        self._casework.remember(event.actor)
        return reading_card(translator(event.actor.locale), ref, reading)

    def _form(self, event: Event, kind: Kind) -> Form:
        t = translator(event.actor.locale)
        to = Address("desk.answered" if kind is Kind.TEXT else "desk.closed", once(event.ref, self._random))
        title, label = t("Answer"), t("Your answer")
        hint = t("The writer reads this when they look in. Leave out what could reveal them to others.")
        if kind is Kind.CLOSE:
            title, label = t("Close with a reason"), t("Your reason")
            hint = t("The writer reads this when they look in, and can open the case again.")
        text = TextField("text", label, hint, required=True, long=True, limit=MESSAGE_LIMIT)
        signed = ChoiceField("signed", t("How to sign"), options(t, SIGNED), value="desk")
        if kind is not Kind.CLOSE:
            return Form(title, to, (text, signed), t("Send"))
        note = t("Only the desk sees this, and the writer your reason.")
        outcome = ChoiceField("outcome", t("What came of it"), options(t, OUTCOMES), note, value="other")
        return Form(title, to, (text, signed, outcome), t("Send"))


def accept_card(t: Translator, ref: str) -> Card:
    """What every handler accepts once, before the first report."""
    return accept_said(t, Address("desk.accept", ref))


def accept_said(t: Translator, to: Address) -> Card:
    """The same, on the way to something else."""
    said = (
        t(
            "People write here because they may do so without saying who they are. Trying to find out would harm them,"
            " and everybody who comes after them."
        ),
        t(
            "What you read may be hard to read. What you do with a report is kept in a log, with your name and without"
            " a word of the report."
        ),
    )
    accept = Button(t("I will not try to find out who wrote"), to, Style.PRIMARY)
    return Card(t("Before you read for the first time"), tuple(map(Paragraph, said)), (accept,))


def reading_card(t: Translator, ref: str, reading: Reading) -> Card:
    """A report as a handler sees it."""
    here = Address("desk.read", ref)
    title = t("Report {code}", code=code(reading.report.id))
    if reading.account is None:
        said = t(
            "Its writer took this report back and asks you to stop. The text is hidden and will be erased. What you"
            " have read you may have to act on."
        )
        held = Paragraph(t("A legal hold applies, so it is erased only after the hold has ended."))
        notes = (Paragraph(said), held) if reading.report.held is not None else (Paragraph(said),)
        return Card(title, notes, here=here)
    account = reading.account
    rows: list[Block] = [
        *marks(t, reading.case),
        *told(t, account),
        Row(t("Written in week"), reading.report.week),
        Row(t("Here since"), reading.delivered.date().isoformat()),
    ]
    rows += [*listed(t, account.files), *lacking(t, lost=account.lost)]
    rows += cited(t, account.quoted)
    if account.text.strip():
        rows += [Paragraph(t("The writer's words:")), Quote(account.text)]
    files = len(account.files)
    for entry in reading.thread:
        rows += [
            *_entry(t, entry),
            *listed(t, entry.said.files, files + 1),
            *lacking(t, lost=entry.said.lost),
        ]
        files += len(entry.said.files)
    rows.append(
        Paragraph(
            t(
                "Please do not try to find out who wrote this, and think before each step: could it reveal the writer?"
            )
        )
    )
    choices = file_choice(t, ref, reading)
    return Card(title, tuple(rows), _choices(t, ref, reading), choices, here=here)


def _choices(t: Translator, ref: str, reading: Reading) -> tuple[Button, ...]:
    buttons = [Button(t("Answer"), Address("desk.answer", ref), Style.PRIMARY)]
    if reading.report.reviewing is None and reading.report.closed is None:
        # A desk that gets it later says so anew; the same desk says it once.
        here = f"{ref}.{int(reading.delivered.timestamp())}"
        buttons.append(Button(t("We are looking into it"), Address("desk.review", here)))
    if not any(entry.said.kind in {Kind.ASK, Kind.IDENTITY} for entry in reading.thread):
        buttons.append(Button(t("Ask once who wrote"), Address("desk.ask", ref)))
    if reading.report.closed is None:
        buttons.append(Button(t("Close the report"), Address("desk.close", ref)))
    buttons.append(Button(t("Work on this case"), Address("case.work", ref)))
    return tuple(buttons)


def _entry(t: Translator, entry: Entry) -> list[Block]:
    said, row = entry.said, entry.row
    date = row.at.date().isoformat() if row.at else row.week
    heading = (
        t("From the desk, {date}", date=date) if row.side == DESK else t("From the writer, {date}", date=date)
    )
    blocks: list[Block] = [Paragraph(heading)]
    if said.kind in SAID:
        blocks.append(Paragraph(t(SAID[said.kind])))
    if said.who:
        blocks.append(People(t("Signed by") if row.side == DESK else t("The writer"), (said.who,)))
    if said.text:
        blocks.append(Quote(said.text))
    return blocks
