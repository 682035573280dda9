"""Set-up in chat, for admins: each part as a card and a form, in any order and as often as one likes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.errors import Refusal
from bot.flows.setup_cards import CHANGED, Seen, overview, part, standing, start_card, vouch_card
from bot.flows.setup_parts import MOST_ZONES, channel_of, form, values, zones
from bot.flows.step import SETUP, Steps, row_id
from bot.i18n import N_, translator
from bot.model import Actor, Address, Block, Button, Card, Choice, Event, Option, Paragraph, Reply
from bot.plans import STEPS, View
from bot.setup import Setup, fault
from bot.trial import Trials
from bot.watch import PROBLEMS
from bot.workplaces import Workplaces

_KEPT = N_("Kept.")
_NO_CHANNEL = N_("No channel was picked or named, so nothing was changed.")
_NO_ZONE = N_("No time zone has a name like that. The rest was kept; please try the nearest large city.")
_NOT_INSIDE = N_("The bot cannot post there, so nothing was changed. It has to be invited first.")
_SHARED = N_("People from outside this workplace can read that channel, so nothing was changed.")
_AS_WAITS = N_("Kept. It holds from the moment below; the desks were told.")
_TAKEN_BACK = N_("What waited was taken back. The desks that were told of it are told so.")
_STARTED = N_("metoo serves this workplace now. A test report shows whether reports arrive.")
_SENT = N_("A test report is on its way. It passes the same checks as a report.")
_NOT_YET = N_("This cannot be yet, so nothing was changed. This is what keeps it:")


class SetupFlow:
    """The wizard; `problems` are those of the last hourly look, by workspace."""

    def __init__(
        self,
        setup: Setup,
        trials: Trials,
        settings: Workplaces,
        problems: Callable[[str], Mapping[str, str]],
    ) -> None:
        self._setup = setup
        self._trials = trials
        self._settings = settings
        self._problems = problems

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            SETUP.action: self.overview,
            "setup.part": self.part,
            "setup.edit": self.edit,
            "setup.kept": self.kept,
            "setup.zone": self.zone,
            "setup.first": self.first,
            "setup.out": self.out,
            "setup.vouch": self.vouch,
            "setup.back": self.back,
            "setup.start": self.start,
            "setup.started": self.started,
            "setup.try": self.send,
            "setup.read": self.read,
        }

    async def overview(self, event: Event) -> Reply:
        """Where set-up stands."""
        return await self._overview(event.actor)

    async def standing(self, actor: Actor) -> tuple[Block, ...]:
        """The same in short. Raises Refusal for who is no admin."""
        return standing(await self._seen(actor))

    async def part(self, event: Event) -> Reply:
        """One part of it."""
        return await self._part(event.actor, event.ref)

    async def edit(self, event: Event) -> Reply:
        """The form of one part."""
        view = await self._setup.view(event.actor)
        if event.ref not in STEPS or not view.free(event.ref):
            return await self._part(event.actor, event.ref)
        return form(translator(event.actor.locale), view, event.ref)

    async def kept(self, event: Event) -> Reply:
        """Keep what a form chose."""
        step, _, mark = event.ref.partition(".")
        if step == "desks":
            return await self._add_desk(event.actor, mark, channel_of(event))
        view = await self._setup.view(event.actor)
        if step not in STEPS:
            return await self._overview(event.actor)
        try:
            chosen = dict(values(event, step, view))
            await self._channels_fit(view, chosen)
        except Refusal as refusal:
            return await self._part(event.actor, step, refusal)
        found = zones(event.text("timezone")) if step == "digest" else ()
        if len(found) == 1:
            chosen["timezone"] = found[0]
        before = view.seen(step)
        reply = await self._keep(event.actor, step, mark, chosen)
        unclear = step == "digest" and len(found) != 1 and "timezone" not in view.fixed
        if not unclear or mark != before:  # somebody was faster: nothing was kept, and the answer says so
            return reply
        return await self._which_zone(event.actor, found)

    async def zone(self, event: Event) -> Reply:
        """The time zone that was picked among several."""
        return await self._keep(event.actor, "digest", event.ref, {"timezone": event.text("choice")})

    async def first(self, event: Event) -> Reply:
        """Which desk comes first."""
        desks = (await self._setup.view(event.actor)).wanted("desks")
        picked = event.text("choice")
        order = sorted(desks, key=lambda each: each != picked)
        return await self._keep(event.actor, "desks", event.ref, {"desks": order})

    async def out(self, event: Event) -> Reply:
        """A desk is none any more."""
        desks = (await self._setup.view(event.actor)).wanted("desks")
        rest = [each for each in desks if each != event.text("choice")]
        return await self._keep(event.actor, "desks", event.ref, {"desks": rest})

    async def vouch(self, event: Event) -> Reply:
        """An admin vouches for the groups that open a channel."""
        channel, _, mark = event.ref.partition(".")
        return await self._add_desk(event.actor, mark, channel, vouched=True)

    async def back(self, event: Event) -> Reply:
        """What waits does not come."""
        await self._setup.take_back(event.actor)
        return await self._overview(event.actor, _TAKEN_BACK)

    async def start(self, event: Event) -> Reply:
        """The question before serving."""
        return start_card(await self._seen(event.actor))

    async def started(self, event: Event) -> Reply:
        """Serve from now on."""
        wrong = await self._setup.start(event.actor)
        return await self._overview(event.actor, _NOT_YET if wrong else _STARTED, wrong or None)

    async def send(self, event: Event) -> Reply:
        """Send a test report."""
        sent = await self._setup.note_trial(event.actor, self._trials.new(str(event.actor.workspace)))
        return await self._overview(event.actor, _SENT if sent else "")

    async def read(self, event: Event) -> Reply:
        """A handler opens a test report, as a real one would open."""
        await self._trials.open(event.actor, row_id(event.ref))
        t = translator(event.actor.locale)
        said = t(
            "This was a test, and you could open it. A report opens like this, and only for people of this desk."
        )
        return Card(t("Test report"), (Paragraph(said),), aside=True)

    async def _add_desk(self, actor: Actor, mark: str, channel: str, *, vouched: bool = False) -> Card:
        view = await self._setup.view(actor)
        if not channel:
            return await self._part(actor, "desks", Refusal(_NO_CHANNEL))
        facts = (await self._setup.facts(view, (channel,), sure=True))[channel]
        roles = [*view.wanted("desk_roles")]
        if vouched and facts is not None:
            roles += [known for known, _ in facts.unsure if known not in roles]
        wrong = fault(facts, frozenset(roles))
        if wrong == "open" and facts is not None and facts.unsure and facts.bot and not facts.external:
            return vouch_card(await self._seen(actor, channel), channel, facts)
        if wrong:
            return await self._part(actor, "desks", Refusal(PROBLEMS[wrong]))
        desks = [*view.wanted("desks"), channel]
        chosen = {"desks": list(dict.fromkeys(desks)), "desk_roles": roles}
        return await self._keep(actor, "desks", mark, chosen)

    async def _channels_fit(self, view: View, chosen: Mapping[str, Any]) -> None:
        """Channels for everybody need the bot in them, and nobody from outside. Raises Refusal."""
        wanted = [chosen.get(each, "") for each in STEPS["channels"]]
        facts_of = await self._setup.facts(view, [each for each in wanted if each], sure=True)
        for facts in facts_of.values():
            if facts is None or not facts.bot:
                raise Refusal(_NOT_INSIDE)
            if facts.external:
                raise Refusal(_SHARED)

    async def _keep(self, actor: Actor, step: str, mark: str, chosen: Mapping[str, Any]) -> Card:
        try:
            took = await self._setup.keep(actor, step, mark, chosen)
        except Refusal as refusal:
            return await self._part(actor, step, refusal)
        if not took:
            return await self._part(actor, step, Refusal(CHANGED), by=True)
        seen = await self._seen(actor)
        waits = set(STEPS[step]) & set(seen.view.plan.later)
        return part(seen, step, seen.t(_AS_WAITS if waits else _KEPT), done=True)

    async def _which_zone(self, actor: Actor, found: Sequence[str]) -> Card:
        seen = await self._seen(actor)
        t = seen.t
        if not found or len(found) > MOST_ZONES:
            return part(seen, "digest", t(_NO_ZONE))
        listed = tuple(Option(each, each) for each in found)
        which = Choice(t("Which time zone?"), Address("setup.zone", seen.view.seen("digest")), listed)
        back = Button(t("Back"), Address("setup.part", "digest"))
        return Card(t("Time zone"), (Paragraph(t("There are several like that.")),), (back,), (which,))

    async def _part(
        self, actor: Actor, step: str, refused: Refusal | None = None, *, by: bool = False
    ) -> Card:
        if step not in STEPS:
            return await self._overview(actor)
        seen = await self._seen(actor)
        said = seen.t(refused.text, **refused.values) if refused else ""
        return part(seen, step, said, by=by)

    async def _overview(self, actor: Actor, said: str = "", wrong: Mapping[str, str] | None = None) -> Card:
        seen = await self._seen(actor)
        served = self._settings.for_workspace(actor.workspace)
        result = await self._trials.result(served, seen.view.plan) if served else None
        return overview(seen, result, seen.t(said) if said else "", wrong)

    async def _seen(self, actor: Actor, *more: str) -> Seen:
        view = await self._setup.view(actor)
        now, later = view.now, view.plan.later
        named = [
            *now["desks"],
            *later.get("desks", ()),
            now["solidarity_channel"],
            now["digest_channel"],
            *more,
        ]
        problems = self._problems(str(actor.workspace)) if view.served else {}
        facts = await self._setup.facts(view, [*dict.fromkeys(each for each in (*named, *problems) if each)])
        hours = self._settings.delays.changes // timedelta(hours=1)
        apart = self._settings.keeper_apart
        return Seen(translator(actor.locale), view, facts, problems, hours, apart)
