"""The real core behind a platform's stage: people type on one side, desks and channels show on the other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.sandbox.clock import SandboxClock
from bot.config import Settings, WorkspaceSettings
from bot.key_settings import KeysSettings
from bot.means import open_means
from bot.ports import Directory, Handle, Platform
from bot.service import Service
from storage.sqlite import open_sqlite
from tests.stage import Post, Screen, Stage
from tests.world import MONDAY, PROMPT, ROOT, SHOW, all_asleep

MEMBERS = 60
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Listening:
    """A connection whose events the stage brings in by itself."""

    stage: Stage

    @property
    def platform(self) -> Platform:
        return self.stage.connection.platform

    @property
    def directory(self) -> Directory:
        return self.stage.connection.directory

    async def serve(self, handle: Handle) -> None:
        await asyncio.Event().wait()


class Theatre:
    """A workplace of sixty on one platform: persons 1 to 3 read the desk, 4 the second desk.

    `beside` are workplaces on other platforms that the same service serves.
    """

    beside: tuple[Theatre, ...] = ()

    def __init__(self, stage: Stage, service: Service, clock: SandboxClock) -> None:
        self.stage = stage
        self.service = service
        self.clock = clock
        self.desk, self.ombuds, self.solidarity, self.general = (stage.channel(n) for n in (1, 2, 3, 4))

    async def pass_time(self, delta: timedelta) -> None:
        """Let time pass with every job run in its order; of long times, once a day."""
        while delta > 2 * DAY:
            await self.clock.jump(self.clock.now() + DAY)
            delta -= DAY
        await self.clock.move(delta)

    def posts(self, channel: str, words: str) -> list[Post]:
        """Messages in a channel that contain these words."""
        return [each for each in self.stage.posts(channel) if words in each.text]

    async def arrived(self, channel: str, words: str = "") -> list[Post]:
        """Wait until a channel has messages that contain these words; time has passed, sockets may lag."""
        async with asyncio.timeout(60):
            while not self.posts(channel, words):
                await asyncio.sleep(0.01)
        return self.posts(channel, words)

    async def to_form(self, user: str) -> Screen:
        """From /metoo to the open form."""
        menu = await self.stage.command(user)
        before = await self.stage.press(user, menu, "Tell what happened")
        return await self.stage.press(user, before, "Start writing")

    async def to_preview(self, user: str, values: Mapping[str, str | tuple[str, ...]]) -> Screen:
        """From /metoo to the preview."""
        return await self.stage.submit(user, await self.to_form(user), values)

    async def come_back(self, user: str, words: str) -> Screen:
        """From /metoo to what these words open."""
        form = await self.stage.press(user, await self.stage.command(user), "I have a receipt")
        return await self.stage.submit(user, form, {"words": words})

    async def read(self, user: str, channel: str, ref: str) -> Screen:
        """Read privately from a desk's card, and show the words; or why not."""
        front = await self.stage.press_post(user, channel, ref, "Read privately")
        return await self.stage.press(user, front, SHOW) if SHOW in front.buttons else front

    async def fill_in(self, user: str, screen: Screen, label: str, text: str, **more: str) -> Screen:
        """Press a button, and send the form behind it."""
        form = await self.stage.press(user, screen, label)
        return await self.stage.submit(user, form, {"text": text, **more})

    async def press(self, user: str, screen: Screen, *labels: str) -> Screen:
        """One button after another, each on the screen that the one before opened."""
        for label in labels:
            screen = await self.stage.press(user, screen, label)
        return screen


def receipt_words(text: str) -> str:
    """The seven words on a screen."""
    lines = [line.strip("` ") for line in text.splitlines()]
    return next(line for line in lines if len(line.split()) == 7 and line.islower())


@asynccontextmanager
async def theatre(stage: Stage, folder: Path, *beside: Stage, **changes: Any) -> AsyncIterator[Theatre]:
    """A stage with its workplace, the real core behind it, and its jobs running; more stages share the core.

    With `linked` the others belong to the first; `alone` says that only the first is set up.
    """
    stages = (stage, *beside)
    clock = SandboxClock(MONDAY, flowing=False)
    settings = _settings(stages, folder, **changes)
    store = await open_sqlite(str(folder / "store.db"))
    try:
        means = await open_means(settings, store, ROOT, clock, random.Random(1))
        service = Service(means, {each.workspace.platform: Listening(each) for each in stages})
        built, *others = (Theatre(each, service, clock) for each in stages)
        built.beside = tuple(others)
        async with AsyncExitStack() as opened:
            for each in (built, *others):
                _furnish(each)
                opened.push_async_callback(each.stage.close)
                await each.stage.open(service.core.handle)
            await service.prepare()
            for one in stages:
                handlers = (one.person(n) for n in range(1, MEMBERS + 1))
                await service.accepted.add(str(one.workspace), *handlers)
            jobs = asyncio.create_task(service.serve())
            try:
                await all_asleep(clock, len(service.jobs))
                yield built
                assert not jobs.done(), "the jobs ended by themselves"
            finally:
                jobs.cancel()
                await asyncio.gather(jobs, return_exceptions=True)
    finally:
        await store.close()


def _furnish(built: Theatre) -> None:
    stage = built.stage
    for n in range(1, MEMBERS + 1):
        stage.add_person(stage.person(n))
    everybody = tuple(stage.person(n) for n in range(1, MEMBERS + 1))
    stage.add_channel(built.desk, readers=everybody[:3])
    stage.add_channel(built.ombuds, readers=everybody[3:4])
    stage.add_channel(built.solidarity, private=False, readers=everybody)
    stage.add_channel(built.general, private=False, readers=everybody)


def _settings(
    stages: Sequence[Stage], folder: Path, *, linked: bool = False, alone: bool = False, **changes: Any
) -> Settings:
    about = changes.pop("workspace", {})
    if linked:
        about = {**about, "linked": tuple(map(_linked, stages[1:]))}
    stages = stages[:1] if linked or alone else stages
    return Settings(
        workspaces=() if about is None else tuple(_workspace(each, **about) for each in stages),
        keys=KeysSettings(perishable=(folder / "months", folder / "months-copy")),
        **{"delays": PROMPT, **changes},
    )


def _linked(stage: Stage) -> dict[str, str]:
    place = {"platform": stage.workspace.platform, "id": stage.workspace.id}
    return place | {"solidarity_channel": stage.channel(3), "digest_channel": stage.channel(4)}


def _workspace(stage: Stage, **about: Any) -> WorkspaceSettings:
    workspace = {
        "platform": stage.workspace.platform,
        "id": stage.workspace.id,
        "desks": (stage.channel(1), stage.channel(2)),
        "solidarity_channel": stage.channel(3),
        "digest_channel": stage.channel(4),
        "timezone": "Europe/Berlin",
        "population": MEMBERS,
    }
    return WorkspaceSettings.model_validate(workspace | about)
