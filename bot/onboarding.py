"""Set-up in chat put together: what was chosen, how changes are told, test reports and the wizard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bot.announcing import CHANGE, Announcing
from bot.audit import Audit
from bot.delivery import Composer
from bot.echo import unlinked
from bot.flows.linking import LinkFlow
from bot.flows.setup import SetupFlow
from bot.flows.step import Steps
from bot.limits import Limits
from bot.linking import UNLINKED, Linking
from bot.model import Actor, Block
from bot.plans import Plans
from bot.ports import Clock, Random, Store
from bot.routing import Routing
from bot.schedule import Job
from bot.setup import Setup
from bot.trial import TRIAL, Trials
from bot.vault import Vault
from bot.watch import Watch
from bot.workplaces import Workplaces


class Onboarding:
    """`setup` is the use case, `job` lets hold what waited, `composers` are for the outbox."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        routing: Routing,
        settings: Workplaces,
        audit: Audit,
        watch: Watch,
        clock: Clock,
        random: Random,
        limits: Limits,
        changed: Callable[[], None],
    ) -> None:
        plans = Plans(store, vault, clock)
        announcing = Announcing(store=store, plans=plans, routing=routing, settings=settings, clock=clock)
        trials = Trials(store=store, routing=routing, settings=settings, clock=clock, random=random)
        self.setup = Setup(
            store=store,
            vault=vault,
            plans=plans,
            routing=routing,
            settings=settings,
            audit=audit,
            clock=clock,
            random=random,
            changed=changed,
        )
        self.news = announcing.news
        self.job = Job("setup", self.setup.run)
        linking = Linking(
            store=store, setup=self.setup, settings=settings, limits=limits, clock=clock, random=random
        )
        self.composers: Mapping[str, Composer] = {
            CHANGE: announcing.compose,
            TRIAL: trials.compose,
            UNLINKED: partial(unlinked, store),
        }
        self._flow = SetupFlow(self.setup, trials, settings, watch.problems)
        self._links = LinkFlow(linking, settings)

    def steps(self) -> Steps:
        """The actions of the wizard."""
        return {**self._flow.steps(), **self._links.steps()}

    async def standing(self, actor: Actor) -> tuple[Block, ...]:
        """Where set-up stands, for an admin's Home."""
        return await self._flow.standing(actor)
