"""A handler reads what colleagues would read, exactly, and approves it or asks its writer for other words."""

from __future__ import annotations

from bot.colleagues import Colleagues, approved, wanted
from bot.conversation import Kind, Said
from bot.desk import Desk, Reading
from bot.errors import Refusal
from bot.flows.desk import MESSAGE_LIMIT
from bot.flows.reading import changed_card
from bot.flows.step import Steps, key_of, once, row_id, seen_of
from bot.i18n import N_, Translator, translator
from bot.model import Address, Button, Card, Event, Form, Paragraph, Quote, Reply, Style, TextField
from bot.ports import Random

_NONE = N_("The writer wants colleagues to read no words of theirs now.")
_EMPTY = N_("There is no text yet, so nothing was sent.")
_SHOWN = 8
"""Digits of a message's id that travel in a button: enough to tell one text of a writer from another."""


class ColleaguesFlow:
    """Behind *Words for colleagues*."""

    def __init__(self, desk: Desk, colleagues: Colleagues, random: Random) -> None:
        self._desk = desk
        self._colleagues = colleagues
        self._random = random

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "words.show": self.show,
            "words.yes": self.yes,
            "words.other": self.other,
            "words.asked": self.asked,
        }

    async def show(self, event: Event) -> Reply:
        """The exact text, and what approving it means."""
        return await self._show(event)

    async def yes(self, event: Event) -> Reply:
        """Approve exactly these words."""
        report, words = row_id(key_of(event.ref)), event.ref.rpartition(".")[2]
        agreed = self._colleagues.approve(event.actor, report, event.ref, words, seen_of(event.ref))
        if not await agreed:
            return changed_card(translator(event.actor.locale), event.ref, "")
        return await self._show(event)

    async def other(self, event: Event) -> Reply:
        """The form that asks the writer for other words."""
        await self._desk.read(event.actor, row_id(key_of(event.ref)))
        t = translator(event.actor.locale)
        hint = t(
            "The writer reads this when they look in, and decides alone. Nothing of their words is changed."
        )
        text = TextField(
            "text", t("What you ask for, and why"), hint, required=True, long=True, limit=MESSAGE_LIMIT
        )
        return Form(
            t("Ask for other words"),
            Address("words.asked", once(event.ref, self._random)),
            (text,),
            t("Send"),
        )

    async def asked(self, event: Event) -> Reply:
        """Ask the writer for other words."""
        text = event.text("text")
        if not text.strip():
            raise Refusal(_EMPTY)
        report, said = row_id(key_of(event.ref)), Said(Kind.CHANGE, text[:MESSAGE_LIMIT])
        if not await self._colleagues.ask(event.actor, report, event.ref, said, seen_of(event.ref)):
            return changed_card(translator(event.actor.locale), event.ref, text)
        return await self._show(event)

    async def _show(self, event: Event) -> Card:
        key = key_of(event.ref)
        reading = await self._desk.read(event.actor, row_id(key), words=True, did="read words for colleagues")
        return colleagues_card(translator(event.actor.locale), key, reading)


def colleagues_card(t: Translator, key: str, reading: Reading) -> Card:
    """What colleagues would read, letter by letter."""
    entry = wanted(reading)
    back = Button(t("Back to the report"), Address("desk.words", key))
    title = t("Words for colleagues")
    if entry is None:
        return Card(title, (Paragraph(t(_NONE)),), (back,))
    said = Paragraph(t("The writer wants everybody here, the person named included, to read exactly this:"))
    rules = Paragraph(
        t(
            "Approved words stand under the statement that a report exists, and never sooner than that. Without your"
            " approval nobody reads them. You cannot change them; the writer can, and then they are approved anew."
        )
    )
    seen = f"{key}.{reading.seen}"
    other = Button(t("Ask for other words"), Address("words.other", seen))
    if approved(reading):
        note = Paragraph(t("These words are approved."))
        return Card(title, (said, Quote(entry.said.text), note, rules), (other, back))
    yes = Button(
        t("Approve exactly these words"),
        Address("words.yes", f"{seen}.{entry.row.id.hex()[:_SHOWN]}"),
        Style.PRIMARY,
    )
    ask = Paragraph(t("Ask yourself: could they reveal the writer, or accuse somebody by name?"))
    return Card(title, (said, Quote(entry.said.text), ask, rules), (yes, other, back))
