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
from adapters.slack.members import Members
from adapters.slack.quiet import sdk_logger
from bot.ports import Handle

_log = structlog.get_logger(__name__)

ANY = re.compile("", re.DOTALL)


def app(handle: Handle, answers: Answers, members: Members, base_url: str, secret: str) -> AsyncApp:
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
    _listen(bolt, handle, answers, members)
    return bolt


def _listen(bolt: AsyncApp, handle: Handle, answers: Answers, members: Members) -> None:
    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await _begin(answers, handle, inbound.command(body, members))
        await ack()

    async def press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await _begin(answers, handle, inbound.press(body, members))
        await ack()

    async def shortcut(ack: AsyncAck, body: dict[str, Any]) -> None:
        await _begin(answers, handle, inbound.shortcut(body, members))
        await ack()

    async def submission(ack: AsyncAck, body: dict[str, Any]) -> None:
        arrival = inbound.submission(body, members)
        view = await answers.submit(handle, arrival) if arrival else broken()
        await ack(response_action="update", view=view)

    async def happened(body: dict[str, Any]) -> None:
        event = body.get("event")
        if isinstance(event, dict) and event.get("type") in {"team_join", "user_change"}:
            members.change(event.get("user"))

    async def failed(error: Exception) -> None:
        # A press of something that is not ours is no fault.
        if not isinstance(error, BoltUnhandledRequestError):
            _log.error("slack event failed", error=type(error).__name__)

    bolt.command("/metoo")(command)
    bolt.block_action(ANY)(press)
    bolt.view(ANY)(submission)
    bolt.event(ANY)(happened)
    bolt.message_shortcut(inbound.SHORTCUT)(shortcut)
    bolt.error(failed)


async def _begin(answers: Answers, handle: Handle, arrival: Arrival | None) -> None:
    if arrival is not None:
        await answers.begin(handle, arrival)


async def _authorize() -> AuthorizeResult:
    """Nothing to look up: there is one token, and bolt never gets to see it."""
    return AuthorizeResult(enterprise_id=None, team_id=None)


class Socket(AsyncSocketModeHandler):
    """Bolt's Socket Mode, which passes nothing on that it cannot handle, and can be waited for."""

    def __init__(self, bolt: AsyncApp, app_token: str, web: AsyncWebClient, answers: Answers) -> None:
        super().__init__(bolt, app_token, logger=sdk_logger(), web_client=web)
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
