"""Files of a report, opened by a handler one by one, if they can read the case at that moment."""

from __future__ import annotations

from bot.attached import Attached
from bot.attachments import GONE, Attachments
from bot.desk import Desk, Reading
from bot.errors import Refusal
from bot.flows.filed import opening
from bot.flows.handing import Handing
from bot.flows.step import Steps, row_id
from bot.i18n import Translator, translator
from bot.model import Address, Button, Choice, Document, Event, Reply


class DeskFiles:
    """Behind *Open a file* in a handler's view of a report."""

    def __init__(self, desk: Desk, attachments: Attachments, handing: Handing) -> None:
        self._desk = desk
        self._attachments = attachments
        self._handing = handing

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {"desk.file": self.open}

    async def open(self, event: Event) -> Reply:
        """Hand over one file. Whether this person can read the case is asked again when a page is used."""
        await self._desk.read(event.actor, row_id(event.ref), event.place, did="opened a file")
        await self._document(event)
        t = translator(event.actor.locale)
        back = Button(t("Back to the report"), Address("desk.read", event.ref))
        note = t("It may show more than was meant. Please keep it nowhere, and do not pass it on.")

        async def give() -> Document:
            return await self._document(event)

        return await self._handing.hand(event, give, back, note)

    async def _document(self, event: Event) -> Document:
        reading = await self._desk.read(event.actor, row_id(event.ref), event.place)
        wanted = event.text("choice")
        for number, each in enumerate(files_in(reading), 1):
            if each.id == wanted:
                return await self._attachments.open(reading.report.workspace, each, number)
        raise Refusal(GONE)


def files_in(reading: Reading) -> tuple[Attached, ...]:
    """All files of a case that its desk has: of a withdrawn one there are none."""
    if reading.account is None:
        return ()
    return (*reading.account.files, *(each for entry in reading.thread for each in entry.said.files))


def file_choice(t: Translator, ref: str, reading: Reading) -> tuple[Choice, ...]:
    """The list from which a handler opens a file."""
    return opening(t, Address("desk.file", ref), files_in(reading))
