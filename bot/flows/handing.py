"""Handing a file to one person alone: by the platform where it can, else by a one-time page."""

from __future__ import annotations

from bot.i18n import Translator, translator
from bot.model import Button, Card, Event, Link, Paragraph
from bot.onetime import OFF, Give, Pages


class Handing:
    """Hands over files."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def hand(self, event: Event, give: Give, back: Button, *notes: str) -> Card:
        """A card with the file, or with the page that gives it, or with why there is none. Raises Refusal.

        `give` makes the file, and raises Refusal where this person may not have it at that moment.
        """
        t = translator(event.actor.locale)
        said = tuple(map(Paragraph, notes))
        if event.actor.files:
            return Card(t("Your file"), said, (back,), document=await give())
        if not self._pages.address:
            return Card(t("Files are off here"), (Paragraph(t(OFF)),), (back,))
        link = Link(t("Open the page for your file"), self._pages.offer(event.actor, give))
        return Card(t("Your file"), (*said, link, Paragraph(once_only(t))), (back,))


def once_only(t: Translator) -> str:
    """What to know before a one-time page is opened."""
    return t(
        "The page lives ten minutes and is used once. Networks, your employer's among them, may log that it was"
        " opened, but not what is in the file. A device of your own on a network of your own is safer."
    )
