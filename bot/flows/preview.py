"""The screens between writing and the receipt: nothing is sent before its words have been shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.account import TELLERS, Account
from bot.flows.choices import ABROAD, VOUCHED, away_button, desk_choices, hr_note, readers_of
from bot.flows.filed import listed, missing, removing
from bot.flows.spans import span
from bot.flows.step import MENU, SUPPORT
from bot.flows.told import cited, told
from bot.hints import hints
from bot.i18n import N_, Translator, options
from bot.model import Address, Block, Button, Card, Choice, Paragraph, People, Quote, Row, Style, Words
from bot.reports import NO_DESK, Preview
from bot.routing import Look

FEW = N_(
    "Few people can read this message where it stands, as far as we can tell, so quoting it points at you. You can"
    " leave it out and say in your own words what matters."
)
UNNAMED = N_(
    "Who wrote this message is not among the people you named, so a desk that they can read may get it. If you wrote"
    " it, quoting it says who you are."
)


@dataclass(frozen=True, slots=True)
class Delay:
    """The random delay in force: at least and at most."""

    least: timedelta
    most: timedelta


def preview_card(
    t: Translator,
    key: str,
    preview: Preview,
    delay: Delay,
    names: tuple[str, ...] = (),
    *,
    files: bool = False,
    hold: bool = False,
) -> Card:
    """What will be sent, to whom, when it arrives, and the words that open it."""
    said = (*_told(t, preview), *_hints(t, preview, names))
    tellers = (
        *desk_choices(t, key, preview),
        Choice(t("Who tells"), Address("tell.teller", key), options(t, TELLERS), preview.account.teller),
    )
    removable = removing(t, Address("file.drop", key), preview.account.files, lost=preview.account.lost)
    add = (*_adding(t, key, files=files), *leaving(t, key, preview.account), *_holding(t, key, hold=hold))
    here = Address("tell.preview", key)
    first = preview.first
    if first is None:
        away = away_button(t, key)
        other = (
            _change(t, key),
            away,
            *add,
            _keep(t, key),
            Button(t("Find support"), SUPPORT),
            _drop(t, key),
        )
        body = (Paragraph(t(ABROAD if preview.account.unseen else NO_DESK)), *said)
        asked = desk_choices(t, key, preview) if preview.account.unseen else ()
        return Card(t("This cannot be sent here"), body, other, (*asked, *removable), here=here)
    goes = (
        Paragraph(t("Nothing is sent yet. Closing this sends nothing, and what you typed is then lost.")),
        *_desk(t, preview, first),
        Paragraph(_arrives(t, delay)),
        Paragraph(t("Your receipt. Once you have pressed Send, these words open this report:")),
        Words(" ".join(preview.words)),
        Paragraph(
            t(
                "Write these on paper or your own phone, not a work device. Anyone holding them can read this."
                " Lost words cannot be replaced; HR still has your report and you can write again."
            )
        ),
    )
    send = Button(t("Send"), Address("tell.send", key), Style.PRIMARY)
    hurry = (Button(t("Send without the delay"), Address("tell.hurry", key)),) if delay.most else ()
    buttons = (send, _change(t, key), away_button(t, key), *add, _keep(t, key), *hurry, _drop(t, key))
    return Card(t("Before you send"), (*goes, *said), buttons, (*tellers, *removable), here=here)


def unready_card(t: Translator, key: str, why: str) -> Card:
    """What keeps a draft from being sent; nothing typed is lost."""
    return Card(t("Not ready yet"), (Paragraph(why),), (_change(t, key), _drop(t, key)))


def hurry_card(t: Translator, key: str) -> Card:
    """What it means to do without the delay."""
    said = t(
        "The report then arrives at once. That is faster, but it is easier to guess who wrote it: the time of its"
        " arrival is kept, and is then the time you pressed. It is not an emergency call: nobody may be looking now."
    )
    return Card(
        t("Send without the delay?"),
        (Paragraph(said),),
        (
            Button(t("Send now"), Address("tell.sendnow", key), Style.FINAL),
            Button(t("Back to the preview"), Address("tell.preview", key)),
        ),
    )


def sent_card(t: Translator, words: tuple[str, ...], answer: date) -> Card:
    """The receipt after Send; the same however often it is asked for."""
    return Card(
        t("Your report is saved"),
        (
            Paragraph(
                t("A person should answer by {date}. Look in then; we cannot message you.", date=str(answer))
            ),
            Paragraph(t("Your receipt. These words open this report:")),
            Words(" ".join(words)),
            Paragraph(t("Write these on paper or your own phone, not a work device.")),
            Paragraph(way_back(t)),
        ),
        (Button(t("Find support"), SUPPORT), Button(t("Back to the menu"), MENU)),
    )


def full_card(t: Translator, key: str, why: str) -> Card:
    """Nothing is taken today from this workplace; the draft can still be kept."""
    ways = (
        _keep(t, key),
        Button(t("Back to the preview"), Address("tell.preview", key)),
        Button(t("Find support"), SUPPORT),
    )
    return Card(t("Not sent"), (Paragraph(t(why)),), ways)


def drop_card(t: Translator, key: str) -> Card:
    """The question before a draft is thrown away."""
    return Card(
        t("Throw it away?"),
        (Paragraph(t("What you typed is erased, and nothing is sent. This cannot be undone.")),),
        (
            Button(t("Throw it away"), Address("tell.dropped", key), Style.FINAL),
            Button(t("Back to the preview"), Address("tell.preview", key)),
        ),
    )


def dropped_card(t: Translator) -> Card:
    """Nothing is left of a draft."""
    return Card(
        t("Thrown away"),
        (Paragraph(t("Nothing was sent, and what you typed is erased.")),),
        (Button(t("Find support"), SUPPORT), Button(t("Back to the menu"), MENU)),
    )


def kept_card(t: Translator, words: tuple[str, ...], month: str) -> Card:
    """The receipt of a private record."""
    return Card(
        t("Kept for now"),
        (
            Paragraph(
                t("Nobody but you can open this record, and HR knows nothing of it. It stops no deadline.")
            ),
            Paragraph(
                t("It is kept until about {month}. You can add to it, send it or delete it.", month=month)
            ),
            Paragraph(t("Your receipt. These words open this record:")),
            Words(" ".join(words)),
            Paragraph(
                t("Write these on paper or your own phone, not a work device. Lost words cannot be replaced.")
            ),
            Paragraph(way_back(t)),
        ),
        (Button(t("Find support"), SUPPORT), Button(t("Back to the menu"), MENU)),
    )


def way_back(t: Translator) -> str:
    """How to look in."""
    return t("To look in: /metoo, then I have a receipt. You can come back from any account.")


def _hints(t: Translator, preview: Preview, names: tuple[str, ...]) -> tuple[Block, ...]:
    found = hints(preview.account.text, names)
    if not found:
        return ()
    listed = ", ".join(t(each) for each in found)
    said = t(
        "Only advice: your words contain {things}, which may point at you. Nothing of this check is kept.",
        things=listed,
    )
    return (Paragraph(said),)


def _keep(t: Translator, key: str) -> Button:
    return Button(t("Keep it for now"), Address("tell.keep", key))


def _told(t: Translator, preview: Preview) -> tuple[Block, ...]:
    account = preview.account
    filed = (*listed(t, account.files), *missing(t, lost=account.lost))
    shared = _shared(t, preview)
    words = (Paragraph(t("Your words:")), Quote(account.text)) if account.text.strip() else ()
    away = (People(t("Must not read it"), account.away),) if account.away else ()
    return (*told(t, account), *away, *hr_note(t, preview), *shared, *filed, *_quoted(t, account), *words)


def _quoted(t: Translator, account: Account) -> tuple[Block, ...]:
    """A quoted message, and what quoting it may lead to."""
    quoted = account.quoted
    if quoted is None:
        return ()
    few = (Paragraph(t(FEW)),) if quoted.few else ()
    unnamed = (Paragraph(t(UNNAMED)),) if _unnamed(account) else ()
    return (*cited(t, quoted), *few, *unnamed)


def _unnamed(account: Account) -> bool:
    """Whether somebody wrote the quoted message who is not kept away from the desks."""
    author = account.quoted.author if account.quoted else ""
    return bool(author) and author not in account.named


def _shared(t: Translator, preview: Preview) -> tuple[Block, ...]:
    if not preview.account.shared or preview.first is None:
        return ()
    if preview.skips:
        said = t("Nothing is shared: the first desk does not get this, and would learn of it")
    else:
        said = t("May learn, weeks after it has arrived, that one report exists")
    row = Row(t("Colleagues"), said)
    if preview.skips:
        return (row,)
    own = t(
        "Words of your own for them can be added later, with your seven words. A handler reads those first."
    )
    return (row, Paragraph(own))


def _desk(t: Translator, preview: Preview, first: Look) -> tuple[Block, ...]:
    blocks: tuple[Block, ...] = (Row(t("Goes to"), readers_of(t, first)),)
    if preview.account.unseen:
        blocks += (Paragraph(t(VOUCHED)),)
    if preview.desks[0].barred:
        blocks += (Paragraph(t("Another desk comes first here, but somebody you picked can read it.")),)
    if preview.skips:
        unseen = t(
            "It appears in no statement, no digest and no number: the desk it passes over could count it there."
        )
        blocks += (Paragraph(unseen),)
    if first.permitted:
        return blocks
    waits = t(
        "We cannot be sure at this moment that this desk is a private place, so your report would wait."
        " It is posted only where the channel is private and nobody you picked can read it."
    )
    return (*blocks, Paragraph(waits))


def _arrives(t: Translator, delay: Delay) -> str:
    if not delay.most:
        return t("It arrives at once.")
    return t(
        "It arrives at a random moment between {least} and {most} from now, so that its time points at nobody."
        " This is not an emergency call.",
        least=span(t, delay.least),
        most=span(t, delay.most),
    )


def _change(t: Translator, key: str) -> Button:
    return Button(t("Change"), Address("tell.form", key))


def leaving(t: Translator, key: str, account: Account) -> tuple[Button, ...]:
    """What can be done about a quoted message; nothing where none is quoted."""
    if account.quoted is None:
        return ()
    out = Button(t("Leave the message out"), Address("quote.drop", key))
    name = Button(t("Name who wrote the message"), Address("quote.name", key))
    return (out, name) if _unnamed(account) else (out,)


def _adding(t: Translator, key: str, *, files: bool) -> tuple[Button, ...]:
    return (Button(t("Add a file"), Address("file.add", key)),) if files else ()


def _holding(t: Translator, key: str, *, hold: bool) -> tuple[Button, ...]:
    return (Button(t("Hold until others name the same person"), Address("hold", key)),) if hold else ()


def _drop(t: Translator, key: str) -> Button:
    return Button(t("Throw away"), Address("tell.drop", key), Style.FINAL)
