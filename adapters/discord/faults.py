"""discord.py's errors as the few that the core knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.errors import Denied, Gone, PlatformError, RateLimited, Unreachable

NETWORK = (discord.DiscordException, aiohttp.ClientError, OSError, asyncio.TimeoutError)
"""Everything that a call to Discord can end with."""

_PAUSE = 5.0


@contextmanager
def translated() -> Iterator[None]:
    """Raise a `PlatformError` where discord.py or the network raises anything of theirs."""
    try:
        yield
    except NETWORK as error:
        raise _known(error) from error
    except RuntimeError as error:
        # aiohttp says so when the connection was closed under a call that was waiting
        raise Unreachable("the connection to Discord is closed") from error


def _known(error: BaseException) -> PlatformError:
    match error:
        case discord.RateLimited():
            return RateLimited(error.retry_after)
        case discord.HTTPException(status=429):
            return RateLimited(_after(error))
        case discord.NotFound() | discord.InvalidData():
            return Gone("Discord knows no such channel, message or server")
        case discord.DiscordServerError():
            return Unreachable("Discord has a failure of its own")
        case discord.LoginFailure() | discord.HTTPException():
            return Denied("Discord does not let us")
        case _:
            return Unreachable("Discord does not answer")


def _after(error: discord.HTTPException) -> float:
    try:
        return max(0.0, float(error.response.headers.get("Retry-After", _PAUSE)))
    except ValueError:
        return _PAUSE
