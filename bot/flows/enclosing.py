"""A message with files, from the mailbox: put together on one screen, and sent as one message."""

from __future__ import annotations

from bot.account import Account
from bot.attached import Attached
from bot.enclosing import Enclosing
from bot.errors import Refusal
from bot.flows.adding import Adding, Take, Ways
from bot.flows.filed import LOST, listed, missing, removing
from bot.flows.mailbox_cards import added_card, jotted_card, to_box
from bot.flows.step import Steps, key_of, message_id, once
from bot.followup import Followup, State
from bot.i18n import N_, Translator, translator
from bot.model import (
    Address,
    Block,
    Button,
    Card,
    Event,
    Form,
    Paragraph,
    Quote,
    Reply,
    Style,
    TextField,
    Upload,
)
from bot.ports import Random
from bot.visits import Visit, Visits
from bot.workplaces import Workplaces

MESSAGE_LIMIT = 40_000

_TOO_LONG = N_("This is {over} characters longer than fits, so nothing was changed. You can add it in parts.")


class EnclosingFlow:
    """Behind *Add a file* in the mailbox."""

    def __init__(
        self,
        *,
        visits: Visits,
        followup: Followup,
        enclosing: Enclosing,
        adding: Adding,
        settings: Workplaces,
        random: Random,
    ) -> None:
        self._visits = visits
        self._followup = followup
        self._enclosing = enclosing
        self._adding = adding
        self._settings = settings
        self._random = random

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "enclose": self.show,
            "enclose.add": self.add,
            "enclose.took": self.took,
            "enclose.drop": self.drop,
            "enclose.text": self.text,
            "enclose.wrote": self.wrote,
            "enclose.send": self.send,
            "enclose.off": self.off,
        }

    async def show(self, event: Event) -> Reply:
        """What has been put together so far."""
        visit = await self._visit(event)
        self._enclosing.must_be_allowed(visit)
        self._followup.ready(event.actor, visit)
        return await self._letter(event, visit)

    async def add(self, event: Event) -> Reply:
        """How a file can be added here."""
        visit = await self._visit(event)
        self._enclosing.must_be_allowed(visit)
        t, letter = translator(event.actor.locale), await self._enclosing.begin(visit, event.ref)
        return self._adding.ask(event, len(letter.files), self._taking(event), _ways(t, event.ref))

    async def took(self, event: Event) -> Reply:
        """What became of the files of a form."""
        self._enclosing.must_be_allowed(await self._visit(event))
        t = translator(event.actor.locale)
        return await self._adding.took(event, self._taking(event), _ways(t, event.ref))

    async def drop(self, event: Event) -> Reply:
        """Remove a file, or what says that one is missing."""
        visit, file = await self._visit(event), event.text("choice")
        if file == LOST:
            await self._enclosing.forget_lost(visit, event.ref)
        else:
            await self._enclosing.remove(visit, event.ref, file)
        return await self._letter(event, visit)

    async def text(self, event: Event) -> Reply:
        """The form for words that go with the files."""
        letter = await self._enclosing.letter(await self._visit(event), event.ref)
        t = translator(event.actor.locale)
        field = TextField("text", t("Your words"), long=True, limit=MESSAGE_LIMIT, value=letter.text)
        return Form(t("Write something with it"), Address("enclose.wrote", event.ref), (field,), t("Keep"))

    async def wrote(self, event: Event) -> Reply:
        """Keep these words."""
        text, visit = event.text("text"), await self._visit(event)
        if len(text) > MESSAGE_LIMIT:
            raise Refusal(_TOO_LONG, over=len(text) - MESSAGE_LIMIT)
        self._enclosing.must_be_allowed(visit)
        await self._enclosing.write(visit, event.ref, text)
        return await self._letter(event, visit)

    async def send(self, event: Event) -> Reply:
        """Send all of it as one message; pressing twice is one."""
        visit, key = await self._visit(event), key_of(event.ref)
        await self._enclosing.send(event.actor, visit, key, message_id(event.ref))
        t = translator(event.actor.locale)
        if visit.report.stage == State.KEPT:
            return jotted_card(t, key)
        return added_card(t, key, self._settings.delays.report)

    async def off(self, event: Event) -> Reply:
        """Throw all of it away."""
        kept = (await self._visit(event)).report.stage == State.KEPT
        await self._enclosing.drop(event.ref)
        t = translator(event.actor.locale)
        said = t("What you typed here is erased, and so are the files. Nothing of it was sent.")
        return Card(t("Thrown away"), (Paragraph(said),), (to_box(t, event.ref, kept=kept),))

    async def _letter(self, event: Event, visit: Visit) -> Card:
        key = key_of(event.ref)
        letter = await self._enclosing.letter(visit, key)
        ready = Address("enclose.send", once(key, self._random))
        kept = visit.report.stage == State.KEPT
        return letter_card(translator(event.actor.locale), key, letter, ready, kept=kept)

    def _taking(self, event: Event) -> Take:
        workspace, key = event.actor.workspace, event.ref

        async def take(upload: Upload) -> Attached:
            visit = await self._visits.get(workspace, key)
            self._enclosing.must_be_allowed(visit)
            return await self._enclosing.add(visit, key, upload)

        return take

    async def _visit(self, event: Event) -> Visit:
        return await self._visits.get(event.actor.workspace, key_of(event.ref))


def letter_card(t: Translator, key: str, letter: Account, ready: Address, *, kept: bool) -> Card:
    """A message with files before it is sent."""
    text = (Paragraph(t("Your words:")), Quote(letter.text)) if letter.text.strip() else ()
    now = t("Nothing of this is sent yet.")
    later = t("It arrives at the desk later, at a random moment.")
    if kept:
        now = t("Nothing of this is kept with your record yet.")
        later = t("Nobody but you can open what you keep there.")
    body: tuple[Block, ...] = (
        Paragraph(now),
        *listed(t, letter.files),
        *missing(t, lost=letter.lost),
        *text,
        Paragraph(later),
    )
    add = Button(t("Add a file"), Address("enclose.add", key))
    words = Button(t("Write something with it"), Address("enclose.text", key))
    off = Button(t("Throw away"), Address("enclose.off", key), Style.FINAL)
    label = t("Keep it") if kept else t("Send")
    send = (Button(label, ready, Style.PRIMARY),) if letter.files or letter.text.strip() else ()
    buttons = (*send, add, words, off, to_box(t, key, kept=kept))
    choices = removing(t, Address("enclose.drop", key), letter.files, lost=letter.lost)
    return Card(t("Add a file"), body, buttons, choices, here=Address("enclose", key))


def _ways(t: Translator, key: str) -> Ways:
    back = Button(t("Show what I have added"), Address("enclose", key))
    return Ways(Address("enclose.took", key), Address("enclose.add", key), back)
