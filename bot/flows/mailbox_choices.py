"""The screens behind the mailbox's choices: each says what it would do, and asks once before what is final."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.flows.mailbox_cards import Delay, arrives, to_box
from bot.flows.step import MENU, SUPPORT
from bot.followup import ELSEWHERE, Box, State
from bot.i18n import Translator
from bot.model import Address, Block, Button, Card, Paragraph, Quote, Row, Style
from bot.routing import Look


def sharing_card(t: Translator, key: str, box: Box) -> Card:
    """What colleagues may see."""
    now = t("They may learn that one report exists") if box.shared else t("Nothing is shared")
    said = (
        t(
            "Colleagues never see who wrote, nor what you told the desk. If you let them, they learn weeks later that"
            " one report exists, and so does everyone, the person named included. You can take it back at any time; who"
            " read it until then has read it."
        ),
        t(
            "Nothing appears where it could point at you: in a small workplace, or where somebody you picked can read"
            " the first desk."
        ),
    )
    own, ways = _own_words(t, key, box)
    buttons = (
        Button(t("Share that it happened"), Address("box.share.yes", key)),
        Button(t("Share nothing"), Address("box.share.no", key)),
        *ways,
        to_box(t, key),
    )
    body = (Row(t("Now"), now), *own, *map(Paragraph, said))
    return Card(t("What colleagues may see"), body, buttons)


def _own_words(t: Translator, key: str, box: Box) -> tuple[tuple[Block, ...], tuple[Button, ...]]:
    """The words that a writer may add for colleagues, which nobody changes and which can be taken back."""
    if not box.shared or box.state is State.WITHDRAWN:
        return (), ()
    if box.words is None:
        said = t(
            "You may add words of your own for colleagues. A handler reads them before anybody else does."
        )
        return (Paragraph(said),), (Button(t("Add words of my own"), Address("box.words", key)),)
    where = (
        t("HR agreed to these words. They stand with the statement from the day on which it appears.")
        if box.approved
        else t("HR has not agreed to these words yet. Nobody but HR reads them until then.")
    )
    quote = Quote(box.words.said.text)
    ways = (
        Button(t("Other words"), Address("box.words", key)),
        Button(t("Take my words back"), Address("box.unword", key)),
    )
    return (Paragraph(t("Your own words for colleagues:")), quote, Paragraph(where)), ways


def name_card(t: Translator, ref: str) -> Card:
    """The last question before a name is told."""
    said = t(
        "HR will then know that you wrote this report, under the name you have here. This cannot be untold."
        " Nobody needs it from you: the report counts without it."
    )
    kept = t("Your name is stored encrypted, and only the desk that has your report and your words open it.")
    key = ref.partition(".")[0]
    buttons = (
        Button(t("Tell HR who I am"), Address("box.named", ref), Style.FINAL),
        Button(t("Meet with someone I trust instead"), Address("box.meet", key)),
        to_box(t, key),
    )
    return Card(t("Tell HR who you are?"), (Paragraph(said), Paragraph(kept)), buttons)


def unnameable_card(t: Translator, key: str) -> Card:
    """What can be done where one's name means nothing to the desk."""
    buttons = (
        Button(t("Meet with someone I trust instead"), Address("box.meet", key)),
        to_box(t, key),
    )
    return Card(t("Tell HR who you are?"), (Paragraph(t(ELSEWHERE)),), buttons)


def back_card(t: Translator, key: str, box: Box, erased: date) -> Card:
    """What taking it back would do, asked once."""
    if box.state is State.KEPT:
        final = Button(t("Delete it"), Address("box.withdraw", key), Style.FINAL)
        return Card(t("Delete it?"), (Paragraph(_deleted(t)),), (final, to_box(t, key, kept=True)))
    final = Button(t("Take it back"), Address("box.withdraw", key), Style.FINAL)
    if box.state is State.HELD:
        return Card(t("Take it back?"), (Paragraph(_held(t)),), (final, to_box(t, key)))
    said = [Paragraph(_taken_back(t, box, erased))]
    if box.moved and box.report.delivered is None:
        said.append(Paragraph(t("A desk had it before. What it has read it may have to act on.")))
    return Card(t("Take it back?"), tuple(said), (final, to_box(t, key)))


def _deleted(t: Translator) -> str:
    return t(
        "HR never had it. It is erased here at once, and in backups when the key of their month is destroyed. Your"
        " words then open nothing. This cannot be undone."
    )


def _held(t: Translator) -> str:
    return t(
        "It is erased here, and in backups when the key of their month is destroyed. If it was already released to a"
        " desk, the desk sees that you took it back, and may have to act on what it has read. Your words then open"
        " nothing. This cannot be undone."
    )


def _taken_back(t: Translator, box: Box, erased: date) -> str:
    if box.report.held is not None:
        return t(
            "HR has this report and may have to act. A legal hold applies: the text is hidden now, and erased only"
            " after the hold has ended. Until then your words undo this."
        )
    if box.report.delivered is None:
        return t(
            "No desk has it. It is erased here at once, and in backups when the key of their month is destroyed."
            " This cannot be undone."
        )
    if box.report.opened is None:
        return t(
            "HR has this report and may have to act. We ask it to stop; the text is hidden now and erased by {date}"
            " unless a legal hold applies. Until then your words undo this.",
            date=str(erased),
        )
    return t(
        "HR has read this and may have to act. We ask it to stop; the text is hidden now and erased by {date}"
        " unless a legal hold applies. Until then your words undo this.",
        date=str(erased),
    )


def gone_card(t: Translator) -> Card:
    """Nothing is left."""
    said = t("It is erased. The words open nothing any more; you can throw them away.")
    return Card(
        t("Erased"),
        (Paragraph(said),),
        (Button(t("Find support"), SUPPORT), Button(t("Back to the menu"), MENU)),
    )


def route_card(t: Translator, key: str, looks: Sequence[Look], delay: Delay, *, kept: bool) -> Card:
    """Which desk would get it; a record that was `kept` was with no desk before."""
    if not looks:
        return _no_desk_card(t, to_box(t, key, kept=kept))
    first = looks[0]
    readers = first.facts.readers if first.facts else None
    rows: list[Block] = [Row(t("Goes to"), first.name)]
    if readers is not None:
        rows.append(Row(t("People who can read it now"), str(readers)))
    notes = [arrives(t, delay)]
    if kept:
        notes.append(t("You can take it back later, but what HR has read it may have to act on."))
    else:
        notes.append(
            t(
                "The whole conversation goes with it. A desk that had it before cannot open it any more, and does not"
                " get it again."
            )
        )
    send = Button(t("Send"), Address("box.send", key), Style.FINAL)
    ways = (send, to_box(t, key, kept=kept))
    return Card(t("Send it to this desk?"), (*rows, *map(Paragraph, notes)), ways)


def _no_desk_card(t: Translator, back: Button) -> Card:
    said = t(
        "There is no desk that could get it: each one had it already, or somebody you picked can read it."
        " Find support lists help outside this workplace."
    )
    return Card(t("No other desk"), (Paragraph(said),), (Button(t("Find support"), SUPPORT), back))
