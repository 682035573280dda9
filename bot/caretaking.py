"""What the core does by itself for reports that desks have: it arrives, moves on, is due, and ends."""

from __future__ import annotations

from collections.abc import Mapping

from bot.arrivals import ERASE, ESCALATED, GONE, MOVED, NOTE, REMINDER, REPORT, Arrivals
from bot.case import Cases
from bot.conflicts import VANISH, Conflicts
from bot.delivery import Composer
from bot.erased import Erased, Listing
from bot.freeing import Freeing
from bot.notices import CARD
from bot.parts import Parts
from bot.reminders import Reminders
from bot.retention import ENDINGS, Retention
from bot.schedule import Job


class Caretaking:
    """The jobs that look after reports, and the composers of what desks see of them."""

    def __init__(self, parts: Parts) -> None:
        store, settings, clock, random = parts.store, parts.settings, parts.clock, parts.random
        sealing, routing, cases = parts.sealing, parts.routing, Cases(parts.vault)
        arrivals = Arrivals(
            store=store,
            sealing=sealing,
            cases=cases,
            routing=routing,
            settings=settings,
            clock=clock,
            random=random,
        )
        conflicts = Conflicts(
            store=store, sealing=sealing, routing=routing, settings=settings, clock=clock, random=random
        )
        reminders = Reminders(
            store=store, sealing=sealing, routing=routing, settings=settings, clock=clock, random=random
        )
        freeing = Freeing(
            store=store, cases=cases, audit=parts.audit, routing=routing, settings=settings, clock=clock
        )
        retention = Retention(
            store=store,
            sealing=sealing,
            months=parts.means.months,
            routing=routing,
            settings=settings,
            clock=clock,
            random=random,
        )
        listing = Listing(store, Erased(parts.means.settings.keys.perishable), clock)
        self.jobs = (
            Job("drafts", parts.drafts.sweep),
            Job("conflicts", conflicts.run),
            Job("reminders", reminders.run),
            Job("freeing", freeing.run),
            Job("retention", retention.run),
            Job("erasures", listing.run),
        )
        self.composers: Mapping[str, Composer] = {
            REPORT: arrivals.report,
            NOTE: arrivals.note,
            CARD: arrivals.card,
            MOVED: arrivals.moved,
            ESCALATED: arrivals.moved,
            ERASE: arrivals.erase,
            GONE: arrivals.gone,
            VANISH: conflicts.vanish,
            REMINDER: reminders.compose,
            ENDINGS: retention.compose,
        }
