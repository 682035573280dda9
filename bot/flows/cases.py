"""The list of open cases behind *Cases* in a handler's menu, and the screen on which a case is worked on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.case import Case
from bot.casework import Listed
from bot.conversation import code
from bot.desk import Reading
from bot.flows.step import CASES, MENU, PREVIEW, WORDS
from bot.i18n import N_, Translator
from bot.model import Address, Block, Button, Card, Choice, Option, Paragraph, People, Quote, Row, Style

CHANGED = N_("Somebody changed this case in the meantime, so nothing was done. This is how it is now.")


def list_card(t: Translator, listed: Sequence[Listed], now: datetime) -> Card:
    """Open cases, the next due first."""
    ways = (
        Button(t("Write what changed here"), WORDS),
        Button(t("Preview of the digest"), PREVIEW),
        Button(t("Back to the menu"), MENU),
    )
    if not listed:
        return Card(t("Cases"), (Paragraph(t("There is no open case that you can open.")),), ways)
    rows = tuple(case_row(t, each, now) for each in listed)
    numbers = Button(t("Numbers of the last year"), Address("numbers"))
    return Card(t("Cases"), rows, (numbers, *ways), case_choice(t, listed, now), here=CASES)


def case_row(t: Translator, each: Listed, now: datetime) -> Row:
    """One open case in a line: what is due and whether somebody works on it."""
    return Row(each.code, _state(t, each, now))


def case_choice(t: Translator, listed: Sequence[Listed], now: datetime) -> tuple[Choice, ...]:
    """The list from which a handler opens one; nothing where there is none."""
    options = tuple(Option(each.report.id.hex(), f"{each.code}: {_state(t, each, now)}") for each in listed)
    return (Choice(t("Open a case"), Address("cases.open"), options),) if options else ()


def _state(t: Translator, each: Listed, now: datetime) -> str:
    said = []
    if each.due is None:
        said.append(t("no answer is due"))
    elif each.due < now:
        said.append(t("an answer was due on {date}", date=each.due.date().isoformat()))
    else:
        said.append(t("the next answer is due on {date}", date=each.due.date().isoformat()))
    said.append(t("somebody works on it") if each.case.assigned else t("nobody works on it"))
    if each.case.safety:
        said.append(t("a safety concern is marked"))
    return ", ".join(said)


def marks(t: Translator, case: Case) -> tuple[Block, ...]:
    """What of a case stands above its text."""
    said: list[Block] = []
    if case.safety:
        said.append(
            Paragraph(t("A safety concern is marked. Please read Work on this case before you do anything."))
        )
    if case.assigned:
        said.append(People(t("Works on it"), (case.assigned,)))
    if case.proposed:
        said.append(People(t("Wants to close it as not a report"), (case.proposed,)))
    return tuple(said)


def work_card(t: Translator, ref: str, reading: Reading, said: str = "") -> Card:
    """Everything a desk keeps of a case, and what can be done with it."""
    case, report = reading.case, reading.report
    blocks: list[Block] = [Paragraph(said)] if said else []
    if case.assigned:
        blocks.append(People(t("Works on it"), (case.assigned,)))
    else:
        blocks.append(Row(t("Works on it"), t("nobody")))
    if case.safety:
        blocks += [Row(t("Safety concern"), t("marked")), *_guidance(t)]
    if case.muted:
        quiet = t(
            "only where something happened since, in danger, for retaliation, or about what its writer wants"
        )
        blocks.append(Row(t("Posts about news"), quiet))
    if report.held is not None:
        blocks.append(Row(t("Legal hold"), t("since {date}", date=report.held.date().isoformat())))
    if case.links:
        linked = ", ".join(code(bytes.fromhex(each)) for each in case.links)
        blocks.append(Row(t("The same matter as"), linked))
    if case.proposed:
        blocks.append(People(t("Wants to close it as not a report"), (case.proposed,)))
    for note in reading.notes:
        day = note.row.at.date().isoformat() if note.row.at else note.row.week
        blocks += [Paragraph(t("A note of the desk, {date}", date=day)), People(t("By"), (note.said.who,))]
        blocks.append(Quote(note.said.text))
    blocks.append(
        Paragraph(
            t("The writer sees nothing of this. What you do here is kept in the audit log with your name.")
        )
    )
    title = t("Work on case {code}", code=code(report.id))
    return Card(
        title, tuple(blocks), _ways(t, ref, reading), here=Address("case.work", ref.partition(".")[0])
    )


def _guidance(t: Translator) -> tuple[Block, ...]:
    return (
        Paragraph(
            t(
                "Somebody may be in danger. The writer cannot be traced, by nobody: write to them through Answer, and"
                " tell them where help is. If you know of a danger to anybody, call the emergency services yourself."
            )
        ),
        Paragraph(
            t(
                "Before you speak with anyone who is named: agree on a plan for the safety of whoever may be hurt, and"
                " ask yourself whether what you say could reveal the writer."
            )
        ),
    )


def _ways(t: Translator, ref: str, reading: Reading) -> tuple[Button, ...]:
    key = ref.partition(".")[0]
    case, here = reading.case, f"{key}.{reading.case.version}"

    def way(label: str, action: str, style: Style = Style.PLAIN) -> Button:
        return Button(label, Address(action, here), style)

    safety = (
        way(t("Remove the safety mark"), "case.safe")
        if case.safety
        else way(t("Mark a safety concern"), "case.danger")
    )
    posts = (
        way(t("Posts about all news again"), "case.unmute")
        if case.muted
        else way(t("Fewer posts about this case"), "case.mute")
    )
    hold = (
        way(t("End the legal hold"), "case.free")
        if reading.report.held
        else way(t("Legal hold"), "case.hold")
    )
    return (
        way(t("Take it over") if case.assigned else t("I work on it"), "case.take", Style.PRIMARY),
        way(t("Hand over"), "case.give"),
        Button(t("Write a note"), Address("case.note", key)),
        safety,
        Button(t("Speak with the person named"), Address("contact", key)),
        way(t("Same matter as another"), "case.link"),
        hold,
        posts,
        Button(t("Export this case"), Address("export", key)),
        way(t("Step back from this case"), "case.back"),
        Button(t("Back to the report"), Address("desk.read", key)),
        Button(t("Cases"), CASES),
    )


def step_back_card(t: Translator, here: str) -> Card:
    """The question before a handler has nothing to do with a case any more."""
    said = t(
        "You will not be able to open this case any more, and nobody is told why. Only the others at this desk can go"
        " on with it. This cannot be undone."
    )
    return Card(
        t("Step back from this case?"),
        (Paragraph(said),),
        (
            Button(t("Step back"), Address("case.gone", here), Style.FINAL),
            Button(t("Back to the case"), Address("case.work", here.partition(".")[0])),
        ),
    )


def hold_card(t: Translator, here: str, *, held: bool) -> Card:
    """The question before a legal hold begins or ends."""
    begins = t(
        "While a legal hold lasts nothing of this report is erased, even if its writer takes it back. They read that a"
        " hold applies."
    )
    ends = t("After that, what its writer took back is erased in time. They read that the hold has ended.")
    label = t("End the legal hold") if held else t("Lay a legal hold")
    return Card(
        t("End the legal hold?") if held else t("Legal hold?"),
        (Paragraph(ends if held else begins),),
        (
            Button(label, Address("case.freed" if held else "case.held", here), Style.FINAL),
            Button(t("Back to the case"), Address("case.work", here.partition(".")[0])),
        ),
    )
