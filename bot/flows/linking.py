"""Linked workplaces, for admins of either side: what it means, the code, the channels there, and the end of it."""

from __future__ import annotations

from bot.abroad import called
from bot.flows.step import LINK, MENU, SETUP, Steps
from bot.i18n import Translator, translator
from bot.linking import Linking
from bot.model import (
    Address,
    Block,
    Button,
    Card,
    ChannelField,
    Choice,
    Event,
    Form,
    Option,
    Paragraph,
    Reply,
    Row,
    Style,
    TextField,
    Words,
    Workspace,
)
from bot.workplaces import Workplaces


class LinkFlow:
    """Behind *Linked workplaces*."""

    def __init__(self, linking: Linking, settings: Workplaces) -> None:
        self._linking = linking
        self._settings = settings

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            LINK.action: self.show,
            "link.code": self.code,
            "link.enter": self.enter,
            "link.entered": self.entered,
            "link.places": self.places,
            "link.placed": self.placed,
            "link.end": self.end,
            "link.ended": self.ended,
        }

    async def show(self, event: Event) -> Reply:
        """How things are, for whichever side somebody manages."""
        return self._shown(event)

    async def code(self, event: Event) -> Reply:
        """A code for the admin of the other side."""
        t, code = translator(event.actor.locale), self._linking.offer(event.actor)
        said = t(
            "An admin of the other workplace opens /metoo there, then Set up, then Linked workplaces, and types this"
            " code within an hour. It works once. Give it to nobody else: whoever types it brings in the people of"
            " theirs."
        )
        return Card(t("The code"), (Words(code), Paragraph(said)), (Button(t("Back"), LINK),))

    async def enter(self, event: Event) -> Reply:
        """The form for a code."""
        t = translator(event.actor.locale)
        self._linking.home_of(event.actor)
        hint = t("An admin of the workplace where HR is has it shown under Set up, Linked workplaces.")
        field = TextField("code", t("The code"), hint, required=True, limit=40)
        return Form(t("Link this workplace"), Address("link.entered"), (field,), t("Link"))

    async def entered(self, event: Event) -> Reply:
        """Link what belongs to this code."""
        home = await self._linking.join(event.actor, event.text("code"))
        t = translator(event.actor.locale)
        return self._shown(event, t("Linked to your workplace on {platform}.", platform=called(home)))

    async def places(self, event: Event) -> Reply:
        """The form for the channels of a linked workplace."""
        home, t = self._linking.home_of(event.actor), translator(event.actor.locale)
        if home is None:
            return self._shown(event)
        now = self._settings.posting(str(event.actor.workspace))
        wall, digest = (now.solidarity_channel, now.digest_channel) if now else ("", "")
        fields = (
            ChannelField("solidarity_channel", t("Solidarity channel"), t("Empty: none here."), value=wall),
            ChannelField("digest_channel", t("Digest channel"), t("Empty: no digest here."), value=digest),
        )
        return Form(t("Channels for everybody"), Address("link.placed"), fields, t("Keep"))

    async def placed(self, event: Event) -> Reply:
        """Keep these channels."""
        chosen = {name: event.text(name) for name in ("solidarity_channel", "digest_channel")}
        await self._linking.place(event.actor, chosen)
        return self._shown(event, translator(event.actor.locale)("Kept."))

    async def end(self, event: Event) -> Reply:
        """The question before a link ends."""
        self._linking.home_of(event.actor)
        t, which = translator(event.actor.locale), event.text("choice")
        said = (
            t("People there can then not use metoo any more, until it is set up there or linked again."),
            t(
                "What they sent stays where it is, with everything that belongs to it: their seven words open it from"
                " the workplace where HR is, and nowhere else. Their voices stay in the tally, and those who gave them"
                " cannot take them back any more."
            ),
            t("The wall and the statements are removed from the channel there. Digests stay."),
        )
        ways = (Button(t("Unlink"), Address("link.ended", which), Style.FINAL), Button(t("Back"), LINK))
        return Card(t("Unlink?"), tuple(map(Paragraph, said)), ways)

    async def ended(self, event: Event) -> Reply:
        """End it."""
        await self._linking.leave(event.actor, event.ref)
        return self._shown(event, translator(event.actor.locale)("It is not linked any more."))

    def _shown(self, event: Event, said: str = "") -> Card:
        t, actor = translator(event.actor.locale), event.actor
        first = (Paragraph(said),) if said else ()
        home = self._linking.home_of(actor)
        if home is not None:
            return _guest_card(t, first, home)
        if self._settings.for_workspace(actor.workspace) is None:
            join = Button(t("I have a code"), Address("link.enter"), Style.PRIMARY)
            return Card(
                _title(t), (*first, *_means(t)), (join, Button(t("Back to set-up"), SETUP)), here=LINK
            )
        linked = [each.workspace for each in self._linking.beside(actor)]
        rows = tuple(Row(called(each), each.id) for each in linked) or (Row(t("Linked"), t("none yet")),)
        options = tuple(Option(str(each), f"{called(each)} {each.id}") for each in linked)
        choices = (Choice(t("End a link"), Address("link.end"), options),) if options else ()
        ways = (
            Button(t("Show a code"), Address("link.code"), Style.PRIMARY),
            Button(t("Back to set-up"), SETUP),
        )
        return Card(_title(t), (*first, *rows, *_means(t)), ways, choices, here=LINK)


def _title(t: Translator) -> str:
    return t("Linked workplaces")


def _means(t: Translator) -> tuple[Block, ...]:
    """What linking is, before anybody decides it."""
    said = (
        t(
            "One organisation may have a workplace on Slack and one on Discord. Linked, they have the same desks, one"
            " tally, one digest, and seven words that work on both. The desks, and all that is kept, are on one side."
        ),
        t(
            "Voices are one per person and platform: somebody who is on both can be counted twice, because nothing"
            " says that two accounts are one person."
        ),
        t(
            "On the other side nobody can look up who reads the desks. Somebody who picks a person there is asked"
            " whether that person works with HR, and nothing is sent unless they say no."
        ),
        t("An admin of each side has to agree. Admins of the other side cannot change what is set up here."),
    )
    return tuple(map(Paragraph, said))


def _guest_card(t: Translator, first: tuple[Block, ...], home: Workspace) -> Card:
    said = Row(t("Linked to"), called(home))
    ways = (
        Button(t("Channels here"), Address("link.places"), Style.PRIMARY),
        Button(t("Unlink"), Address("link.end")),
        Button(t("Back to the menu"), MENU),
    )
    return Card(_title(t), (*first, said, *_means(t)), ways, here=LINK)
