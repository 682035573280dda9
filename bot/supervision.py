"""Keeps a connection alive: whatever ends it, it is built again after a pause, and others run on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from bot.errors import PlatformError
from bot.ports import Clock, Connection, Handle, Random

_log = structlog.get_logger(__name__)

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
HELD = timedelta(minutes=5)
"""A connection that held this long starts again with the first pause."""


async def supervise(name: str, connection: Connection, handle: Handle, clock: Clock, random: Random) -> None:
    """Serve until cancelled, with growing random pauses between tries."""
    pause = FIRST_PAUSE
    while True:
        began = clock.now()
        try:
            _log.info("connecting", platform=name)
            await connection.serve(handle)
            _log.warning("connection ended", platform=name)
        except asyncio.CancelledError as error:
            _must_go_on()
            _log.warning(
                "connection failed", platform=name, error=type(error).__name__
            )  # an SDK cancelled itself
        except PlatformError as error:
            _log.warning("connection failed", platform=name, error=type(error).__name__, reason=error.code)
        except Exception as error:  # noqa: BLE001 - an SDK may raise anything, and no other platform may suffer
            _log.warning("connection failed", platform=name, error=type(error).__name__)
        _must_go_on()
        if clock.now() - began >= HELD:
            pause = FIRST_PAUSE
        await clock.sleep_until(clock.now() + pause * random.uniform(0.8, 1.2))
        pause = min(pause * 2, LONGEST_PAUSE)


def _must_go_on() -> None:
    """Raises CancelledError if we were asked to stop: an SDK may answer that with an error, or with nothing."""
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise asyncio.CancelledError
