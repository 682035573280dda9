"""Linking workplaces of one organisation: a code shown to an admin of one side is typed by an admin of the other."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.config import WorkspaceSettings
from bot.errors import Refusal
from bot.i18n import N_
from bot.limits import Limits
from bot.linked_settings import LinkedSettings
from bot.model import Actor, Workspace
from bot.ports import Clock, Random, Store
from bot.records import AddOutbox, OpenWindows, OutboxRow
from bot.setup import FIXED, NOT_ADMIN, Setup
from bot.workplaces import Workplaces

LIVES = timedelta(hours=1)
UNLINKED = "unlinked"
"""The kind of outbox row that takes the walls and statements of a workplace away that is not linked any more."""

LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""What a code is made of: nothing that is taken for something else, and no words."""
_LENGTH = 9

_WRONG = N_(
    "This code opens nothing. It lives for an hour and works once; an admin of the other workplace can have a new one"
    " shown. Nothing was changed."
)
_OWN = N_("metoo already serves this workplace on its own, so it cannot be linked. Nothing was changed.")
_NOT_SERVED = N_("metoo has to serve this workplace before others can be linked to it. Nothing was changed.")
_NOT_LINKED = N_("That workplace is not linked. Nothing was changed.")


@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """A code that an admin was shown: whose it is, and how long it lives."""

    home: Workspace
    until: datetime


class Linking:
    """Codes live in memory alone: who starts the program anew has them shown anew."""

    def __init__(
        self,
        *,
        store: Store,
        setup: Setup,
        settings: Workplaces,
        limits: Limits,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._setup = setup
        self._settings = settings
        self._limits = limits
        self._clock = clock
        self._random = random
        self._offers: dict[str, Offer] = {}

    def home(self, actor: Actor) -> WorkspaceSettings:
        """The workplace that keeps everything, for an admin of it. Raises Refusal."""
        _must_manage(actor)
        settings = self._settings.for_workspace(actor.workspace)
        if settings is None:
            raise Refusal(_NOT_SERVED)
        return settings

    def beside(self, actor: Actor) -> tuple[WorkspaceSettings, ...]:
        """The workplaces that are linked to an admin's."""
        _must_manage(actor)
        return self._settings.beside(actor.workspace)

    def home_of(self, actor: Actor) -> Workspace | None:
        """The workplace that an admin's is linked to."""
        _must_manage(actor)
        return self._settings.home_of(actor.workspace)

    def offer(self, actor: Actor) -> str:
        """A new code; one that was shown before opens nothing any more. Raises Refusal."""
        home = self.home(actor).workspace
        self._must_be_free(home)
        self._offers = {code: each for code, each in self._valid().items() if each.home != home}
        code = "".join(LETTERS[each % len(LETTERS)] for each in self._random.randbytes(_LENGTH))
        self._offers[code] = Offer(home, self._clock.now() + LIVES)
        return "-".join((code[:3], code[3:6], code[6:]))

    async def join(self, actor: Actor, typed: str) -> Workspace:
        """Link an admin's workplace to the one whose code this is. Raises Refusal."""
        _must_manage(actor)
        if self._settings.for_workspace(actor.workspace) is not None:
            raise Refusal(_OWN)
        self._limits.passphrase(actor)
        self._limits.passphrase(replace(actor, user="all admins"))  # else more admins would have more tries
        found = self._found("".join(each for each in typed.upper() if each in LETTERS))
        if self._settings.home_of(actor.workspace) is not None or found is None:
            raise Refusal(_WRONG)
        code, offer = found
        del self._offers[code]
        mine = {"platform": actor.workspace.platform, "id": actor.workspace.id}
        await self._change(offer.home, actor, lambda links: (*links, mine), f"linked {actor.workspace}")
        return offer.home

    async def place(self, actor: Actor, channels: Mapping[str, str]) -> None:
        """Where walls and digests are posted in an admin's linked workplace. Raises Refusal."""
        home, here = self._linked(actor, actor.workspace)

        def placed(links: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
            return [{**each, **channels} if _is(each, here) else each for each in links]

        await self._change(home, actor, placed, f"chose channels of {here}")
        now, name = self._clock.now(), str(here)
        windows = [each for each in await self._store.read(OpenWindows()) if each.workspace == str(home)]
        rows = (OutboxRow(self._random.randbytes(16), each.kind, each.subject, name, now) for each in windows)
        await self._store.write(*map(AddOutbox, rows))

    async def leave(self, actor: Actor, which: str) -> None:
        """End a link, from either side; what was kept stays where it is. Raises Refusal."""
        platform, _, known = which.partition(":")
        home, there = self._linked(actor, Workspace(platform, known) if which else actor.workspace)

        def left(links: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
            return [each for each in links if not _is(each, there)]

        gone = OutboxRow(self._random.randbytes(16), UNLINKED, bytes(16), str(there), self._clock.now())
        await self._change(home, actor, left, f"unlinked {there}", (gone,))

    def _linked(self, actor: Actor, there: Workspace) -> tuple[Workspace, Workspace]:
        """A linked workplace of which somebody is an admin, on either side, behind the one it is linked to."""
        _must_manage(actor)
        home = self._settings.home_of(there)
        if home is None or actor.workspace not in {home, there}:
            raise Refusal(_NOT_LINKED)
        self._must_be_free(home)
        return home, there

    def _must_be_free(self, home: Workspace) -> None:
        if "linked" in self._settings.fixed(home):
            raise Refusal(FIXED)

    async def _change(
        self, home: Workspace, actor: Actor, change: Any, did: str, posts: Sequence[OutboxRow] = ()
    ) -> None:
        settings = self._settings.serving(home)
        links = [each.model_dump(exclude_defaults=True) for each in settings.linked]
        changed = [
            LinkedSettings.model_validate(each).model_dump(exclude_defaults=True) for each in change(links)
        ]
        await self._setup.link(home, actor, changed, did, posts)

    def _valid(self) -> dict[str, Offer]:
        now = self._clock.now()
        return {code: each for code, each in self._offers.items() if now < each.until}

    def _found(self, typed: str) -> tuple[str, Offer] | None:
        valid = self._valid().items()
        return next((each for each in valid if hmac.compare_digest(each[0], typed)), None)


def _must_manage(actor: Actor) -> None:
    if not actor.admin:
        raise Refusal(NOT_ADMIN)


def _is(link: Mapping[str, Any], workspace: Workspace) -> bool:
    return (link["platform"], link["id"]) == (workspace.platform, workspace.id)
