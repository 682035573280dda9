"""The answer to what a person did: private always, in time always, and nothing of it kept."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import discord

from adapters.discord import inbound, render
from adapters.discord.faults import NETWORK
from adapters.discord.lane import NOBODY, Press
from bot.i18n import translator
from bot.model import Address, Button, Card, Form, Paragraph, Reply, Style
from bot.ports import Handle

Interaction = discord.Interaction[Any]

_UNKNOWN_MESSAGE = 10008


class Answers:
    """Asks the core and shows what it says, and knows which answers are still on their way.

    Every interaction comes through here, a press on a post from `lane` and all others from `on_interaction`, which
    discord.py calls for commands, presses and sent forms alike. Its own ways (dynamic items for components, views
    for modals) would be three more places, and a modal opened before a restart would find nobody.
    """

    def __init__(self, handle: Handle, patience: float) -> None:
        self._handle = handle
        self._patience = patience
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def to(self, came: Interaction | Press) -> None:
        """Answer one interaction, unless we are about to leave.

        What Discord does not take is not logged: a line would tell when somebody did something.
        """
        task = asyncio.current_task()
        if self._closing or task is None:
            return
        self._under_way.add(task)
        try:
            with suppress(*NETWORK):
                await self._answer(came)
        finally:
            self._under_way.discard(task)

    async def finish(self, within: float) -> None:
        """Let the answers under way be given, take no more, and give up on those that take too long."""
        self._closing = True
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=within)
        for task in late:
            task.cancel()

    async def _answer(self, came: Interaction | Press) -> None:
        asked = came.asked if isinstance(came, Press) else inbound.read(came)
        asking: list[asyncio.Task[None]] = []
        late = asyncio.get_running_loop().call_later(
            self._patience, lambda: asking.append(asyncio.create_task(_ask_for_time(came)))
        )
        try:
            # whatever Discord says, what the person did is done to its end
            said = await self._handle(asked.event)
        finally:
            late.cancel()
            for each in asking:
                await each
        if not isinstance(came, Press):
            await _show(came, said, asked)
        elif asking or not await came.answered(said):
            await _show(came.whole, said, asked)


async def _ask_for_time(came: Interaction | Press) -> None:
    """A private deferral. A sent form must not be deferred as an update (PLATFORM-FACTS, finding 2)."""
    interaction = came.whole if isinstance(came, Press) else came
    if interaction.type is discord.InteractionType.component and inbound.private(interaction.message):
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)


async def _show(interaction: Interaction, reply: Reply, asked: inbound.Asked) -> None:
    actor = asked.event.actor
    if isinstance(reply, Form):
        if not interaction.response.is_done() and interaction.type is not _SENT_FORM:
            await interaction.response.send_modal(render.form(reply))
            return
        reply = _door(actor.locale, Address(asked.event.action, asked.event.ref))
    pages = render.screens(reply, actor.locale)
    shown = pages[min(asked.page, len(pages)) - 1]
    await _put(interaction, reply, shown)
    # without an address of its own a card cannot be paged: all of it is said at once
    for page in pages[1:] if reply.here is None else ():
        await interaction.followup.send(
            view=page, ephemeral=True, suppress_embeds=True, allowed_mentions=NOBODY
        )


_SENT_FORM = discord.InteractionType.modal_submit


async def _put(interaction: Interaction, card: Card, view: render.View) -> None:
    if interaction.response.is_done():
        await interaction.edit_original_response(
            view=view, attachments=render.files(card, view), allowed_mentions=NOBODY
        )
    elif not inbound.private(interaction.message) or not await _replace(interaction, card, view):
        await interaction.response.send_message(
            view=view,
            files=render.files(card, view),
            ephemeral=True,
            suppress_embeds=True,
            allowed_mentions=NOBODY,
        )


async def _replace(interaction: Interaction, card: Card, view: render.View) -> bool:
    """Show it in the message that was pressed, if the person has not dismissed that meanwhile."""
    try:
        await interaction.response.edit_message(
            view=view,
            attachments=render.files(card, view),
            suppress_embeds=True,
            allowed_mentions=NOBODY,
        )
    except discord.NotFound as error:
        if error.code != _UNKNOWN_MESSAGE:
            raise
        return False
    return True


def _door(locale: str, to: Address) -> Card:
    """Stands where a form cannot open any more: Discord opens one only at once."""
    t = translator(locale)
    return Card(
        title=t("One moment…"),
        body=(Paragraph(t("That took longer than it should. Please go on here.")),),
        buttons=(Button(t("Go on"), to, Style.PRIMARY),),
    )
