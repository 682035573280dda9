"""The answer to what somebody did: in time where that works, else a moment later, and never lost halfway."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import render
from adapters.slack.blocks import Json
from adapters.slack.calls import TIMEOUT
from adapters.slack.inbound import Arrival
from adapters.slack.teams import Teams
from bot.errors import PlatformError
from bot.i18n import translator
from bot.model import Card, Form, Paragraph, Reply
from bot.ports import Handle

_log = structlog.get_logger(__name__)

PATIENCE = 2.0
"""Seconds the core has before "One moment…" is shown; Slack gives up after three."""

SETTLE = 0.3
"""Seconds Slack needs to show the answer to a form before that view can be replaced."""


CROWD = 32
"""So many presses that wait for their acknowledgement are a surge, in which what is said beside a post gives way."""

GIVE_WAY = 1.0
"""Seconds for which each answer beside a post gives way in a surge; Slack takes it for half an hour."""

BESIDE = 64
"""Answers beside posts on their way to Slack at a time."""


class Answers:
    """Asks the core and shows what it says. All that outlives an acknowledgement is tracked here."""

    def __init__(self, teams: Teams, patience: float = PATIENCE, settle: float = SETTLE) -> None:
        self._teams = teams
        self._patience = patience
        self._settle = settle
        self._tasks: set[asyncio.Task[Any]] = set()
        self._unanswered = 0
        self._sending = asyncio.Semaphore(BESIDE)

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something that `finish` waits for."""
        return self.track(asyncio.create_task(work))

    def track(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        """Let `finish` wait for this task too."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self, within: float) -> None:
        """Wait for the answers in flight, the ones they start included; then give up on the rest."""
        until = asyncio.get_running_loop().time() + within
        while self._tasks and (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left, return_when=asyncio.FIRST_COMPLETED)
        rest = set(self._tasks)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def begin(self, handle: Handle, arrival: Arrival) -> None:
        """Do what somebody asked for, and return once it is done: what it saves is on the disk by then.

        The caller acknowledges after that, or when our patience ends; what is said about it follows. Both go on if
        the caller is cancelled. In a surge this runs for everybody, so it is one task for each and no more.
        """
        loop = asyncio.get_running_loop()
        in_time: asyncio.Future[bool] = loop.create_future()
        asked = self.start(self._carry(handle, arrival, in_time))
        patience = loop.call_later(self._patience, _settled, in_time, False)  # noqa: FBT003 - called by the loop
        self._unanswered += 1
        try:
            late = not await in_time
        finally:
            self._unanswered -= 1
            patience.cancel()
        if late:
            wait = self._turn_later if arrival.view else self._open_later
            self.start(wait(asked, arrival))

    async def _carry(self, handle: Handle, arrival: Arrival, in_time: asyncio.Future[bool]) -> Reply:
        """Do it and show it, unless that took so long that `begin` has said so and shows what comes."""
        reply = await _calmly(handle, arrival)
        if in_time.done() and not in_time.cancelled():
            return reply
        _settled(in_time, True)  # noqa: FBT003 - as above
        await asyncio.sleep(0)  # the acknowledgement goes first
        if arrival.view:
            await self._replace(arrival, {"id": arrival.view, "hash": arrival.hash}, _screen(arrival, reply))
        else:
            await self._show(arrival, reply)
        return reply

    async def _open_later(self, asked: asyncio.Task[Reply], arrival: Arrival) -> None:
        """Answer a command or a press on a message with a modal that says to wait, or beside the post."""
        waiting = await self._call(
            arrival, "views.open", trigger_id=arrival.trigger, view=render.moment(_locale(arrival))
        )
        reply = await asked
        if waiting:
            await self._replace(arrival, waiting, _screen(arrival, reply))
        else:
            await self._beside(arrival, reply)

    async def _turn_later(self, asked: asyncio.Task[Reply], arrival: Arrival) -> None:
        """Answer a press inside a modal by replacing what it shows, twice."""
        shown: Json = {"id": arrival.view, "hash": arrival.hash}
        shown = await self._replace(arrival, shown, render.moment(_locale(arrival))) or shown
        await self._replace(arrival, shown, _screen(arrival, await asked))

    def show_home(self, handle: Handle, arrival: Arrival) -> None:
        """Show somebody their Home; Slack waits only for the word that we know they opened it."""
        self.start(self._publish(handle, arrival))

    async def _publish(self, handle: Handle, arrival: Arrival) -> None:
        view = _at_home(arrival, await self._ask(handle, arrival))
        await self._call(arrival, "views.publish", user_id=arrival.event.actor.user, view=view)

    async def submit(self, handle: Handle, arrival: Arrival) -> Json:
        """The view that replaces a sent form: the answer, or what is replaced by it later."""
        asked = self._ask(handle, arrival)
        if await self._in_time(asked):
            return _screen(arrival, await asked)
        self.start(self._later(asked, arrival))
        return render.moment(_locale(arrival))

    async def _later(self, asked: asyncio.Task[Reply], arrival: Arrival) -> None:
        await asyncio.sleep(self._settle)
        await self._replace(arrival, {"id": arrival.view}, _screen(arrival, await asked))

    def _ask(self, handle: Handle, arrival: Arrival) -> asyncio.Task[Reply]:
        return self.start(_calmly(handle, arrival))

    async def _in_time(self, asked: asyncio.Task[Reply]) -> bool:
        done, _ = await asyncio.wait({asked}, timeout=self._patience)
        return bool(done)

    async def _show(self, arrival: Arrival, reply: Reply) -> None:
        # What is said about somebody else's message does not stand beside it, where others look over a shoulder.
        pressed = arrival.event.place is not None and arrival.event.quoted is None
        if isinstance(reply, Card) and reply.aside and arrival.response_url and pressed:
            await self._send(arrival, reply)
        elif not await self._call(
            arrival, "views.open", trigger_id=arrival.trigger, view=_screen(arrival, reply)
        ):
            await self._beside(arrival, reply)

    async def _beside(self, arrival: Arrival, reply: Reply) -> None:
        """Where no window could be opened: only what may stand in a message is shown in one."""
        if isinstance(reply, Form) or not reply.aside:
            t = translator(_locale(arrival))
            reply = Card(t("Please try again"), (Paragraph(t("Slack did not open the window in time.")),))
        await self._send(arrival, reply)

    async def _send(self, arrival: Arrival, card: Card) -> None:
        if not _trusted(arrival.response_url):
            return
        try:
            async with self._sending:
                if self._unanswered > CROWD:
                    await asyncio.sleep(GIVE_WAY)
                await self._hook(arrival).send_dict(render.aside(card))
        except (aiohttp.ClientError, TimeoutError, OSError, RuntimeError):
            return  # unlogged, as in `_call`

    def _hook(self, arrival: Arrival) -> AsyncWebhookClient:
        return AsyncWebhookClient(
            arrival.response_url,
            timeout=TIMEOUT,
            proxy=self._teams.plain.proxy,
            session=self._teams.plain.session,
            logger=self._teams.plain.logger,
        )

    async def _replace(self, arrival: Arrival, shown: Json, view: Json) -> Json:
        now = {"view_id": shown.get("id", ""), "view": view}
        return await self._call(
            arrival, "views.update", **now, **({"hash": shown["hash"]} if shown.get("hash") else {})
        )

    async def _call(self, arrival: Arrival, method: str, **arguments: Any) -> Json:
        """The view as Slack has it now; empty where it was closed, changed meanwhile or not opened.

        None of that is logged: a line would tell when somebody did something.
        """
        team = arrival.event.actor.workspace.id
        try:
            answer = await self._teams.ask(team, lambda web: web.api_call(method, json=arguments))
        except PlatformError:
            return {}
        view = answer.get("view")
        return view if isinstance(view, dict) else {"id": ""}


def _settled(future: asyncio.Future[bool], value: bool) -> None:  # noqa: FBT001 - called by the loop
    if not future.done():
        future.set_result(value)


async def _calmly(handle: Handle, arrival: Arrival) -> Reply:
    try:
        return await handle(arrival.event)
    except Exception as error:  # noqa: BLE001 - the entry point: a defect of ours must not cost the answer
        _log.error("slack event failed", error=type(error).__name__)
        return _calm(_locale(arrival))


def _calm(locale: str) -> Card:
    t = translator(locale)
    return Card(
        t("Something went wrong"),
        (Paragraph(t("That was our fault, not yours. Please type /metoo and try again.")),),
    )


def _screen(arrival: Arrival, reply: Reply) -> Json:
    """The view of a reply, on the page that was asked for."""
    locale = _locale(arrival)
    try:
        if isinstance(reply, Form):
            return render.form(reply, locale)
        pages = render.screens(reply, locale)
        return pages[min(arrival.page, len(pages)) - 1]
    except Exception as error:  # noqa: BLE001 - the entry point: a card that cannot be drawn is a defect
        _log.error("slack answer not drawn", error=type(error).__name__)
        return render.screens(_calm(locale), locale)[0]


def _at_home(arrival: Arrival, reply: Reply) -> Json:
    locale = _locale(arrival)
    try:
        return render.home(_calm(locale) if isinstance(reply, Form) else reply, locale)
    except Exception as error:  # noqa: BLE001 - the entry point, as above
        _log.error("slack answer not drawn", error=type(error).__name__)
        return render.home(_calm(locale), locale)


def broken(locale: str = "en") -> Json:
    """What is shown for a form that arrived unreadable."""
    return render.screens(_calm(locale), locale)[0]


def _locale(arrival: Arrival) -> str:
    return arrival.event.actor.locale


def _trusted(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    )
