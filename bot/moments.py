"""When digests come and which week each is about: fixed weeks at the workspace's place, whatever its clocks do."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from bot import anonymity
from bot.config import WorkspaceSettings, weekday_and_time


def moments_around(settings: WorkspaceSettings, now: datetime) -> tuple[datetime, datetime]:
    """The last digest moment up to `now` and the first one after it, right across daylight-saving changes."""
    weekday, hour, minute = weekday_and_time(settings.digest_at)
    line = f"{minute} {hour} * * {(weekday + 1) % 7}"
    here = now.astimezone(ZoneInfo(settings.timezone))
    # Walked up to from well before: asked within the hour that comes twice, CronSim answers with the past.
    moments = (each.astimezone(now.tzinfo) for each in CronSim(line, here - timedelta(days=8)))
    last = next(moments)
    for upcoming in moments:
        if upcoming > now:
            return last, upcoming
        last = upcoming
    raise ValueError(f"{settings.digest_at!r} never comes again")


def covered_week(settings: WorkspaceSettings, moment: datetime) -> str:
    """The ISO week that a digest at this moment is about: the last one that has ended."""
    return anonymity.iso_week((moment.astimezone(ZoneInfo(settings.timezone)) - timedelta(days=7)).date())


def end_of_week(settings: WorkspaceSettings, week: str) -> datetime:
    """The first moment after an ISO week there."""
    monday = anonymity.monday_of(week) + timedelta(weeks=1)
    return datetime.combine(monday, time(), ZoneInfo(settings.timezone))
