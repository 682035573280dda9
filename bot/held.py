"""Held reports: what their writers can do with one, the same whether or not a match has released it meanwhile."""

from __future__ import annotations

from dataclasses import replace

from bot import anonymity
from bot.account import Account
from bot.arrivals import REPORT
from bot.config import WorkspaceSettings
from bot.errors import PlatformError, Refusal
from bot.holding import CHANGED, OFF, Held, Holding
from bot.i18n import N_
from bot.letters import HELD, KEPT, NOT_NOW, Letters
from bot.model import Actor
from bot.ports import Store
from bot.records import Desks, HeldOf, Hold, LetGo, RouteReport
from bot.routing import Routing
from bot.sealing import Sealing
from bot.visits import Visit
from bot.workplaces import Workplaces

SMALL = N_(
    "Holding reports needs a workplace of at least {least} members: in a smaller one a match would point at the people"
    " who wrote."
)


class HeldReports:
    """Holds private records, and makes held ones private again."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        letters: Letters,
        holding: Holding,
        routing: Routing,
        settings: Workplaces,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._letters = letters
        self._holding = holding
        self._routing = routing
        self._settings = settings

    async def threshold(self, settings: WorkspaceSettings) -> int:
        """How many different writers make a match; 0 where nothing is held."""
        return await self._holding.threshold(str(settings.workspace))

    async def possible(self, settings: WorkspaceSettings) -> bool:
        """Whether reports can be held in this workplace now."""
        return bool(settings.escrow) and await self._large_enough(settings)

    async def offered(self, settings: WorkspaceSettings) -> None:
        """Nothing, where reports can be held. Raises Refusal."""
        if not settings.escrow:
            raise Refusal(OFF)
        if not await self._large_enough(settings):
            raise Refusal(SMALL, least=anonymity.POPULATION_FOR_STATEMENTS)

    async def change(self, actor: Actor, held: Held, outside: str = "") -> Hold:
        """What holding writes. Raises Refusal."""
        settings = self._settings.named(held.report.workspace)
        if settings is None:
            raise Refusal(OFF)
        await self.offered(settings)
        return await self._holding.change(actor, held, outside)

    async def about(self, visit: Visit) -> tuple[Account, int]:
        """The account of a private record, and how many writers make a match. Raises Refusal."""
        if visit.report.stage != KEPT:
            raise Refusal(NOT_NOW)
        settings = self._letters.workplace(visit.report)
        await self.offered(settings)
        account = self._sealing.account(visit.report, await self._letters.key(visit))
        return account, await self.threshold(settings)

    async def hold(self, actor: Actor, visit: Visit, outside: str = "") -> None:
        """Hold a private record; twice is once. Raises Refusal."""
        account, _ = await self.about(visit)
        held = Held(visit.report, account, await self._letters.key(visit))
        (took,) = await self._store.write(await self.change(actor, held, outside))
        if not took and not await self._is_held(visit.report.id):
            raise Refusal(CHANGED)

    async def _is_held(self, report: bytes) -> bool:
        return await self._store.read(HeldOf(report)) is not None

    async def free(self, visit: Visit) -> None:
        """Make a held report a private record again, also one that a desk has since. Raises Refusal."""
        report = visit.report
        if report.stage == HELD:
            await self._store.write(LetGo(report.id))
            return
        if not report.quiet:
            raise Refusal(NOT_NOW)
        route = replace(self._sealing.route(report), desks=(), shared=False)
        desks = await self._store.read(Desks(report.workspace))
        nothing = self._sealing.wrap(report, bytes(32), (), desks)
        news = self._letters.waits(REPORT, report, self._letters.arrives())
        await self._store.write(
            RouteReport(report.id, self._sealing.seal_route(report, route), nothing, news, stage=KEPT)
        )

    async def _large_enough(self, settings: WorkspaceSettings) -> bool:
        try:
            members = await self._routing.population(settings.workspace)
        except PlatformError:
            return False
        return anonymity.statements_allowed(anonymity.population(members, settings.population))
