"""Changes that have to wait are told: to the desks that are in force, at once, and in the next digest."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import WorkspaceSettings
from bot.delivery import Posting
from bot.i18n import Translator, translator
from bot.model import Block, Card, Paragraph, Row
from bot.plans import Plan, Plans
from bot.ports import Clock, Store
from bot.records import Desks, OutboxRow
from bot.routing import Routing
from bot.workplaces import Workplaces

CHANGE = "change"
"""The kind of the post that tells a desk of a change."""

PATIENCE = timedelta(days=3)
"""How long a desk where we cannot post is tried."""

BACK = "back"
"""What a digest is told of a change that was announced before and does not come."""


class Announcing:
    """Says what changes and when; to a desk that is no private place it names no channel."""

    def __init__(
        self, *, store: Store, plans: Plans, routing: Routing, settings: Workplaces, clock: Clock
    ) -> None:
        self._store = store
        self._plans = plans
        self._routing = routing
        self._settings = settings
        self._clock = clock

    async def compose(self, row: OutboxRow) -> Posting | None:
        """The post that tells a desk of a change, as it is known when it is posted. Raises PlatformError."""
        settings = self._settings.named(row.workspace)
        known = {desk.id: desk for desk in await self._store.read(Desks(row.workspace))}
        desk = known.get(row.subject)
        if settings is None or desk is None or self._clock.now() > row.due + PATIENCE:
            return None
        facts = await self._routing.facts(settings.place(desk.channel))
        plan = await self._plans.of(row.workspace)
        names = await self._names(settings, plan) if facts.safe else ()
        return Posting(settings.place(desk.channel), change_card(settings, plan, names), anew=True)

    async def news(self, workspace: str, since: datetime, until: datetime) -> str:
        """What a digest says of changes: the day from which one holds, `BACK`, or nothing."""
        told = (await self._plans.of(workspace)).told
        within = [each for each in told if since < datetime.fromisoformat(each.at) <= until]
        stands = [each for each in within if not each.back or datetime.fromisoformat(each.back) > until]
        if stands:
            settings = self._settings.named(workspace)
            return day(datetime.fromisoformat(stands[-1].holds), settings.timezone if settings else "UTC")
        before = [each for each in told if each not in within and each.back]
        gone = [each for each in before if since < datetime.fromisoformat(each.back) <= until]
        return BACK if gone else ""

    async def _names(self, settings: WorkspaceSettings, plan: Plan) -> tuple[str, ...]:
        wanted = plan.later.get("desks", ())
        return tuple([
            called((await self._routing.facts(settings.place(each))).name or each) for each in wanted
        ])  # fmt: skip


def change_card(settings: WorkspaceSettings, plan: Plan, names: tuple[str, ...]) -> Card:
    """What changes at a desk, or that nothing does after all."""
    t = translator(settings.language)
    stays = Paragraph(t("Reports that this desk has stay here, and everything about them works as before."))
    if plan.holds is None:
        said = Paragraph(t("A change of the desks or of what is kept was taken back. All stays as it is."))
        return Card(t("Nothing changes here"), (said, stays))
    when = Row(t("From"), moment(plan.holds, settings.timezone))
    undo = Paragraph(t("Until then every admin can take it back: /metoo, Set up."))
    body: tuple[Block, ...] = (when, *_changes(t, settings, plan, names), stays, undo)
    return Card(t("An admin changes the set-up"), body)


def _changes(
    t: Translator, settings: WorkspaceSettings, plan: Plan, names: tuple[str, ...]
) -> tuple[Block, ...]:
    said: list[Block] = []
    if "desks" in plan.later or "desk_roles" in plan.later:
        said.append(Paragraph(t("New reports go to other desks, or to the same in another order.")))
    if names:
        said.append(Row(t("Desks then, in their order"), ", ".join(names)))
    if "retention_days" in plan.later:
        before, after = settings.retention_days, plan.later["retention_days"]
        said.append(
            Row(
                t("Days that closed reports are kept"), t("{after}; now {before}", after=after, before=before)
            )
        )
    return tuple(said)


def called(name: str) -> str:
    """A channel as people write it, such as #hr-desk."""
    return f"#{name.lstrip('#')}"


def day(when: datetime, zone: str) -> str:
    """The day that it is there."""
    return when.astimezone(ZoneInfo(zone)).date().isoformat()


def moment(when: datetime, zone: str) -> str:
    """The day and the time that it is there."""
    return f"{when.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
