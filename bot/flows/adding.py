"""Adding files to what is being written: by a form where the platform takes files, else by a one-time page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.attached import MOST_FILES, Attached
from bot.attachments import FULL
from bot.errors import Refusal
from bot.flows.filed import described
from bot.flows.handing import once_only
from bot.i18n import N_, Translator, translator
from bot.limits import Limits
from bot.model import (
    Address,
    Block,
    Button,
    Card,
    Event,
    FileField,
    Form,
    Link,
    Paragraph,
    Reply,
    Row,
    Upload,
)
from bot.onetime import FIELD, OFF, Pages

_NONE = N_("No file arrived, so nothing was added.")

Take = Callable[[Upload], Awaitable[Attached]]


@dataclass(frozen=True, slots=True)
class Ways:
    """Where a form with files goes, and where it is asked for again, and the way back."""

    took: Address
    again: Address
    back: Button


class Adding:
    """The way by which files come in."""

    def __init__(self, pages: Pages, limits: Limits) -> None:
        self._pages = pages
        self._limits = limits

    def ask(self, event: Event, have: int, take: Take, ways: Ways) -> Reply:
        """The form, the card with the page, or why files are off. Raises Refusal where there are enough."""
        t = translator(event.actor.locale)
        if have >= MOST_FILES:
            raise Refusal(FULL, most=MOST_FILES)
        if event.actor.files:
            return _form(t, MOST_FILES - have, ways.took)
        if not self._pages.address:
            return Card(t("Files are off here"), (Paragraph(t(OFF)),), (ways.back,))
        locale = event.actor.locale

        async def receive(uploads: Sequence[Upload]) -> Card:
            said = await _results(translator(locale), uploads, take)
            done = t("You can close this page and go back to where you found it.")
            return Card(t("Your files"), (*said, Paragraph(done)))

        return _page_card(t, self._pages.invite(event.actor, receive), ways.back)

    async def took(self, event: Event, take: Take, ways: Ways) -> Card:
        """What became of the files of a form. Raises Refusal."""
        t = translator(event.actor.locale)
        uploads = event.files.get(FIELD, ())
        if not uploads:
            raise Refusal(_NONE)
        self._limits.file(event.actor)
        said = await _results(t, uploads, take)
        return Card(t("Your files"), said, (ways.back, Button(t("Add another file"), ways.again)))


async def _results(t: Translator, uploads: Sequence[Upload], take: Take) -> tuple[Block, ...]:
    said: list[Block] = []
    for number, upload in enumerate(uploads[:MOST_FILES], 1):
        try:
            became = t("added ({what})", what=described(t, await take(upload)))
        except Refusal as refusal:
            became = t("Not added.") + " " + t(refusal.text, **refusal.values)
        said.append(Row(t("File {number}", number=number), became))
    if len(uploads) > MOST_FILES:
        said.append(Paragraph(t("More than {most} files came; the rest was not added.", most=MOST_FILES)))
    said.append(Paragraph(t("What you typed, and files that were there before, are as they were.")))
    return tuple(said)


def _form(t: Translator, most: int, to: Address) -> Form:
    hint = t("Pictures, PDF or text, up to 10 MB, cleaned of hidden data. The platform sees the original.")
    field = FileField(FIELD, t("Files"), hint, required=True, most=most)
    return Form(t("Add a file"), to, (field,), t("Add"))


def _page_card(t: Translator, address: str, back: Button) -> Card:
    said = (
        Paragraph(
            t("Files go over a page outside this platform, which would keep a copy of them under your name.")
        ),
        Link(t("Open the page for your files"), address),
        Paragraph(once_only(t)),
        Paragraph(
            t(
                "Pictures, PDF and plain text can be added. They are cleaned of hidden data, and their names are"
                " dropped. What a picture shows can still point at you."
            )
        ),
    )
    return Card(t("Add a file"), said, (back,))
