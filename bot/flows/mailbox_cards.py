"""What the mailbox shows: the state in words, what HR said, and every choice that is still open."""

from __future__ import annotations

from datetime import timedelta

from bot.conversation import DESK, HANDLING, Entry, Kind
from bot.flows.filed import lacking, listed
from bot.flows.spans import span
from bot.flows.step import SUPPORT
from bot.flows.told import cited, told
from bot.followup import Box, State
from bot.i18n import N_, Translator
from bot.model import Address, Block, Button, Card, Paragraph, People, Quote, Row, Style

Delay = tuple[timedelta, timedelta]

STATES = {
    State.KEPT: N_("A private record. Nobody but you can open it."),
    State.HELD: N_("Held until others name the same person. You look in; nobody can message you."),
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
    Kind.CONTACT: N_("The desk wants to speak with the person named, and tells you first:"),
    Kind.AGREE: N_("You agreed that the desk speaks with the person named."),
    Kind.OBJECT: N_("You asked the desk not to speak with the person named."),
    Kind.WORDS: N_("Your own words for colleagues:"),
    Kind.CHANGE: N_("The desk asks you for other words for colleagues:"),
    Kind.APPROVE: N_("The desk agreed to your words for colleagues."),
}


def box_card(
    t: Translator,
    key: str,
    box: Box,
    support: tuple[Block, ...] = (),
    *,
    files: bool = False,
    hold: bool = False,
) -> Card:
    """The mailbox, with what is said of those who stand with its owner.

    `files` says that files may be added, `hold` that a private record may be held.
    """
    blocks: list[Block] = [Row(t("State"), t(_state(box))), *support, *_notices(t, box)]
    news = [entry for entry in box.thread if entry.row.side == DESK]
    if news:
        blocks.append(Paragraph(t("The latest from the desk:")))
        blocks += _entry(t, news[-1])
    elif box.state not in {State.KEPT, State.HELD, State.WITHDRAWN} and not box.overdue:
        blocks.append(Paragraph(t("There is no answer from the desk yet.")))
    title = t("Your private record") if box.state is State.KEPT else t("Your report")
    return Card(title, tuple(blocks), _choices(t, key, box, files=files, hold=hold), here=Address("box", key))


def everything_card(t: Translator, key: str, box: Box) -> Card:
    """The report and the whole conversation with the weeks in it."""
    account = box.account
    blocks: list[Block] = [
        Paragraph(t("You can copy this. On a work device, others may find the copy.")),
        Row(t("Written in week"), box.report.week),
        *told(t, account),
    ]
    blocks += [*listed(t, account.files), *lacking(t, lost=account.lost)]
    blocks += cited(t, account.quoted)
    if account.text.strip():
        blocks += [Paragraph(t("Your words:")), Quote(account.text)]
    files = len(account.files)
    for entry in box.thread:
        said = entry.said
        blocks += [*_entry(t, entry), *listed(t, said.files, files + 1), *lacking(t, lost=said.lost)]
        files += len(said.files)
    back = to_box(t, key, kept=box.state is State.KEPT)
    return Card(t("Everything in it"), tuple(blocks), (back,), here=Address("box.all", key))


def added_card(t: Translator, key: str, delay: Delay) -> Card:
    """What was added is kept."""
    said = (
        t("Kept, for the desk that has your report."),
        arrives(t, delay),
        t("We cannot message you: look in again with your words."),
    )
    return Card(t("Added"), tuple(map(Paragraph, said)), (to_box(t, key), Button(t("Find support"), SUPPORT)))


def held_more_card(t: Translator, key: str) -> Card:
    """What was added to a held report is kept."""
    said = t("Kept with your report. A desk gets it together with the report, once it is released.")
    return Card(t("Added"), (Paragraph(said),), (to_box(t, key), Button(t("Find support"), SUPPORT)))


def jotted_card(t: Translator, key: str) -> Card:
    """What was added to a private record is kept."""
    said = t("Kept with your record. Nobody but you can open it.")
    ways = (to_box(t, key, kept=True), Button(t("Find support"), SUPPORT))
    return Card(t("Added"), (Paragraph(said),), ways)


def sent_on_card(t: Translator, key: str, delay: Delay) -> Card:
    """What has happened since is kept, and the whole report is on its way to the desk that was chosen."""
    said = (
        t("Kept. Your whole report goes to the other desk with it; the desk that had it cannot open it now."),
        arrives(t, delay),
        t("We cannot message you: look in again with your words."),
    )
    return Card(t("Added"), tuple(map(Paragraph, said)), (to_box(t, key), Button(t("Find support"), SUPPORT)))


def arrives(t: Translator, delay: Delay) -> str:
    """When a desk gets what is done now."""
    least, most = delay
    if not most:
        return t("It arrives at once.")
    return t(
        "It arrives there at a random moment between {least} and {most} from now.",
        least=span(t, least),
        most=span(t, most),
    )


def to_box(t: Translator, key: str, *, kept: bool = False) -> Button:
    """The way back to the mailbox; of a private record, which is no report yet."""
    return Button(t("Back to your record") if kept else t("Back to your report"), Address("box", key))


def _state(box: Box) -> str:
    """Where it stands: what the desk that has it said of that last, while it works on it."""
    if box.state not in {State.WITH_HR, State.READ, State.REVIEW}:
        return STATES[box.state]
    since = box.report.delivered
    said = [entry.said.state for entry in box.thread if entry.row.at and since and entry.row.at >= since]
    return next((HANDLING[each] for each in reversed(said) if each in HANDLING), STATES[box.state])


