"""What `metoo check` finds: about which part, whether it is wrong, and one plain sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

SKEW = 60.0
"""Seconds that a clock may be off. Slack refuses what is signed 300 seconds beside its time."""


class Remark(str):
    """A sentence about something that is good to know, and not wrong."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about a part: of the settings, the store, the keys, a platform, and so on."""

    part: str
    said: str
    wrong: bool = True


def findings(part: str, sentences: Iterable[str]) -> list[Finding]:
    """Sentences as findings; a `Remark` is not wrong."""
    return [Finding(part, str(each), not isinstance(each, Remark)) for each in sentences]


def skew(name: str, date: str, now: datetime) -> list[str]:
    """What is wrong with our clock beside a platform's, by the Date header of its answer."""
    try:
        theirs = parsedate_to_datetime(date)
        off = (now - theirs).total_seconds()
    except (TypeError, ValueError):
        return []
    if abs(off) <= SKEW:
        return []
    way = "ahead of" if off > 0 else "behind"
    said = (
        f"{name}: the clock of this machine is {round(abs(off) / 60) or 1} minutes {way} {name}'s. Let it be set from"
        " the network (timedatectl set-ntp true): deadlines, digests and signatures depend on it."
    )
    return [said]
