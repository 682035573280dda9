"""Telling what happened: what to know first, the form, the preview with the receipt, and Send."""

from __future__ import annotations

from dataclasses import replace

from bot import anonymity
from bot.account import TELLERS, UNSAID, Account
from bot.config import WorkspaceSettings
from bot.deadlines import Promise
from bot.drafts import Drafts
from bot.errors import Refusal
from bot.flows.held_cards import held_card
from bot.flows.preview import (
    Delay,
    drop_card,
    dropped_card,
    full_card,
    hurry_card,
    kept_card,
    preview_card,
    sent_card,
    unready_card,
)
from bot.flows.step import MENU, PROMISES, SUPPORT, TELL, Steps
from bot.flows.tell_form import again, form, read
from bot.held import HeldReports
from bot.i18n import N_, Translator, translator
from bot.limits import Full
from bot.model import (
    Address,
    Button,
    Card,
    Event,
    Paragraph,
    Reply,
    Standing,
    Style,
    Workspace,
)
from bot.ports import Clock
from bot.reports import HELD, KEPT, Reports, check
from bot.solidarity import Solidarity
from bot.workplaces import Workplaces

_EXTERNAL = N_(
    "Reports here are for people who work in this workplace. Find support is open to everybody through /metoo."
)


class Tell:
    """From the first sentence to the receipt."""

    def __init__(
        self,
        *,
        reports: Reports,
        drafts: Drafts,
        solidarity: Solidarity,
        held: HeldReports,
        settings: Workplaces,
        clock: Clock,
    ) -> None:
        self._held = held
        self._reports = reports
        self._drafts = drafts
        self._solidarity = solidarity
        self._settings = settings
        self._clock = clock

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            TELL.action: self.before,
            "tell.form": self.form,
            "tell.preview": self.preview,
            "tell.hurry": self.hurry,
            "tell.send": self.send,
            "tell.sendnow": self.send_now,
            "tell.drop": self.drop,
            "tell.dropped": self.dropped,
            "tell.keep": self.keep,
            "tell.teller": self.teller,
        }

    async def before(self, event: Event) -> Reply:
        """What to know before writing."""
        welcome(event)
        self._settings.serving(event.actor.workspace)
        self._reports.room_for(event.actor)
        return before_card(translator(event.actor.locale), self._drafts.new_key())

    async def form(self, event: Event) -> Reply:
        """The form, with what was typed before where it was refused or is changed."""
        settings = self._settings.serving(event.actor.workspace)
        typed = await self._drafts.find(event.actor.workspace, event.ref)
        if typed is None and await self._reports.sent(event.ref):
            return await self._receipt(translator(event.actor.locale), event.ref, event.actor.workspace)
        members = await self._solidarity.population(settings)
        away = event.actor.via is not None
        may_share = bool(settings.solidarity_channel) and anonymity.statements_allowed(members)
        return form(
            translator(event.actor.locale), event.ref, typed or Account(), may_share=may_share, elsewhere=away
        )

    async def preview(self, event: Event) -> Reply:
        """Keep what was typed and show what would happen to it."""
        welcome(event)
        settings = self._settings.serving(event.actor.workspace)
        if event.values:
            before = await self._drafts.find(event.actor.workspace, event.ref) or Account()
            typed = again(before, read(event))
            if not await self._reports.write(event.actor, event.ref, typed):
                return await self._receipt(translator(event.actor.locale), event.ref, event.actor.workspace)
        return await self._preview(event, settings)

    async def _preview(self, event: Event, settings: WorkspaceSettings) -> Card:
        t = translator(event.actor.locale)
        preview = await self._reports.preview(settings, event.ref)
        try:
            check(preview.account)
        except Refusal as refusal:
            return unready_card(t, event.ref, t(refusal.text, **refusal.values))
        names, files = event.actor.names, settings.attachments
        hold = await self._held.possible(settings)
        return preview_card(t, event.ref, preview, self._delay(), names, files=files, hold=hold)

    async def hurry(self, event: Event) -> Reply:
        """What sending without the delay means."""
        return hurry_card(translator(event.actor.locale), event.ref)

    async def send(self, event: Event) -> Reply:
        """Send, and show the receipt again; pressing twice is one report."""
        return await self._send(event, at_once=False)

    async def send_now(self, event: Event) -> Reply:
        """Send without the random delay."""
        return await self._send(event, at_once=True)

    async def drop(self, event: Event) -> Reply:
        """Ask before what was typed is thrown away; where it is sent already, show its receipt."""
        t = translator(event.actor.locale)
        if await self._reports.sent(event.ref):
            return await self._receipt(t, event.ref, event.actor.workspace)
        return drop_card(t, event.ref)

    async def dropped(self, event: Event) -> Reply:
        """Throw away what was typed."""
        t = translator(event.actor.locale)
        if not await self._reports.drop(event.ref):
            return await self._receipt(t, event.ref, event.actor.workspace)
        return dropped_card(t)

    async def teller(self, event: Event) -> Reply:
        """Who tells: the one it happened to, a witness, or somebody who was told."""
        settings = self._settings.serving(event.actor.workspace)
        who = event.text("choice")
        account = await self._drafts.get(event.actor.workspace, event.ref)
        kept = replace(account, teller=who if who in TELLERS else UNSAID)
        await self._reports.write(event.actor, event.ref, kept)
        return await self._preview(event, settings)

    async def keep(self, event: Event) -> Reply:
        """Keep it as a private record."""
        welcome(event)
        settings = self._settings.serving(event.actor.workspace)
        await self._reports.keep(event.actor, settings, event.ref)
        return await self._receipt(translator(event.actor.locale), event.ref, event.actor.workspace)

    async def _send(self, event: Event, *, at_once: bool) -> Reply:
        welcome(event)
        settings = self._settings.serving(event.actor.workspace)
        try:
            await self._reports.send(event.actor, settings, event.ref, at_once=at_once)
        except Full as full:
            return full_card(translator(event.actor.locale), event.ref, full.text)
        return await self._receipt(translator(event.actor.locale), event.ref, event.actor.workspace)

    async def _receipt(self, t: Translator, key: str, workspace: Workspace) -> Card:
        """The receipt of what became of a draft; the same however often it is asked for."""
        stage, month = await self._reports.became(key)
        if stage in {KEPT, HELD}:
            return (kept_card if stage == KEPT else held_card)(t, self._drafts.words(key), month)
        promise = Promise.of(self._settings.for_workspace(workspace), self._settings)
        answer = promise.answer(self._clock.now() + self._delay().most)
        return sent_card(t, self._drafts.words(key), answer.date())

    def _delay(self) -> Delay:
        return Delay(*self._settings.delays.report)


