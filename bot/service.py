"""The whole core put together around a store, keys, a clock and the platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot import anonymity, schedule
from bot.accepted import Accepted
from bot.arrivals import ERASE, ESCALATED, MOVED, NOTE, REPORT, Arrivals
from bot.attachments import Attachments
from bot.audit import Audit
from bot.case import Cases
from bot.casework import Casework
from bot.conflicts import VANISH, Conflicts
from bot.core import Core
from bot.delivery import Delivery
from bot.desk import Desk
from bot.destinations import Destinations
from bot.digest import Digest
from bot.drafts import Drafts
from bot.enclosing import Enclosing
from bot.figures import Figures
from bot.flows.adding import Adding
from bot.flows.casework import CaseFlow
from bot.flows.choosing import Choosing
from bot.flows.copies import Copies
from bot.flows.desk import DeskFlow
from bot.flows.desk_files import DeskFiles
from bot.flows.digest import DigestFlow
from bot.flows.enclosing import EnclosingFlow
from bot.flows.files import Files
from bot.flows.handing import Handing
from bot.flows.mailbox import Mailbox
from bot.flows.menu import Menu
from bot.flows.proving import ProofFlow
from bot.flows.quoting import Quoting
from bot.flows.support import Support
from bot.flows.tell import Tell
from bot.flows.voice import Voice
from bot.followup import Followup
from bot.letters import Letters
from bot.limits import Limits
from bot.means import Means
from bot.onetime import Pages
from bot.overview import OVERVIEW, Overview
from bot.ports import Connection
from bot.proving import Proving
from bot.remarks import Remarks
from bot.reminders import REMINDER, Reminders
from bot.reports import Reports
from bot.routing import Routing
from bot.schedule import Job
from bot.sealing import Sealing
from bot.solidarity import STATEMENT, WALL, Solidarity
from bot.supervision import supervise
from bot.vault import Vault
from bot.visits import Visits
from bot.waking import WakingStore
from bot.wall import Wall
from bot.watch import READERS, Watch
from bot.workplaces import Workplaces

COMPACT = timedelta(days=7)
FIRST_COMPACT = timedelta(hours=1)
"""How often the file is rewritten (pages fill in the order of writing), and how soon after a start."""


class Service:
    """Serves people on the given platforms: `core` answers, jobs do the rest."""

    def __init__(self, means: Means, connections: Mapping[str, Connection]) -> None:
        self._means = means
        self._connections = connections
        self._store = WakingStore(means.store)
        self._started: datetime | None = None
        self._build()

    def _build(self) -> None:
        means, store = self._means, self._store
        self.workplaces = settings = Workplaces(means.settings)
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
            store=store, sealing=sealing, routing=routing, settings=settings, clock=clock, random=random
        )
        audit, self.accepted = Audit(vault, random), Accepted(store, vault)
        self._desk = Desk(
            store=store,
            vault=vault,
            sealing=sealing,
            routing=routing,
            settings=settings,
            audit=audit,
            accepted=self.accepted,
            clock=clock,
            random=random,
        )
        self._solidarity = Solidarity(
            store=store,
            vault=vault,
            routing=routing,
            limits=limits,
            settings=settings,
            clock=clock,
            random=random,
        )
        wall = Wall(store=store, sealing=sealing, solidarity=self._solidarity, settings=settings, clock=clock)
        cases = Cases(vault)
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
        )
        overview = Overview(store=store, sealing=sealing, cases=cases, routing=routing, settings=settings)
        casework = Casework(
            store=store,
            cases=cases,
            desk=self._desk,
            routing=routing,
            settings=settings,
            clock=clock,
            random=random,
        )
        self.watch = Watch(store=store, routing=routing, settings=settings, clock=clock, random=random)
        conflicts = Conflicts(
            store=store, sealing=sealing, routing=routing, settings=settings, clock=clock, random=random
        )
        reminders = Reminders(
            store=store, sealing=sealing, routing=routing, settings=settings, clock=clock, random=random
        )
        composers = {
            REPORT: arrivals.report,
            NOTE: arrivals.note,
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
        self.jobs = (
            Job("walls", self._solidarity.keep_walls),
            Job("counts", self._solidarity.move_counts),
            Job("digest", digest.run),
            Job("drafts", drafts.sweep),
            Job("watch", self.watch.run),
            Job("conflicts", conflicts.run),
            Job("reminders", reminders.run),
            Job("months", self._make_months),
            Job("compact", self._compact),
            self._delivery,
        )
        desk_flow = DeskFlow(self._desk, casework, settings, random)
        tell = Tell(reports, drafts, self._solidarity, settings, clock)
        self.core = Core(
            Menu(settings, casework.remembered).steps(),
            Voice(self._solidarity, settings).steps(),
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
            desk_flow.steps(),
            CaseFlow(casework, self._desk, desk_flow.read, clock, random).steps(),
            DigestFlow(digest, remarks, settings, random).steps(),
            DeskFiles(self._desk, attachments, handing).steps(),
            Mailbox(
                visits=visits,
                followup=followup,
                destinations=destinations,
                settings=settings,
                clock=clock,
                random=random,
            ).steps(),
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
        await self._make_months()
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

    async def _wake_delivery(self) -> None:
        while True:
            await self._store.waiting.wait()
            self._store.waiting.clear()
            self._delivery.wake()

    async def _make_months(self) -> datetime:
        """Make the keys of months before they are needed: a file made at a report would tell its time."""
        now = self._means.clock.now()
        for month in anonymity.expiry_months(now):
            await asyncio.to_thread(self._means.months.key, month)
        return now + timedelta(days=7)

    async def _compact(self) -> datetime:
        now = self._means.clock.now()
        if self._started is None:
            self._started = now
            return now + FIRST_COMPACT
        await self._means.store.compact()
        return now + COMPACT
