"""A process that serves: which platforms, whether it is ready, where it keeps files, and when it stops."""

from __future__ import annotations

import asyncio
import gc
import signal
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from bot import noise
from bot.config import Settings
from bot.mistakes import PLATFORMS
from bot.model import Workspace

_log = structlog.get_logger(__name__)

FINISHING = 8.0
"""Seconds after a signal for what is being posted and answered; then the site closes, and the store."""

GONE_WITHIN = 10
"""Seconds within which the process is gone; whoever stops it should wait longer."""

_NOTHING = (
    "There is nothing to serve: set METOO_SLACK__BOT_TOKEN or METOO_DISCORD__TOKEN. Which channels are for what an"
    " admin then says in chat (/metoo, Set up), or metoo.toml in [[workspaces]]."
)

LOOKS = 50_000
"""New objects after which the collector looks. Python's own 700 are a dozen presses, and took a third of a surge."""


def begin() -> None:
    """What is imported stays: the collector need not look through it again and again while the rest is started."""
    gc.freeze()
    gc.set_threshold(LOOKS, *gc.get_threshold()[1:])


def settle() -> None:
    """What is there now stays: the collector need not look at it each time somebody presses, nor every few presses."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOKS, *gc.get_threshold()[1:])


def wrong_platforms(settings: Settings) -> list[str]:
    """What is wrong with which platforms are served, as sentences."""
    if not served_platforms(settings):
        return [_NOTHING]
    practice = any(each.platform == "sandbox" for each in settings.workspaces)
    return [f"{PLATFORMS} To practise, run `metoo sandbox`."] if practice else []


def lacking(settings: Settings) -> list[str]:
    """What is set and cannot be done here: numbers without the noise that was wanted would be worse than none."""
    wanted = any(each.noise for each in settings.workspaces)
    return [why] if wanted and (why := noise.lacking()) else []


def everywhere(settings: Settings) -> list[Workspace]:
    """The workplaces of the file, and those that are linked to them."""
    places = ((each.workspace, *(place.workspace for place in each.linked)) for each in settings.workspaces)
    return [each for some in places for each in some]


def served_platforms(settings: Settings) -> set[str]:
    """The platforms that are served: those of workspaces in the file, and those for which there is a token."""
    slack = bool(settings.slack.bot_token.get_secret_value()) or settings.slack.many
    given = {"slack": slack, "discord": bool(settings.discord.token.get_secret_value())}
    named = {each.platform for each in everywhere(settings)}
    return named | {name for name, there in given.items() if there}


@asynccontextmanager
async def kept_in(data: Path | None) -> AsyncIterator[Path]:
    """The folder that is given, or one that is thrown away at the end."""
    if data is not None:
        await asyncio.to_thread(data.mkdir, mode=0o700, parents=True, exist_ok=True)
        yield data
    else:
        with tempfile.TemporaryDirectory(prefix="metoo-") as made:
            yield Path(made)


async def until_stopped(serving: Coroutine[Any, Any, object]) -> None:
    """Run until SIGTERM or SIGINT; what is being answered then is finished first, for `FINISHING` seconds at most."""
    task, loop = asyncio.ensure_future(serving), asyncio.get_running_loop()
    asked: list[float] = []

    def stop() -> None:
        asked.append(loop.time())
        task.cancel()
        loop.call_later(FINISHING, task.cancel)

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise
        took = loop.time() - asked[0] if asked else 0.0
        outcome = "finished" if took < FINISHING else "cut-short"
        _log.info("stopped", duration=round(took, 1), outcome=outcome)
