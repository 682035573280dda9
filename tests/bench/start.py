"""What a bot that waits takes: memory and time to start, beside importing the SDKs it uses."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from statistics import median

from tests.bench.measure import Figure, pairs

ROUNDS = 5
SLACK = "import slack_bolt.async_app, slack_bolt.adapter.socket_mode.aiohttp, aiosqlite, cryptography.fernet"
DISCORD = "import warnings; warnings.simplefilter('ignore'); import discord, aiosqlite, cryptography.fernet"
_SAY = """
import json, sys, time
from tests.bench.measure import resident
print(json.dumps({"seconds": time.process_time(), "MiB": resident()}))
"""
_OURS = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
from pydantic import SecretStr
from adapters.web import Site
from bot.__main__ import _connections, _means, settle
from bot.clock import SystemClock
from bot.config import DiscordSettings, KeysSettings, Settings, SlackSettings, StorageSettings, WorkspaceSettings
from bot.service import Service
from bot.workplaces import Workplaces

async def main(platform, folder):
    given = Settings(
        workspaces=(WorkspaceSettings(platform=platform, id="1", desks=("2",)),),
        keys=KeysSettings(perishable=(Path(folder) / "months", Path(folder) / "copy")),
        storage=StorageSettings(url=folder + "/store.db"),
        slack=SlackSettings(bot_token=SecretStr("x"), signing_secret=SecretStr("x")),
        discord=DiscordSettings(token=SecretStr("x")),
    )
    async with _means(given, bytes(32), SystemClock()) as means:
        places = Workplaces(given)
        await Service(means, _connections(given, Site("127.0.0.1", 0), places), places).prepare()
        settle()

asyncio.run(main(*sys.argv[1:]))
"""


async def _ran(code: str, *given: str) -> dict[str, float]:
    command = [sys.executable, "-c", code + _SAY, *given]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, float] = json.loads(said)
    return found


async def run(folder: Path, *, rounds: int = ROUNDS) -> list[Figure]:
    """Each platform alone; a first start has made the store."""
    found = []
    for platform, sdk in (("slack", SLACK), ("discord", DISCORD)):
        below = folder / platform
        below.mkdir()
        await _ran(_OURS, platform, str(below))
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(await _ran(_OURS, platform, str(below)))
            theirs.append(await _ran(sdk))
        for what, target in (("MiB", "≤ 1.7"), ("seconds", "≤ 2.0")):
            one, other = ([each[what] for each in some] for some in (ours, theirs))
            name = "idle memory" if what == "MiB" else "processor time to start"
            beside = {f"ours: {what}": round(median(one), 2), f"SDK: {what}": round(median(other), 2)}
            found.append(Figure(f"{platform}: {name} ÷ importing its SDK", pairs(one, other), target, beside))
    return found
