"""What a bot that waits takes: memory and time to start, beside importing the SDKs it uses."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
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
sys.modules["rich"] = None  # a tool of development brings it, and structlog would import it
warnings.simplefilter("ignore")
from pathlib import Path
from random import SystemRandom
from pydantic import SecretStr
from bot import __main__ as program
from bot.config import DiscordSettings, Settings, SlackSettings, StorageSettings, WebSettings, WorkspaceSettings
from bot.key_settings import KeysSettings
from bot.keys import new_key_file

async def main(platform, folder):
    key = Path(folder) / "root.key"
    if not key.exists():
        new_key_file(key, SystemRandom())
    named = lambda name: SecretStr("x" if platform == name else "")
    given = Settings(
        workspaces=(WorkspaceSettings(platform=platform, id="1", desks=("2",)),),
        keys=KeysSettings(file=key, perishable=(Path(folder) / "months", Path(folder) / "copy")),
        storage=StorageSettings(url=folder + "/store.db"),
        web=WebSettings(port=0),
        slack=SlackSettings(bot_token=named("slack"), signing_secret=named("slack")),
        discord=DiscordSettings(token=named("discord")),
    )
    settled, stands = program.settle, asyncio.Event()
    program.settle = lambda: (settled(), stands.set())
    program.click.echo = lambda *_: None
    serving = asyncio.create_task(program.run(given))
    await asyncio.wait({serving, asyncio.ensure_future(stands.wait())}, return_when="FIRST_COMPLETED")
    assert stands.is_set(), serving
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def _ran(code: str, *given: str) -> dict[str, float]:
    command = [sys.executable, "-c", code + _SAY, *given]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found


PLATFORMS = {"slack": SLACK, "discord": DISCORD}


async def run(
    folder: Path, *, rounds: int = ROUNDS, platforms: Mapping[str, str] = PLATFORMS
) -> list[Figure]:
    """Each platform alone; a first start has made the store."""
    found = []
    for platform, sdk in platforms.items():
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
