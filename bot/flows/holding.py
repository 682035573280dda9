"""Holding a report until others have named the same person: what that means, doing it, and undoing it."""

from __future__ import annotations

from bot.account import Account
from bot.drafts import Drafts
from bot.errors import Refusal
from bot.flows.mailbox_cards import to_box
from bot.flows.preview import way_back
from bot.flows.step import MENU, SUPPORT, Steps
from bot.flows.tell import welcome
from bot.held import HeldReports
from bot.holding import NOT_ONE, accused_of, normalised
from bot.i18n import N_, Translator, translator
from bot.model import (
    Address,
    Block,
    Button,
    Card,
    Event,
    Form,
    Paragraph,
    People,
    Reply,
    Row,
    Style,
    TextField,
    Words,
)
from bot.reports import Reports
from bot.visits import Visits
from bot.workplaces import Workplaces

_NO_ADDRESS = N_(
    "This is neither an e-mail address nor the address of a profile, so nothing was held. An example is"
    " name@example.org."
)
_LONGEST = 300


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
        back = Button(_t(event)("Back to the preview"), Address("tell.preview", event.ref))
        return before_card(
            _t(event), Address("hold", event.ref), account, self._held.threshold(settings), back
        )

    async def other(self, event: Event) -> Reply:
        """The form for somebody outside the workplace."""
        return outside_form(_t(event), Address("hold.outside", event.ref))

    async def hold(self, event: Event) -> Reply:
        """Hold what was written, and show its receipt; pressing twice is one report."""
        welcome(event)
        settings, address = self._settings.serving(event.actor.workspace), _address(event)
        month = await self._reports.hold(
            event.actor, settings, event.ref, lambda held: self._held.change(event.actor, held, address)
        )
        return held_card(_t(event), self._drafts.words(event.ref), month)

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
        await self._held.hold(event.actor, visit, _address(event))
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


def before_card(t: Translator, here: Address, account: Account, k: int, back: Button) -> Card:
    """Everything that holding is and is not, and who it is about."""
    said = (
        t(
            "Your report waits, sealed, until {others} or more other people have held one about the same person. Then"
            " HR receives all of them, and you are not asked again.",
            others=k - 1,
        ),
        t(
            "Many held reports never match. While yours is held, HR knows nothing and cannot protect you, and deadlines"
            " keep running. Look in every week: nobody can message you."
        ),
        t(
            "{k} accounts acting together can fake a match, and {fewer} can find out that one more report exists."
            " Nobody, you included, is told how many there are.",
            k=k,
            fewer=k - 1,
        ),
        t(
            "So that you count once, a mark of you is kept with it while it is held. It says nothing without two keys;"
            " whoever has both could find out who you are."
        ),
        t("You can add to it, send it now, make it a private record, or take it back, at any time."),
    )
    about: tuple[Block, ...] = ()
    do = Button(t("Hold it"), Address(f"{here.action}.do", here.ref), Style.PRIMARY)
    other = Button(
        t("It is about somebody outside this workplace"), Address(f"{here.action}.other", here.ref)
    )
    if accused_of("", account) is None:
        return Card(
            t("Hold it until others name the same person?"),
            (Paragraph(t(NOT_ONE)), *map(Paragraph, said)),
            (other, back),
        )
    about = (People(t("It is about"), account.named),)
    title = t("Hold it until others name the same person?")
    return Card(title, (*about, *map(Paragraph, said)), (do, other, back))


def outside_form(t: Translator, to: Address) -> Form:
    """The address of somebody outside."""
    field = TextField(
        "address",
        t("Their e-mail or profile address"),
        t("Others have to give the same address for a match, so this is less exact than picking a person."),
        required=True,
        limit=_LONGEST,
    )
    return Form(t("Somebody outside"), to, (field,), t("Hold it"))


def held_card(t: Translator, words: tuple[str, ...], month: str) -> Card:
    """The receipt of a held report; in the same words whoever else holds one, and however often it is asked for."""
    return Card(
        t("Held for now"),
        (
            Row(t("State"), t("Held")),
            Paragraph(
                t(
                    "HR knows nothing of it, and it stops no deadline. On a match HR receives it without asking you"
                    " again: look in every week."
                )
            ),
            Paragraph(t("It is held until about {month}. After that it is a private record.", month=month)),
            Paragraph(t("Your receipt. These words open this report:")),
            Words(" ".join(words)),
            Paragraph(
                t("Write these on paper or your own phone, not a work device. Lost words cannot be replaced.")
            ),
            Paragraph(way_back(t)),
        ),
        (Button(t("Find support"), SUPPORT), Button(t("Back to the menu"), MENU)),
    )


def _kept_card(t: Translator, key: str, *said: str) -> Card:
    return Card(t("Done"), tuple(map(Paragraph, said)), (to_box(t, key), Button(t("Find support"), SUPPORT)))


def _unless_released(t: Translator) -> str:
    return t(
        "If it was already released to a desk, the desk sees that you took it back, and has read what it has read."
    )


def _address(event: Event) -> str:
    typed = event.text("address")
    if typed and not normalised(typed[:_LONGEST]):
        raise Refusal(_NO_ADDRESS)
    return typed[:_LONGEST]


def _t(event: Event) -> Translator:
    return translator(event.actor.locale)
