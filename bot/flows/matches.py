"""A match as handlers meet it: opened from its card in private, and then cases like all others."""

from __future__ import annotations

from bot.accepted import Accepted
from bot.casework import Casework
from bot.conversation import code
from bot.flows.reading import accept_said
from bot.flows.step import CASES, Steps, row_id
from bot.flows.unlocking import locked_card
from bot.i18n import Translator, translator
from bot.inbox import InboxLocked
from bot.matches import Matches, Opened
from bot.model import Address, Button, Card, Choice, Event, Option, Paragraph, Reply, Row, Style


class MatchFlow:
    """The button of a match's card."""

    def __init__(self, matches: Matches, accepted: Accepted, casework: Casework) -> None:
        self._matches = matches
        self._accepted = accepted
        self._casework = casework

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {"match.open": self.open, "match.accept": self.accept}

    async def open(self, event: Event) -> Reply:
        """Release the reports of a match, for those who can read its desk at this moment."""
        match = row_id(event.ref)
        await self._matches.admit(event.actor, match)
        if not await self._accepted.has(str(event.actor.workspace), event.actor.user):
            t = translator(event.actor.locale)
            return accept_said(t, Address("match.accept", event.ref))
        return await self._open(event)

    async def accept(self, event: Event) -> Reply:
        """Accept not to try to find out who wrote, and open."""
        await self._matches.admit(event.actor, row_id(event.ref))
        await self._accepted.add(str(event.actor.workspace), event.actor.user)
        return await self._open(event)

    async def _open(self, event: Event) -> Card:
        t, match = translator(event.actor.locale), row_id(event.ref)
        try:
            opened = await self._matches.open(event.actor, match)
        except InboxLocked:
            return locked_card(t, (await self._matches.admit(event.actor, match)).hex())
        self._casework.remember(event.actor)
        return opened_card(t, event.ref, opened)


def opened_card(t: Translator, ref: str, opened: Opened) -> Card:
    """The cases that came of a match."""
    here = Address("match.open", ref)
    broken = t(
        "{count} could not be opened: their shares are damaged. Please tell whoever runs this bot.",
        count=opened.broken,
    )
    wrong = (Paragraph(broken),) if opened.broken else ()
    cases = Button(t("Cases"), CASES, Style.PRIMARY)
    if not opened.reports:
        said = t("Nothing new is held under this number. What was opened before is among your cases.")
        return Card(
            t("Held reports that name the same person"), (Paragraph(said), *wrong), (cases,), here=here
        )
    said = t(
        "These reports are cases of this desk now, linked with each other. Each has a mailbox of its own, so answer"
        " each writer for themselves: none of them knows of the others."
    )
    codes = [code(each) for each in opened.reports]
    options = tuple(Option(each.hex(), code(each)) for each in opened.reports)
    choice = Choice(t("Open a case"), Address("cases.open"), options)
    rows = (Row(t("Reports"), ", ".join(codes)), Paragraph(said), *wrong)
    return Card(t("Held reports that name the same person"), rows, (cases,), (choice,), here=here)
