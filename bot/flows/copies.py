"""One's own copy: the record and the conversation as a file, and the files in it, for whoever has the words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.attached import Attached
from bot.attachments import GONE, Attachments
from bot.copies import as_pdf, as_text
from bot.errors import Refusal
from bot.flows.filed import opening
from bot.flows.handing import Handing
from bot.flows.mailbox_cards import everything_card, to_box
from bot.flows.step import Steps
from bot.followup import Box, Followup, State
from bot.i18n import Translator, translator
from bot.model import Address, Button, Card, Document, Event, Paragraph, Reply, Workspace
from bot.onetime import Give
from bot.visits import Visits

Make = Callable[[Card, Translator], Document]


class Copies:
    """Behind *My copy* in the mailbox."""

    def __init__(
        self, visits: Visits, followup: Followup, attachments: Attachments, handing: Handing
    ) -> None:
        self._visits = visits
        self._followup = followup
        self._attachments = attachments
        self._handing = handing

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "copy": self.show,
            "copy.text": self.text,
            "copy.pdf": self.pdf,
            "copy.file": self.file,
        }

    async def show(self, event: Event) -> Reply:
        """Which copies there can be, and who may see them."""
        box = await self._box(event.actor.workspace, event.ref)
        return copy_card(translator(event.actor.locale), event.ref, box)

    async def text(self, event: Event) -> Reply:
        """A copy as plain text."""
        return await self._copy(event, as_text)

    async def pdf(self, event: Event) -> Reply:
        """A copy as PDF."""
        return await self._copy(event, as_pdf)

    async def file(self, event: Event) -> Reply:
        """One of the files that were added."""
        # The page that gives it later keeps no event, and so nobody.
        workspace, key, wanted = event.actor.workspace, event.ref, event.text("choice")

        async def give() -> Document:
            box = await self._box(workspace, key)
            for number, each in enumerate(files_of(box), 1):
                if each.id == wanted:
                    return await self._attachments.open(box.report.workspace, each, number)
            raise Refusal(GONE)

        return await self._hand(event, give)

    async def _copy(self, event: Event, make: Make) -> Card:
        t = translator(event.actor.locale)
        workspace, key = event.actor.workspace, event.ref

        async def give() -> Document:
            pages = everything_card(t, key, await self._box(workspace, key))
            return await asyncio.to_thread(make, pages, t)

        return await self._hand(event, give)

    async def _hand(self, event: Event, give: Give) -> Card:
        await self._visits.get(event.actor.workspace, event.ref)
        t = translator(event.actor.locale)
        return await self._handing.hand(event, give, _back(t, event.ref), _warning(t))

    async def _box(self, workspace: Workspace, key: str) -> Box:
        return await self._followup.box(await self._visits.get(workspace, key))


def files_of(box: Box) -> tuple[Attached, ...]:
    """All files in a mailbox, in the order in which they are listed."""
    return (*box.account.files, *(each for entry in box.thread for each in entry.said.files))


def copy_card(t: Translator, key: str, box: Box) -> Card:
    """Every form of a copy."""
    here = t("Pages stand here, in this private view, and leave no file.")
    buttons = (
        Button(t("As pages here"), Address("box.all", key)),
        Button(t("As a text file"), Address("copy.text", key)),
        Button(t("As a PDF file"), Address("copy.pdf", key)),
        to_box(t, key, kept=box.state is State.KEPT),
    )
    choices = opening(t, Address("copy.file", key), files_of(box))
    return Card(t("My copy"), (Paragraph(_warning(t)), Paragraph(here)), buttons, choices)


def _warning(t: Translator) -> str:
    return t(
        "A file on a work device can be seen by your employer. It says what you wrote, and that it is yours."
    )


def _back(t: Translator, key: str) -> Button:
    return Button(t("Back to my copy"), Address("copy", key))
