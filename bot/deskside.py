"""Everything that handlers work with, put together around the parts that all share."""

from __future__ import annotations

from dataclasses import dataclass

from bot.accepted import Accepted
from bot.attachments import Attachments
from bot.audit import Audit
from bot.backing import Backing
from bot.case import Cases
from bot.casework import Casework
from bot.colleagues import Colleagues
from bot.desk import Desk
from bot.flows.casework import CaseFlow
from bot.flows.colleagues import ColleaguesFlow
from bot.flows.contact import ContactFlow
from bot.flows.desk import DeskFlow
from bot.flows.desk_files import DeskFiles
from bot.flows.exporting import Exporting
from bot.flows.handing import Handing
from bot.flows.step import Steps
from bot.flows.unlocking import Unlocking
from bot.inbox import Inboxes
from bot.ports import Clock, Random, Store
from bot.replies import Replies
from bot.routing import Routing
from bot.sealing import Sealing
from bot.statistics import Statistics
from bot.vault import Vault
from bot.workplaces import Workplaces


@dataclass(frozen=True, slots=True, repr=False)
class Shared:
    """What the desk's side has in common with everything else, and the key that signs exports."""

    store: Store
    vault: Vault
    sealing: Sealing
    routing: Routing
    settings: Workplaces
    audit: Audit
    accepted: Accepted
    attachments: Attachments
    handing: Handing
    backing: Backing
    inboxes: Inboxes
    signing: bytes
    clock: Clock
    random: Random


class DeskSide:
    """The conversations of handlers."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        clock, random, settings, store = shared.clock, shared.random, shared.settings, shared.store
        self.desk = Desk(
            store=store,
            vault=shared.vault,
            sealing=shared.sealing,
            routing=shared.routing,
            settings=settings,
            audit=shared.audit,
            accepted=shared.accepted,
            inboxes=shared.inboxes,
            clock=clock,
            random=random,
        )
        self._replies = Replies(
            store=store,
            desk=self.desk,
            sealing=shared.sealing,
            settings=settings,
            clock=clock,
            random=random,
        )
        self.casework = Casework(
            store=store,
            cases=Cases(shared.vault),
            desk=self.desk,
            replies=self._replies,
            routing=shared.routing,
            settings=settings,
            clock=clock,
            random=random,
        )
        self._colleagues = Colleagues(
            store=store,
            cases=Cases(shared.vault),
            desk=self.desk,
            replies=self._replies,
            clock=clock,
            random=random,
        )
        self._statistics = Statistics(
            store=store,
            sealing=shared.sealing,
            cases=Cases(shared.vault),
            casework=self.casework,
            routing=shared.routing,
            settings=settings,
            clock=clock,
        )

    def steps(self) -> tuple[Steps, ...]:
        """The actions of all conversations that handlers have."""
        shared = self._shared
        flow = DeskFlow(
            desk=self.desk,
            replies=self._replies,
            casework=self.casework,
            backing=shared.backing,
            settings=shared.settings,
            random=shared.random,
        )
        unlocking = Unlocking(self.desk, shared.inboxes, flow.read)
        guarded = (
            flow.steps(),
            CaseFlow(self.casework, self.desk, flow.read, shared.clock, shared.random).steps(),
            DeskFiles(self.desk, shared.attachments, shared.handing).steps(),
            ContactFlow(
                desk=self.desk,
                replies=self._replies,
                casework=self.casework,
                settings=shared.settings,
                clock=shared.clock,
                random=shared.random,
            ).steps(),
            ColleaguesFlow(self.desk, self._colleagues, shared.random).steps(),
            Exporting(
                desk=self.desk,
                statistics=self._statistics,
                handing=shared.handing,
                settings=shared.settings,
                seed=shared.signing,
                clock=shared.clock,
            ).steps(),
        )
        return unlocking.steps(), *map(unlocking.guarding, guarded)
