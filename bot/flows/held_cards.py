"""The screens of holding: what it means, somebody outside the workplace, and the receipt."""

from __future__ import annotations

from bot.account import Account
from bot.flows.preview import way_back
from bot.flows.step import MENU, SUPPORT
from bot.holding import NOT_ONE, accused_of
from bot.i18n import Translator
from bot.model import Address, Block, Button, Card, Form, Paragraph, People, Row, Style, TextField, Words

LONGEST = 300
"""Characters of an address of somebody outside."""


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
        limit=LONGEST,
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


def not_held_card(t: Translator, why: str, again: Address, back: Button) -> Card:
    """Nothing was held and nothing is lost: what else can be done is behind `back`."""
    ways = (back, Button(t("Try again"), again), Button(t("Find support"), SUPPORT))
    return Card(t("Not held"), (Paragraph(why),), ways)
