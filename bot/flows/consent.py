"""What a writer agrees to: that colleagues learn of it, in which words, and that the desk speaks with who is named."""

from __future__ import annotations

from bot.conversation import Kind, Said
from bot.errors import Refusal
from bot.flows import mailbox_choices as choices
from bot.flows.mailbox_cards import added_card
from bot.flows.mailbox_forms import MESSAGE_LIMIT, plan_form, words_form
from bot.flows.step import Step, Steps, key_of, message_id, once
from bot.followup import WORDS_LIMIT, Followup
from bot.i18n import N_, translator
from bot.model import Card, Event, Reply
from bot.ports import Random
from bot.visits import Visit, Visits
from bot.workplaces import Workplaces

_EMPTY = N_("There is no text yet, so nothing was kept.")
_TOO_LONG = N_(
    "This is {over} characters longer than fits, so nothing was kept. Colleagues read {most} at most."
)
_NOT_SAID = N_("Please choose one of the two. Nothing was sent.")
_LONG = N_("This is {over} characters longer than fits, so nothing was sent.")

_ANSWERS = {"yes": Kind.AGREE, "no": Kind.OBJECT}


class Consent:
    """Behind *What colleagues may see*, and behind the answer to a desk that wants to speak with somebody."""

    def __init__(
        self, visits: Visits, followup: Followup, settings: Workplaces, random: Random, box: Step
    ) -> None:
        self._visits = visits
        self._followup = followup
        self._settings = settings
        self._random = random
        self._box = box

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "box.share": self.sharing,
            "box.share.yes": self.share,
            "box.share.no": self.hide,
            "box.words": self.words,
            "box.worded": self.worded,
            "box.unword": self.unword,
            "box.plan": self.plan,
            "box.planned": self.planned,
        }

    async def sharing(self, event: Event) -> Reply:
        """What colleagues may see, and every choice."""
        return await self._sharing(event)

    async def share(self, event: Event) -> Reply:
        """Let colleagues learn that the report exists."""
        await self._followup.share(await self._visit(event), shared=True)
        return await self._box(event)

    async def hide(self, event: Event) -> Reply:
        """Let colleagues learn nothing, and take back what they see."""
        await self._followup.share(await self._visit(event), shared=False)
        return await self._box(event)

    async def words(self, event: Event) -> Reply:
        """The form for one's own words."""
        visit = await self._visit(event)
        self._followup.ready(event.actor, visit)
        box = await self._followup.box(visit)
        typed = box.words.said.text if box.words else ""
        return words_form(translator(event.actor.locale), once(key_of(event.ref), self._random), typed)

    async def worded(self, event: Event) -> Reply:
        """Keep them for the desk to approve; they take the place of those before."""
        text = event.text("text")
        if not text.strip():
            raise Refusal(_EMPTY)
        if len(text) > WORDS_LIMIT:
            raise Refusal(_TOO_LONG, over=len(text) - WORDS_LIMIT, most=WORDS_LIMIT)
        await self._followup.word(event.actor, await self._visit(event), message_id(event.ref), text)
        return await self._sharing(event)

    async def unword(self, event: Event) -> Reply:
        """Take them back."""
        await self._followup.unword(await self._visit(event))
        return await self._sharing(event)

    async def plan(self, event: Event) -> Reply:
        """The form for an answer to a desk that wants to speak with somebody named."""
        self._followup.ready(event.actor, await self._visit(event))
        return plan_form(translator(event.actor.locale), once(key_of(event.ref), self._random))

    async def planned(self, event: Event) -> Reply:
        """Keep the answer; it arrives late, as everything does."""
        kind, text = _ANSWERS.get(event.text("answer")), event.text("text")
        if kind is None:
            raise Refusal(_NOT_SAID)
        if len(text) > MESSAGE_LIMIT:
            raise Refusal(_LONG, over=len(text) - MESSAGE_LIMIT)
        said = Said(kind, text)
        await self._followup.say(event.actor, await self._visit(event), message_id(event.ref), said)
        t, delay = translator(event.actor.locale), self._settings.delays.report
        return added_card(t, key_of(event.ref), delay)

    async def _sharing(self, event: Event) -> Card:
        box = await self._followup.box(await self._visit(event))
        return choices.sharing_card(translator(event.actor.locale), key_of(event.ref), box)

    async def _visit(self, event: Event) -> Visit:
        return await self._visits.get(event.actor.workspace, key_of(event.ref))
