"""The practice workplace as a program: its settings, its clock and its past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.connection import PRACTICE, SandboxConnection
from adapters.sandbox.history import WEEKS, live
from adapters.sandbox.kept import FILE, Keeper, Kept, read
from adapters.sandbox.stored import Rows
from adapters.sandbox.workplace import WORKSPACE, Preparing, Workplace
from bot.config import Settings, StorageSettings
from bot.key_settings import KeysSettings
from bot.ports import Handle

PAST = timedelta(weeks=WEEKS)
KEPT = "Practice only. Nothing here reaches anyone. Store, key and channels stay in the folder you gave."


class Practice:
    """Everything about the sandbox that is not the core: a store in `folder`, thrown away unless `kept`."""

    def __init__(self, folder: Path, port: int | None, *, kept: bool, rows: Rows) -> None:
        store = folder / "metoo.db"
        self._fresh = not store.exists()
        self._now = datetime.now(UTC)
        before = None if self._fresh or not kept else read(folder / FILE)
        self.settings = _settings(folder, store)
        self.workspace, self.chosen = WORKSPACE, CHOSEN
        self.clock = SandboxClock(self._now - PAST if self._fresh else _resumed(self._now, before))
        self._workplace = Workplace(self.clock.now)
        self._workplace.restore(before.channels if before else ())
        if kept:
            self._workplace.keep = Keeper(folder / FILE, self._kept).keep
        if self._fresh:
            self._workplace.prepare(Preparing(1, WEEKS))
        self.connection = SandboxConnection(
            self.clock,
            rows,
            port=port,
            banner=KEPT if kept else PRACTICE,
            files=(store, store.with_name(store.name + "-wal")),
            workplace=self._workplace,
        )

    async def live_through(self, handle: Handle) -> None:
        """Give an empty workplace its past, up to this moment; nobody can do anything in it before."""
        if self._fresh:
            await live(handle, self.clock, self._workplace, self._now)
            self._workplace.prepare(None)

    async def close(self) -> None:
        """Keep what is kept once more: the clock may have been moved since the last post."""
        await self._workplace.keep()

    def _kept(self) -> Kept:
        now = self.clock.now()
        return Kept(now - datetime.now(UTC), now, tuple(self._workplace.channels.values()))


def _resumed(now: datetime, before: Kept | None) -> datetime:
    """The moment at which to go on: as far ahead as before, and never back."""
    return max(now + before.ahead, before.latest, now) if before else now


CHOSEN = {
    "desks": ["hr-desk", "ombuds"],
    "solidarity_channel": "solidarity",
    "digest_channel": "general",
    "attachments": True,
    "support": ["Works council of this practice workplace: room 0.12, open door on Thursdays."],
}
"""What an admin of the practice workplace set up in chat before its past began."""


def _settings(folder: Path, store: Path) -> Settings:
    return Settings(
        storage=StorageSettings(url=f"sqlite:///{store.absolute()}"),
        keys=KeysSettings(perishable=(folder / "months", folder / "months-copy")),
    )