def welcome(event: Event) -> None:
    """Refuse who does not work here. Raises Refusal."""
    if event.actor.standing in {Standing.BOT, Standing.EXTERNAL}:
        raise Refusal(_EXTERNAL)


def before_card(t: Translator, key: str) -> Card:
    """The short form of what must always be said, with the rest one press away."""
    return Card(
        t("Before you write"),
        first_said(t),
        (
            Button(t("Start writing"), Address("tell.form", key), Style.PRIMARY),
            Button(t("Who can read what"), PROMISES),
            Button(t("Find support"), SUPPORT),
            Button(t("Back to the menu"), MENU),
        ),
    )


def first_said(t: Translator) -> tuple[Paragraph, ...]:
    """What must be known before anything is written."""
    said = (
        t(
            "People who can read the HR desk will read this; before you send you see which desk, and how many."
        ),
        t(
            "Your words are stored encrypted. Who you are is not stored, but the platform and the running bot see what"
            " you send as it passes."
        ),
        t(
            "Your employer may log devices and networks. Writing style, facts and small teams identify people."
        ),
        t(
            "This is not a legal complaint and stops no deadline. You may still talk to colleagues, a union, a lawyer"
            " or authorities. HR may have to act on what it reads."
        ),
    )
    return tuple(map(Paragraph, said))
