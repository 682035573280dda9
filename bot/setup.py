"""Set-up by admins in chat: what is in force for a workplace, what was chosen, and what has to wait."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.abroad import abroad
from bot.announcing import CHANGE
from bot.audit import Audit
from bot.config import WorkspaceSettings
from bot.errors import Denied, Gone, PlatformError, Refusal
from bot.i18n import N_
from bot.model import Actor, Facts, Place, Workspace
from bot.plans import STEPS, WAITING, Announced, Plan, Plans, View
from bot.ports import Clock, Random, Store
from bot.records import AppendAudit, DeskRow, Desks, OutboxRow
from bot.routing import Routing
from bot.sealing import new_desk
from bot.threshold import must_hold
from bot.vault import Vault
from bot.watch import problem
from bot.workplaces import Workplaces

IDLE = timedelta(days=7)
REMEMBERED = timedelta(days=60)
"""How long it is remembered that a change was told."""

NOT_ADMIN = N_("Only admins of this workplace can set metoo up. Nothing was changed.")
FIXED = N_("The settings file of the program says this, and what it says holds. Nothing was changed.")
IMPOSSIBLE = N_(
    "This cannot be: each channel is for one thing, and numbers and names have to be ones that there are. Nothing was"
    " changed."
)
NO_DESK = N_("There has to be a desk. Nothing was changed.")


class Setup:
    """The only way by which set-up in chat changes; every step asks again whether somebody is an admin."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        plans: Plans,
        routing: Routing,
        settings: Workplaces,
        audit: Audit,
        clock: Clock,
        random: Random,
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._vault = vault
        self._plans = plans
        self._routing = routing
        self._settings = settings
        self._audit = audit
        self._clock = clock
        self._random = random
        self._changed = changed
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Put in force what was chosen before this start, or by another process."""
        self._plans.forget()
        for name, plan in (await self._plans.everything()).items():
            self._enforce(name, plan)

    async def view(self, actor: Actor) -> View:
        """What an admin sees. Raises Refusal for everybody else."""
        if not actor.admin:
            raise Refusal(NOT_ADMIN)
        return await self._view(actor.workspace)

    async def facts(
        self, view: View, channels: Sequence[str], *, sure: bool = False
    ) -> Mapping[str, Facts | None]:
        """Each of these channels as it is now; None where there is none that we can see.

        Where a platform does not answer it raises PlatformError if that has to be `sure`.
        """
        looks = (self._look(Place(view.workspace, each), sure=sure) for each in channels)
        found = await asyncio.gather(*looks)
        return dict(zip(channels, found, strict=True))

    async def keep(self, actor: Actor, step: str, seen: str, values: Mapping[str, Any]) -> bool:
        """Keep what somebody chose in one part; nothing, if another changed it since they saw it. Raises Refusal."""
        async with self._turn:
            view = await self.view(actor)
            if view.seen(step) != seen:
                return False
            if not view.free(step) or set(values) <= view.fixed:
                raise Refusal(FIXED)
            free = {name: value for name, value in _plain(values).items() if name not in view.fixed}
            differs = {name: value for name, value in free.items() if value != view.wanted(name)}
            if differs.get("escrow"):
                await must_hold(self._store, self._routing, view, int(differs["escrow"]))
            return not differs or await self._keep(actor, view, step, differs)

    async def take_back(self, actor: Actor) -> None:
        """What waits does not come to hold, and who was told of it is told so."""
        async with self._turn:
            view = await self.view(actor)
            if view.plan.later:
                now = self._clock.now().isoformat()
                told = tuple(
                    replace(each, back=now) if each.holds == view.plan.due else each
                    for each in view.plan.told
                )
                plan = replace(view.plan, later={}, due="", told=told)
                await self._put(actor, plan, "took back what waited", posts=await self._posts(view))

    async def start(self, actor: Actor) -> Mapping[str, str]:
        """Serve a workplace from now on; what is wrong with its desks, by channel, where it cannot be yet."""
        async with self._turn:
            view = await self.view(actor)
            if view.served:
                return {}
            if not view.now["desks"]:
                raise Refusal(NO_DESK)
            facts = await self.facts(view, view.now["desks"], sure=True)
            vouched = frozenset(view.now["desk_roles"])
            wrong = {each: said for each, found in facts.items() if (said := fault(found, vouched))}
            if not wrong:
                await self._put(actor, replace(view.plan, started=True), "started metoo")
            return wrong

    async def adopt(self, workspace: Workspace, values: Mapping[str, Any]) -> None:
        """Start a workplace with what somebody chose elsewhere; no effect where anything was chosen."""
        name = str(workspace)
        if not (await self._plans.of(name)).version:
            plan = Plan(_plain(values), started=True)
            await self._save(workspace, plan, self._entry(workspace, "", "set up"))

    async def link(
        self,
        home: Workspace,
        actor: Actor,
        linked: Sequence[Mapping[str, Any]],
        did: str,
        posts: Sequence[OutboxRow] = (),
    ) -> None:
        """Keep which workplaces are linked to one, as `Linking` decided; by an admin of either side."""
        who = actor.user if actor.workspace == home else abroad(actor.workspace, actor.user)
        async with self._turn:
            plan = await self._plans.of(str(home))
            values = _plain({**plan.values, "linked": linked})
            await self._save(home, replace(plan, values=values), self._entry(home, who, did), posts)

    async def note_trial(self, actor: Actor, trial: OutboxRow) -> bool:
        """Keep that a test report is on its way."""
        async with self._turn:
            view = await self.view(actor)
            if view.served:
                plan = replace(view.plan, trial=trial.subject.hex())
                await self._put(actor, plan, "sent a test report", posts=(trial,))
            return view.served

    async def run(self) -> datetime:
        """A job: let what has waited long enough hold, and say when to look next."""
        now = self._clock.now()
        upcoming = [now + IDLE]
        for name, plan in (await self._plans.everything()).items():
            if plan.holds is not None and plan.holds <= now:
                await self._hold(name)
            elif plan.holds is not None:
                upcoming.append(plan.holds)
        return min(upcoming)

    async def _hold(self, name: str) -> None:
        async with self._turn:
            workspace = _workspace(name)
            plan = await self._plans.of(name)
            held = replace(plan, values={**plan.values, **plan.later}, later={}, due="")
            await self._save(workspace, held, self._entry(workspace, "", "what waited holds"))

    async def _keep(self, actor: Actor, view: View, step: str, differs: Mapping[str, Any]) -> bool:
        plan, waits = view.plan, view.served and step in WAITING
        by = {**plan.by, step: actor.user}
        said = f"set up {step}"
        if not waits:
            plan = replace(plan, values={**plan.values, **differs}, by=by)
            self._must_fit(view, {**plan.values, **plan.later})
            self._must_fit(view, plan.values)
            return await self._put(actor, plan, said)
        wanted = {**plan.later, **differs}
        later = {name: value for name, value in wanted.items() if value != view.now[name]}
        self._must_fit(view, {**plan.values, **later})
        now = self._clock.now()
        due = (now + self._settings.delays.changes).isoformat() if later else ""
        back = tuple(
            replace(each, back=now.isoformat()) if plan.due and each.holds == plan.due else each
            for each in plan.told
        )
        told = (*back, Announced(now.isoformat(), due)) if due else back
        plan = replace(plan, later=later, due=due, by=by, told=_recent(told, now))
        return await self._put(actor, plan, f"{said}, which waits", posts=await self._posts(view))

    async def _put(self, actor: Actor, plan: Plan, did: str, posts: Sequence[OutboxRow] = ()) -> bool:
        entry = self._entry(actor.workspace, actor.user, did)
        return await self._save(actor.workspace, plan, entry, posts)

    async def _save(
        self, workspace: Workspace, plan: Plan, entry: AppendAudit, posts: Sequence[OutboxRow] = ()
    ) -> bool:
        name = str(workspace)
        if plan.started or self._settings.fixed(workspace):  # once it was switched on, its number stays
            plan = replace(plan, k=plan.k or plan.values.get("escrow", 0))
        desks = await self._new_desks(workspace, plan)
        took = await self._plans.put(name, plan, (entry,), desks, posts)
        self._enforce(name, await self._plans.of(name))
        self._changed()
        return took

    async def _new_desks(self, workspace: Workspace, plan: Plan) -> tuple[DeskRow, ...]:
        """An inbox for each desk in force that has none."""
        merged = self._settings.merged(workspace, plan.values) if plan.started else None
        known = {desk.channel for desk in await self._store.read(Desks(str(workspace)))}
        fresh = [each for each in merged.desks if each not in known] if merged else ()
        return tuple(new_desk(self._vault, str(workspace), each, self._random) for each in fresh)

    async def _posts(self, view: View) -> tuple[OutboxRow, ...]:
        """A post of what changes in each desk that is in force now."""
        name = str(view.workspace)
        desks = [each for each in await self._store.read(Desks(name)) if each.channel in view.now["desks"]]
        now = self._clock.now()
        return tuple(OutboxRow(self._random.randbytes(16), CHANGE, each.id, name, now) for each in desks)

    def _entry(self, workspace: Workspace, who: str, did: str) -> AppendAudit:
        return self._audit.entry(str(workspace), who, did, "", self._clock.now())

    def _enforce(self, name: str, plan: Plan) -> None:
        workspace = _workspace(name)
        if plan.started or self._settings.fixed(workspace):
            self._settings.choose(workspace, plan.values)

    def _must_fit(self, view: View, values: Mapping[str, Any]) -> None:
        if not values.get("desks") and "desks" not in view.fixed:
            if view.served:
                raise Refusal(NO_DESK)
            values = {**values, "desks": ["-"]}  # as if there were one, to see whether the rest can be
        if self._settings.merged(view.workspace, values) is None:
            raise Refusal(IMPOSSIBLE)

    async def _view(self, workspace: Workspace) -> View:
        plan, served = await self._plans.of(str(workspace)), self._settings.for_workspace(workspace)
        usual = {name: each.get_default() for name, each in WorkspaceSettings.model_fields.items()}
        chosen = served.model_dump() if served else {**usual, "desks": (), **plan.values}
        now = _plain({name: chosen[name] for names in STEPS.values() for name in names})
        return View(workspace, now, self._settings.fixed(workspace), plan, served is not None)

    async def _look(self, place: Place, *, sure: bool) -> Facts | None:
        try:
            return await self._routing.facts(place)
        except (Denied, Gone):
            return None
        except PlatformError:
            if sure:
                raise
            return None


def fault(facts: Facts | None, vouched: frozenset[str] = frozenset()) -> str:
    """What keeps a channel from being a desk, a key of `watch.PROBLEMS`; an admin may vouch for groups that open it."""
    if facts is not None and facts.unsure and {known for known, _ in facts.unsure} <= vouched:
        facts = replace(facts, private=True)
    return "away" if facts is None else problem(facts)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As it is once it was kept."""
    return dict(json.loads(json.dumps(values)))


def _recent(told: Sequence[Announced], now: datetime) -> tuple[Announced, ...]:
    return tuple(each for each in told if now - datetime.fromisoformat(each.at) < REMEMBERED)


def _workspace(name: str) -> Workspace:
    platform, _, known = name.partition(":")
    return Workspace(platform, known)
