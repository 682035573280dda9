"""What Slack knows about channels and people, asked at the moment it matters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from adapters.slack.calls import reason
from adapters.slack.members import next_cursor
from adapters.slack.teams import Call, Teams
from bot.errors import Denied
from bot.model import Facts, Place, Workspace

PAGE = 200
"""Members per page."""

UNSEEN = frozenset({"channel_not_found", "not_in_channel", "missing_scope"})
"""What Slack says of channels that it does not show us: where we are not, and public ones where we asked for none."""

SHARED = ("is_ext_shared", "is_org_shared", "is_shared", "is_pending_ext_shared")
SHARING = ("pending_shared", "pending_connected_team_ids", "connected_team_ids", "shared_team_ids")
"""Lists of teams that share a channel, or soon may; our own team among them says nothing."""


class SlackDirectory:
    """Implements `bot.ports.Directory`."""

    def __init__(self, teams: Teams) -> None:
        self._teams = teams

    async def facts(self, place: Place) -> Facts:
        """The state of a channel; one that Slack does not show us is neither private nor ours."""
        try:
            info = await self._info(place)
        except Denied as error:
            if reason(error) in UNSEEN:
                return Facts(name="", private=False, external=False, bot=False)
            raise
        bot = bool(info.get("is_member"))
        return Facts(
            name=str(info.get("name") or ""),
            private=_private(info),
            external=_external(info, place.workspace.id),
            bot=bot,
            readers=await self._readers(place) if bot else None,
            public=_public(info),
        )

    async def can_read(self, place: Place, *people: str) -> bool:
        """Whether any of them is in a channel; one that is not private can be read by everybody."""
        if not people:
            return False
        info = await self._info(place)
        if not info.get("is_private"):
            return True
        async for reader in self._inside(place):
            if reader in people:
                return True
        return False

    async def population(self, workspace: Workspace) -> int | None:
        """How many eligible members the list has."""
        return self._teams.of(workspace.id).count(workspace.id)

    async def _info(self, place: Place) -> Mapping[str, Any]:
        answer = await self._teams.ask(
            place.workspace.id, lambda web: web.conversations_info(channel=place.channel)
        )
        info = answer.get("channel")
        return info if isinstance(info, Mapping) else {}

    async def _readers(self, place: Place) -> int | None:
        members = self._teams.of(place.workspace.id)
        if not members.loaded:
            return None
        return len({reader async for reader in self._inside(place) if not members.is_bot(reader)})

    async def _inside(self, place: Place) -> AsyncIterator[str]:
        cursor = ""
        while True:
            page = await self._teams.ask(place.workspace.id, _page(place, cursor))
            for reader in page.get("members") or ():
                yield str(reader)
            cursor = next_cursor(page.data)
            if not cursor:
                return


def _page(place: Place, cursor: str) -> Call:
    return lambda web: web.conversations_members(channel=place.channel, limit=PAGE, cursor=cursor or None)


def _private(info: Mapping[str, Any]) -> bool:
    other = any(info.get(name) for name in ("is_archived", "is_im", "is_mpim"))
    return info.get("is_private") is True and not other


def _public(info: Mapping[str, Any]) -> bool:
    direct = any(info.get(name) for name in ("is_im", "is_mpim"))
    return info.get("is_private") is False and not direct


def _external(info: Mapping[str, Any], team: str) -> bool:
    teams = [each for name in SHARING for each in info.get(name) or () if each != team]
    return bool(teams) or any(info.get(name) for name in SHARED)
