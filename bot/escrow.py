"""Escrow: holding reports until others name the same person, and what comes of a match, put together."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from bot.apart import APART, Apart
from bot.assurance import kept_number
from bot.case import Cases
from bot.casework import Casework
from bot.delivery import Composer
from bot.flows.holding import HoldingFlow
from bot.flows.matches import MatchFlow
from bot.flows.step import Steps
from bot.held import HeldReports
from bot.holding import MATCH, Holding
from bot.keeper import Keeper
from bot.keys import Purpose
from bot.matches import Matches
from bot.parts import Parts
from bot.schedule import Job
from bot.shares import Shares
from bot.visits import Visits

_log = structlog.get_logger(__name__)


class Escrow:
    """Everything around held reports."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        means, clock, random = parts.means, parts.clock, parts.random
        shares = Shares(parts.vault, parts.sealing, means.months, random)
        self.holding = Holding(
            store=parts.store,
            keyring=means.keyring,
            shares=shares,
            keeping=means.keeping or Keeper(means.keyring.key(Purpose.KEEPER), clock),
            routing=parts.routing,
            settings=parts.settings,
            clock=clock,
            random=random,
        )
        self.held = HeldReports(
            store=parts.store,
            sealing=parts.sealing,
            letters=parts.letters,
            holding=self.holding,
            routing=parts.routing,
            settings=parts.settings,
        )
        self._apart = Apart(
            store=parts.store,
            shares=shares,
            routing=parts.routing,
            settings=parts.settings,
            clock=clock,
            random=random,
        )
        self.jobs = (Job("apart", self._apart.run),)
        self._matches = Matches(
            store=parts.store,
            shares=shares,
            sealing=parts.sealing,
            cases=Cases(parts.vault),
            audit=parts.audit,
            accepted=parts.accepted,
            inboxes=parts.inboxes,
            routing=parts.routing,
            settings=parts.settings,
            clock=clock,
            random=random,
        )

    async def prepare(self) -> None:
        """Before serving: say where the settings name another number than the one that things are held for."""
        for settings in self._parts.settings.workspaces:
            if kept := await kept_number(self._parts.means, settings):
                _log.warning("escrow keeps its number", wanted=settings.escrow, kept=kept)

    @property
    def composers(self) -> Mapping[str, Composer]:
        """Who composes the posts of matches."""
        return {MATCH: self._matches.compose, APART: self._apart.remove}

    def steps(self, visits: Visits, casework: Casework) -> tuple[Steps, ...]:
        """The actions of those who hold, and of those who open a match."""
        parts = self._parts
        holding = HoldingFlow(
            reports=parts.reports,
            drafts=parts.drafts,
            visits=visits,
            held=self.held,
            settings=parts.settings,
        )
        return holding.steps(), MatchFlow(self._matches, parts.accepted, casework).steps()
