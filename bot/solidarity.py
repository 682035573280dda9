"""Solidarity: voices counted once per person in a window, shown late, in bands, never with who they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import anonymity, noise, templates
from bot.config import WorkspaceSettings
from bot.errors import PlatformError, Refusal, UnsealError
from bot.grades import Grade
from bot.i18n import N_
from bot.limits import Limits
from bot.model import Actor, Standing, Workspace
from bot.ports import Clock, Random, Store
from bot.records import (
    AddOutbox,
    CastVoice,
    Change,
    CloseWindow,
    CountVoices,
    MoveCount,
    OpenWindow,
    OpenWindows,
    OutboxRow,
    Walls,
    WindowById,
    WindowRow,
)
from bot.routing import Routing
from bot.vault import Tokens, Vault, grade_mark, pad, unpad
from bot.window_keys import SECRET, WindowKeys, about_slot, sweep
from bot.workplaces import Workplaces

WALL = "wall"
STATEMENT = "statement"

NOISY = "noise"
"""Begins the kind of weekly counters that began with noise."""

SLIP = timedelta(days=1)
"""How far a clock may be set back. What began later than that from now would live too long, and is closed."""

ABOUT_BLOCK = 64
"""Bytes to which what a post says is padded."""

CLOSED = N_("This has closed. Nothing changed now, and the key to who pressed before is destroyed.")
_NOT_KNOWN_YET = N_(
    "The list of members is still being read. Nothing was counted; please try again in a minute."
)
_NOT_A_MEMBER = N_(
    "Only members of this workplace are counted, so that a number means what it says."
    " You can still find support through /metoo."
)


@dataclass(frozen=True, slots=True, repr=False)
class Window:
    """An open window with the secret that turns people into tokens."""

    row: WindowRow
    secret: bytes
    tokens: Tokens


class Solidarity:
    """Opens, counts and closes windows."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        routing: Routing,
        limits: Limits,
        settings: Workplaces,
        clock: Clock,
        random: Random,
        keys: WindowKeys,
        draw: Callable[[float], int] = noise.draw,
    ) -> None:
        self._store = store
        self._vault = vault
        self._routing = routing
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._random = random
        self._keys = keys
        self._draw = draw
        self._open: dict[bytes, Window] = {}
        self._moves: dict[bytes, datetime] = {}
        self._allowed: dict[str, bool] = {}

    # --- pressing ---------------------------------------------------------------------------------------

    async def press(self, actor: Actor, window_id: bytes, grade: Grade) -> Window:
        """Keep somebody's choice, durably. The answer must not depend on what was kept before."""
        window = await self.window(actor.workspace, window_id)
        if actor.standing is Standing.UNKNOWN:
            raise Refusal(_NOT_KNOWN_YET)
        if actor.standing is not Standing.MEMBER:
            raise Refusal(_NOT_A_MEMBER)
        self._limits.press(actor)
        mark = window.tokens.of(actor.user)
        how = grade_mark(window.secret, mark, grade) if window.row.kind == STATEMENT else None
        (kept,) = await self._store.write(CastVoice(window_id, mark, grade is not Grade.NONE, how))
        if not kept:
            self._open.pop(window_id, None)
            raise Refusal(CLOSED)
        return window

    async def window(self, workspace: Workspace, window_id: bytes) -> Window:
        """An open window of this workspace. Raises Refusal where it has closed or never was."""
        window = self._open.get(window_id) or await self._load(window_id)
        if window is None or window.row.workspace != str(workspace):
            raise Refusal(CLOSED)
        if self._clock.now() >= window.row.closes:
            raise Refusal(CLOSED)
        return window

    def forget(self) -> None:
        """Keep no secret in memory that another process may have destroyed."""
        self._open.clear()

    async def wall(self, workspace: Workspace) -> WindowRow | None:
        """The open wall of a workspace."""
        rows = await self._store.read(OpenWindows())
        return next((row for row in rows if row.kind == WALL and row.workspace == str(workspace)), None)

    async def _load(self, window_id: bytes) -> Window | None:
        row = await self._store.read(WindowById(window_id))
        if row is None or not row.secret:
            return None
        try:
            window = self.opened(row)
        except UnsealError:
            closed = await self._store.read(WindowById(window_id))
            if closed is not None and closed.secret:
                raise
            return None  # its key went while this was looking for it
        if self._clock.now() < row.closes:  # a press that comes while it closes must not keep its secret here
            self._open[window_id] = window
        return window

    def opened(self, row: WindowRow) -> Window:
        """An open window with its secret. Raises UnsealError."""
        secret = self._keys.unseal(row)
        return Window(row, secret, Tokens(secret, row.workspace))

    # --- opening, moving, closing -----------------------------------------------------------------------

    async def open(
        self, settings: WorkspaceSettings, kind: str, window_id: bytes, subject: bytes, about: str = ""
    ) -> WindowRow | None:
        """Begin to count, or find what was begun. `about` is what the post says besides, decided now."""
        now, workspace = self._clock.now(), str(settings.workspace)
        said = self._vault.seal(about_slot(workspace, window_id), pad(about, ABOUT_BLOCK))
        bare = WindowRow(window_id, workspace, kind, subject, b"", now, now + anonymity.WINDOW, 0, said)
        secret = self._random.randbytes(SECRET)
        sealed = await asyncio.to_thread(self._keys.seal, bare, secret)
        await self._store.write(OpenWindow(replace(bare, secret=sealed)))
        return await self._store.read(WindowById(window_id))

    async def open_wall(self, settings: WorkspaceSettings, template: str) -> bool:
        """Open a wall and let it be posted; no effect where one is open."""
        window_id = self._random.randbytes(16)
        if await self.open(settings, WALL, window_id, window_id, template) is None:
            return False
        await self._store.write(*self._refresh(WALL, window_id, str(settings.workspace)))
        return True

    async def close(self, row: WindowRow, *also: Change) -> bool:
        """End a window before its time, with other changes; no effect if it is closed."""
        self._open.pop(row.id, None)
        closed, *_ = await self._store.write(
            CloseWindow(row.id), *self._refresh(row.kind, row.subject, row.workspace), *also
        )
        await asyncio.to_thread(self._keys.destroy, row.id)
        return closed

    async def keep_walls(self) -> datetime:
        """A job: close what is over, open walls where they open by themselves, and say when that is next.

        A wall that was closed early is not followed by another before its time: somebody decided that.
        """
        now = self._clock.now()
        for row in await self._store.read(OpenWindows()):
            if end_of(row) <= now or row.opens > now + SLIP:
                await self.close(row)
        walls = [
            row for row in await self._store.read(Walls()) if row.opens <= now + SLIP and end_of(row) > now
        ]
        standing = {row.workspace for row in walls}
        for settings in self._settings.workspaces:
            if settings.walls == "automatic" and str(settings.workspace) not in standing:
                await self.open_wall(settings, templates.FIRST)
        left = await self._store.read(OpenWindows())
        return min((end_of(row) for row in (*left, *walls)), default=now + anonymity.WINDOW)

    async def move_counts(self) -> datetime:
        """A job: let shown counts follow where enough voices changed, each window at its random moment."""
        now = self._clock.now()
        rows = await self._store.read(OpenWindows())
        known = {row.id for row in rows}
        self._open = {each: window for each, window in self._open.items() if each in known}
        await sweep(self._keys, self._store, known, now - SLIP)
        self._moves = {row.id: self._planned(row.id, now) for row in rows}
        for row in rows:
            if self._moves[row.id] <= now:
                await self._move(row, now)
                self._moves[row.id] = self._next_move(now)
        for name in {row.workspace for row in rows}:
            await self._follow_population(name)
        return min(self._moves.values(), default=self._next_move(now))

    async def _follow_population(self, name: str) -> None:
        """Let posts change where a workplace has become too small for numbers, or is not any more."""
        members = await self.known_population(found) if (found := self._settings.named(name)) else None
        allowed = members is not None and anonymity.numbers_allowed(members)
        if members is not None and self._allowed.setdefault(name, allowed) != allowed:
            self._allowed[name] = allowed
            await self.refresh(name)

    async def refresh(self, name: str = "") -> None:
        """Look at every post about an open window, of one workplace or, in case we stopped before an update, of all."""
        for row in await self._store.read(OpenWindows()):
            if row.workspace == name or not name:
                await self._store.write(*self._refresh(row.kind, row.subject, row.workspace))

    def about(self, window: WindowRow) -> str:
        """What was said in `open` about a window. Raises UnsealError."""
        return unpad(self._vault.unseal(about_slot(window.workspace, window.id), window.about))

    async def population(self, settings: WorkspaceSettings) -> int:
        """Eligible members of a workspace, as far as is known; unknown counts as none."""
        return await self.known_population(settings) or 0

    async def known_population(self, settings: WorkspaceSettings) -> int | None:
        """Eligible members of a workspace; None while the platform does not say."""
        try:
            members = await self._routing.population(settings.workspace)
        except PlatformError:
            return None
        return None if members is None else anonymity.population(members, settings.population)

    async def _move(self, row: WindowRow, now: datetime) -> None:
        settings = self._settings.named(row.workspace)
        if settings is None:
            return
        week = anonymity.week_of(now, settings.timezone)
        await self._count(settings, row, week)
        delays = self._settings.delays
        least = anonymity.least_changed(delays.few, delays.batch, self._random)
        moving = MoveCount(row.id, week, least, anonymity.LEAST_SHOWN)
        (moved,) = await self._store.write(moving)
        if moved:
            await self._store.write(*self._refresh(row.kind, row.subject, row.workspace))

    async def _count(self, settings: WorkspaceSettings, row: WindowRow, week: str) -> None:
        """Where digests have noise, count all voices for them, whatever is shown here."""
        if settings.noise:
            kind, start = noisy(row.kind), self._draw(settings.noise)
            await self._store.write(CountVoices(row.id, kind, week, start))

    def _planned(self, window: bytes, now: datetime) -> datetime:
        """When a window's count moves next; anew where that is further off than any batch: the clock was set back."""
        planned = self._moves.get(window)
        latest = now + max(self._settings.delays.batch[1], anonymity.SHORTEST_BATCH)
        return planned if planned and planned <= latest else self._next_move(now)

    def _next_move(self, now: datetime) -> datetime:
        wait = anonymity.delay(self._settings.delays.batch, self._random)
        return now + max(wait, anonymity.SHORTEST_BATCH)

    def _refresh(self, kind: str, subject: bytes, workspace: str) -> tuple[Change, ...]:
        row = OutboxRow(self._random.randbytes(16), kind, subject, workspace, self._clock.now())
        return (AddOutbox(row),)


def noisy(kind: str) -> str:
    """The kind of the weekly counters of such windows that began with noise."""
    return f"{NOISY} {kind}"


def end_of(row: WindowRow) -> datetime:
    """When a window ends: never later than it may live, whatever its row says."""
    return min(row.closes, row.opens + anonymity.WINDOW)


def shown(window: WindowRow, members: int) -> int | None:
    """The band of a window that may be shown, or None where this workplace is too small for numbers."""
    return anonymity.band(window.shown) if anonymity.numbers_allowed(members) else None
