"""Whose token acts where: kept by the core, renewed before it ends, erased when it was taken away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import kept
from adapters.slack.calls import ask, client
from adapters.slack.members import next_cursor
from adapters.slack.teams import Call
from bot.config import SlackSettings
from bot.errors import Denied, StoreError, Unreachable
from bot.ports import Installation, Installing

_log = structlog.get_logger(__name__)

AHEAD = 120
"""Minutes before its end at which a token is renewed."""

_EVER = 10**9
"""So many minutes before its end that it is always time."""

PAGE = 200
"""Workspaces of an organisation per page."""

OVER = frozenset({"token_revoked", "account_inactive"})
"""What Slack says of a token that is gone for good: revoked, or the app was uninstalled."""

STALE = OVER | {"token_expired", "invalid_auth"}
"""What it says of a token that another process may have renewed meanwhile."""


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """An installation in memory, with a client that has its token."""

    owner: str
    version: int
    bot: Bot
    web: AsyncWebClient

    @property
    def due(self) -> bool:
        """Whether its token ends soon, by the clock that the SDK renews it by."""
        ends = self.bot.bot_token_expires_at
        return ends is not None and ends <= time.time() + AHEAD * 60


class Tokens:
    """The installations of our app, in memory and in the store; other processes change them too."""

    def __init__(self, settings: SlackSettings, kept_by: Installing, gone: Callable[[str], object]) -> None:
        self.plain = client("", settings.api_url)
        self._api_url = settings.api_url
        self._kept = kept_by
        self._gone = gone
        self._rotator = AsyncTokenRotator(
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
            client=self.plain,
        )
        self._held: dict[str, Held] = {}
        self._unsaved: set[str] = set()
        self._orgs: dict[str, str] = {}
        self._turn = asyncio.Lock()

    @property
    def teams(self) -> set[str]:
        """The workspaces in which we may act."""
        own = {_team(each.owner) for each in self._held.values() if not each.bot.is_enterprise_install}
        return own | set(self._orgs)

    def about(self, team: str) -> list[Held]:
        """The installations of which Slack may speak when it names this workspace, or none."""
        mine = {f"slack:{team}", self._orgs.get(team, "")}
        every = list(self._held.values())
        return [each for each in every if each.owner in mine or each.bot.is_enterprise_install or not team]

    async def look(self) -> None:
        """Follow what other processes changed, and renew what nobody uses. Raises a `PlatformError`."""
        await self.refresh()
        for held in list(self._held.values()):
            if held.owner in self._unsaved:
                await self._saved(held)
            elif held.due:
                await self._renewed(held)
        async with self._turn:
            await self._find_org("")

    async def refresh(self) -> None:
        """Know every installation as the store has it."""
        try:
            found = await self._kept.everything()
        except StoreError:
            raise Unreachable("the store does not answer") from None
        for owner in set(self._held) - set(found):
            self._drop(owner)
        for owner, installation in found.items():
            if owner not in self._unsaved:
                self._take(owner, installation)

    async def asked(self, held: Held, call: Call) -> AsyncSlackResponse:
        """Ask Slack by one token. Raises a `PlatformError`."""
        held.web.session = self.plain.session
        return await ask(call(held.web))

    async def acting(self, team: str) -> Held:
        """The installation that acts in a workspace. Raises a `PlatformError`."""
        owner = f"slack:{team}"
        held = self._held.get(owner) or self._held.get(self._orgs.get(team, ""))
        if held is None:
            async with self._turn:
                held = await self._find(owner) or await self._find_org(team)
        if held is None:
            denied = Denied("Slack refused: the app is not installed there")
            denied.code = "not_installed"
            raise denied
        return await self._renewed(held) if held.due else held

    async def _find(self, owner: str) -> Held | None:
        """One installation as the store has it now."""
        try:
            found = await self._kept.of(owner)
        except StoreError:
            raise Unreachable("the store does not answer") from None
        if found is None:
            self._held.pop(owner, None)
            return None
        return self._take(owner, found)

    def _take(self, owner: str, found: Installation) -> Held:
        known = self._held.get(owner)
        if known is None or known.version != found.version:
            known = self._hold(owner, found.version, kept.read(found.given))
        return known

    def _hold(self, owner: str, version: int, bot: Bot) -> Held:
        held = Held(owner, version, bot, client(bot.bot_token, self._api_url))
        self._held[owner] = held
        return held

    async def _find_org(self, team: str) -> Held | None:
        for held in [each for each in self._held.values() if each.bot.is_enterprise_install]:
            with suppress(Denied):  # what is wrong with one must not keep the others from being found
                async for each in self._workspaces(held):
                    self._orgs[each] = held.owner
        return self._held.get(self._orgs.get(team, ""))

    async def _workspaces(self, held: Held) -> AsyncIterator[str]:
        """The workspaces of an organisation that may use us."""
        cursor = ""
        while True:
            here = cursor or None
            page = await self.asked(held, lambda web: web.auth_teams_list(limit=PAGE, cursor=here))  # noqa: B023 - awaited here
            for each in page.get("teams") or ():
                yield str(each.get("id"))
            cursor = next_cursor(page.data)
            if not cursor:
                return

    async def _renewed(self, held: Held, *, ended: bool = False) -> Held:
        """Renew a token that ends soon, or find that another process did. The old one stays good until its end.

        If it `ended`, as Slack says, it is renewed whatever our own clock says.
        """
        async with self._turn:
            fresh = held if held.owner in self._unsaved else await self._find(held.owner)
            ended = ended and fresh is not None and fresh.bot.bot_token == held.bot.bot_token
            if fresh is None or not (fresh.due or ended):
                return fresh or held
            try:
                bot = await self._rotator.perform_bot_token_rotation(
                    bot=fresh.bot, minutes_before_expiration=_EVER if ended else AHEAD
                )
            except (
                SlackClientError,
                aiohttp.ClientError,
                TimeoutError,
                OSError,
                KeyError,
                ValueError,
            ) as error:
                _log.warning("token not renewed", platform="slack", error=type(error).__name__)
                return await self._find(held.owner) or fresh
            return await self._saved(self._hold(held.owner, fresh.version, bot)) if bot else fresh

    async def _saved(self, held: Held) -> Held:
        """Keep what was renewed; until that works it is in memory alone, and the old one is worth nothing any more."""
        self._unsaved.add(held.owner)
        try:
            took = await self._kept.put(held.owner, kept.written(held.bot), held.version)
        except StoreError:
            return held
        self._unsaved.discard(held.owner)
        return (
            self._hold(held.owner, held.version + 1, held.bot)
            if took
            else await self._find(held.owner) or held
        )

    async def after(self, held: Held, code: str) -> Held | None:
        """What Slack takes instead of a token that it refuses; None where there is nothing."""
        fresh = await self._find(held.owner)
        if fresh is not None and fresh.bot.bot_token != held.bot.bot_token:
            return fresh
        if code in OVER:
            await self._forget(held)
        elif code == "token_expired" and (renewed := await self._renewed(held, ended=True)) is not held:
            return renewed
        return None

    async def _forget(self, held: Held) -> None:
        """Erase what we were given, and who is there from memory. What was told there stays, sealed."""
        with suppress(StoreError):
            await self._kept.erase(held.owner, held.version)
        self._drop(held.owner)
        _log.info("app uninstalled", platform="slack")

    def _drop(self, owner: str) -> None:
        self._held.pop(owner, None)
        for team in (_team(owner), *(each for each, org in self._orgs.items() if org == owner)):
            self._gone(team)
        self._orgs = {each: org for each, org in self._orgs.items() if org != owner}


def _team(owner: str) -> str:
    return owner.partition(":")[2]
