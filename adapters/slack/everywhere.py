"""Everywhere that installed our app: who is there, by whose token we act, and what becomes of both."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress

import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.calls import reason
from adapters.slack.members import PAUSE, Member, Members
from adapters.slack.teams import Call
from adapters.slack.tokens import STALE, Tokens
from bot.config import SlackSettings
from bot.errors import Denied, PlatformError
from bot.ports import Installing

_log = structlog.get_logger(__name__)

LOOK = 600.0
"""Seconds between looks at what nobody told us of."""


class Everywhere:
    """Implements `adapters.slack.teams.Teams` for all that installed our app."""

    def __init__(self, settings: SlackSettings, kept: Installing) -> None:
        self._members: dict[str, Members] = {}
        self._tokens = Tokens(settings, kept, lambda team: self._members.pop(team, None))
        self.plain = self._tokens.plain
        self._doubted: set[str] = set()
        self._news = asyncio.Event()

    @property
    def installed(self) -> Collection[str]:
        """The workspaces in which we may act."""
        return self._tokens.teams

    def of(self, team: str) -> Members:
        """The member list of a workspace; one that we meet for the first time is read soon."""
        if team not in self._members:
            self._members[team] = Members()
            self._members[team].team = team
            self.look()
        return self._members[team]

    def member(self, team: str, user: str) -> Member:
        """What is known about somebody."""
        return self.of(team).member(team, user)

    def address(self, team: str) -> str:
        """Where a workspace is in a browser."""
        return self.of(team).home

    def change(self, team: str, user: object) -> None:
        """Take in one user object of an event."""
        if team in self._members:
            self._members[team].change(user)

    def doubt(self, team: str) -> None:
        """Slack says that our token there is gone. It is asked before anything is erased: the word may be late."""
        self._doubted.add(team)
        self.look()

    def look(self) -> None:
        """Look now at what changed."""
        self._news.set()

    async def ask(self, team: str, call: Call) -> AsyncSlackResponse:
        """Ask Slack as a workspace allows us to; once more, if its token was renewed meanwhile."""
        held = await self._tokens.acting(team)
        try:
            return await self._tokens.asked(held, call)
        except Denied as error:
            if reason(error) not in STALE:
                raise
            if (renewed := await self._tokens.after(held, reason(error))) is None:
                raise
            return await self._tokens.asked(renewed, call)

    async def greet(self) -> None:
        """Know all installations before anything is asked."""
        await self._tokens.refresh()

    async def look_after(self) -> None:
        """Renew tokens that nobody uses, follow what other processes change, read the lists of members."""
        async with asyncio.TaskGroup() as reading:
            begun: dict[str, asyncio.Task[None]] = {}
            while True:
                self._news.clear()
                with suppress(PlatformError):
                    await self._look()
                begun = {team: task for team, task in begun.items() if not task.done()}
                for team in self._unread() - set(begun):
                    begun[team] = reading.create_task(self._read(team))
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await self._news.wait()

    async def _look(self) -> None:
        while self._doubted:
            await self._ask_again(self._doubted.pop())
        await self._tokens.look()

    async def _ask_again(self, team: str) -> None:
        """Whether a token is gone, as Slack has it now."""
        for held in self._tokens.about(team):
            try:
                await self._tokens.asked(held, lambda web: web.auth_test())
            except Denied as error:
                if reason(error) in STALE:
                    await self._tokens.after(held, "token_revoked")
            except PlatformError:  # Slack says nothing now: the doubt stays
                asyncio.get_running_loop().call_later(PAUSE, self.doubt, team)
                return

    def _unread(self) -> set[str]:
        """Workspaces whose members are not known yet."""
        return {each for each in self._tokens.teams if not self.of(each).loaded}

    async def _read(self, team: str) -> None:
        members = self.of(team)
        try:
            about = await self.ask(team, lambda web: web.auth_test())
            members.home = str(about.get("url") or "")
            await members.read((await self._tokens.acting(team)).web)
        except PlatformError as error:
            _log.warning("members not read", platform="slack", error=type(error).__name__)
            asyncio.get_running_loop().call_later(PAUSE, self.look)
