"""Solidarity: voices counted once per person in a window, shown late, in bands, never with who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import anonymity, noise
from bot.config import WorkspaceSettings
from bot.errors import PlatformError, Refusal
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
    WindowById,
    WindowRow,
)
from bot.routing import Routing
from bot.vault import Slot, Vault, pad, token, unpad
from bot.workplaces import Workplaces

WALL = "wall"
STATEMENT = "statement"

SHORTEST_BATCH = timedelta(seconds=1)
"""With batches of no length at all, the job would run without a pause."""

NOISY = "noise"
"""Begins the kind of weekly counters that began with noise."""

ABOUT_BLOCK = 64
"""Bytes to which what a post says is padded."""

CLOSED = N_("This has closed. The number stays; the key to who pressed is destroyed.")
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
        draw: Callable[[float], int] = noise.draw,
    ) -> None:
        self._store = store
        self._vault = vault
        self._routing = routing
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._random = random
        self._draw = draw
        self._open: dict[bytes, Window] = {}
        self._moves: dict[bytes, datetime] = {}

    # --- pressing ---------------------------------------------------------------------------------------

    async def press(self, actor: Actor, window_id: bytes, *, stands: bool) -> Window:
        """Keep somebody's choice, durably. The answer must not depend on what was kept before."""
        window = await self.window(actor.workspace, window_id)
        if actor.standing is Standing.UNKNOWN:
            raise Refusal(_NOT_KNOWN_YET)
        if actor.standing is not Standing.MEMBER:
            raise Refusal(_NOT_A_MEMBER)
        self._limits.press(actor)
        mark = token(window.secret, window.row.workspace, actor.user)
        (kept,) = await self._store.write(CastVoice(window_id, mark, stands))
        if not kept:
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

    async def wall(self, workspace: Workspace) -> WindowRow | None:
        """The open wall of a workspace."""
        rows = await self._store.read(OpenWindows())
        return next((row for row in rows if row.kind == WALL and row.workspace == str(workspace)), None)

    async def _load(self, window_id: bytes) -> Window | None:
        row = await self._store.read(WindowById(window_id))
        if row is None or not row.secret:
            return None
        window = Window(row, self._vault.unseal_secret(_slot(row), row.secret))
        if self._clock.now() < row.closes:  # a press that comes while it closes must not keep its secret here
            self._open[window_id] = window
        return window

    # --- opening, moving, closing -----------------------------------------------------------------------

    async def open(
        self, settings: WorkspaceSettings, kind: str, window_id: bytes, subject: bytes, about: str = ""
    ) -> WindowRow | None:
        """Begin to count, or find what was begun. `about` is what the post says besides, decided now."""
        now, workspace = self._clock.now(), str(settings.workspace)
        said = self._vault.seal(_about_slot(workspace, window_id), pad(about, ABOUT_BLOCK))
        bare = WindowRow(window_id, workspace, kind, subject, b"", now, now + anonymity.WINDOW, 0, said)
        row = replace(bare, secret=self._vault.seal_secret(_slot(bare), self._random.randbytes(32)))
        await self._store.write(OpenWindow(row))
        return await self._store.read(WindowById(window_id))

    async def keep_walls(self) -> datetime:
        """A job: close what is over, open a wall where there is none, and say when that is next."""
        now = self._clock.now()
        rows = await self._store.read(OpenWindows())
        over = [row for row in rows if end_of(row) <= now]
        await self._close(over)
        standing = {row.workspace for row in rows if row.kind == WALL and row not in over}
        for settings in self._settings.workspaces:
            if str(settings.workspace) not in standing:
                window_id = self._random.randbytes(16)
                await self.open(settings, WALL, window_id, window_id)
                await self._store.write(*self._refresh(WALL, window_id, str(settings.workspace)))
        left = await self._store.read(OpenWindows())
        return min((end_of(row) for row in left), default=now + anonymity.WINDOW)

    async def move_counts(self) -> datetime:
        """A job: let shown counts follow where enough voices changed, each window at its random moment."""
        now = self._clock.now()
        rows = await self._store.read(OpenWindows())
        self._moves = {row.id: self._moves.get(row.id) or self._next_move(now) for row in rows}
        for row in rows:
            if self._moves[row.id] <= now:
                await self._move(row, now)
                self._moves[row.id] = self._next_move(now)
        return min(self._moves.values(), default=self._next_move(now))

    async def refresh(self) -> None:
        """At start: look at every post about an open window once, in case we stopped before an update."""
        for row in await self._store.read(OpenWindows()):
            await self._store.write(*self._refresh(row.kind, row.subject, row.workspace))

    def about(self, window: WindowRow) -> str:
        """What was said in `open` about a window. Raises UnsealError."""
        return unpad(self._vault.unseal(_about_slot(window.workspace, window.id), window.about))

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
        moving = MoveCount(row.id, week, anonymity.LEAST_CHANGED, anonymity.LEAST_SHOWN)
        (moved,) = await self._store.write(moving)
        if moved:
            await self._store.write(*self._refresh(row.kind, row.subject, row.workspace))

    async def _count(self, settings: WorkspaceSettings, row: WindowRow, week: str) -> None:
        """Where digests have noise, count all voices for them, whatever is shown here."""
        if settings.noise:
            kind, start = noisy(row.kind), self._draw(settings.noise)
            await self._store.write(CountVoices(row.id, kind, week, start))

    async def _close(self, rows: Sequence[WindowRow]) -> None:
        for row in rows:
            self._open.pop(row.id, None)
            await self._store.write(CloseWindow(row.id), *self._refresh(row.kind, row.subject, row.workspace))

    def _next_move(self, now: datetime) -> datetime:
        return now + max(anonymity.delay(self._settings.delays.batch, self._random), SHORTEST_BATCH)

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


def _about_slot(workspace: str, window: bytes) -> Slot:
    return Slot("windows", "about", workspace, window)


def _slot(row: WindowRow) -> Slot:
    """Bound to everything that says how long a window lives and for what: a changed one opens no more."""
    times = b"".join(int(moment.timestamp()).to_bytes(8) for moment in (row.opens, row.closes))
    return Slot("windows", f"secret {row.kind}", row.workspace, row.id + row.subject + times)