def _notices(t: Translator, box: Box) -> list[Block]:
    said = _on_its_way(t, box)
    if box.state is State.CLOSED and box.report.held is None:
        said.append(
            t(
                "Some months after closing it is erased here, conversation and all. My copy gives you your own."
            )
        )
    if box.report.held is not None:
        said.append(t("A legal hold applies, so it may not be erased while the hold lasts."))
    if box.state is State.WITHDRAWN:
        said += _withdrawn(t, box)
    elif box.due is not None:
        said.append(_due(t, box.due.date().isoformat(), overdue=box.overdue))
    if box.contact is not None and box.contact.answer is None and box.state is not State.WITHDRAWN:
        said.append(
            t(
                "The desk wants to speak with the person named, not before {date}. If you answer until then, it knows"
                " what you want. You need not answer.",
                date=box.contact.until.date().isoformat(),
            )
        )
    if box.state is State.CLOSED and box.refused:
        said.append(_refused(t, box))
    if box.asks:
        said.append(
            t(
                "This was closed at least {days} days ago. Has something happened since? If it has, you can say it"
                " here, and the case opens again. You need not.",
                days=box.asks,
            )
        )
    return [Paragraph(each) for each in said]


def _refused(t: Translator, box: Box) -> str:
    if box.refused > 1:
        return t("A second desk closed it as not a report, so it goes to no third one.")
    return t(
        "The desk closed it as not a report. You can ask one other desk, once, and it reads everything anew."
    )


def _on_its_way(t: Translator, box: Box) -> list[str]:
    """What keeps a report from a desk, or keeps it at all."""
    if box.state is State.KEPT:
        return [t("It is kept until about {month}.", month=box.report.expires)]
    if box.state is State.HELD:
        return [
            t("It is held until about {month}. After that it is a private record.", month=box.report.expires)
        ]
    if box.stuck and box.elsewhere:
        return [
            t(
                "No desk has it now: somebody you picked can read the desk that it was sent to. You can send it to"
                " another desk here, wait, take it back, or find help outside this workplace."
            )
        ]
    if box.stuck:
        return [
            t(
                "No desk has it now: somebody you picked can read each of those that could. It goes to the first that"
                " becomes free of them. You can wait, take it back, or find help outside this workplace."
            )
        ]
    if box.state is State.WAITING:
        return [
            t(
                "It arrives at a random moment, so that its time points at nobody, and only while the desk is a private"
                " place that nobody you picked can read."
            )
        ]
    return []


def _withdrawn(t: Translator, box: Box) -> list[str]:
    if box.report.held is None:
        until = t("It is erased about a week after you took it back, unless a legal hold applies by then.")
    else:
        until = t("It is erased only after the hold has ended.")
    return [
        f"{until} " + t("Until then your words undo this."),
        t(
            "If something happened since, undo taking it back, or write a new report: HR reads nothing here now."
        ),
    ]


def _due(t: Translator, day: str, *, overdue: bool) -> str:
    if not overdue:
        return t("The desk's next answer is due by {date}.", date=day)
    return t(
        "The desk's answer was due on {date}, and none has come yet. You can remind it, send this to another desk, take"
        " your own copy, or find help outside this workplace: each is a button here. You can also wait.",
        date=day,
    )


def _choices(t: Translator, key: str, box: Box, *, files: bool, hold: bool) -> tuple[Button, ...]:
    def button(label: str, action: str, style: Style = Style.PLAIN) -> Button:
        return Button(label, Address(action, key), style)

    everything = button(t("Everything in it"), "box.all")
    copy = button(t("My copy"), "copy")
    add = (button(t("Add a file"), "enclose"),) if files else ()
    since = button(t("Something happened since"), "box.since")
    proof = button(t("Proof of filing"), "proof")
    support = Button(t("Find support"), SUPPORT)
    if box.state is State.WITHDRAWN:  # nothing can be said to a desk that may read nothing
        undo = button(t("Undo taking it back"), "box.undo", Style.PRIMARY)
        return undo, everything, copy, proof, support
    if box.state is State.KEPT:
        return (
            button(t("Add to it"), "box.add", Style.PRIMARY),
            *add,
            since,
            button(t("Send it to HR"), "box.route"),
            *((button(t("Hold until others name the same person"), "box.hold"),) if hold else ()),
            everything,
            copy,
            proof,
            button(t("Delete it"), "box.back"),
            support,
        )
    if box.state is State.HELD:
        return (
            button(t("Add to it"), "box.add", Style.PRIMARY),
            *add,
            since,
            button(t("Release it now"), "box.route"),
            button(t("Make it a private record"), "box.free"),
            everything,
            copy,
            proof,
            button(t("Take it back"), "box.back"),
            support,
        )
    late = (button(t("Remind the desk"), "box.remind"),) if box.overdue else ()
    goes_on = box.elsewhere and box.refused < 2  # noqa: PLR2004 - one other desk, once
    other = (button(t("Send to another desk"), "box.route"),) if goes_on else ()
    plan = box.contact is not None and box.contact.answer is None
    answer = (button(t("Answer the desk's plan"), "box.plan"),) if plan else ()
    told = any(entry.said.kind is Kind.IDENTITY for entry in box.thread)
    who = (t("Meet with someone I trust"), "box.meet") if told else (t("Tell HR who I am"), "box.name")
    return (
        button(t("Add or answer"), "box.add", Style.PRIMARY),
        *answer,
        *add,
        *late,
        everything,
        copy,
        since,
        button(t("What colleagues may see"), "box.share"),
        *other,
        button(*who),
        proof,
        button(t("Take it back"), "box.back"),
        support,
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
