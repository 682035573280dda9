"""The board of the real thing: core, jobs and an encrypted store on disk; and what a thief of all of it finds."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.errors import UnsealError
from bot.keys import Purpose
from bot.model import Row
from bot.records import CloseWindow, OpenWindows, WindowById
from bot.solidarity import WALL
from bot.vault import Vault, token
from bot.window_keys import WindowKeys
from tests.world import WORKSPACE, World


class Real:
    """A new wall in a world that runs."""

    def __init__(self, w: World) -> None:
        self._w, self.window = w, b""
        self._begin = w.clock.now()
        self.numbers: list[int] = []
        """What was read of it so far."""

    async def begin(self) -> None:
        w = self._w
        await w.store.write(*(CloseWindow(row.id) for row in await w.store.read(OpenWindows())))
        assert await w.service._solidarity.open_wall(w.means.settings.workspaces[0], "harassment")
        await w.jump(timedelta(minutes=16))
        (row,) = (each for each in await w.store.read(OpenWindows()) if each.kind == WALL)
        self.window, self._begin = row.id, w.clock.now()

    async def press(self, who: str, *, stands: bool) -> None:
        await self._w.act(who, "voice.stand" if stands else "voice.back", self.window.hex())

    async def until(self, minute: float) -> None:
        left = self._begin + timedelta(minutes=minute) - self._w.clock.now()
        if left > timedelta(0):
            await self._w.pass_time(left)

    def number(self) -> int:
        self.numbers.append(self.shown())
        return self.numbers[-1]

    def shown(self) -> int:
        """The number of which the post says the band."""
        ((shown,),) = self._w.sql(f"SELECT shown FROM windows WHERE hex(id) = '{self.window.hex().upper()}'")  # noqa: S608
        return int(shown)

    def text(self) -> str:
        rows = [each for each in self._w.posts("solidarity")[-1].body if isinstance(each, Row)]
        return rows[0].value if rows else "small"


class Transparent(Real):
    """The same without bands, so that nothing that the number does stays hidden."""

    def text(self) -> str:
        return str(self.shown())


async def pressers(w: World, people: list[str]) -> set[str]:
    """Whom a thief of the file and of all keys finds: every secret is tried for everybody on every row."""
    vault = Vault(w.means.keyring, w.means.random)
    keys = WindowKeys(vault, w.means.settings.keys.perishable, w.means.random)
    secrets = [w.means.keyring.key(each) for each in Purpose]
    for (window,) in w.sql("SELECT id FROM windows"):
        row = await w.store.read(WindowById(window))
        try:
            secrets.append(keys.unseal(row) if row else b"")
        except UnsealError:
            continue
    marks = {value for table in tables(w) for row in w.sql(f"SELECT * FROM {table}") for value in row}  # noqa: S608
    return {
        who
        for who in people
        for key in secrets
        if len(key) == 32 and token(key, str(WORKSPACE), who) in marks
    }


def tables(w: World) -> list[str]:
    return [name for (name,) in w.sql("SELECT name FROM sqlite_schema WHERE type = 'table'")]


def moments(w: World) -> set[datetime]:
    """Every moment that any row tells, whatever its column is called."""
    begin, end = datetime(2020, 1, 1).timestamp(), datetime(2040, 1, 1).timestamp()  # noqa: DTZ001 - a rough range
    found = {value for table in tables(w) for row in w.sql(f"SELECT * FROM {table}") for value in row}  # noqa: S608
    return {
        datetime.fromtimestamp(each, w.clock.now().tzinfo)
        for each in found
        if isinstance(each, int) and begin < each < end
    }
