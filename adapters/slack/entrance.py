"""Where Slack's requests come in: few listeners, each of which ends with its acknowledgement."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.async_app import AsyncAck
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import inbound
from adapters.slack.answers import Answers, broken
from adapters.slack.inbound import Arrival
from adapters.slack.quiet import sdk_logger
from adapters.slack.teams import Teams
from bot.ports import Handle

_log = structlog.get_logger(__name__)

PING = 10.0
"""Seconds between pings of the socket; one that answers none for four of them is deaf, and is replaced."""

ANY = re.compile("", re.DOTALL)


def app(handle: Handle, answers: Answers, teams: Teams, base_url: str, secret: str) -> AsyncApp:
    """Bolt with our listeners. It answers after the listener, so nothing can undo an acknowledgement."""
    bolt = AsyncApp(
        name="metoo",
        logger=sdk_logger(),
        client=AsyncWebClient(base_url=base_url, logger=sdk_logger()),
        authorize=_authorize,
        signing_secret=secret,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )
    heard = _Listeners(handle, answers, teams)
    bolt.command("/metoo")(heard.command)
    bolt.block_action(ANY)(heard.press)
    bolt.view(ANY)(heard.submission)
    bolt.event(ANY)(heard.happened)
    bolt.message_shortcut(inbound.SHORTCUT)(heard.shortcut)
    bolt.global_shortcut(inbound.ANYWHERE)(heard.anywhere)
    bolt.error(_failed)
    return bolt


class _Listeners:
    """What bolt calls; it looks at the names of the parameters."""

    def __init__(self, handle: Handle, answers: Answers, teams: Teams) -> None:
        self._handle = handle
        self._answers = answers
        self._teams = teams

    async def command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._begin(inbound.command(body, self._teams))
        await ack()

    async def press(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._begin(inbound.press(body, self._teams))
        await ack()

    async def shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._begin(inbound.shortcut(body, self._teams))
        await ack()

    async def anywhere(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._begin(inbound.anywhere(body, self._teams))
        await ack()

    async def submission(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        arrival = inbound.submission(body, self._teams)
        view = await self._answers.submit(self._handle, arrival) if arrival else broken()
        await ack(response_action="update", view=view)

    async def happened(self, body: dict[str, Any]) -> None:
        kind = inbound.kind(body)
        if kind in {"team_join", "user_change"}:
            self._teams.change(inbound.team(body), body["event"].get("user"))
        elif kind in {"app_uninstalled", "tokens_revoked"}:
            self._teams.doubt(inbound.team(body))
        elif kind == "app_home_opened" and (arrival := inbound.home(body, self._teams)):
            self._answers.show_home(self._handle, arrival)

    async def _begin(self, arrival: Arrival | None) -> None:
        if arrival is not None:
            await self._answers.begin(self._handle, arrival)


async def _failed(error: Exception) -> None:
    # A press of something that is not ours is no fault.
    if not isinstance(error, BoltUnhandledRequestError):
        _log.error("slack event failed", error=type(error).__name__)


async def _authorize() -> AuthorizeResult:
    """Nothing to look up: there is one token, and bolt never gets to see it."""
    return AuthorizeResult(enterprise_id=None, team_id=None)


class Socket(AsyncSocketModeHandler):
    """Bolt's Socket Mode, which passes nothing on that it cannot handle, and can be waited for."""

    def __init__(self, bolt: AsyncApp, app_token: str, web: AsyncWebClient, answers: Answers) -> None:
        super().__init__(bolt, app_token, logger=sdk_logger(), web_client=web, ping_interval=PING)
        self._answers = answers
        # Our supervisor reconnects: it knows when to give up, and says so.
        self.client.default_auto_reconnect_enabled = False

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override] # as in bolt
        """Dispatch one envelope."""
        if (task := asyncio.current_task()) is not None:
            self._answers.track(task)
        try:
            await super().handle(client, req)
        except Exception as error:  # noqa: BLE001 - the entry point: a broken payload must not reach the SDK's log
            _log.warning("slack request unreadable", error=type(error).__name__)

    async def open(self) -> None:
        """Connect to the address that was asked for."""
        await self.connect_async()  # type: ignore[no-untyped-call] # bolt's handler is untyped

    def ignore(self) -> None:
        """Take no new envelopes."""
        self.client.socket_mode_request_listeners.clear()

    async def close(self) -> None:
        """Close the socket, and wait until its loops have ended."""
        loops = [
            each
            for each in (
                self.client.message_processor,
                self.client.current_session_monitor,
                self.client.message_receiver,
            )
            if each is not None
        ]
        await self.close_async()  # type: ignore[no-untyped-call] # bolt's handler is untyped
        await asyncio.gather(*loops, return_exceptions=True)
