"""Choosing, before Send, which desk gets a report and who must not read it."""

from __future__ import annotations

from dataclasses import replace

from bot.account import UNSAID
from bot.drafts import Drafts
from bot.flows.choices import HR
from bot.flows.step import Step, Steps
from bot.i18n import N_, translator
from bot.model import Address, Event, Form, PersonField, Reply
from bot.reports import Reports

MOST_AWAY = 5
"""People who must not read a report, beside those it names."""


_AWAY = N_("Nobody is notified, and the desk is not told. No desk they can read gets it.")
_ABROAD = N_("Nobody is notified. HR is elsewhere and nobody can be looked up there: you are asked.")


class Choosing:
    """Behind the preview's lists and *Somebody must not read this*; `preview` shows that again."""

    def __init__(self, reports: Reports, drafts: Drafts, preview: Step) -> None:
        self._reports = reports
        self._drafts = drafts
        self._preview = preview

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "choose.desk": self.desk,
            "choose.hr": self.hr,
            "choose.away": self.away,
            "choose.kept": self.kept,
        }

    async def desk(self, event: Event) -> Reply:
        """The desk that alone is to get it."""
        return await self._changed(event, desk=event.text("choice")[:32])

    async def hr(self, event: Event) -> Reply:
        """Whether somebody whose name only stands in the text works with HR."""
        said = event.text("choice")
        return await self._changed(event, hr=said if said in HR else UNSAID)

    async def away(self, event: Event) -> Reply:
        """The form for people who must not read it."""
        t = translator(event.actor.locale)
        account = await self._drafts.get(event.actor.workspace, event.ref)
        people = PersonField(
            "away",
            t("Who must not read it"),
            t(_ABROAD if event.actor.via else _AWAY),
            most=MOST_AWAY,
            value=account.away,
        )
        return Form(t("Must not read it"), Address("choose.kept", event.ref), (people,), t("Keep"))

    async def kept(self, event: Event) -> Reply:
        """Keep who must not read it; nobody is a choice too."""
        return await self._changed(event, away=event.values.get("away", ())[:MOST_AWAY])

    async def _changed(self, event: Event, **said: str | tuple[str, ...]) -> Reply:
        account = await self._drafts.get(event.actor.workspace, event.ref)
        await self._reports.write(event.actor, event.ref, replace(account, **said))  # type: ignore[arg-type] # one of its fields
        return await self._preview(Event(event.actor, "tell.preview", event.ref))
