"""The whole core put together around a store, keys, a clock and the platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from bot import schedule
from bot.arrivals import OVERVIEW
from bot.backing import Backing
from bot.caretaking import Caretaking
from bot.case import Cases
from bot.core import Core
from bot.delivery import Delivery
from bot.deskside import DeskSide
from bot.digest import Digest
from bot.errors import MetooError
from bot.escrow import Escrow
from bot.figures import Figures
from bot.flows.digest import DigestFlow
from bot.flows.home import Home
from bot.flows.menu import Menu
from bot.flows.organizing import OrganizingFlow
from bot.flows.support import Support
from bot.flows.voice import Voice
from bot.hearing import Hearing
from bot.joining import Joining
from bot.means import Means
from bot.neighbours import POSTS, SETUP, WINDOWS
from bot.onboarding import Onboarding
from bot.onetime import Pages
from bot.organizing import Organizing
from bot.overview import Overview
from bot.parts import Parts
from bot.ports import Connection
from bot.remarks import Remarks
from bot.schedule import Job
from bot.sharing import Sharing
from bot.solidarity import STATEMENT, WALL
from bot.supervision import supervise
from bot.upkeep import Upkeep
from bot.waking import WakingStore
from bot.wall import Wall
from bot.watch import OPENERS, READERS, Watch
from bot.workplaces import Workplaces
from bot.writerside import WriterSide

_log = structlog.get_logger(__name__)


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
        self.hearing = Hearing()
        self._build()

    def _build(self) -> None:
        parts = Parts.of(self._means, self._store, self.workplaces, dict(self._connections))
        store, settings, clock = parts.store, parts.settings, parts.clock
        self.pages = Pages(self._means.settings.web.public_url, parts.limits, clock, parts.random)
        self.accepted, self.inboxes, self._solidarity = parts.accepted, parts.inboxes, parts.solidarity
        backing = Backing(store, parts.vault, parts.sealing, parts.solidarity, settings=settings, clock=clock)
        self.watch = Watch(
            store=store, routing=parts.routing, settings=settings, clock=clock, random=parts.random
        )
        self._onboarding = Onboarding(
            store=store,
            vault=parts.vault,
            routing=parts.routing,
            settings=settings,
            audit=parts.audit,
            watch=self.watch,
            clock=clock,
            random=parts.random,
            limits=parts.limits,
            changed=self._set_up,
        )
        self.setup = self._onboarding.setup
        self.escrow, caretaking = Escrow(parts), Caretaking(parts)
        writers = WriterSide(parts, self.pages, backing, self.escrow.held)
        handlers = DeskSide(parts, writers.attachments, writers.handing, backing)
        self._desk = handlers.desk
        wall = Wall(
            store=store,
            sealing=parts.sealing,
            routing=parts.routing,
            cases=Cases(parts.vault),
            solidarity=parts.solidarity,
            settings=settings,
            clock=clock,
            random=parts.random,
        )
        remarks = Remarks(
            store=store,
            vault=parts.vault,
            routing=parts.routing,
            settings=settings,
            audit=parts.audit,
            clock=clock,
        )
        overview = Overview(
            store=store,
            sealing=parts.sealing,
            cases=Cases(parts.vault),
            routing=parts.routing,
            settings=settings,
        )
        self.digest = digest = Digest(
            store=store,
            vault=parts.vault,
            routing=parts.routing,
            figures=Figures(store=store, sealing=parts.sealing, settings=settings),
            remarks=remarks,
            settings=settings,
            audit=parts.audit,
            clock=clock,
            random=parts.random,
            changes=self._onboarding.news,
        )
        self.delivery = Delivery(
            store=store,
            vault=parts.vault,
            connections=self._connections,
            composers={
                WALL: wall.compose_wall,
                STATEMENT: wall.compose_statement,
                "digest": digest.compose,
                OVERVIEW: overview.compose,
                READERS: self.watch.compose,
                OPENERS: self.watch.compose_openers,
                **caretaking.composers,
                **self.escrow.composers,
                **self._onboarding.composers,
            },
            clock=clock,
            random=parts.random,
        )
        self._delivery = Job("delivery", self.delivery.run)
        locks = Job("locks", self.inboxes.run)
        self.inboxes.opened.changed = locks.wake
        self._sharing = Sharing(self._means.neighbours, parts.vault, self.inboxes.opened, parts.random)
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
            *caretaking.jobs,
            *self.escrow.jobs,
            Job("months", self._upkeep.make_months),
            Job("compact", self._upkeep.compact),
            self._delivery,
            locks,
        )
        self._own = (locks,)
        organizing = Organizing(
            store, parts.solidarity, parts.routing, parts.audit, settings=settings, clock=clock
        )
        self.core = Core(
            Menu(settings, handlers.casework.remembered).steps(),
            Home(
                settings,
                handlers.casework.remembered,
                handlers.casework.listed,
                self._onboarding.standing,
                clock,
            ).steps(),
            Voice(parts.solidarity, settings).steps(),
            OrganizingFlow(organizing, parts.solidarity).steps(),
            Support(settings).steps(),
            self._onboarding.steps(),
            DigestFlow(digest, remarks, settings, parts.random).steps(),
            *writers.steps(),
            *handlers.steps(),
            *self.escrow.steps(writers.visits, handlers.casework),
            joining=Joining(settings),
        )

    async def prepare(self) -> None:
        """Before serving: inboxes and walls exist, and every post is looked at once."""
        await self._means.neighbours.alone("start", self._prepare)

    async def _prepare(self) -> None:
        await self._upkeep.make_months()
        await self.setup.load()
        await self.escrow.prepare()
        await self._desk.prepare()
        await self._solidarity.keep_walls()
        await self._solidarity.refresh()

    async def serve(self) -> None:
        """Run the jobs and all connections until cancelled; the jobs end first, while they still can post."""
        means, handle = self._means, self.hearing.through(self.core.handle)
        async with asyncio.TaskGroup() as connected:
            for name, connection in self._connections.items():
                link = supervise(name, connection, handle, means.clock, means.random)
                connected.create_task(link, name=name)
            async with asyncio.TaskGroup() as working:
                working.create_task(means.neighbours.alone("jobs", self._work))
                working.create_task(schedule.serve(self._own, means.clock))
                working.create_task(self._wake_delivery())
                working.create_task(self._listen())
                working.create_task(self._sharing.run())

    async def _work(self) -> None:
        """What one process does for all."""
        shared = tuple(job for job in self.jobs if job not in self._own)
        await schedule.serve(shared, self._means.clock)

    async def _listen(self) -> None:
        """Look again at what another process changed."""
        while True:
            heard = await self._means.neighbours.news()
            if WINDOWS in heard:
                self._solidarity.forget()
            if SETUP in heard:
                self.accepted.forget()
                await self._follow_others()
            if POSTS in heard:
                self._delivery.wake()
            self._sharing.heard(heard)

    async def _follow_others(self) -> None:
        try:
            await self.setup.load()
        except MetooError as error:
            _log.warning("set-up of another process waits", error=type(error).__name__)
        self._set_up()

    def _set_up(self) -> None:
        """What depends on set-up looks again; drafts do not, which age by being looked at."""
        for job in self._follow:
            job.wake()

    async def _wake_delivery(self) -> None:
        while True:
            await self._store.waiting.wait()
            self._store.waiting.clear()
            self._delivery.wake()
