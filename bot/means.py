"""Everything the core is given, and how the keys of a store are opened before it is served."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot import anonymity
from bot.config import Settings
from bot.errors import Misconfigured
from bot.folders import make_folder
from bot.keys import LATER, Keyring, Purpose
from bot.months import Months
from bot.neighbours import NOBODY
from bot.ports import Clock, Keeping, Neighbours, Random, Store
from bot.records import AddKey, Chosen, Keys, OpenWindows, WorkspaceById


@dataclass(frozen=True, slots=True)
class Means:
    """Everything the core is given."""

    settings: Settings
    store: Store
    keyring: Keyring
    months: Months
    clock: Clock
    random: Random
    keeping: Keeping | None = None
    """The separate keeper of escrow, where there is one."""
    neighbours: Neighbours = NOBODY
    """The other processes on the same store."""


async def open_means(settings: Settings, store: Store, root: bytes, clock: Clock, random: Random) -> Means:
    """Open the keys of a store, making those it does not have yet. Raises Misconfigured for a wrong root."""
    rows = await store.read(Keys())
    if not rows and await _in_use(settings, store):
        raise Misconfigured(
            "The keys inside this store are gone, so nothing in it can be opened. Restore a backup."
        )
    if rows:
        _must_have_months(settings)
    else:  # before the keys: a start that dies between the two would find keys and miss the folders
        for folder in settings.keys.perishable:
            make_folder(folder)
    keyring, made = Keyring.open(root, rows, random)
    if rows and {Purpose(row.purpose) for row in made} - LATER:
        raise Misconfigured(
            "A key inside this store is missing, so part of it cannot be opened. Restore a backup."
        )
    wraps = keyring.key(Purpose.MONTHS), random, keyring.older(Purpose.MONTHS)
    months = Months(settings.keys.perishable, *wraps)
    months.mark(fresh=not rows)  # before the keys too: a mark that no key opens is made anew
    week = anonymity.week_of(clock.now(), "UTC")
    if made and not all(await store.write(*(AddKey(replace(row, made=week)) for row in made))):
        raise Misconfigured(
            "Another process made keys for this store at the same moment. Please start again."
        )
    return Means(settings, store, keyring, months, clock, random)


async def opened_alone(
    settings: Settings, store: Store, root: bytes, *, neighbours: Neighbours, clock: Clock, random: Random
) -> Means:
    """The same on a store that other processes may be opening at the same moment."""
    opened: list[Means] = []

    async def work() -> None:
        opened.append(await open_means(settings, store, root, clock, random))

    await neighbours.alone("start", work)
    return replace(opened[0], neighbours=neighbours)


async def _in_use(settings: Settings, store: Store) -> bool:
    served = [str(each.workspace) for each in settings.workspaces]
    known = any([await store.read(WorkspaceById(each)) for each in served])
    return known or bool(await store.read(Chosen())) or bool(await store.read(OpenWindows()))


def _must_have_months(settings: Settings) -> None:
    missing = [str(folder) for folder in settings.keys.perishable if not folder.is_dir()]
    if missing:
        raise Misconfigured(
            f"The folder with the keys of the months is missing: {', '.join(missing)}. Reports cannot be opened"
            " without it. Mount it, or set keys.perishable to where it is."
        )
