"""How much one person may do, remembered in memory under a random daily key and never with a name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

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


class Full(Refusal):
    """So much was sent from a whole workspace that it is taken for a flood; what was written can still be kept."""


class Limits:
    """Counters that forget everything at the end of the day, when their key is thrown away."""

    def __init__(self, settings: LimitSettings, clock: Clock, random: Random) -> None:
        self._settings = settings
        self._clock = clock
        self._random = random
        self._day = ""
        self._key = b""
        self._counts: Counter[bytes] = Counter()

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
        now = self._today()
        name = self._name(f"press {now.hour}", actor.workspace, actor.user)
        self._count(name, self._settings.presses_an_hour, _TOO_MANY_PRESSES)

    def draft(self, actor: Actor) -> None:
        """Count one form that this person filled in. Raises Refusal beyond the limit."""
        now = self._today()
        name = self._name(f"draft {now.hour}", actor.workspace, actor.user)
        self._count(name, self._settings.drafts_an_hour, _TOO_MANY_DRAFTS)

    def receipt(self, actor: Actor) -> None:
        """Count one try at receipt words. Raises Refusal beyond the limit."""
        now = self._today()
        name = self._name(f"receipt {now.hour}", actor.workspace, actor.user)
        left = _HOUR - now.minute
        self._count(name, self._settings.receipts_an_hour, _TOO_MANY_TRIES, minutes=left)

    def passphrase(self, actor: Actor) -> None:
        """Count one try to unlock an inbox. Raises Refusal beyond the limit."""
        now = self._today()
        name = self._name(f"passphrase {now.hour}", actor.workspace, actor.user)
        left = _HOUR - now.minute
        self._count(name, self._settings.passphrases_an_hour, _TOO_MANY_PASSPHRASES, minutes=left)

    def file(self, actor: Actor) -> None:
        """Count one form with files, or one page for them. Raises Refusal beyond the limit."""
        now = self._today()
        name = self._name(f"file {now.hour}", actor.workspace, actor.user)
        self._count(name, self._settings.files_an_hour, _TOO_MANY_FILES, minutes=_HOUR - now.minute)

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

    def _count(self, name: bytes, most: int, refusal: str, **values: int) -> None:
        if self._counts[name] >= most:
            raise Refusal(refusal, **values)
        self._counts[name] += 1

    def _today(self) -> datetime:
        now = self._clock.now()
        if self._day != now.date().isoformat():
            self._day, self._key = now.date().isoformat(), self._random.randbytes(32)
            self._counts.clear()
        return now

    def _name(self, what: str, workspace: Workspace, user: str) -> bytes:
        said = "\0".join((what, str(workspace), user)).encode()
        return hashlib.blake2b(said, key=self._key, digest_size=16).digest()
