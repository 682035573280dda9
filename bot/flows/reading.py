"""A report as a handler sees it: first what it is about and whether somebody may be in danger, then the words."""

from __future__ import annotations

from bot.colleagues import approved, wanted
from bot.conversation import DESK, HANDLING, Entry, Kind, code
from bot.desk import Reading
from bot.flows.cases import marks
from bot.flows.desk_files import file_choice
from bot.flows.filed import lacking, listed
from bot.flows.step import CASES, key_of
from bot.flows.told import cited, told
from bot.i18n import N_, Translator
from bot.inbox import Door
from bot.model import Address, Block, Button, Card, Paragraph, People, Quote, Row, Style
from bot.notices import standing_rows

SAID = {
    Kind.IDENTITY: N_("The writer tells you who they are:"),
    Kind.WITHDRAW: N_("The writer took the report back."),
    Kind.UNDO: N_("The writer wants you to go on after all."),
    Kind.REMIND: N_("The writer reminds you that an answer is due."),
    Kind.SINCE: N_("Something happened since:"),
    Kind.MEET: N_("The writer would like to meet, with someone they trust:"),
    Kind.ASK: N_("Asked the writer once who they are; they need not answer."),
    Kind.REVIEW: N_("Told the writer that you are looking into it."),
    Kind.CLOSE: N_("Closed, with this reason:"),
    Kind.CONTACT: N_("Told the writer that you want to speak with the person named:"),
    Kind.AGREE: N_("The writer agrees that you speak with the person named."),
    Kind.OBJECT: N_("The writer asks you not to speak with the person named."),
    Kind.WORDS: N_("The writer's own words for colleagues, who see them only once you have approved them:"),
    Kind.CHANGE: N_("Asked the writer for other words for colleagues:"),
    Kind.APPROVE: N_("Approved the writer's words for colleagues."),
}


def accept_card(t: Translator, ref: str) -> Card:
    """What every handler accepts once, before the first report."""
    return accept_said(t, Address("desk.accept", ref))


def accept_said(t: Translator, to: Address) -> Card:
    """The same, on the way to something else."""
    said = (
        t(
            "People write here because they may do so without saying who they are. Trying to find out would harm them,"
            " and everybody who comes after them."
        ),
        t(
            "What you read may be hard to read. What you do with a report is kept in a log, with your name and without"
            " a word of the report."
        ),
    )
    accept = Button(t("I will not try to find out who wrote"), to, Style.PRIMARY)
    return Card(t("Before you read for the first time"), tuple(map(Paragraph, said)), (accept,))


def front_card(t: Translator, ref: str, reading: Reading) -> Card:
    """What a report is about, without a word of it: enough to step back from it unread."""
    if reading.account is None:
        return _withdrawn_card(t, ref, reading)
    said = t(
        "The words may be hard to read. They are shown when you press; if this is not for you, step back."
    )
    rows = (
        *marks(t, reading.case),
        *told(t, reading.account),
        *standing_rows(t, reading.standing),
        Paragraph(said),
    )
    buttons = (
        Button(t("Show the words"), Address("desk.words", ref), Style.PRIMARY),
        Button(t("Work on this case"), Address("case.work", ref)),
        Button(t("Cases"), CASES),
    )
    return Card(_title(t, reading), rows, buttons, here=Address("desk.read", ref))


def words_card(t: Translator, ref: str, reading: Reading, support: tuple[Block, ...] = ()) -> Card:
    """A report with its words, the conversation, and what is said of those who stand with its writer."""
    account = reading.account
    if account is None:
        return _withdrawn_card(t, ref, reading)
    rows: list[Block] = [
        *marks(t, reading.case),
        *told(t, account),
        Row(t("Written in week"), reading.report.week),
        *standing_rows(t, reading.standing),
    ]
    rows += [*listed(t, account.files), *lacking(t, lost=account.lost)]
    rows += cited(t, account.quoted)
    if account.text.strip():
        rows += [Paragraph(t("The writer's words:")), Quote(account.text)]
    files = len(account.files)
    for entry in reading.thread:
        filed = listed(t, entry.said.files, files + 1)
        rows += [*_entry(t, entry), *filed, *lacking(t, lost=entry.said.lost)]
        files += len(entry.said.files)
    rows += support
    care = t(
        "Please do not try to find out who wrote this, and think before each step: could it reveal the writer?"
    )
    rows.append(Paragraph(care))
    here, choices = Address("desk.words", ref), file_choice(t, ref, reading)
    return Card(_title(t, reading), tuple(rows), _choices(t, ref, reading), choices, here=here)


