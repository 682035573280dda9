"""A process that works on a disk of its own, which is full or read-only for a while; it dies if something is lost."""

from __future__ import annotations

import asyncio
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.backup import Backup
from bot.errors import MetooError, Misconfigured
from bot.keys import Purpose, new_key_file
from bot.months import Months
from bot.records import DraftRow, PutDraft
from bot.restoring import restore
from bot.rotation import Rotation
from storage.copying import build, read_all
from storage.sqlite import open_sqlite
from tests.storage.rows import filing, report
from tests.world import ROOT, TUESDAY, World, card, quoted, said, words, world

SIZE = 6
"""Megabytes of the disk."""

TEXT = "what happened to somebody"
HOURS = timedelta(hours=5)
_GROWS = bytes(2 * 10**6)


class Mounted:
    """A small file system of its own in our own mount namespace: really full, and folders that are really read-only."""

    full = "(No space left on device|the disk is full)"
    sealed = "(Read-only file system|file cannot be opened)"

    def __init__(self, place: Path) -> None:
        self._ballast = place / "ballast"
        _system("mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(place))

    def fill(self) -> None:
        """Leave no byte."""
        with suppress(OSError), self._ballast.open("ab", buffering=0) as out:
            while out.write(bytes(4096)):
                pass

    def free(self) -> None:
        """There is room again."""
        self._ballast.unlink()

    def protect(self, *folders: Path) -> None:
        """Let nothing be written into these folders."""
        for each in folders:
            _system("mount", "--bind", str(each), str(each))
            _system("mount", "-o", "remount,bind,ro", str(each))

    def release(self, *folders: Path) -> None:
        """Let all be written again."""
        for each in folders:
            _system("umount", str(each))


class Limited:
    """Where nothing can be mounted: files that may not grow, and folders without the right to write."""

    full = "(File too large|the disk is full|the disk failed)"
    sealed = "(Permission denied|file cannot be opened)"

    def __init__(self, _: Path) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def fill(self) -> None:
        """Let no file grow."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def free(self) -> None:
        """Let them grow again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def protect(self, *folders: Path) -> None:
        """Take the right to write."""
        self._allow(folders, 0o500, 0o400)

    def release(self, *folders: Path) -> None:
        """Give it back."""
        self._allow(folders, 0o700, 0o600)

    def _allow(self, folders: tuple[Path, ...], folder: int, file: int) -> None:
        for each in (found for one in folders for found in (one, *one.rglob("*"))):
            each.chmod(folder if each.is_dir() else file)


def _system(*said: str) -> None:
    subprocess.run(said, check=True)  # noqa: S603 - the system's own


Disk = Mounted | Limited


def unwatched(done: int, count: int) -> None:
    """Nobody looks at the progress."""


async def opens(w: World, *texts: str) -> None:
    """What people were told is saved opens at the desk."""
    cards = [each for each in w.posts("hr-desk") if each.title == "A report arrived"]
    assert sorted([quoted(await w.read("P1", each)) for each in cards]) == sorted(texts)


async def used_up(w: World) -> None:
    """What was free in the store's own file is free no more."""
    for _ in range(3):
        with suppress(MetooError):
            await w.store.write(PutDraft(DraftRow(random.randbytes(16), _GROWS)))


async def writing(disk: Disk, w: World) -> None:
    """A report and a press are told that they are not saved, and count once they are sent again."""
    preview = await w.write("P21", text=f"{TEXT} else")
    wall = w.posts("solidarity")[0]
    disk.fill()
    await used_up(w)
    for user, on, label in (("P21", preview, "Send"), ("P22", wall, wall.buttons[0].label)):
        assert "could not be saved" in said(card(await w.press(user, on, label)))
    disk.free()
    await opens(w, TEXT)
    assert w.sql("SELECT count(*) FROM reports") == [(1,)]
    assert w.sql("SELECT count(*) FROM voices") == [(0,)]
    sent = card(await w.press("P21", preview, "Send"))
    assert len(words(sent).split()) == 7
    await w.press("P22", wall, wall.buttons[0].label)
    assert w.sql("SELECT count(*) FROM voices") == [(1,)]
    await w.jump(HOURS)
    await opens(w, TEXT, f"{TEXT} else")


def serving(scenario: Callable[[Disk, World], Awaitable[None]]) -> Callable[[Disk, Path], Awaitable[None]]:
    """A scenario with a served store on the disk that has one report."""

    async def run(disk: Disk, place: Path) -> None:
        async with world(place, start=TUESDAY) as w:
            await w.report("P20", text=TEXT)
            await w.jump(HOURS)
            await scenario(disk, w)

    return run


async def rotating(disk: Disk, w: World) -> None:
    """A change of keys stops with a sentence, everything opens meanwhile, and it goes on where it was."""
    rotation, before, folders = Rotation(w.means), w.means.keyring.id(Purpose.FIELD), months(w)
    for what in (rotation.rotate, rotation.retire):
        disk.fill()
        await used_up(w)
        with pytest.raises(MetooError, match=disk.full):
            await what(unwatched)
        disk.free()
        await opens(w, TEXT)
        disk.protect(*folders)
        with pytest.raises(Misconfigured, match=disk.sealed):
            await what(unwatched)
        await opens(w, TEXT)
        disk.release(*folders)
        await what(unwatched)
        await opens(w, TEXT)
    assert w.means.keyring.id(Purpose.FIELD) != before
    assert w.means.keyring.retired() == ()


async def backing_up(disk: Disk, w: World) -> None:
    """No backup is better than half a one, and no store than half a one; both are made once there is room."""
    for n in range(20):
        await w.store.write(filing(report(body=bytes([n]) * 8192)))
    elsewhere = w.file.with_name("elsewhere")
    elsewhere.mkdir()
    path, again = elsewhere / "backup", elsewhere / "again.db"

    async def back_up() -> None:
        await Backup(path, ROOT, w.clock, w.means.random, unwatched).make(partial(read_all, w.file))

    async def bring_back() -> None:
        made = partial(build, again)
        await restore(path, ROOT, months(w), made, clock=w.clock, random=w.means.random)

    for what, made in ((back_up, path), (bring_back, again)):
        there = set(elsewhere.iterdir())
        disk.fill()
        with pytest.raises(MetooError, match=disk.full):
            await what()
        disk.free()
        disk.protect(elsewhere)
        with pytest.raises(MetooError, match=disk.sealed):
            await what()
        disk.release(elsewhere)
        assert set(elsewhere.iterdir()) - there <= {elsewhere / "again.db-lock"}
        await what()
        assert made.stat().st_size > 20 * 8192
    with closing(sqlite3.connect(again)) as look:
        assert look.execute("SELECT count(*) FROM reports").fetchall() == [(21,)]


async def starting(disk: Disk, place: Path) -> None:
    """A key, a store and the folders of the months are made where there is room, whole or not at all."""
    one = place / "one"
    one.mkdir()
    for stop, go_on, why in (
        (disk.fill, disk.free, disk.full),
        (partial(disk.protect, one), partial(disk.release, one), disk.sealed),
    ):
        stop()
        with pytest.raises(Misconfigured, match=why):
            new_key_file(one / "metoo.key", random.SystemRandom())
        with pytest.raises(MetooError, match=why):
            await open_sqlite(str(one / "store.db"))
        with pytest.raises(Misconfigured, match=why):
            Months((one / "months", one / "copy"), ROOT, random.SystemRandom()).mark(fresh=True)
        go_on()
        assert not (one / "metoo.key").exists()
    new_key_file(one / "metoo.key", random.SystemRandom())
    async with world(one, start=TUESDAY) as w:
        await w.report("P20", text=TEXT)
        await w.jump(HOURS)
    disk.protect(one)
    with pytest.raises(MetooError, match=disk.sealed):
        await open_sqlite(str(one / "store.db"))
    disk.release(one)
    async with world(one, start=TUESDAY + HOURS, before=w) as again:
        await opens(again, TEXT)


def months(w: World) -> tuple[Path, Path]:
    """The folders of the months' keys."""
    return w.means.settings.keys.perishable


SCENARIOS: dict[str, Callable[[Disk, Path], Awaitable[None]]] = {
    "writing": serving(writing),
    "rotating": serving(rotating),
    "backing up": serving(backing_up),
    "starting": starting,
}


async def main(mode: str, scenario: str, place: Path) -> None:
    """Play one scenario."""
    disk = Mounted(place) if mode == "mounted" else Limited(place)
    await SCENARIOS[scenario](disk, place)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
