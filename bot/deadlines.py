"""What a desk promises: by when it answers, and by when it says what came of a report.

The profiles follow what the standards ask for, as policy and not as a claim of conformity: ISO 37002:2021 wants a
timely acknowledgement, for which three working days are common practice; Directive (EU) 2019/1937, article 9, gives
seven days to acknowledge and three months from then to give feedback.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import WorkspaceSettings
from bot.workplaces import Workplaces

WORKING_DAYS = 3
FEEDBACK_MONTHS = 3
_WEEKEND = 5
"""The weekday on which it begins; Monday is 0."""

BEGINS, ENDS = 9, 17
"""Hours between which people at work are reminded."""


@dataclass(frozen=True, slots=True)
class Promise:
    """The deadlines of one workspace; all run from the posting of a report's card, or from what its writer added."""

    zone: str
    span: timedelta
    working_days: int = 0

    @classmethod
    def of(cls, workspace: WorkspaceSettings | None, settings: Workplaces) -> Promise:
        """What a workspace promises; one that is not configured any more promised what all do."""
        if workspace is None:
            return cls("UTC", settings.deadlines.acknowledge)
        days = WORKING_DAYS if workspace.deadlines == "working days" else 0
        return cls(workspace.timezone, settings.deadlines.acknowledge, days)

    def answer(self, since: datetime) -> datetime:
        """By when a person has answered."""
        if not self.working_days:
            return since + self.span
        here = since.astimezone(ZoneInfo(self.zone))
        left = self.working_days
        while left:
            here += timedelta(days=1)  # by the clock on the wall, whatever daylight saving does
            left -= here.weekday() < _WEEKEND
        return here.astimezone(since.tzinfo)

    def feedback(self, delivered: datetime) -> datetime:
        """By when the desk has said what came of it."""
        here = delivered.astimezone(ZoneInfo(self.zone))
        years, month = divmod(here.month - 1 + FEEDBACK_MONTHS, 12)
        year, month = here.year + years, month + 1
        day = min(here.day, monthrange(year, month)[1])
        return here.replace(year=year, month=month, day=day).astimezone(delivered.tzinfo)

    def working(self, moment: datetime) -> bool:
        """Whether people are at work at that moment."""
        here = moment.astimezone(ZoneInfo(self.zone))
        return here.weekday() < _WEEKEND and BEGINS <= here.hour < ENDS

    def next_working_day(self, moment: datetime) -> str:
        """The next day on which people work, such as 2026-11-25."""
        here = moment.astimezone(ZoneInfo(self.zone)) + timedelta(days=1)
        while here.weekday() >= _WEEKEND:
            here += timedelta(days=1)
        return here.date().isoformat()

    def day(self, moment: datetime) -> str:
        """The day that it is there, such as 2026-11-24."""
        return moment.astimezone(ZoneInfo(self.zone)).date().isoformat()
