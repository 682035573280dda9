"""The world outside the killed process: a platform that remembers every post, and what people were told."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bot.clock import SystemClock
from bot.config import Delays, Limits, Settings, WorkspaceSettings
from bot.key_settings import KeysSettings
from bot.model import Card, Facts, Place, Workspace
from bot.ports import Directory, Handle, Platform

ROOT = bytes(range(32))
WORKSPACE = Workspace("sandbox", "practice")
HANDLER = "H1"
PEOPLE = tuple(f"P{n}" for n in range(1, 17))
SLOWEST_ANSWER = 0.004
"""Seconds which the platform takes to answer a post it has made: a kill must have its chance there."""

CHEAP = 64
"""KiB of Argon2id instead of 19 MiB: what guessing costs says nothing about crashes, and a burst has to be dense."""

_OFTEN = 10**9


class Lines:
    """A file to which one line is appended at a time, each in one call, so that a kill leaves whole lines."""

    def __init__(self, to: Path | int) -> None:
        made = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = to if isinstance(to, int) else os.open(to, made, 0o600)

    def add(self, what: str, **values: Any) -> None:
        """Append what happened."""
        os.write(self._descriptor, f"{json.dumps({'what': what, **values})}\n".encode())


def lines(path: Path) -> list[dict[str, Any]]:
    """Everything that was appended so far."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Later(SystemClock):
    """Real time, after so much more has passed."""

    def __init__(self, passed: timedelta) -> None:
        self._passed = passed

    def now(self) -> datetime:
        return super().now() + self._passed


class Outside:
    """A connection, platform and directory in one; nobody types through it."""

    def __init__(self, journal: Path, random: Random) -> None:
        self._journal = Lines(journal)
        self._random = random

    @property
    def platform(self) -> Platform:
        return self

    @property
    def directory(self) -> Directory:
        return self

    async def serve(self, handle: Handle) -> None:
        await asyncio.Event().wait()

    async def post(self, place: Place, card: Card, nonce: str) -> str:
        ref = f"m-{self._random.getrandbits(64):016x}"
        subject = card.buttons[0].to.ref
        self._journal.add("post", nonce=nonce, title=card.title, subject=subject, ref=ref)
        await asyncio.sleep(self._random.uniform(0, SLOWEST_ANSWER))
        return ref

    async def update(self, place: Place, ref: str, card: Card) -> None:
        self._journal.add("update", ref=ref, title=card.title)
        await asyncio.sleep(self._random.uniform(0, SLOWEST_ANSWER))

    async def remove(self, place: Place, ref: str) -> None:
        self._journal.add("remove", ref=ref)
        await asyncio.sleep(self._random.uniform(0, SLOWEST_ANSWER))

    async def facts(self, place: Place) -> Facts:
        return Facts(f"#{place.channel}", private=True, external=False, bot=True, readers=1)

    async def can_read(self, place: Place, *people: str) -> bool:
        return HANDLER in people

    async def population(self, workspace: Workspace) -> int | None:
        return 60


def settings(folder: Path) -> Settings:
    """Everything is due at once, nobody is limited, and shown counts move within a second."""
    workspace = {
        "platform": WORKSPACE.platform,
        "id": WORKSPACE.id,
        "desks": ("hr-desk",),
        "solidarity_channel": "solidarity",
    }
    return Settings(
        workspaces=(WorkspaceSettings.model_validate(workspace),),
        delays=Delays.model_validate(
            {"report": ("0s", "0s"), "batch": ("0s", "1s"), "few": "0s", "statement": ("0s", "0s")}
        ),
        limits=Limits(**dict.fromkeys(Limits.model_fields, _OFTEN)),
        keys=KeysSettings(perishable=(folder / "months", folder / "months-copy")),
    )