def changed_card(t: Translator, ref: str, typed: str) -> Card:
    """What a handler reads whose colleague was faster: nothing was sent, and nothing typed is lost."""
    said = (
        t("Somebody else at this desk did something with this report in the meantime, so nothing was sent."),
        t("Please read what changed and decide again. This is what you typed; you can copy it:"),
    )
    again = Button(t("Read it again"), Address("desk.words", key_of(ref)), Style.PRIMARY)
    quote = (Quote(typed),) if typed.strip() else ()
    return Card(t("Somebody was faster"), (*map(Paragraph, said), *quote), (again,))


def _title(t: Translator, reading: Reading) -> str:
    return t("Report {code}", code=code(reading.report.id))


def _withdrawn_card(t: Translator, ref: str, reading: Reading) -> Card:
    said = t(
        "Its writer took this report back and asks you to stop. The text is hidden and will be erased. What you"
        " have read you may have to act on."
    )
    held = Paragraph(t("A legal hold applies, so it is erased only after the hold has ended."))
    notes = (Paragraph(said), held) if reading.report.held is not None else (Paragraph(said),)
    return Card(_title(t, reading), notes, here=Address("desk.read", ref))


def _choices(t: Translator, ref: str, reading: Reading) -> tuple[Button, ...]:
    seen = f"{ref}.{reading.seen}"
    buttons = [Button(t("Answer"), Address("desk.answer", seen), Style.PRIMARY)]
    report = reading.report
    if report.reviewing is None and report.closed is None:
        # A desk that gets it later says so anew; the same desk says it once.
        here = f"{ref}.{int(report.delivered.timestamp()) if report.delivered else 0}"
        buttons.append(Button(t("We are looking into it"), Address("desk.review", here)))
    if not any(entry.said.kind in {Kind.ASK, Kind.IDENTITY} for entry in reading.thread):
        buttons.append(Button(t("Ask once who wrote"), Address("desk.ask", ref)))
    if report.closed is None:
        buttons.append(Button(t("Close the report"), Address("desk.close", seen)))
    if wanted(reading) is not None:
        label = t("Words for colleagues") if approved(reading) else t("Words for colleagues to approve")
        buttons.append(Button(label, Address("words.show", ref)))
    buttons.append(Button(t("Work on this case"), Address("case.work", ref)))
    if reading.door is Door.WANTED:
        buttons.append(Button(t("Lock this inbox"), Address("inbox", ref)))
    elif reading.door is Door.LOCK:
        buttons.append(Button(t("The lock of this inbox"), Address("inbox", ref)))
    return tuple(buttons)


def _entry(t: Translator, entry: Entry) -> list[Block]:
    said, row = entry.said, entry.row
    date = row.at.date().isoformat() if row.at else row.week
    heading = (
        t("From the desk, {date}", date=date) if row.side == DESK else t("From the writer, {date}", date=date)
    )
    blocks: list[Block] = [Paragraph(heading)]
    if said.kind in SAID:
        blocks.append(Paragraph(t(SAID[said.kind])))
    if said.who:
        blocks.append(People(t("Signed by") if row.side == DESK else t("The writer"), (said.who,)))
    if said.text:
        blocks.append(Quote(said.text))
    if said.state in HANDLING:
        blocks.append(Row(t("The writer reads as the state"), t(HANDLING[said.state])))
    return blocks
