"""Who belongs to the workspace, in memory: asked once, then kept by Slack's events."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import ask
from bot.errors import PlatformError
from bot.model import Standing

PAGE = 200
"""People per page, as Slack recommends."""

ADMIN = ("is_admin", "is_owner", "is_primary_owner")
"""What says of somebody that they manage the workspace."""

PAUSE = 30.0
"""Seconds until a list that could not be read is asked for again."""


@dataclass(frozen=True, slots=True, repr=False)
class Member:
    """What the list says about one person."""

    standing: Standing
    locale: str = "en"
    admin: bool = False


STRANGER = Member(Standing.UNKNOWN)


class Known(Protocol):
    """What payloads are read with: who people are, and where a workspace is in a browser."""

    def member(self, team: str, user: str) -> Member:
        """What is known about a person of a workspace."""
        ...

    def address(self, team: str) -> str:
        """The address of a workspace; empty where it is not known."""
        ...


class Members:
    """The member list of the token's workspace. Until it is read, everybody is unknown.

    `team` is the workspace's id and `home` its address in a browser, as Slack says at the start.
    """

    def __init__(self) -> None:
        self.team = ""
        self.home = ""
        self._known: dict[str, Member] = {}
        self._changed: dict[str, Member] = {}
        self._loaded = False

    def member(self, team: str, user: str) -> Member:
        """What is known about a person of a workspace."""
        if not self._loaded or team != self.team:
            return STRANGER
        return self._known.get(user, STRANGER)

    def address(self, team: str) -> str:  # noqa: ARG002 - the list is of one workspace
        """Its address in a browser."""
        return self.home

    def is_bot(self, user: str) -> bool:
        """Whether a reader of a channel is no person."""
        known = self._known.get(user)
        return known is not None and known.standing is Standing.BOT

    def count(self, team: str) -> int | None:
        """How many eligible members there are; None until the list is read, or of another workspace."""
        if not self._loaded or team != self.team:
            return None
        return sum(known.standing is Standing.MEMBER for known in self._known.values())

    @property
    def loaded(self) -> bool:
        """Whether the list was read."""
        return self._loaded

    def change(self, user: object) -> None:
        """Take in one user object of an event or a page; anything else is ignored."""
        if not isinstance(user, Mapping) or not isinstance(user.get("id"), str):
            return
        member = _member(user, self.team)
        self._known[user["id"]] = member
        self._changed[user["id"]] = member

    async def load(self, web: AsyncWebClient, pause: float = PAUSE) -> None:
        """Read the whole list, again and again until that worked once."""
        while True:
            try:
                return await self.read(web)
            except PlatformError:
                await asyncio.sleep(pause)

    async def read(self, web: AsyncWebClient) -> None:
        """Read the whole list, as fast as Slack allows. Raises `PlatformError`."""
        web = _patient(web)
        self._changed.clear()
        found: dict[str, Member] = {}
        cursor = ""
        while True:
            page = await ask(
                web.users_list(
                    limit=PAGE, cursor=cursor or None, include_locale=True, team_id=self.team or None
                )
            )
            for user in page.get("members") or ():
                if isinstance(user, Mapping) and isinstance(user.get("id"), str):
                    found[user["id"]] = _member(user, self.team)
            cursor = next_cursor(page.data)
            if not cursor:
                break
        # Events that came in while we read are newer than the pages.
        self._known = {**found, **self._changed}
        self._loaded = True


def _patient(web: AsyncWebClient) -> AsyncWebClient:
    patient = AsyncWebClient(
        token=web.token,
        base_url=web.base_url,
        timeout=web.timeout,
        logger=web.logger,
        session=web.session,
    )
    patient.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=10))
    return patient


def next_cursor(page: Any) -> str:
    """The cursor of the page that follows, or an empty string."""
    about = page.get("response_metadata") if isinstance(page, Mapping) else None
    cursor = about.get("next_cursor") if isinstance(about, Mapping) else None
    return cursor if isinstance(cursor, str) else ""


def _member(user: Mapping[str, Any], team: str) -> Member:
    locale = user.get("locale")
    standing = _standing(user, team)
    admin = any(user.get(name) is True for name in ADMIN)
    return Member(standing, locale if isinstance(locale, str) and locale else "en", admin)


def _standing(user: Mapping[str, Any], team: str) -> Standing:
    if user.get("deleted"):
        return Standing.UNKNOWN
    if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
        return Standing.BOT
    if user.get("is_stranger") or not _ours(user, team):
        return Standing.EXTERNAL
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER


def _ours(user: Mapping[str, Any], team: str) -> bool:
    home = user.get("team_id")
    across = user.get("enterprise_user")
    teams = across.get("teams") if isinstance(across, Mapping) else None
    return home == team or (isinstance(teams, list) and team in teams)
