"""Discord: a press as an event of the gateway, to the answer it has sent; ours, a view that does nothing, a naive bot.

The gateway's socket is left out on all sides alike; the answers go to a process of its own, which counts them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import discord

from adapters.discord.answer import Answers
from adapters.discord.client import LINES, Client
from adapters.discord.lane import Press as Lane
from bot.config import DiscordSettings
from bot.model import Workspace
from tests.adapters.discord_interactions import COMPONENT, Message
from tests.adapters.discord_server import DiscordServer
from tests.adapters.discord_world import GUILD, LOBBY, Person, World
from tests.bench.measure import Figure, Lap, Press, about, costs, lap, pairs, rates
from tests.bench.place import STAND, crowd, place
from tests.bench.plain import plain
from tests.bench.slack import people_process

INSTANT = 10_000
Interaction = discord.Interaction[Any]


class Crowd:
    """Makes presses of people, hands them to a client, and knows when each is answered."""

    def __init__(self, ref: str) -> None:
        self._server = DiscordServer(World())
        self._server.world.add_person(Person("1"))
        self._post = Message("77", LOBBY, 0, {"components": []})
        self._button = {"component_type": 2, "custom_id": f"{STAND}:{ref}"}
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._payload = self._server._interaction(COMPONENT, self._button, "1", self._post)

    def press(self, client: discord.Client) -> Press:
        async def one(person: str) -> None:
            known = int(person[1:], 16) + 10**6
            member = self._payload["member"]
            payload: Any = self._payload | {
                "id": str(known),
                "member": member | {"user": member["user"] | {"id": str(known)}},
            }
            answered = self._waiting[known] = asyncio.get_running_loop().create_future()
            client._connection.parsers["INTERACTION_CREATE"](payload)
            await answered
            del self._waiting[known]

        return one

    def answering(
        self, answer: Callable[[Any], Awaitable[object]]
    ) -> Callable[[Interaction | Lane], Awaitable[None]]:
        async def answered(came: Interaction | Lane) -> None:
            waiting = self._waiting[came.id]
            try:
                await answer(came)
            except BaseException as error:
                waiting.set_exception(error)
                raise
            waiting.set_result(None)

        return answered


@asynccontextmanager
async def _logged_in(client: discord.Client) -> AsyncIterator[discord.Client]:
    async with client:
        await client.login("made-up")
        yield client


def _bare(answer: Callable[[Interaction], Awaitable[None]], ref: str) -> discord.Client:
    """A client with one button in a view that stays. It has our bound of connections, or it could not open them all."""
    client = discord.Client(intents=discord.Intents(guilds=True), connector=aiohttp.TCPConnector(limit=LINES))
    view = discord.ui.View(timeout=None)
    button: discord.ui.Button[Any] = discord.ui.Button(label="Me too", custom_id=f"{STAND}:{ref}")
    button.callback = answer  # type: ignore[method-assign, assignment]  # as its documentation does
    view.add_item(button)

    client.add_view(view)
    return client


async def _said(interaction: Interaction) -> None:
    await interaction.response.send_message("Kept", ephemeral=True)


async def _told(interaction: Interaction) -> None:
    """The same words and buttons as ours, made by the SDK in the way of its documentation."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay("## Kept"))
    view.add_item(discord.ui.TextDisplay("Your choice is kept. " * 8))
    view.add_item(
        discord.ui.ActionRow(*(discord.ui.Button(label="Way on", custom_id=f"way:{n}") for n in range(5)))
    )
    view.stop()
    await interaction.response.send_message(view=view, ephemeral=True)


async def run(folder: Path, *, share: int = 1) -> list[Figure]:
    """All of it; a `share` of everything where that is more than one."""
    before, workspace = discord.http.Route.BASE, Workspace("discord", GUILD)
    async with (
        people_process() as people,
        place(folder, workspace=workspace) as here,
        plain(folder / "naive.db") as rows,
    ):
        discord.http.Route.BASE = f"http://127.0.0.1:{people.discord}/api/v10"

        async def naively(interaction: Interaction) -> None:
            await rows.alone(str(interaction.user.id))
            await _said(interaction)

        try:
            ref = here.wall.id.hex()
            some = Crowd(ref)
            answers = Answers(here.service.core.handle, 2.0)
            async with (
                _logged_in(Client(DiscordSettings(), some.answering(answers.to))) as ours,
                _logged_in(_bare(some.answering(_said), ref)) as bare,
                _logged_in(_bare(some.answering(_told), ref)) as alike,
                _logged_in(_bare(some.answering(naively), ref)) as naive,
            ):
                presses = {
                    name: some.press(each)
                    for name, each in (("ours", ours), ("alike", alike), ("bare", bare), ("naive", naive))
                }
                found, count = await _measured(presses, share)
            stored, pressed = count
            assert here.stored() == stored
            assert await people.taken() == pressed, "a press was not answered"
            return found
        finally:
            discord.http.Route.BASE = before


async def _measured(presses: dict[str, Press], share: int) -> tuple[list[Figure], tuple[int, int]]:
    laps: dict[str, list[Lap]] = {name: [] for name in presses}
    everybody, size = crowd(30_000), 400 // share
    for turn in range(5):
        for name, press in presses.items():
            laps[name].append(await lap(press, everybody[turn * size : (turn + 1) * size], 64))
    found = [
        Figure(
            f"Discord press, committed first, 64 in flight ÷ {said}",
            pairs(rates(laps["ours"]), rates(laps[other])),
            target,
            {"by processor": round(1 / pairs(costs(laps["ours"]), costs(laps[other])), 2)}
            | about(laps["ours"], "ours")
            | about(laps[other], other),
        )
        for other, said, target in (
            ("alike", "a view that does nothing but answer with as many words and buttons", "≥ 0.85"),
            ("bare", "a view that does nothing but say one word", ""),
            ("naive", "the naive bot", "≥ 3.0"),
        )
    ]
    count = INSTANT // share
    for name in ("ours", "alike", "bare"):
        once = await lap(presses[name], everybody[-count:], count)
        in_time = sum(each <= 3 for each in once.waits) / count
        beside = {"last answer after s": round(once.waits[-1], 2), "a second": round(once.rate)}
        title = f"share of {count:,} presses at one instant answered within 3 s on Discord: {name}"
        found.append(Figure(title, in_time, "≥ 1.0" if name == "ours" else "", beside))
    return found, (5 * size + count, len(presses) * 5 * size + 3 * count)
