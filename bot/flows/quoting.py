"""Reporting a message from where it stands: it is quoted into a draft, and only with what must be known first."""

from __future__ import annotations

from dataclasses import replace

from bot import anonymity
from bot.account import Account, Quotation
from bot.config import WorkspaceSettings
from bot.drafts import Drafts
from bot.errors import PlatformError, Refusal
from bot.flows.choices import ABROAD_NAMED
from bot.flows.preview import FEW, leaving
from bot.flows.step import SUPPORT, Step, Steps
from bot.flows.tell import before_card, first_said, welcome
from bot.flows.tell_form import MOST_NAMED
from bot.flows.told import cited
from bot.i18n import N_, Translator, translator
from bot.model import Address, Button, Card, Event, Paragraph, Quoted, Reply, Style, Workspace
from bot.reports import Reports
from bot.routing import Routing
from bot.solidarity import Solidarity
from bot.workplaces import Workplaces

MOST_QUOTED = 4_000
"""Characters of a message that are quoted; platforms show about as many in one."""

_NOTHING = N_(
    "This message has no text that could be quoted. You can say in your own words what it shows:"
    " /metoo, then Tell what happened."
)
_OWN = N_("You wrote this message, so quoting it says who you are.")
_GONE = N_(
    "The message you quoted is not here any more: drafts are erased within the hour. What you typed is kept. To quote"
    " it again, use Report privately on the message and copy your words over."
)
_FULL = N_("There are {most} people named already. You can change who is named with Change.")


class Quoting:
    """Behind *Report privately* on a message; `preview` shows what would be sent."""

    def __init__(
        self,
        *,
        reports: Reports,
        drafts: Drafts,
        routing: Routing,
        solidarity: Solidarity,
        settings: Workplaces,
        preview: Step,
    ) -> None:
        self._reports = reports
        self._drafts = drafts
        self._routing = routing
        self._solidarity = solidarity
        self._settings = settings
        self._preview = preview

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "quote": self.quote,
            "quote.show": self.show,
            "quote.preview": self.preview,
            "quote.drop": self.drop,
            "quote.name": self.name,
        }

    async def quote(self, event: Event) -> Reply:
        """Keep the message in a new draft, its author as the person named, and say what quoting it means."""
        welcome(event)
        settings = self._settings.serving(event.actor.workspace)
        self._reports.room_for(event.actor)
        if event.quoted is None or not event.quoted.text.strip():
            raise Refusal(_NOTHING)
        quoted = await self._quotation(event, settings, event.quoted)
        own = quoted.author == event.actor.user
        named = (quoted.author,) if quoted.author and not own else ()
        key, account = self._drafts.new_key(), Account(named=named, quoted=quoted)
        await self._reports.write(event.actor, key, account)
        return quoted_card(translator(event.actor.locale), key, account, own=own)

    async def show(self, event: Event) -> Reply:
        """What is quoted, once more."""
        account = await self._drafts.get(event.actor.workspace, event.ref)
        if account.quoted is None:
            return before_card(translator(event.actor.locale), event.ref)
        own = account.quoted.author == event.actor.user
        return quoted_card(translator(event.actor.locale), event.ref, account, own=own)

    async def preview(self, event: Event) -> Reply:
        """Keep what was typed beside the message; where that was erased meanwhile, say so before it is sent."""
        before = await self._drafts.find(event.actor.workspace, event.ref)
        gone = before is None and not await self._reports.sent(event.ref)
        shown = await self._preview(replace(event, action="tell.preview"))
        if not gone or not isinstance(shown, Card):
            return shown
        note = Paragraph(translator(event.actor.locale)(_GONE))
        return replace(shown, body=(note, *shown.body))

    async def drop(self, event: Event) -> Reply:
        """Leave the message out; what else was said stays."""
        account = await self._drafts.get(event.actor.workspace, event.ref)
        await self._reports.write(event.actor, event.ref, replace(account, quoted=None))
        if not account.text.strip():
            return before_card(translator(event.actor.locale), event.ref)
        return await self._preview(Event(event.actor, "tell.preview", event.ref))

    async def name(self, event: Event) -> Reply:
        """Name the message's author, so that no desk they can read gets it."""
        account = await self._drafts.get(event.actor.workspace, event.ref)
        author = account.quoted.author if account.quoted else ""
        if author and author not in account.named:
            if len(account.named) >= MOST_NAMED:
                raise Refusal(_FULL, most=MOST_NAMED)
            await self._reports.write(
                event.actor, event.ref, replace(account, named=(*account.named, author))
            )
        return await self._preview(Event(event.actor, "tell.preview", event.ref))

    async def _quotation(self, event: Event, settings: WorkspaceSettings, quoted: Quoted) -> Quotation:
        public, readers = False, None
        if event.place is not None:
            try:
                facts = await self._routing.facts(event.place)
            except PlatformError:
                facts = None  # a place that nobody can tell us about is not public, and counts as small
            if facts is not None:
                public, readers = facts.public, facts.readers
        if public and event.actor.via is None:
            readers = await self._solidarity.population(settings)
        elif (
            public and event.place is not None
        ):  # so many people as are there, not as are in the organisation
            readers = await self._members(event.place.workspace)
        text = quoted.text.strip()
        return Quotation(
            text[:MOST_QUOTED],
            quoted.author,
            quoted.link if public and quoted.link.startswith("https://") else "",
            cut=len(text) > MOST_QUOTED,
            few=readers is None or not anonymity.numbers_allowed(readers),
        )

    async def _members(self, workspace: Workspace) -> int | None:
        try:
            return await self._routing.population(workspace)
        except PlatformError:
            return None


def quoted_card(t: Translator, key: str, account: Account, *, own: bool) -> Card:
    """The message with what its quoting means, and what must be known before anything is written."""
    few = account.quoted is not None and account.quoted.few
    notes = (*((_OWN,) if own else ()), *((FEW,) if few else ()))
    named = t(
        "Who wrote it is filled in as the person named, so that no desk they can read gets your report. You can"
        " change that in the form."
    )
    said = (
        *cited(t, account.quoted),
        *(Paragraph(t(each)) for each in notes),
        *((Paragraph(t(ABROAD_NAMED) if account.unseen else named),) if account.named else ()),
        Paragraph(t("Nothing is sent yet. Closing this sends nothing. Only you see this.")),
        *first_said(t),
    )
    return Card(
        t("Report this message"),
        said,
        (
            Button(t("Start writing"), Address("tell.form", key), Style.PRIMARY),
            *leaving(t, key, account)[:1],
            Button(t("Find support"), SUPPORT),
        ),
        here=Address("quote.show", key),
    )
