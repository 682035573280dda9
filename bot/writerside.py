"""Everything that people who write work with, put together around the parts that all share."""

from __future__ import annotations

from bot.attachments import Attachments
from bot.backing import Backing
from bot.destinations import Destinations
from bot.enclosing import Enclosing
from bot.flows.adding import Adding
from bot.flows.choosing import Choosing
from bot.flows.consent import Consent
from bot.flows.copies import Copies
from bot.flows.enclosing import EnclosingFlow
from bot.flows.files import Files
from bot.flows.handing import Handing
from bot.flows.mailbox import Mailbox
from bot.flows.naming import Naming
from bot.flows.proving import ProofFlow
from bot.flows.quoting import Quoting
from bot.flows.recording import Recording
from bot.flows.step import Steps
from bot.flows.tell import Tell
from bot.followup import Followup
from bot.held import HeldReports
from bot.onetime import Pages
from bot.parts import Parts
from bot.proving import Proving
from bot.visits import Visits


class WriterSide:
    """The conversations of writers: from the first sentence to everything that a receipt opens."""

    def __init__(self, parts: Parts, pages: Pages, backing: Backing, held: HeldReports) -> None:
        self._parts = parts
        self._backing = backing
        self._held = held
        store, sealing, limits = parts.store, parts.sealing, parts.limits
        self.visits = Visits(store, parts.vault, sealing, limits, parts.random)
        self.attachments = Attachments(store, parts.vault, parts.drafts, parts.random)
        self.handing, self._adding = Handing(pages), Adding(pages, limits)
        self._destinations = Destinations(
            store=store, sealing=sealing, routing=parts.routing, limits=limits, letters=parts.letters
        )
        self._followup = Followup(
            store=store,
            sealing=sealing,
            letters=parts.letters,
            limits=limits,
            settings=parts.settings,
            clock=parts.clock,
            random=parts.random,
        )

    def steps(self) -> tuple[Steps, ...]:
        """The actions of all conversations that writers have."""
        return *self._before(), *self._after()

    def _before(self) -> tuple[Steps, ...]:
        parts = self._parts
        reports, drafts, settings = parts.reports, parts.drafts, parts.settings
        tell = Tell(
            reports=reports,
            drafts=drafts,
            solidarity=parts.solidarity,
            held=self._held,
            settings=settings,
            clock=parts.clock,
        )
        quoting = Quoting(
            reports=reports,
            drafts=drafts,
            routing=parts.routing,
            solidarity=parts.solidarity,
            settings=settings,
            preview=tell.preview,
        )
        return (
            tell.steps(),
            Recording(reports, drafts, settings).steps(),
            Files(self.attachments, drafts, self._adding, settings, tell.preview).steps(),
            Choosing(reports, drafts, tell.preview).steps(),
            quoting.steps(),
            Naming(reports, drafts, settings).steps(),
        )

    def _after(self) -> tuple[Steps, ...]:
        parts, visits, followup = self._parts, self.visits, self._followup
        mailbox = Mailbox(
            visits=visits,
            followup=followup,
            destinations=self._destinations,
            backing=self._backing,
            held=self._held,
            settings=parts.settings,
            clock=parts.clock,
            random=parts.random,
        )
        enclosing = Enclosing(
            store=parts.store,
            drafts=parts.drafts,
            attachments=self.attachments,
            letters=parts.letters,
            followup=followup,
        )
        adding = EnclosingFlow(
            visits=visits,
            followup=followup,
            enclosing=enclosing,
            adding=self._adding,
            settings=parts.settings,
            random=parts.random,
        )
        proving = Proving(
            store=parts.store,
            sealing=parts.sealing,
            letters=parts.letters,
            settings=parts.settings,
            clock=parts.clock,
        )
        return (
            mailbox.steps(),
            Consent(visits, followup, parts.settings, parts.random, mailbox.box).steps(),
            adding.steps(),
            Copies(visits, followup, self.attachments, self.handing).steps(),
            ProofFlow(visits, proving, self.handing).steps(),
        )
