"""How much one person may do, remembered in memory under a random daily key and never with a name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from bot.config import Limits as LimitSettings
from bot.errors import Refusal
from bot.i18n import N_
from bot.model import Actor, Workspace
from bot.ports import Clock, Random

_TOO_MANY_REPORTS = N_(
    "You have sent as many reports today as one person can. If you have written one now, it was not sent: copy it if"
    " you want to keep it, because drafts are erased within the hour. Find support is open at any time."
)
WORKSPACE_FULL = N_(
    "So many reports were sent from here today that no more are taken until tomorrow. This is not about you, and"
    " nothing of yours was sent. Keep it for now keeps it as a private record; with its words you can send it to HR"
    " tomorrow."
)
_TOO_MANY_PRESSES = N_("You have pressed often in this hour. Nothing changed now; please try again later.")

_TOO_MANY_DRAFTS = N_(
    "You have changed your text very often in this hour. What you kept before is still there."
)
_TOO_MANY_TRIES = N_(
    "You have tried words several times in this hour, so these were not tried. You can try again in {minutes} min."
    " Nothing is lost: what the words open stays where it is."
)
_TOO_MANY_PASSPHRASES = N_(
    "You have tried several times in this hour, so this was not tried. You can try again in {minutes} min."
)
_TOO_MANY_MESSAGES = N_(
    "You have added a lot today. Please add more tomorrow; what you added before is safe."
)

_TOO_MANY_FILES = N_(
    "You have asked for a lot of files or pages in this hour. Nothing is lost; please try again in {minutes} min."
)

_HOUR = 60
"""Minutes of an hour."""

_DAY = 24 * _HOUR


class Full(Refusal):
    """So much was sent from a whole workspace that it is taken for a flood; what was written can still be kept."""


_Ends = dict[bytes, list[int]]
"""By name, the minutes of the day at which each try of the last hour counts no more; rounded up, never a moment."""


class Limits:
    """Counters that forget everything when the day is over and their key is thrown away.

    What counts by the hour is remembered over midnight, for one hour, with the key that it was counted under.
    """

    def __init__(self, settings: LimitSettings, clock: Clock, random: Random) -> None:
        self._settings = settings
        self._clock = clock
        self._random = random
        self._day = date.min
        self._key = b""
        self._counts: Counter[bytes] = Counter()
        self._ends: _Ends = {}
        self._before: tuple[bytes, _Ends] | None = None

    @contextmanager
    def report(self, actor: Actor) -> Iterator[None]:
        """Count one report of this person, unless filing it fails. Raises Refusal beyond the limit."""
        self.room_for_report(actor)
        with self._counted(*self._report_names(actor)):
            yield

    @contextmanager
    def record(self, actor: Actor) -> Iterator[None]:
        """Count one private record of this person, which reaches nobody and so stops no report of others."""
        self.room_for_record(actor)
        with self._counted(self._report_names(actor)[0]):
            yield

    def room_for_report(self, actor: Actor) -> None:
        """Whether this person can send a report now. Raises Refusal beyond the limit."""
        _, everybody = self._report_names(actor)
        if self._counts[everybody] >= self._settings.reports_a_day_in_all:
            raise Full(WORKSPACE_FULL)
        self.room_for_record(actor)

    def room_for_record(self, actor: Actor) -> None:
        """Whether this person can keep a record now. Raises Refusal beyond the limit."""
        person, _ = self._report_names(actor)
        if self._counts[person] >= self._settings.reports_a_day:
            raise Refusal(_TOO_MANY_REPORTS)

    @contextmanager
    def _counted(self, *names: bytes) -> Iterator[None]:
        self._counts.update(names)
        try:
            yield
        except BaseException:
            self._counts.subtract(names)
            raise

    def _report_names(self, actor: Actor) -> tuple[bytes, bytes]:
        day = self._today().date()
        return self._name(f"report {day}", actor.workspace, actor.user), self._name(
            "reports", actor.workspace, ""
        )

    def press(self, actor: Actor) -> None:
        """Count one press of this person. Raises Refusal beyond the limit."""
        self._hourly("press", actor, self._settings.presses_an_hour, _TOO_MANY_PRESSES)

    def draft(self, actor: Actor) -> None:
        """Count one form that this person filled in. Raises Refusal beyond the limit."""
        self._hourly("draft", actor, self._settings.drafts_an_hour, _TOO_MANY_DRAFTS)

    def receipt(self, actor: Actor) -> None:
        """Count one try at receipt words. Raises Refusal beyond the limit."""
        self._hourly("receipt", actor, self._settings.receipts_an_hour, _TOO_MANY_TRIES)

    def passphrase(self, actor: Actor) -> None:
        """Count one try to unlock an inbox. Raises Refusal beyond the limit."""
        self._hourly("passphrase", actor, self._settings.passphrases_an_hour, _TOO_MANY_PASSPHRASES)

    def file(self, actor: Actor) -> None:
        """Count one form with files, or one page for them. Raises Refusal beyond the limit."""
        self._hourly("file", actor, self._settings.files_an_hour, _TOO_MANY_FILES)

    def message(self, actor: Actor) -> None:
        """Count one message of this person to a desk. Raises Refusal beyond the limit."""
        self.room_for_message(actor)
        self._counts[self._message_name(actor)] += 1

    def room_for_message(self, actor: Actor) -> None:
        """Whether this person can write to a desk now. Raises Refusal beyond the limit."""
        if self._counts[self._message_name(actor)] >= self._settings.messages_a_day:
            raise Refusal(_TOO_MANY_MESSAGES)

    def _message_name(self, actor: Actor) -> bytes:
        return self._name(f"message {self._today().date()}", actor.workspace, actor.user)

    def _hourly(self, what: str, actor: Actor, most: int, refusal: str) -> None:
        now = self._today()
        minute = now.hour * _HOUR + now.minute
        ends = self._of_person(what, actor)
        while ends and not minute < ends[0] <= minute + _HOUR + 1:  # it is over, or of a clock that was wrong
            del ends[0]
        if len(ends) >= most:
            raise Refusal(refusal, minutes=ends[0] - minute if ends else _HOUR)
        ends.append(minute + _HOUR + bool(now.second or now.microsecond))

    def _of_person(self, what: str, actor: Actor) -> list[int]:
        name = self._name(what, actor.workspace, actor.user)
        ends = self._ends.get(name)
        if ends is None:
            ends = self._ends[name] = self._of_yesterday(what, actor)
        return ends

    def _of_yesterday(self, what: str, actor: Actor) -> list[int]:
        if self._before is None:
            return []
        key, ends = self._before
        return [each - _DAY for each in ends.pop(_named(key, what, actor.workspace, actor.user), ())]

    def _today(self) -> datetime:
        now = self._clock.now()
        day = now.date()
        if self._day != day:
            follows = self._day < day <= self._day + timedelta(days=1)
            self._before = (self._key, self._ends) if follows else None
            self._day, self._key, self._ends = day, self._random.randbytes(32), {}
            self._counts.clear()
        if now.hour:
            self._before = None
        return now

    def _name(self, what: str, workspace: Workspace, user: str) -> bytes:
        return _named(self._key, what, workspace, user)


def _named(key: bytes, what: str, workspace: Workspace, user: str) -> bytes:
    said = "\0".join((what, str(workspace), user)).encode()
    return hashlib.blake2b(said, key=key, digest_size=16).digest()
