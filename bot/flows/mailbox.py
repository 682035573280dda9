"""Coming back with a receipt: what has happened, the conversation, and everything that can still be changed."""

from __future__ import annotations

from dataclasses import replace

from bot.backing import Backing
from bot.conversation import Kind, Said
from bot.destinations import Destinations
from bot.errors import Refusal
from bot.flows import mailbox_cards as cards
from bot.flows import mailbox_choices as choices
from bot.flows import mailbox_forms as forms
from bot.flows.backing import for_writer
from bot.flows.step import RECEIPT, Steps, key_of, message_id, once
from bot.followup import Followup, State, erased_by, nameable
from bot.held import HeldReports
from bot.i18n import N_, Translator, translator
from bot.model import Card, Event, Reply
from bot.ports import Clock, Random
from bot.visits import Visit, Visits
from bot.workplaces import Workplaces

_EMPTY = N_("There is no text yet, so nothing was added.")
_TOO_LONG = N_("This is {over} characters longer than fits, so nothing was added. You can add it in parts.")


class Mailbox:
    """Behind *I have a receipt*."""

    def __init__(
        self,
        *,
        visits: Visits,
        followup: Followup,
        destinations: Destinations,
        backing: Backing,
        held: HeldReports,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._visits = visits
        self._followup = followup
        self._destinations = destinations
        self._backing = backing
        self._held = held
        self._settings = settings
        self._clock = clock
        self._random = random

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            RECEIPT.action: self.ask,
            "receipt.open": self.enter,
            "box": self.box,
            "box.all": self.everything,
            "box.add": self.add,
            "box.since": self.since,
            "box.meet": self.meet,
            "box.added": self.added,
            "box.happened": self.happened,
            "box.met": self.met,
            "box.name": self.name,
            "box.named": self.named,
            "box.back": self.back,
            "box.withdraw": self.withdraw,
            "box.undo": self.undo,
            "box.remind": self.remind,
            "box.route": self.route,
            "box.send": self.send,
        }

    async def ask(self, event: Event) -> Reply:
        """The field for the seven words."""
        return forms.receipt_form(translator(event.actor.locale))

    async def enter(self, event: Event) -> Reply:
        """Open what the words open."""
        key = await self._visits.begin(event.actor, event.text("words"))
        await self._followup.visited(await self._visits.get(event.actor.workspace, key))
        return await self._box(event, key)

    async def box(self, event: Event) -> Reply:
        """The mailbox again."""
        return await self._box(event, event.ref)

    async def everything(self, event: Event) -> Reply:
        """The report and the whole conversation, to read or copy."""
        box = await self._followup.box(await self._visit(event))
        return cards.everything_card(translator(event.actor.locale), event.ref, box)

    async def add(self, event: Event) -> Reply:
        """The form for more details or an answer, or for more in a private record."""
        t, visit, ref = await self._ready(event)
        alone = visit.report.stage == State.KEPT or await self._followup.holds(visit)
        return forms.jot_form(t, ref) if alone else forms.add_form(t, ref)

    async def since(self, event: Event) -> Reply:
        """The form for what has happened since, and for the desk that it goes to where there is a choice."""
        t, visit, ref = await self._ready(event)
        if visit.report.stage == State.KEPT or await self._followup.holds(visit):
            return forms.jot_since_form(t, ref)
        others, closed = await self._destinations.choice(visit), visit.report.closed is not None
        return forms.since_form(t, ref, others, closed=closed)

    async def meet(self, event: Event) -> Reply:
        """The form for a meeting with somebody at one's side."""
        t, _, ref = await self._ready(event)
        return forms.meet_form(t, ref)

    async def added(self, event: Event) -> Reply:
        """Keep what was added; it arrives late, as everything does. Tried again after a refusal, ask again."""
        return await self._say(event, Kind.TEXT) if event.values else await self.add(event)

    async def met(self, event: Event) -> Reply:
        """Keep the wish to meet."""
        return await self._say(event, Kind.MEET) if event.values else await self.meet(event)

    async def happened(self, event: Event) -> Reply:
        """Keep what has happened since, for the desk that has the report or for the one that was chosen."""
        if not event.values:
            return await self.since(event)
        desk = event.text("where")
        if desk in {"", forms.SAME}:
            return await self._say(event, Kind.SINCE)
        said = Said(Kind.SINCE, _typed(event))
        await self._destinations.tell(
            event.actor, await self._visit(event), message_id(event.ref), said, desk
        )
        t = translator(event.actor.locale)
        return cards.sent_on_card(t, key_of(event.ref), self._settings.delays.report)

    async def name(self, event: Event) -> Reply:
        """What telling one's name means; this cannot be untold."""
        t, key = translator(event.actor.locale), key_of(event.ref)
        if not nameable(event.actor, await self._visit(event)):
            return choices.unnameable_card(t, key)
        return choices.name_card(t, once(key, self._random))

    async def named(self, event: Event) -> Reply:
        """Tell HR who wrote."""
        said = Said(Kind.IDENTITY, who=event.actor.user)
        await self._followup.say(event.actor, await self._visit(event), message_id(event.ref), said)
        return cards.added_card(
            translator(event.actor.locale), key_of(event.ref), self._settings.delays.report
        )

    async def back(self, event: Event) -> Reply:
        """What taking the report back would do now."""
        box = await self._followup.box(await self._visit(event))
        return choices.back_card(translator(event.actor.locale), event.ref, box, erased_by(self._clock.now()))

    async def withdraw(self, event: Event) -> Reply:
        """Take the report back."""
        gone = await self._followup.withdraw(await self._visit(event))
        t = translator(event.actor.locale)
        return choices.gone_card(t) if gone else await self._box(event, event.ref)

    async def undo(self, event: Event) -> Reply:
        """Undo a withdrawal."""
        await self._followup.undo(await self._visit(event))
        return await self._box(event, event.ref)

    async def remind(self, event: Event) -> Reply:
        """Remind the desk that an answer is due."""
        visit = await self._visit(event)
        # From what only the words give: an id made of what is in the store would tell the day to who tries all days.
        once_a_day = message_id(f"{visit.pair.seed.hex()}.remind.{self._clock.now().date()}")
        await self._followup.say(event.actor, visit, once_a_day, Said(Kind.REMIND))
        return cards.added_card(
            translator(event.actor.locale), key_of(event.ref), self._settings.delays.report
        )

    async def route(self, event: Event) -> Reply:
        """Which desk would get it, before it is sent there."""
        visit = await self._visit(event)
        looks = await self._destinations.others(visit)
        t, delay = translator(event.actor.locale), self._settings.delays.report
        return choices.route_card(t, event.ref, looks, delay, kept=visit.report.stage == State.KEPT)

    async def send(self, event: Event) -> Reply:
        """Send a private record, or a report to another desk."""
        await self._destinations.send(event.actor, await self._visit(event))
        return await self._box(event, event.ref)

    async def _say(self, event: Event, kind: Kind) -> Card:
        said, visit = Said(kind, _typed(event)), await self._visit(event)
        await self._followup.say(event.actor, visit, message_id(event.ref), said)
        t, key = translator(event.actor.locale), key_of(event.ref)
        if visit.report.stage == State.KEPT:
            return cards.jotted_card(t, key)
        if await self._followup.holds(visit):
            return cards.held_more_card(t, key)
        return cards.added_card(t, key, self._settings.delays.report)

    async def _ready(self, event: Event) -> tuple[Translator, Visit, str]:
        """Before a form opens: that what is typed into it can be kept. The visit is young again by that."""
        visit = await self._visit(event)
        self._followup.ready(event.actor, visit)
        return translator(event.actor.locale), visit, once(key_of(event.ref), self._random)

    async def _visit(self, event: Event) -> Visit:
        return await self._visits.get(event.actor.workspace, key_of(event.ref))

    async def _box(self, event: Event, key: str) -> Card:
        visit = await self._visits.get(event.actor.workspace, key)
        box, workplace = await self._followup.box(visit), self._settings.named(visit.report.workspace)
        stuck, elsewhere = (
            await self._destinations.stuck(visit),
            await self._destinations.elsewhere(visit),
        )
        box = replace(box, stuck=stuck, elsewhere=elsewhere)
        files = workplace is not None and workplace.attachments
        t = translator(event.actor.locale)
        shared = visit.report.stage == "sent" and visit.report.delivered is not None
        support = for_writer(t, await self._backing.of(visit.report) if shared else None)
        hold = box.state is State.KEPT and workplace is not None and await self._held.possible(workplace)
        return cards.box_card(t, key, box, support, files=files, hold=hold)


def _typed(event: Event) -> str:
    text = event.text("text")
    if not text.strip():
        raise Refusal(_EMPTY)
    if len(text) > forms.MESSAGE_LIMIT:
        raise Refusal(_TOO_LONG, over=len(text) - forms.MESSAGE_LIMIT)
    return text
