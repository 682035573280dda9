"""The parts that every side of the core is put together around."""

from __future__ import annotations

from dataclasses import dataclass

from bot.accepted import Accepted
from bot.audit import Audit
from bot.drafts import Drafts
from bot.inbox import Inboxes
from bot.letters import Letters
from bot.limits import Limits
from bot.means import Means
from bot.ports import Clock, Connection, Random, Store
from bot.reports import Reports
from bot.routing import Routing
from bot.sealing import Sealing
from bot.solidarity import Solidarity
from bot.vault import Vault
from bot.window_keys import WindowKeys
from bot.workplaces import Workplaces


@dataclass(frozen=True, repr=False)
class Parts:
    """What the sides share; `means` is what the core was given, `store` the one that wakes delivery."""

    means: Means
    store: Store
    settings: Workplaces
    vault: Vault
    limits: Limits
    routing: Routing
    sealing: Sealing
    drafts: Drafts
    reports: Reports
    letters: Letters
    audit: Audit
    accepted: Accepted
    inboxes: Inboxes
    solidarity: Solidarity

    @property
    def clock(self) -> Clock:
        """Time."""
        return self.means.clock

    @property
    def random(self) -> Random:
        """Randomness."""
        return self.means.random

    @classmethod
    def of(
        cls, means: Means, store: Store, settings: Workplaces, connections: dict[str, Connection]
    ) -> Parts:
        """The parts around a store, keys, a clock and the platforms."""
        clock, random = means.clock, means.random
        vault, limits = Vault(means.keyring, random), Limits(means.settings.limits, clock, random)
        routing, sealing = Routing(connections, settings), Sealing(vault, means.keyring, means.months, random)
        drafts, audit = Drafts(store, vault, clock, random), Audit(vault, random)
        return cls(
            means=means,
            store=store,
            settings=settings,
            vault=vault,
            limits=limits,
            routing=routing,
            sealing=sealing,
            drafts=drafts,
            reports=Reports(
                store=store,
                sealing=sealing,
                drafts=drafts,
                routing=routing,
                limits=limits,
                settings=settings,
                clock=clock,
                random=random,
            ),
            letters=Letters(store=store, sealing=sealing, settings=settings, clock=clock, random=random),
            audit=audit,
            accepted=Accepted(store, vault),
            inboxes=Inboxes(
                store=store,
                vault=vault,
                sealing=sealing,
                keyring=means.keyring,
                audit=audit,
                limits=limits,
                clock=clock,
                random=random,
            ),
            solidarity=Solidarity(
                store=store,
                vault=vault,
                routing=routing,
                limits=limits,
                settings=settings,
                clock=clock,
                random=random,
                keys=WindowKeys(vault, means.settings.keys.perishable, random),
            ),
        )
