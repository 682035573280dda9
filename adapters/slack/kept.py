"""Installations as Slack's SDK knows them, kept by the core: sealed, without who installed the app and when."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.slack.quiet import sdk_logger
from bot.errors import StoreError
from bot.ports import Installing, Ticketing

_FIELDS = (
    "app_id",
    "enterprise_id",
    "team_id",
    "bot_token",
    "bot_id",
    "bot_user_id",
    "bot_scopes",
    "bot_refresh_token",
    "bot_token_expires_at",
    "is_enterprise_install",
)


def owner(enterprise: str | None, team: str | None, *, org: bool | None) -> str:
    """The name under which it is kept: a workspace's, or that of an organisation with all of its workspaces."""
    return f"slack:{enterprise}" if org and enterprise else f"slack:{team}"


def owner_of(bot: Bot) -> str:
    """Whose installation it is."""
    return owner(bot.enterprise_id, bot.team_id, org=bot.is_enterprise_install)


def written(bot: Bot) -> str:
    """An installation as text."""
    return json.dumps({each: getattr(bot, each) for each in _FIELDS})


def read(given: str) -> Bot:
    """Read `written` back."""
    return Bot(
        **{each: value for each, value in json.loads(given).items() if each in _FIELDS}, installed_at=0.0
    )


class SealedInstallations(AsyncInstallationStore):
    """Slack's own stores keep tokens in clear; this one hands them to the core."""

    def __init__(self, kept: Installing, changed: Callable[[], None]) -> None:
        self._kept = kept
        self._changed = changed

    @property
    def logger(self) -> logging.Logger:
        """Which says nothing."""
        return sdk_logger()

    async def async_save(self, installation: Installation) -> None:
        """Keep what the app was given. Of who installed it nothing is kept."""
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep it, whatever was kept before. Raises BoltError."""
        try:
            while True:
                before = await self._kept.of(owner_of(bot))
                if await self._kept.put(owner_of(bot), written(bot), before.version if before else 0):
                    return self._changed()
        except StoreError as error:
            raise BoltError("the store does not answer") from error

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """What the app was given for a workspace or an organisation."""
        found = await self._kept.of(owner(enterprise_id, team_id, org=is_enterprise_install))
        return read(found.given) if found else None


class SealedTickets(AsyncOAuthStateStore):
    """The `state` of an installation: sealed, for ten minutes, and good once in all processes."""

    def __init__(self, tickets: Ticketing) -> None:
        self._tickets = tickets

    @property
    def logger(self) -> logging.Logger:
        """Which says nothing."""
        return sdk_logger()

    async def async_issue(self, *_: Any, **__: Any) -> str:
        """A fresh one."""
        return self._tickets.issue()

    async def async_consume(self, state: str) -> bool:
        """Whether it holds; then it is used."""
        return await self._tickets.spend(state)
