"""Holding a report until others have named the same person: what that means, doing it, and undoing it."""

from __future__ import annotations

from bot.drafts import Drafts
from bot.errors import Refusal
from bot.flows.held_cards import LONGEST, before_card, held_card, not_held_card, outside_form
from bot.flows.mailbox_cards import to_box
from bot.flows.preview import kept_card
from bot.flows.step import SUPPORT, Steps
from bot.flows.tell import welcome
from bot.held import HeldReports
from bot.holding import normalised
from bot.i18n import N_, Translator, translator
from bot.letters import HELD, KEPT, NOT_NOW
from bot.model import Address, Button, Card, Event, Paragraph, Reply, Style
from bot.reports import Reports
from bot.visits import Visits
from bot.workplaces import Workplaces

_NO_ADDRESS = N_(
    "This is neither an e-mail address nor the address of a profile, so nothing was held. An example is"
    " name@example.org."
)


class HoldingFlow:
    """Behind *Hold until others name the same person*, for a draft and for a private record."""

    def __init__(
        self,
        *,
        reports: Reports,
        drafts: Drafts,
        visits: Visits,
        held: HeldReports,
        settings: Workplaces,
    ) -> None:
        self._reports = reports
        self._drafts = drafts
        self._visits = visits
        self._held = held
        self._settings = settings

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "hold": self.before,
            "hold.other": self.other,
            "hold.do": self.hold,
            "hold.outside": self.hold,
            "box.hold": self.before_kept,
            "box.hold.other": self.other_kept,
            "box.hold.do": self.hold_kept,
            "box.hold.outside": self.hold_kept,
            "box.free": self.free,
            "box.freed": self.freed,
        }

    async def before(self, event: Event) -> Reply:
        """What holding means, before it is done."""
        settings = self._settings.serving(event.actor.workspace)
        await self._held.offered(settings)
        account = await self._drafts.get(event.actor.workspace, event.ref)
        k, here = await self._held.threshold(settings), Address("hold", event.ref)
        return before_card(_t(event), here, account, k, _to_preview(event))

    async def other(self, event: Event) -> Reply:
        """The form for somebody outside the workplace."""
        return outside_form(_t(event), Address("hold.outside", event.ref))

    async def hold(self, event: Event) -> Reply:
        """Hold what was written, and show its receipt; pressing twice is one report."""
        welcome(event)
        settings, actor = self._settings.serving(event.actor.workspace), event.actor
        try:
            address = _address(event)
            await self._reports.hold(
                actor, settings, event.ref, lambda held: self._held.change(actor, held, address)
            )
        except Refusal as refusal:
            return _not_held(event, refusal, "hold", _to_preview(event))
        return await self._receipt(event)

    async def _receipt(self, event: Event) -> Card:
        """The receipt of what became of it: somebody may have kept or sent it before, from another screen."""
        stage, month = await self._reports.became(event.ref)
        shown = {HELD: held_card, KEPT: kept_card}.get(stage)
        if shown is None:
            raise Refusal(NOT_NOW)
        return shown(_t(event), self._drafts.words(event.ref), month)

    async def before_kept(self, event: Event) -> Reply:
        """The same for a private record."""
        visit = await self._visits.get(event.actor.workspace, event.ref)
        account, k = await self._held.about(visit)
        back = to_box(_t(event), event.ref, kept=True)
        return before_card(_t(event), Address("box.hold", event.ref), account, k, back)

    async def other_kept(self, event: Event) -> Reply:
        """The same for somebody outside the workplace."""
        return outside_form(_t(event), Address("box.hold.outside", event.ref))

    async def hold_kept(self, event: Event) -> Reply:
        """Hold a private record."""
        visit = await self._visits.get(event.actor.workspace, event.ref)
        try:
            await self._held.hold(event.actor, visit, _address(event))
        except Refusal as refusal:
            return _not_held(event, refusal, "box.hold", to_box(_t(event), event.ref, kept=True))
        return _kept_card(
            _t(event), event.ref, _t(event)("It is held now, until others name the same person.")
        )

    async def free(self, event: Event) -> Reply:
        """The question before it is a private record again."""
        t = _t(event)
        said = (
            t("It is then yours alone again: it waits for nobody, and no desk can open it."),
            _unless_released(t),
        )
        final = Button(t("Make it a private record"), Address("box.freed", event.ref), Style.FINAL)
        return Card(t("Stop holding it?"), tuple(map(Paragraph, said)), (final, to_box(t, event.ref)))

    async def freed(self, event: Event) -> Reply:
        """Make it a private record again."""
        await self._held.free(await self._visits.get(event.actor.workspace, event.ref))
        t = _t(event)
        return _kept_card(t, event.ref, t("It is a private record again."), _unless_released(t))


def _kept_card(t: Translator, key: str, *said: str) -> Card:
    return Card(t("Done"), tuple(map(Paragraph, said)), (to_box(t, key), Button(t("Find support"), SUPPORT)))


def _not_held(event: Event, refusal: Refusal, again: str, back: Button) -> Card:
    t = _t(event)
    return not_held_card(t, t(refusal.text, **refusal.values), Address(again, event.ref), back)


def _to_preview(event: Event) -> Button:
    return Button(_t(event)("Back to the preview"), Address("tell.preview", event.ref))


def _unless_released(t: Translator) -> str:
    return t(
        "If it was already released to a desk, the desk sees that you took it back, and has read what it has read."
    )


def _address(event: Event) -> str:
    typed = event.text("address")
    if typed and not normalised(typed[:LONGEST]):
        raise Refusal(_NO_ADDRESS)
    return typed[:LONGEST]


def _t(event: Event) -> Translator:
    return translator(event.actor.locale)
