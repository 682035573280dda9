"""What a person tells: the account they write, the part that routing needs, and the words for its kinds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot.abroad import comes_from
from bot.attached import Attached, attached_from
from bot.i18n import N_
from bot.records import DeskRow

TEXT_LIMIT = 40_000
"""Characters of an account in one go; platforms allow fewer in one field."""

UNSAID = "unsaid"

CATEGORIES = {
    "words": N_("Unwanted words or images"),
    "touch": N_("Touch"),
    "assault": N_("Assault"),
    "pressure": N_("Pressure or threats"),
    "bullying": N_("Bullying"),
    "discrimination": N_("Discrimination"),
    "retaliation": N_("Retaliation"),
    "other": N_("Something else"),
    UNSAID: N_("Rather not say"),
}

TIMES = {
    "days": N_("In the last days"),
    "weeks": N_("In the last weeks"),
    "months": N_("In the last months"),
    "longer": N_("Longer ago"),
    "ongoing": N_("It goes on"),
    UNSAID: N_("Rather not say"),
}
"""Rough on purpose: an exact date points at who was there."""


TELLERS = {
    "me": N_("It happened to me"),
    "saw": N_("I saw it"),
    "told": N_("I was told"),
    UNSAID: N_("Rather not say"),
}


@dataclass(frozen=True, slots=True, repr=False)
class Quotation:
    """A message that an account quotes, and its author by platform id (empty where unknown).

    `link` is its https address, kept only where everybody can read it; `cut` says that it was longer. `few` says
    that few people could read it where it stands, so that quoting it points at whoever does.
    """

    text: str
    author: str = ""
    link: str = ""
    cut: bool = False
    few: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """One person's account, as typed. `named` are platform ids; `shared` lets colleagues learn of it.

    `lost` says that a file could not be cleaned, so that it is not among its `files`. `away` are further people
    who must not read it, `desk` is the id of the desk its writer chose, in hex, and `hr` what they say about
    whether somebody they wrote about works with HR.
    """

    text: str = ""
    category: str = UNSAID
    named: tuple[str, ...] = ()
    when: str = UNSAID
    shared: bool = False
    teller: str = UNSAID
    files: tuple[Attached, ...] = ()
    lost: bool = False
    quoted: Quotation | None = None
    away: tuple[str, ...] = ()
    desk: str = ""
    hr: str = UNSAID

    @property
    def barred(self) -> tuple[str, ...]:
        """Everybody whom desks are kept from, by platform id.

        People of a linked workplace cannot be looked up where the desks are; where its writer says that nobody of them
        works with HR, that is what counts.
        """
        people = dict.fromkeys((*self.named, *self.away))
        return tuple(each for each in people if self.hr != "no" or comes_from(each) is None)

    @property
    def unseen(self) -> bool:
        """Whether anybody who must not read it is of a linked workplace."""
        return any(map(comes_from, (*self.named, *self.away)))

    def to_json(self) -> str:
        """As text, for sealing."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Account:
        """Read `to_json` back; what was sealed before there were files has none."""
        found = json.loads(text)
        files = attached_from(found.get("files", ()))
        quoted = Quotation(**found["quoted"]) if found.get("quoted") else None
        lists = {name: tuple(found.get(name, ())) for name in ("named", "away")}
        return cls(**{**found, **lists, "files": files, "quoted": quoted})


_LISTS = ("named", "desks", "skip", "missed", "refusers", "recused")


@dataclass(frozen=True, slots=True, repr=False)
class Route:
    """What the server itself needs of an account, sealed by its own key: no text.

    `named` is everybody who must not read it; of them only the report itself says who is named. `desks` are ids of
    those that can open it, `skip` of those that had it and may not get it again, `missed` of those that did not answer
    in time before it left them, `refusers` of those that closed it as no report, in hex. `recused` are handlers who
    stepped back, wherever it goes. `words` is the id of the message with what its writer wants colleagues to read.
    """

    category: str = UNSAID
    named: tuple[str, ...] = ()
    shared: bool = False
    desks: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    refusers: tuple[str, ...] = ()
    recused: tuple[str, ...] = ()
    words: str = ""

    @property
    def refused(self) -> int:
        """How many desks closed it as no report; one that does it twice is one."""
        return len(self.refusers)

    @classmethod
    def of(cls, account: Account, desks: Sequence[DeskRow]) -> Route:
        """The route of an account that is sent, and that these desks can open."""
        return cls(account.category, account.barred, account.shared, tuple(desk.id.hex() for desk in desks))

    def to_json(self) -> str:
        """As text, for sealing."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Route:
        """Read `to_json` back."""
        found = json.loads(text)
        lists = {name: tuple(found.get(name, ())) for name in _LISTS}
        return cls(**{**found, **lists})
