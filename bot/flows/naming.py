"""Reporting somebody from where their name stands: they are filled in, and nothing is sent or shown to them."""

from __future__ import annotations

from dataclasses import replace

from bot.account import Account
from bot.drafts import Drafts
from bot.flows.step import Steps
from bot.flows.tell import before_card, welcome
from bot.i18n import Translator, translator
from bot.model import Card, Event, Paragraph, People, Reply
from bot.reports import Reports
from bot.workplaces import Workplaces


class Naming:
    """Behind *Report privately* on a person; from the form on it is any report."""

    def __init__(self, reports: Reports, drafts: Drafts, settings: Workplaces) -> None:
        self._reports = reports
        self._drafts = drafts
        self._settings = settings

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {"name": self.name}

    async def name(self, event: Event) -> Reply:
        """Keep a new draft with this person named; without one, or of oneself, it is an empty form."""
        welcome(event)
        self._settings.serving(event.actor.workspace)
        self._reports.room_for(event.actor)
        t, key, person = translator(event.actor.locale), self._drafts.new_key(), event.text("named")
        if not person or person == event.actor.user:
            return before_card(t, key)
        await self._reports.write(event.actor, key, Account(named=(person,)))
        return named_card(t, key, person)


def named_card(t: Translator, key: str, person: str) -> Card:
    """Who would be named, before anything is written."""
    said = t(
        "They are filled in as the person named, so that no desk they can read gets your report. You can change that"
        " in the form. Nobody is told that you opened this."
    )
    nothing = t("Nothing is sent yet. Closing this sends nothing. Only you see this.")
    before = before_card(t, key)
    shown = People(t("Person named"), (person,))
    return replace(before, body=(shown, Paragraph(said), Paragraph(nothing), *before.body))
