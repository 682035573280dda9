"""The workspaces that our app serves, and how each of them is spoken to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.calls import ask
from adapters.slack.members import Known, Member, Members

Call = Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]
"""One call of the Web API, by a client that has the token for it."""


class Teams(Known, Protocol):
    """One workspace whose token is in the settings, or all that installed our app."""

    plain: AsyncWebClient
    """A client for what needs no token of a workspace."""

    @property
    def installed(self) -> Collection[str]:
        """The workspaces that installed our app; none where the token is in the settings."""
        ...

    def of(self, team: str) -> Members:
        """The member list of a workspace."""
        ...

    def change(self, team: str, user: object) -> None:
        """Take in one user object of an event."""
        ...

    def doubt(self, team: str) -> None:
        """Slack says that we may not act there any more."""
        ...

    async def ask(self, team: str, call: Call) -> AsyncSlackResponse:
        """Ask Slack as a workspace allows us to. Raises a `PlatformError` and nothing else."""
        ...

    async def greet(self) -> None:
        """Find out, when we connect, who we are. Raises a `PlatformError` where that cannot be."""
        ...

    async def look_after(self) -> None:
        """Keep lists and tokens true until cancelled."""
        ...


class OneTeam:
    """The workspace of the token in the settings."""

    def __init__(self, web: AsyncWebClient, members: Members | None = None) -> None:
        self.plain = web
        self._members = members or Members()
        self.installed: Collection[str] = ()

    def of(self, team: str) -> Members:  # noqa: ARG002 - the list itself knows whose it is
        """Its members."""
        return self._members

    def member(self, team: str, user: str) -> Member:
        """What is known about somebody."""
        return self._members.member(team, user)

    def address(self, team: str) -> str:
        """Where it is in a browser."""
        return self._members.address(team)

    def change(self, team: str, user: object) -> None:  # noqa: ARG002 - people of other workspaces are told apart there
        """Take in one user object of an event."""
        self._members.change(user)

    def doubt(self, team: str) -> None:
        """The token is in the settings: who took it back knows, and each call says so."""

    async def ask(self, team: str, call: Call) -> AsyncSlackResponse:  # noqa: ARG002 - there is one token
        """Ask Slack."""
        return await ask(call(self.plain))

    async def greet(self) -> None:
        """Whose token it is."""
        answer = await ask(self.plain.auth_test())
        self._members.team = str(answer.get("team_id"))
        self._members.home = str(answer.get("url") or "")

    async def look_after(self) -> None:
        """Read the member list; events keep it true."""
        await self._members.load(self.plain)
