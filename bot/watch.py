"""The watch over desks: every hour, whether each is still a private place, and how many people can read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.config import WorkspaceSettings
from bot.delivery import Posting
from bot.errors import PlatformError
from bot.i18n import N_, translator
from bot.model import Card, Facts, Paragraph
from bot.ports import Clock, Random, Store
from bot.records import AddOutbox, DeskRow, Desks, OutboxRow, PutWatch, WatchOf, WatchRow
from bot.routing import Routing
from bot.workplaces import Workplaces

_log = structlog.get_logger(__name__)

EVERY = timedelta(hours=1)
READERS = "readers"
"""The kind of the post that tells a desk how many can read it."""

OPENERS = "openers"
"""The kind of the post that tells a desk that other roles or people open it, where nobody says how many those are."""

PROBLEMS = {
    "unknown": N_("The platform did not say at the last look whether it is a private place."),
    "open": N_("It is not a private place: more people than its members can read it, or it is archived."),
    "shared": N_("People from outside this workplace can read it."),
    "away": N_("The bot cannot post there; it has to be invited."),
    "empty": N_("Nobody reads it."),
}
"""What can be wrong with a desk, as an admin is told."""


class Watch:
    """Looks at all desks by itself, never because of a report: what it says tells nothing about one."""

    def __init__(
        self, *, store: Store, routing: Routing, settings: Workplaces, clock: Clock, random: Random
    ) -> None:
        self._store = store
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random
        self._found: dict[tuple[str, str], str] = {}
        self._opened: dict[bytes, frozenset[str]] = {}

    def problems(self, workspace: str) -> dict[str, str]:
        """What was wrong at the last look, by channel: a key of `PROBLEMS`."""
        return {channel: found for (where, channel), found in self._found.items() if where == workspace}

    async def run(self) -> datetime:
        """A job: look at every desk, and say when to do so next.

        One that is no desk any more is still told who can read it, for the cases that it has; it is no problem.
        """
        for settings in self._settings.workspaces:
            for desk in await self._store.read(Desks(str(settings.workspace))):
                await self._look(settings, desk)
        return self._clock.now() + EVERY

    async def _look(self, settings: WorkspaceSettings, desk: DeskRow) -> None:
        try:
            facts = await self._routing.facts(settings.place(desk.channel))
        except PlatformError:
            facts = None
        self._note(desk, problem(facts) if desk.channel in settings.desks else "")
        if facts is not None and facts.safe and facts.readers is not None:
            await self._count(desk, facts.readers)
        elif facts is not None and facts.safe:
            await self._compare(desk, frozenset(facts.openers))

    def _note(self, desk: DeskRow, found: str) -> None:
        where = (desk.workspace, desk.channel)
        if found != self._found.get(where, ""):
            _log.warning("desk looked at", workspace=desk.workspace, channel=desk.channel, problem=found)
        self._found.pop(where, None)
        if found:
            self._found[where] = found

    async def _count(self, desk: DeskRow, readers: int) -> None:
        known = await self._store.read(WatchOf(desk.id))
        if known is None:
            await self._store.write(PutWatch(WatchRow(desk.id, readers, None)))
        elif known.readers is None:
            await self._store.write(PutWatch(replace(known, readers=readers)))
        elif known.readers != readers:
            post = OutboxRow(self._random.randbytes(16), READERS, desk.id, desk.workspace, self._clock.now())
            await self._store.write(
                PutWatch(replace(known, readers=readers, before=known.readers)), AddOutbox(post)
            )

    async def _compare(self, desk: DeskRow, openers: frozenset[str]) -> None:
        """Their names are kept in memory only: what changed while metoo was off is not told."""
        before, self._opened[desk.id] = self._opened.get(desk.id, openers), openers
        if before != openers:
            now = self._clock.now()
            post = OutboxRow(self._random.randbytes(16), OPENERS, desk.id, desk.workspace, now)
            await self._store.write(AddOutbox(post))

    async def compose_openers(self, row: OutboxRow) -> Posting | None:
        """The post that tells a desk that other roles or people open it."""
        settings = self._settings.named(row.workspace)
        desks = {desk.id: desk for desk in await self._store.read(Desks(row.workspace))}
        desk = desks.get(row.subject)
        if (
            settings is None
            or desk is None
            or not (await self._routing.facts(settings.place(desk.channel))).safe
        ):
            return None
        return Posting(settings.place(desk.channel), openers_card(settings), anew=True)

    async def compose(self, row: OutboxRow) -> Posting | None:
        """The post that tells a desk that its readers changed."""
        settings, watch = self._settings.named(row.workspace), await self._store.read(WatchOf(row.subject))
        desks = {desk.id: desk for desk in await self._store.read(Desks(row.workspace))}
        desk = desks.get(row.subject)
        if settings is None or desk is None or watch is None or watch.readers is None or watch.before is None:
            return None
        if not (await self._routing.facts(settings.place(desk.channel))).safe:
            return None  # the next look at a safe desk tells it
        card = readers_card(settings, watch.readers, watch.before)
        return Posting(settings.place(desk.channel), card, anew=True)


def problem(facts: Facts | None) -> str:
    """What is wrong with a desk, a key of `PROBLEMS`; empty if nothing is."""
    if facts is None:
        return "unknown"
    wrong = {
        "away": not facts.bot and not facts.private,
        "open": not facts.private,
        "shared": facts.external,
        "empty": facts.readers == 0,
    }
    return next((each for each, so in wrong.items() if so), "" if facts.bot else "away")


def readers_card(settings: WorkspaceSettings, now: int, before: int) -> Card:
    """How many people can read a desk, and that it was another number."""
    t = translator(settings.language)
    more = t(
        "More people can read this desk than before: {now}, and it was {before}.", now=now, before=before
    )
    fewer = t(
        "Fewer people can read this desk than before: {now}, and it was {before}.", now=now, before=before
    )
    return _who_card(settings, more if now > before else fewer)


def openers_card(settings: WorkspaceSettings) -> Card:
    """That other roles or people open a desk than did; which, its channel's permissions say."""
    t = translator(settings.language)
    changed = t(
        "Other roles or people open this channel than at the last look. Who they are stands in its permissions."
    )
    return _who_card(settings, changed)


def _who_card(settings: WorkspaceSettings, changed: str) -> Card:
    t = translator(settings.language)
    they = t(
        "They see the cards here, and can open every report. If that is not as it should be, an admin can change"
        " who is in this channel."
    )
    return Card(t("Who can read this desk"), (Paragraph(changed), Paragraph(they)))
