"""Find support: help outside the company by the country a person chooses, and the company's own."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot import support
from bot.flows.step import MENU, SUPPORT, Steps
from bot.i18n import Translator, translator
from bot.model import Address, Block, Button, Card, Choice, Event, Link, Option, Paragraph, Reply, Row
from bot.support import Entry
from bot.workplaces import Workplaces

_IN = "support.in"


class Support:
    """The list of help, always reachable and never remembered."""

    def __init__(self, settings: Workplaces) -> None:
        self._settings = settings
        self._list = support.load()

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {SUPPORT.action: self.support, _IN: self.country}

    async def support(self, event: Event) -> Reply:
        """The company's own help, international directories, and the choice of a country."""
        t = translator(event.actor.locale)
        settings = self._settings.for_workspace(event.actor.workspace)
        own = [Paragraph(line) for line in settings.support] if settings else []
        heading = [Paragraph(t("From your workplace:"))] if own else []
        body = (
            Paragraph(t("In danger now? Call your local emergency number.")),
            *heading,
            *own,
            Paragraph(t("In many countries:")),
            *(block for entry in self._list.international for block in _blocks(t, entry)),
        )
        return Card(t("Find support"), body, (_menu(t),), (self._choice(t),), here=SUPPORT)

    async def country(self, event: Event) -> Reply:
        """Help in one country: the one just picked, or the one this card is about."""
        t = translator(event.actor.locale)
        code = event.text("choice") or event.ref
        names = dict(self._list.countries())
        if code not in names:
            return await self.support(event)
        blocks = [block for entry in self._list.of(code) for block in _blocks(t, entry)]
        return Card(
            t("Support in {country}", country=t(names[code])),
            tuple(blocks),
            (Button(t("In many countries"), SUPPORT), _menu(t)),
            (self._choice(t, code),),
            here=Address(_IN, code),
        )

    def _choice(self, t: Translator, code: str = "") -> Choice:
        options = tuple(Option(each, t(name)) for each, name in self._list.countries())
        return Choice(t("Choose a country"), Address(_IN), options, code)


def _blocks(t: Translator, entry: Entry) -> tuple[Block, ...]:
    rows = (
        (t("Phone"), entry.phone),
        (t("Text"), entry.text),
        (t("Hours"), entry.hours),
        (t("Languages"), ", ".join(entry.languages)),
        (t("Note"), t(entry.note) if entry.note else ""),
    )
    blocks: tuple[Block, ...] = (Paragraph(f"{entry.name}: {t(entry.purpose)}"),)
    blocks += tuple(Row(label, value) for label, value in rows if value)
    if entry.address:
        blocks += (Link(entry.name, entry.address),)
    return (
        *blocks,
        Row(
            t("Checked"),
            t(
                "{date}, in a stored copy of a page of {source}",
                date=str(entry.checked),
                source=urlsplit(entry.source).hostname or "",
            ),
        ),
    )


def _menu(t: Translator) -> Button:
    return Button(t("Back to the menu"), MENU)
