"""What stands about reports in a desk's channel: where each is, what is due; no word of its text, no name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.account import CATEGORIES, UNSAID, Route
from bot.config import WorkspaceSettings
from bot.conversation import code
from bot.deadlines import Promise
from bot.i18n import N_, Translator, translator
from bot.model import Address, Button, Card, Paragraph, Row, Style
from bot.ports import Random
from bot.records import AddOutbox, OutboxRow, ReportRow

CARD = "card"
"""The kind of the row that lets a report's card say again where it stands."""

UNREAD, READ, REVIEW, CLOSED = (
    N_("Nobody has read it yet"),
    N_("Read"),
    N_("Being looked into"),
    N_("Closed"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a report that a desk has stands: `due` is when the desk owes its next answer; None where it owes none."""

    report: ReportRow
    due: datetime | None
    promise: Promise


def renewed(report: bytes, workspace: str, now: datetime, random: Random) -> AddOutbox:
    """Let a report's card say again where it stands: at once, for what a desk does is no secret to it."""
    return AddOutbox(OutboxRow(random.randbytes(16), CARD, report, workspace, now))


def desk_card(settings: WorkspaceSettings, standing: Standing, route: Route) -> Card:
    """The card in the desk's channel: no text of the report and no name, because channels are exported."""
    t, report = translator(settings.language), standing.report
    return Card(
        t("A report arrived"),
        (
            Row(t("Report"), code(report.id)),
            *_kind(t, route),
            *standing_rows(t, standing),
            Paragraph(
                t("The text is not posted here. People who can read this channel can open it privately.")
            ),
            Paragraph(t("Please do not try to find out who wrote it.")),
        ),
        (_read(settings, report),),
    )


def _kind(t: Translator, route: Route) -> tuple[Row, ...]:
    return () if route.category == UNSAID else (Row(t("Kind"), t(CATEGORIES[route.category])),)


def standing_rows(t: Translator, standing: Standing) -> tuple[Row, ...]:
    """State, age and what is due, in days: they move when a desk acts or news has arrived, never with its writer."""
    report, promise = standing.report, standing.promise
    state = Row(t("State"), t(desk_state(report)))
    since = (Row(t("Here since"), promise.day(report.delivered)),) if report.delivered else ()
    due = promise.day(standing.due) if standing.due else t("no answer is due")
    rows = (state, *since, Row(t("Next answer due"), due))
    if report.delivered is None or report.closed is not None:
        return rows
    return (*rows, Row(t("Outcome due"), promise.day(promise.feedback(report.delivered))))


def desk_state(report: ReportRow) -> str:
    """Where a report stands, as its desk sees it."""
    if report.closed is not None:
        return CLOSED
    if report.reviewing is not None:
        return REVIEW
    return UNREAD if report.opened is None else READ


def note_card(settings: WorkspaceSettings, report: ReportRow) -> Card:
    """The card that says there is news about a report."""
    t = translator(settings.language)
    said = Paragraph(t("There is something new to read about this report."))
    return Card(t("News about report {code}", code=code(report.id)), (said,), (_read(settings, report),))


def moved_card(settings: WorkspaceSettings, report: bytes) -> Card:
    """What is left of a card whose report another desk has now."""
    t = translator(settings.language)
    said = Paragraph(
        t("Its writer sent this report to another desk. It cannot be opened from here any more.")
    )
    return Card(t("Report {code} is with another desk", code=code(report)), (said,))


def escalated_card(settings: WorkspaceSettings, report: bytes) -> Card:
    """What is left of a card whose report went on, because nobody answered."""
    t = translator(settings.language)
    said = Paragraph(
        t(
            "Nobody answered in time, so this report went to the next desk. It cannot be opened from here any more."
        )
    )
    return Card(t("Report {code} is with another desk", code=code(report)), (said,))


def withdrawn_card(settings: WorkspaceSettings, report: bytes) -> Card:
    """What is left of a card whose report was taken back."""
    t = translator(settings.language)
    said = Paragraph(
        t("Its writer took this report back and asks you to stop. Its text cannot be opened any more.")
    )
    return Card(t("Report {code} was taken back", code=code(report)), (said,))


def _read(settings: WorkspaceSettings, report: ReportRow) -> Button:
    t = translator(settings.language)
    return Button(t("Read privately"), Address("desk.read", report.id.hex()), Style.PRIMARY)
