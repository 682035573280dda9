"""A core that answers by script, on a stage in both modes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.model import (
    Address,
    Button,
    Card,
    ChoiceField,
    Event,
    Form,
    Option,
    Paragraph,
    PersonField,
    Reply,
    TextField,
)
from bot.ports import Handle
from tests.adapters.slack_stage import SlackStage

ANN = "U0000001"
DESK = "G0000001"

MENU = Card("metoo", (Paragraph("Only you see this."),), (Button("Tell", Address("tell", "draft1")),))
FORM = Form(
    "Tell what happened",
    Address("told", "draft1"),
    (
        TextField("text", "What happened", required=True, long=True, limit=3000),
        ChoiceField("kind", "Kind", (Option("a", "Words"), Option("b", "Touch"))),
        PersonField("who", "Who", most=3),
        PersonField("one", "One of them"),
    ),
    "Preview",
)


class Script:
    """A core of three lines: answers by action, remembers events, waits where it is told to."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.replies: dict[str, Reply | Exception] = {"menu": MENU, "tell": FORM}
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, event: Event) -> Reply:
        self.events.append(event)
        await self.gate.wait()
        reply = self.replies[event.action]
        if isinstance(reply, Exception):
            raise reply
        return reply


Open = Callable[..., Awaitable[tuple[SlackStage, Script]]]


@pytest.fixture(params=["socket", "http"])
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    stages: list[SlackStage] = []

    async def start(*, patience: float = 2.0, handle: Handle | None = None) -> tuple[SlackStage, Script]:
        stage, script = SlackStage(request.param, patience=patience), Script()
        stages.append(stage)
        stage.add_person(ANN)
        await stage.open(handle or script)
        return stage, script

    yield start
    for stage in stages:
        await stage.close()


async def heard(script: Script, events: int) -> None:
    async with asyncio.timeout(60):
        while len(script.events) != events:
            await asyncio.sleep(0.005)


async def called(stage: SlackStage, method: str) -> None:
    async with asyncio.timeout(60):
        while method not in stage.server.calls:
            await asyncio.sleep(0.005)


async def showing(stage: SlackStage, view: str, title: str) -> None:
    async with asyncio.timeout(60):
        while stage.server.views[view].payload["title"]["text"] != title:
            await asyncio.sleep(0.005)
