"""The whole core put together around a store, keys, a clock and the platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot import schedule
from bot.accepted import Accepted
from bot.arrivals import ERASE, ESCALATED, GONE, MOVED, NOTE, REPORT, Arrivals
from bot.attachments import Attachments
from bot.audit import Audit
from bot.backing import Backing
from bot.case import Cases
from bot.conflicts import VANISH, Conflicts
from bot.core import Core
from bot.delivery import Delivery
from bot.deskside import DeskSide, Shared
from bot.destinations import Destinations
from bot.digest import Digest
from bot.drafts import Drafts
from bot.enclosing import Enclosing
from bot.erased import Erased, Listing
from bot.figures import Figures
from bot.flows.adding import Adding
from bot.flows.choosing import Choosing
from bot.flows.consent import Consent
from bot.flows.copies import Copies
from bot.flows.digest import DigestFlow
from bot.flows.enclosing import EnclosingFlow
from bot.flows.files import Files
from bot.flows.handing import Handing
from bot.flows.mailbox import Mailbox
from bot.flows.menu import Menu
from bot.flows.organizing import OrganizingFlow
from bot.flows.proving import ProofFlow
from bot.flows.quoting import Quoting
from bot.flows.recording import Recording
from bot.flows.support import Support
from bot.flows.tell import Tell
from bot.flows.voice import Voice
from bot.followup import Followup
from bot.freeing import Freeing
from bot.inbox import Inboxes
from bot.keys import Purpose
from bot.letters import Letters
from bot.limits import Limits
from bot.means import Means
from bot.notices import CARD
from bot.onboarding import Onboarding
from bot.onetime import Pages
from bot.organizing import Organizing
from bot.overview import OVERVIEW, Overview
from bot.ports import Connection
from bot.proving import Proving
from bot.remarks import Remarks
from bot.reminders import REMINDER, Reminders
from bot.reports import Reports
from bot.retention import ENDINGS, Retention
from bot.routing import Routing
from bot.schedule import Job
from bot.sealing import Sealing
from bot.solidarity import STATEMENT, WALL, Solidarity
from bot.supervision import supervise
from bot.upkeep import Upkeep
from bot.vault import Vault
from bot.visits import Visits
from bot.waking import WakingStore
from bot.wall import Wall
from bot.watch import READERS, Watch
from bot.workplaces import Workplaces


class Service:
    """Serves people on the given platforms: `core` answers, jobs do the rest."""

    def __init__(
        self, means: Means, connections: Mapping[str, Connection], workplaces: Workplaces | None = None
    ) -> None:
        self._means = means
        self.workplaces = workplaces or Workplaces(means.settings)
        self._connections = connections
        self._store = WakingStore(means.store)
        self._upkeep = Upkeep(means)
        self._build()

    def _build(self) -> None:
        means, store = self._means, self._store
        settings = self.workplaces
        clock, random = means.clock, means.random
        vault, limits = Vault(means.keyring, random), Limits(means.settings.limits, clock, random)
        routing, sealing = Routing(self._connections), Sealing(vault, means.keyring, means.months, random)
        drafts = Drafts(store, vault, clock, random)
        reports = Reports(
            store=store,
            sealing=sealing,
            drafts=drafts,
            routing=routing,
            limits=limits,
            settings=settings,
            clock=clock,
            random=random,
        )
        visits = Visits(store, vault, sealing, limits, random)
        letters = Letters(store=store, sealing=sealing, settings=settings, clock=clock, random=random)
        destinations = Destinations(
            store=store, sealing=sealing, routing=routing, limits=limits, letters=letters
        )
        followup = Followup(
            store=store,
            sealing=sealing,
            letters=letters,
            limits=limits,
            settings=settings,
            clock=clock,
            random=random,
        )
        attachments = Attachments(store, vault, drafts, random)
        self.pages = Pages(means.settings.web.public_url, limits, clock, random)
        handing, adding = Handing(self.pages), Adding(self.pages, limits)
        enclosing = Enclosing(
            store=store, drafts=drafts, attachments=attachments, letters=letters, followup=followup
        )
        proving = Proving(store=store, sealing=sealing, letters=letters, settings=settings, clock=clock)
        arrivals = Arrivals(
            store=store,
            sealing=sealing,
            cases=Cases(vault),
            routing=routing,
            settings=settings,
            clock=clock,
            random=random,
        )
        audit, self.accepted = Audit(vault, random), Accepted(store, vault)
        self._solidarity = Solidarity(
            store=store,
            vault=vault,
            routing=routing,
            limits=limits,
            settings=settings,
            clock=clock,
            random=random,
        )
        backing = Backing(store, vault, sealing, self._solidarity, settings=settings, clock=clock)
        self.inboxes = Inboxes(
            store=store,
            vault=vault,
            sealing=sealing,
            keyring=means.keyring,
            audit=audit,
            limits=limits,
            clock=clock,
            random=random,
        )
        desk_side = DeskSide(
            Shared(
                store=store,
                vault=vault,
                sealing=sealing,
                routing=routing,
                settings=settings,
                audit=audit,
                accepted=self.accepted,
                attachments=attachments,
                handing=handing,
                backing=backing,
                inboxes=self.inboxes,
                signing=means.keyring.key(Purpose.SIGNING),
                clock=clock,
                random=random,
            )
        )
        self._desk = desk_side.desk
        wall = Wall(
            store=store,
            sealing=sealing,
            routing=routing,
            cases=Cases(vault),
            solidarity=self._solidarity,
            settings=settings,
            clock=clock,
        )
        self.watch = Watch(store=store, routing=routing, settings=settings, clock=clock, random=random)
        self._onboarding = Onboarding(
            store=store,
            vault=vault,
            routing=routing,
            settings=settings,
            audit=audit,
            watch=self.watch,
            clock=clock,
            random=random,
            changed=self._set_up,
        )
        self.setup = self._onboarding.setup
        organizing = Organizing(store, self._solidarity, routing, audit, settings=settings, clock=clock)
        remarks = Remarks(
            store=store, vault=vault, routing=routing, settings=settings, audit=audit, clock=clock
        )
        self.digest = digest = Digest(
            store=store,
            vault=vault,
            routing=routing,
            figures=Figures(store=store, sealing=sealing, settings=settings),
            remarks=remarks,
            settings=settings,
            audit=audit,
            clock=clock,
            random=random,
            changes=self._onboarding.news,
        )
        overview = Overview(
            store=store, sealing=sealing, cases=Cases(vault), routing=routing, settings=settings
        )
        conflicts = Conflicts(
            store=store, sealing=sealing, routing=routing, settings=settings, clock=clock, random=random
        )
        reminders = Reminders(
            store=store, sealing=sealing, routing=routing, settings=settings, clock=clock, random=random
        )
        freeing = Freeing(
            store=store, cases=Cases(vault), audit=audit, routing=routing, settings=settings, clock=clock
        )
        retention = Retention(
            store=store,
            sealing=sealing,
            months=means.months,
            routing=routing,
            settings=settings,
            clock=clock,
            random=random,
        )
        composers = {
            REPORT: arrivals.report,
            NOTE: arrivals.note,
            CARD: arrivals.card,
            MOVED: arrivals.moved,
            ERASE: arrivals.erase,
            WALL: wall.compose_wall,
            STATEMENT: wall.compose_statement,
            "digest": digest.compose,
            OVERVIEW: overview.compose,
            READERS: self.watch.compose,
            VANISH: conflicts.vanish,
            REMINDER: reminders.compose,
            ESCALATED: arrivals.moved,
            **self._onboarding.composers,
            GONE: arrivals.gone,
            ENDINGS: retention.compose,
        }
        delivery = Delivery(
            store=store,
            vault=vault,
            connections=self._connections,
            composers=composers,
            clock=clock,
            random=random,
        )
        self._delivery = Job("delivery", delivery.run)
        locks = Job("locks", self.inboxes.run)
        self.inboxes.when_opened = locks.wake
        self._follow = (
            self._onboarding.job,
            Job("walls", self._solidarity.keep_walls),
            Job("digest", digest.run),
            Job("watch", self.watch.run),
        )
        self.jobs = (
            *self._follow,
            Job("counts", self._solidarity.move_counts),
            Job("grades", backing.run),
            Job("drafts", drafts.sweep),
            Job("conflicts", conflicts.run),
            Job("reminders", reminders.run),
            Job("freeing", freeing.run),
            Job("months", self._upkeep.make_months),
            Job("retention", retention.run),
            Job("erasures", Listing(store, Erased(means.settings.keys.perishable), clock).run),
            locks,
            Job("compact", self._upkeep.compact),
            self._delivery,
        )
        tell = Tell(reports, drafts, self._solidarity, settings, clock)
        mailbox = Mailbox(
            visits=visits,
            followup=followup,
            destinations=destinations,
            backing=backing,
            settings=settings,
            clock=clock,
            random=random,
        )
        self.core = Core(
            Menu(settings, desk_side.casework.remembered).steps(),
            Voice(self._solidarity, settings).steps(),
            OrganizingFlow(organizing, self._solidarity).steps(),
            Recording(reports, drafts, settings).steps(),
            tell.steps(),
            Files(attachments, drafts, adding, settings, tell.preview).steps(),
            Choosing(reports, drafts, tell.preview).steps(),
            Quoting(
                reports=reports,
                drafts=drafts,
                routing=routing,
                solidarity=self._solidarity,
                settings=settings,
                preview=tell.preview,
            ).steps(),
            Support(settings).steps(),
            self._onboarding.steps(),
            *desk_side.steps(),
            DigestFlow(self.digest, remarks, settings, random).steps(),
            mailbox.steps(),
            Consent(visits, followup, settings, random, mailbox.box).steps(),
            EnclosingFlow(
                visits=visits,
                followup=followup,
                enclosing=enclosing,
                adding=adding,
                settings=settings,
                random=random,
            ).steps(),
            Copies(visits, followup, attachments, handing).steps(),
            ProofFlow(visits, proving, handing).steps(),
        )

    async def prepare(self) -> None:
        """Before serving: inboxes and walls exist, and every post is looked at once."""
        await self._upkeep.make_months()
        await self.setup.load()
        await self._desk.prepare()
        await self._solidarity.keep_walls()
        await self._solidarity.refresh()

    async def serve(self) -> None:
        """Run the jobs and all connections until cancelled; the jobs end first, while they still can post."""
        means = self._means
        async with asyncio.TaskGroup() as connected:
            for name, connection in self._connections.items():
                link = supervise(name, connection, self.core.handle, means.clock, means.random)
                connected.create_task(link, name=name)
            async with asyncio.TaskGroup() as working:
                working.create_task(schedule.serve(self.jobs, means.clock))
                working.create_task(self._wake_delivery())

    def _set_up(self) -> None:
        """What depends on set-up looks again; drafts do not, which age by being looked at."""
        for job in self._follow:
            job.wake()

    async def _wake_delivery(self) -> None:
        while True:
            await self._store.waiting.wait()
            self._store.waiting.clear()
            self._delivery.wake()
