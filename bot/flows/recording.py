"""Keeping a record for oneself: the way to a report that goes nowhere until its writer wants it to."""

from __future__ import annotations

from bot.drafts import Drafts
from bot.flows.step import MENU, PROMISES, RECORD, SUPPORT, Steps
from bot.flows.tell import first_said, welcome
from bot.i18n import translator
from bot.model import Address, Button, Card, Event, Paragraph, Reply, Style
from bot.reports import Reports
from bot.workplaces import Workplaces


class Recording:
    """What to know before writing something down for oneself; the form and the preview are those of telling."""

    def __init__(self, reports: Reports, drafts: Drafts, settings: Workplaces) -> None:
        self._reports = reports
        self._drafts = drafts
        self._settings = settings

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {RECORD.action: self.before}

    async def before(self, event: Event) -> Reply:
        """What to know before writing."""
        welcome(event)
        self._settings.serving(event.actor.workspace)
        self._reports.room_for(event.actor)
        t = translator(event.actor.locale)
        said = t(
            "You can write down what happened and keep it: on the screen after the form, press Keep it for now. Then"
            " only your seven words open it, and HR knows nothing of it until you send it."
        )
        return Card(
            t("Keep a record for yourself"),
            (Paragraph(said), Paragraph(t("If you send it instead:")), *first_said(t)),
            (
                Button(t("Start writing"), Address("tell.form", self._drafts.new_key()), Style.PRIMARY),
                Button(t("Who can read what"), PROMISES),
                Button(t("Find support"), SUPPORT),
                Button(t("Back to the menu"), MENU),
            ),
        )
