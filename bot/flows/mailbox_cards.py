"""What the mailbox shows: the state in words, what HR said, and every choice that is still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.conversation import DESK, Entry, Kind
from bot.flows.spans import span
from bot.flows.step import MENU, SUPPORT
from bot.flows.told import told
from bot.followup import Box, State
from bot.i18n import N_, Translator
from bot.model import Address, Block, Button, Card, Paragraph, People, Quote, Row, Style
from bot.routing import Look

Delay = tuple[timedelta, timedelta]

STATES = {
    State.KEPT: N_("A private record. Nobody but you can open it."),
    State.WAITING: N_("Not with HR yet."),
    State.WITH_HR: N_("With HR, not read yet."),
    State.READ: N_("HR has read it."),
    State.REVIEW: N_("HR is looking into it."),
    State.CLOSED: N_("Closed by HR."),
    State.WITHDRAWN: N_("Taken back. HR cannot open it any more."),
}

SAID = {
    Kind.IDENTITY: N_("You told HR who you are."),
    Kind.WITHDRAW: N_("You took the report back."),
    Kind.UNDO: N_("You undid taking it back."),
    Kind.REMIND: N_("You reminded the desk."),
    Kind.ASK: N_("The desk asks once whether you want to say who you are. You need not answer."),
    Kind.REVIEW: N_("The desk is looking into it."),
    Kind.CLOSE: N_("The desk closed the report and says why:"),
    Kind.SINCE: N_("You wrote that something happened since:"),
    Kind.MEET: N_("You asked for a meeting with someone you trust:"),
}


def box_card(t: Translator, key: str, box: Box) -> Card:
    """The mailbox."""
    blocks: list[Block] = [Row(t("State"), t(STATES[box.state])), *_notices(t, box)]
    news = [entry for entry in box.thread if entry.row.side == DESK]
    if news:
        blocks.append(Paragraph(t("The latest from the desk:")))
        blocks += _entry(t, news[-1])
    elif box.state is not State.KEPT:
        blocks.append(Paragraph(t("There is no answer from the desk yet.")))
    return Card(t("Your report"), tuple(blocks), _choices(t, key, box), here=Address("box", key))


def everything_card(t: Translator, key: str, box: Box) -> Card:
    """The report and the whole conversation with the weeks in it."""
    account = box.account
    blocks: list[Block] = [
        Row(t("Written in week"), box.report.week),
        *told(t, account),
    ]
    blocks += [Paragraph(t("Your words:")), Quote(account.text)]
    for entry in box.thread:
        blocks += _entry(t, entry)
    return Card(t("Everything in it"), tuple(blocks), (_back(t, key),), here=Address("box.all", key))


def added_card(t: Translator, key: str, delay: Delay) -> Card:
    """What was added is kept."""
    said = t(
        "Kept. It arrives at the desk at a random moment between {least} and {most} from now."
        " We cannot message you: look in again with your words.",
        least=span(t, delay[0]),
        most=span(t, delay[1]),
    )
    return Card(t("Added"), (Paragraph(said),), (_back(t, key), Button(t("Find support"), SUPPORT)))


def happened_card(t: Translator, key: str, delay: Delay) -> Card:
    """What has happened since is kept; another desk may be the better one for it."""
    card = added_card(t, key, delay)
    other = Button(t("Send all of it to another desk"), Address("box.route", key))
    return replace(card, buttons=(card.buttons[0], other, *card.buttons[1:]))


def sharing_card(t: Translator, key: str, box: Box) -> Card:
    """What colleagues may see."""
    now = t("They may learn that one report exists") if box.shared else t("Nothing is shared")
    said = t(
        "Colleagues never see who wrote or what. If you let them, they learn weeks later that one report exists,"
        " and so does everyone, the person named included. You can take it back at any time; who read it until"
        " then has read it."
    )
    buttons = (
        Button(t("Share that it happened"), Address("box.share.yes", key)),
        Button(t("Share nothing"), Address("box.share.no", key)),
        _back(t, key),
    )
    return Card(t("What colleagues may see"), (Row(t("Now"), now), Paragraph(said)), buttons)


def name_card(t: Translator, ref: str) -> Card:
    """The last question before a name is told."""
    said = t(
        "HR will then know that you wrote this report, under the name you have here. This cannot be untold."
        " Nobody needs it from you: the report counts without it."
    )
    key = ref.partition(".")[0]
    buttons = (
        Button(t("Tell HR who I am"), Address("box.named", ref), Style.FINAL),
        Button(t("Meet with someone I trust instead"), Address("box.meet", key)),
        _back(t, key),
    )
    return Card(t("Tell HR who you are?"), (Paragraph(said),), buttons)


def back_card(t: Translator, key: str, box: Box, erased: date) -> Card:
    """What taking it back would do, asked once."""
    if box.report.held is not None:
        said = t(
            "HR has this report and may have to act. A legal hold applies: the text is hidden now, and erased only"
            " after the hold has ended. Until then your words undo this."
        )
    elif box.report.delivered is None:
        said = t(
            "No desk has it. It is erased here at once, and in backups when their key of that month is destroyed."
            " This cannot be undone."
        )
    else:
        said = t(
            "HR has this report and may have to act. We ask it to stop; the text is hidden now and erased by {date}"
            " unless a legal hold applies. Until then your words undo this.",
            date=str(erased),
        )
    final = Button(t("Take it back"), Address("box.withdraw", key), Style.FINAL)
    return Card(t("Take it back?"), (Paragraph(said),), (final, _back(t, key)))


def gone_card(t: Translator) -> Card:
    """Nothing is left."""
    said = t("It is erased. The words open nothing any more; you can throw them away.")
    return Card(
        t("Erased"),
        (Paragraph(said),),
        (Button(t("Find support"), SUPPORT), Button(t("Back to the menu"), MENU)),
    )


def route_card(t: Translator, key: str, looks: Sequence[Look], delay: Delay) -> Card:
    """Which desk would get it."""
    if not looks:
        said = t(
            "There is no desk that could get it: each one had it already, or somebody you named can read it."
            " Find support lists help outside this workplace."
        )
        return Card(
            t("No other desk"), (Paragraph(said),), (Button(t("Find support"), SUPPORT), _back(t, key))
        )
    first = looks[0]
    name = first.facts.name if first.facts and first.facts.name else first.desk.channel
    readers = first.facts.readers if first.facts else None
    rows: list[Block] = [Row(t("Goes to"), name)]
    if readers is not None:
        rows.append(Row(t("People who can read it now"), str(readers)))
    said = t(
        "It arrives there at a random moment between {least} and {most} from now. A desk that had it before cannot"
        " open it any more.",
        least=span(t, delay[0]),
        most=span(t, delay[1]),
    )
    send = Button(t("Send"), Address("box.send", key), Style.FINAL)
    return Card(t("Send it to this desk?"), (*rows, Paragraph(said)), (send, _back(t, key)))


def _notices(t: Translator, box: Box) -> list[Block]:
    said: list[str] = []
    if box.state is State.KEPT:
        said.append(t("It is kept until about {month}.", month=box.report.expires))
    if box.report.held is not None:
        said.append(t("A legal hold applies, so HR may not erase it."))
    if box.due is not None and box.state is not State.WITHDRAWN:
        due = box.due.date().isoformat()
        said.append(
            t(
                "The desk's answer was due on {date}. You can remind it, choose another desk, or find help outside.",
                date=due,
            )
            if box.overdue
            else t("The desk's next answer is due by {date}.", date=due)
        )
    if box.asks:
        said.append(
            t(
                "More than {days} days have passed since this was closed. If something happened since, you can say"
                " so here.",
                days=box.asks,
            )
        )
    return [Paragraph(each) for each in said]


def _choices(t: Translator, key: str, box: Box) -> tuple[Button, ...]:
    def button(label: str, action: str, style: Style = Style.PLAIN) -> Button:
        return Button(label, Address(action, key), style)

    everything = button(t("Everything in it"), "box.all")
    if box.state is State.WITHDRAWN:
        return (
            button(t("Undo taking it back"), "box.undo", Style.PRIMARY),
            everything,
            Button(t("Find support"), SUPPORT),
        )
    if box.state is State.KEPT:
        return (
            button(t("Add to it"), "box.add", Style.PRIMARY),
            button(t("Send it to HR"), "box.route"),
            everything,
            button(t("Delete it"), "box.back"),
        )
    late = (button(t("Remind the desk"), "box.remind"),) if box.overdue else ()
    other = (button(t("Send to another desk"), "box.route"),) if box.state is not State.WAITING else ()
    told = any(entry.said.kind is Kind.IDENTITY for entry in box.thread)
    return (
        button(t("Add or answer"), "box.add", Style.PRIMARY),
        *late,
        everything,
        button(t("Something happened since"), "box.since"),
        button(t("What colleagues may see"), "box.share"),
        *other,
        *(() if told else (button(t("Tell HR who I am"), "box.name"),)),
        button(t("Take it back"), "box.back"),
        Button(t("Find support"), SUPPORT),
    )


def _entry(t: Translator, entry: Entry) -> list[Block]:
    said, row = entry.said, entry.row
    if row.side == DESK:
        heading = t("From the desk, {date}", date=row.at.date().isoformat() if row.at else row.week)
    elif row.at is None:
        heading = t("From you, week {week}; not with HR yet", week=row.week)
    else:
        heading = t("From you, week {week}", week=row.week)
    blocks: list[Block] = [Paragraph(heading)]
    if said.who and row.side == DESK:
        blocks.append(People(t("Signed by"), (said.who,)))
    if said.kind in SAID:
        blocks.append(Paragraph(t(SAID[said.kind])))
    if said.text:
        blocks.append(Quote(said.text))
    return blocks


def _back(t: Translator, key: str) -> Button:
    return Button(t("Back to your report"), Address("box", key))
