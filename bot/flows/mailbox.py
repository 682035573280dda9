"""Coming back with a receipt: what has happened, the conversation, and everything that can still be changed."""

from __future__ import annotations

from bot.config import Settings
from bot.conversation import Kind, Said
from bot.errors import Refusal
from bot.flows import mailbox_cards as cards
from bot.flows.step import RECEIPT, Steps, key_of, message_id, once
from bot.followup import Followup, erased_by, nameable
from bot.i18n import N_, Translator, translator
from bot.model import Address, Card, Event, Form, Reply, TextField
from bot.ports import Clock, Random
from bot.visits import Visit, Visits

MESSAGE_LIMIT = 40_000

_EMPTY = N_("There is no text yet, so nothing was added.")
_TOO_LONG = N_("This is {over} characters longer than fits, so nothing was added. You can add it in parts.")


class Mailbox:
    """Behind *I have a receipt*."""

    def __init__(
        self, *, visits: Visits, followup: Followup, settings: Settings, clock: Clock, random: Random
    ) -> None:
        self._visits = visits
        self._followup = followup
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
            "box.share": self.sharing,
            "box.share.yes": self.share,
            "box.share.no": self.hide,
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
        t = translator(event.actor.locale)
        hint = t("Seven words. Spaces, hyphens, capitals and line breaks do not matter.")
        field = TextField("words", t("Your seven words"), hint, required=True, limit=2000)
        return Form(t("I have a receipt"), Address("receipt.open"), (field,), t("Open"))

    async def enter(self, event: Event) -> Reply:
        """Open what the words open."""
        key = await self._visits.begin(event.actor, event.text("words"))
        return await self._box(event, key)

    async def box(self, event: Event) -> Reply:
        """The mailbox again."""
        return await self._box(event, event.ref)

    async def everything(self, event: Event) -> Reply:
        """The report and the whole conversation, to read or copy."""
        box = await self._followup.box(await self._visit(event))
        return cards.everything_card(translator(event.actor.locale), event.ref, box)

    async def add(self, event: Event) -> Reply:
        """The form for more details or an answer."""
        t = translator(event.actor.locale)
        return self._form(t, event.ref, t("Add or answer"))

    async def since(self, event: Event) -> Reply:
        """The form for what has happened since."""
        t = translator(event.actor.locale)
        return self._form(t, event.ref, t("Something happened since"), action="box.happened")

    async def meet(self, event: Event) -> Reply:
        """The form for a meeting with somebody at one's side."""
        t = translator(event.actor.locale)
        offer = t("I would like to meet, with somebody I trust beside me. A place and time that suit me:")
        return self._form(t, event.ref, t("Meet with someone I trust"), typed=offer, action="box.met")

    async def added(self, event: Event) -> Reply:
        """Keep what was added; it arrives late, as everything does."""
        await self._say(event, Kind.TEXT)
        return cards.added_card(
            translator(event.actor.locale), key_of(event.ref), self._settings.delays.report
        )

    async def met(self, event: Event) -> Reply:
        """Keep the wish to meet."""
        await self._say(event, Kind.MEET)
        return cards.added_card(
            translator(event.actor.locale), key_of(event.ref), self._settings.delays.report
        )

    async def happened(self, event: Event) -> Reply:
        """Keep what has happened since, and offer another desk for it."""
        await self._say(event, Kind.SINCE)
        return cards.happened_card(
            translator(event.actor.locale), key_of(event.ref), self._settings.delays.report
        )

    async def sharing(self, event: Event) -> Reply:
        """What colleagues may see, and both choices."""
        box = await self._followup.box(await self._visit(event))
        return cards.sharing_card(translator(event.actor.locale), event.ref, box)

    async def share(self, event: Event) -> Reply:
        """Let colleagues learn that the report exists."""
        await self._followup.share(await self._visit(event), shared=True)
        return await self._box(event, event.ref)

    async def hide(self, event: Event) -> Reply:
        """Let colleagues learn nothing, and take back what they see."""
        await self._followup.share(await self._visit(event), shared=False)
        return await self._box(event, event.ref)

    async def name(self, event: Event) -> Reply:
        """What telling one's name means; this cannot be untold."""
        nameable(event.actor, await self._visit(event))
        return cards.name_card(translator(event.actor.locale), once(key_of(event.ref), self._random))

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
        return cards.back_card(translator(event.actor.locale), event.ref, box, erased_by(self._clock.now()))

    async def withdraw(self, event: Event) -> Reply:
        """Take the report back."""
        gone = await self._followup.withdraw(await self._visit(event))
        t = translator(event.actor.locale)
        return cards.gone_card(t) if gone else await self._box(event, event.ref)

    async def undo(self, event: Event) -> Reply:
        """Undo a withdrawal."""
        await self._followup.undo(await self._visit(event))
        return await self._box(event, event.ref)

    async def remind(self, event: Event) -> Reply:
        """Remind the desk that an answer is due."""
        visit = await self._visit(event)
        once_a_day = message_id(f"{visit.report.id.hex()}.remind.{self._clock.now().date()}")
        await self._followup.say(event.actor, visit, once_a_day, Said(Kind.REMIND))
        return cards.added_card(
            translator(event.actor.locale), key_of(event.ref), self._settings.delays.report
        )

    async def route(self, event: Event) -> Reply:
        """Which desk would get it, before it is sent there."""
        visit = await self._visit(event)
        looks = await self._followup.route(visit)
        return cards.route_card(
            translator(event.actor.locale), event.ref, looks, self._settings.delays.report
        )

    async def send(self, event: Event) -> Reply:
        """Send a private record, or a report to another desk."""
        await self._followup.send(event.actor, await self._visit(event))
        return await self._box(event, event.ref)

    async def _say(self, event: Event, kind: Kind) -> None:
        text = event.text("text")
        if not text.strip():
            raise Refusal(_EMPTY)
        if len(text) > MESSAGE_LIMIT:
            raise Refusal(_TOO_LONG, over=len(text) - MESSAGE_LIMIT)
        visit = await self._visit(event)
        await self._followup.say(event.actor, visit, message_id(event.ref), Said(kind, text))

    async def _visit(self, event: Event) -> Visit:
        return await self._visits.get(event.actor.workspace, key_of(event.ref))

    async def _box(self, event: Event, key: str) -> Card:
        visit = await self._visits.get(event.actor.workspace, key)
        return cards.box_card(translator(event.actor.locale), key, await self._followup.box(visit))

    def _form(
        self, t: Translator, key: str, title: str, *, typed: str = "", action: str = "box.added"
    ) -> Form:
        hint = t("It arrives at the desk later, at a random moment.")
        field = TextField("text", title, hint, required=True, long=True, limit=MESSAGE_LIMIT, value=typed)
        return Form(title, Address(action, once(key_of(key), self._random)), (field,), t("Send"))
