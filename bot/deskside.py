"""Everything that handlers work with, put together around the parts that all share."""

from __future__ import annotations

from bot.attachments import Attachments
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
from bot.keys import Purpose
from bot.parts import Parts
from bot.replies import Replies
from bot.statistics import Statistics


class DeskSide:
    """The conversations of handlers."""

    def __init__(self, parts: Parts, attachments: Attachments, handing: Handing, backing: Backing) -> None:
        self._parts = parts
        self._attachments = attachments
        self._handing = handing
        self._backing = backing
        clock, random, settings, store = parts.clock, parts.random, parts.settings, parts.store
        self.desk = Desk(
            store=store,
            vault=parts.vault,
            sealing=parts.sealing,
            routing=parts.routing,
            settings=settings,
            audit=parts.audit,
            accepted=parts.accepted,
            inboxes=parts.inboxes,
            clock=clock,
            random=random,
        )
        self._replies = Replies(
            store=store,
            desk=self.desk,
            sealing=parts.sealing,
            settings=settings,
            clock=clock,
            random=random,
        )
        self.casework = Casework(
            store=store,
            cases=Cases(parts.vault),
            desk=self.desk,
            replies=self._replies,
            routing=parts.routing,
            settings=settings,
            clock=clock,
            random=random,
        )
        self._colleagues = Colleagues(
            store=store,
            cases=Cases(parts.vault),
            desk=self.desk,
            replies=self._replies,
            clock=clock,
            random=random,
        )
        self._statistics = Statistics(
            store=store,
            sealing=parts.sealing,
            cases=Cases(parts.vault),
            casework=self.casework,
            routing=parts.routing,
            settings=settings,
            clock=clock,
        )

    def steps(self) -> tuple[Steps, ...]:
        """The actions of all conversations that handlers have."""
        parts = self._parts
        flow = DeskFlow(
            desk=self.desk,
            replies=self._replies,
            casework=self.casework,
            backing=self._backing,
            settings=parts.settings,
            random=parts.random,
        )
        unlocking = Unlocking(self.desk, parts.inboxes, flow.read)
        guarded = (
            flow.steps(),
            CaseFlow(self.casework, self.desk, flow.read, parts.clock, parts.random).steps(),
            DeskFiles(self.desk, self._attachments, self._handing).steps(),
            ContactFlow(
                desk=self.desk,
                replies=self._replies,
                casework=self.casework,
                settings=parts.settings,
                clock=parts.clock,
                random=parts.random,
            ).steps(),
            ColleaguesFlow(self.desk, self._colleagues, parts.random).steps(),
            Exporting(
                desk=self.desk,
                statistics=self._statistics,
                handing=self._handing,
                settings=parts.settings,
                seed=parts.means.keyring.key(Purpose.SIGNING),
                clock=parts.clock,
            ).steps(),
        )
        return unlocking.steps(), *map(unlocking.guarding, guarded)
