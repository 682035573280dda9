"""Changing keys while people are served: new keys, everything sealed anew, and old keys destroyed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import structlog

from bot import (
    accepted,
    anonymity,
    assurance,
    audit,
    backing,
    case,
    digest,
    inbox,
    installations,
    plans,
    remarks,
    retention,
    sealing,
    shares,
    window_keys,
)
from bot.columns import SealedColumn
from bot.control import Tell
from bot.envelope import VERSION, key_id, seal, unseal
from bot.errors import Misconfigured, UnsealError
from bot.keys import Keyring, Purpose
from bot.means import Means
from bot.records import (
    AddKey,
    ColumnsUnder,
    CountUnder,
    DropKey,
    Found,
    Keys,
    Reseal,
    RewrapKeys,
    SealedUnder,
)

_log = structlog.get_logger(__name__)

COLUMNS: tuple[SealedColumn, ...] = (
    *sealing.SEALED,
    *inbox.SEALED,
    *case.SEALED,
    *audit.SEALED,
    *accepted.SEALED,
    *digest.SEALED,
    *remarks.SEALED,
    *window_keys.SEALED,
    *backing.SEALED,
    *plans.SEALED,
    *shares.SEALED,
    *installations.SEALED,
)
"""Every column that is sealed under a key of the server."""

BATCH = 1000
"""Values that are sealed anew in one transaction: presses wait no longer than that takes."""


@dataclass(frozen=True, slots=True)
class _Task:
    """Values of one column under one old key, and the key that they get."""

    column: SealedColumn
    old: bytes
    new: bytes

    @property
    def prefix(self) -> bytes:
        """How they begin."""
        return VERSION + key_id(self.old)


_OTHERS = (
    "Other processes serve this store, and would go on with the keys that they know. Stop all but one, do this, and"
    " start them again."
)


class Rotation:
    """Changes the keys of an open store. What is left to do follows from the store alone.

    So it can be killed at any moment: nothing is lost, and rotating again goes on where it was.
    """

    def __init__(self, means: Means) -> None:
        self._means = means
        self._turn = asyncio.Lock()

    async def do(self, asked: Mapping[str, str], tell: Tell) -> str:
        """What a command asks for; a sentence or a list of lines. Raises MetooError."""
        what = asked.get("do", "")
        if (said := await self._answered(what)) is not None:
            return said
        if await self._means.neighbours.others():
            raise Misconfigured(_OTHERS)
        if what == "rotate":
            return await self.rotate(tell)
        if what == "retire":
            return await self.retire(tell)
        if what == "rewrap":
            return await self.rewrap(bytes.fromhex(asked["root"]))
        raise Misconfigured("The serving process is of another version and does not know this command.")

    async def _answered(self, what: str) -> str | None:
        """What is asked about the store and does not change its keys; None for all else."""
        match what:
            case "list":
                return "\n".join(await self.listed())
            case "root":
                return self._means.keyring.root_id().hex()
            case "inboxes":
                return "\n".join(await inbox.not_locked(self._means))
            case "ending":
                return "\n".join(await retention.behind(self._means))
            case "escrow":
                return "\n".join(await assurance.escrow_faults(self._means))
            case "keeper":
                return await assurance.take_keeper(self._means)
        return None

    async def listed(self) -> list[str]:
        """Every key and its age, in one line each; of an old one, how much is still sealed under it, and where."""
        ring, lines = self._means.keyring, [f"root      {self._means.keyring.root_id().hex()}"]
        made = {(row.purpose, row.generation): row.made for row in await self._means.store.read(Keys())}
        for purpose, generation, known in ring.listed():
            seals = generation == ring.generation(purpose)
            state = "in use" if seals else f"old: {await self._left(purpose, known)}"
            age = self._age(made.get((purpose.value, generation), ""))
            lines.append(f"{purpose:<9} {known.hex()}  generation {generation}  {state}, {age}")
        months = await asyncio.to_thread(self._means.months.there)
        return [*lines, f"months    {len(months)} keys in two folders"]

    def _age(self, made: str) -> str:
        if not made:
            return "of unknown age"
        today = anonymity.monday_of(anonymity.week_of(self._means.clock.now(), "UTC"))
        weeks = max((today - anonymity.monday_of(made)).days // 7, 0)
        return "of this week" if not weeks else f"{weeks} weeks old" if weeks > 1 else "1 week old"

    async def rotate(self, tell: Tell) -> str:
        """Make new keys, unless some were made that have not replaced the old ones, and seal everything anew."""
        async with self._turn:
            means = self._means
            if not means.keyring.retired():
                week = anonymity.week_of(means.clock.now(), "UTC")
                rows = tuple(replace(row, made=week) for row in means.keyring.next(means.random))
                if not all(await means.store.write(*map(AddKey, rows))):
                    raise Misconfigured(
                        "Another process made keys for this store at the same moment. Try again."
                    )
                means.keyring.take(rows)
            means.months.seal_by(means.keyring.key(Purpose.MONTHS))
            for month in await asyncio.to_thread(means.months.there):
                await asyncio.to_thread(means.months.renew, month)
            done = await self._seal_anew(tell)
        return (
            f"{done} values are sealed under new keys now. The old keys still open backups from before. Make a new"
            " backup, then destroy them: metoo keys retire"
        )

    async def retire(self, tell: Tell) -> str:
        """Destroy the keys that seal nothing any more. Raises Misconfigured if something still needs them."""
        async with self._turn:
            means = self._means
            if not means.keyring.retired() and not await asyncio.to_thread(self._month_tasks):
                return "There is no old key. metoo keys rotate makes new ones."
            await asyncio.to_thread(means.months.seal_anew)
            await means.store.write(DropKey(bytes(16)))  # after it, all that waited to be written is
            await self._seal_anew(tell)  # what was written just while the keys changed
            await self._must_be_free()
            await means.store.write(*map(DropKey, means.keyring.retired()))
            means.keyring.forget()
            means.months.forget()
            for month in await asyncio.to_thread(means.months.there):
                await asyncio.to_thread(means.months.retire, month)
        return (
            "The old keys are destroyed. Reports in backups from before the change cannot be read any more."
        )

    async def rewrap(self, root: bytes) -> str:
        """Wrap the keys of the server by another root key; all of them in one transaction."""
        async with self._turn:
            means = self._means
            if key_id(root) == means.keyring.root_id():
                return "This key opens the store already."
            await means.store.write(RewrapKeys(means.keyring.wrapped_by(root, means.random)))
            means.keyring.use_root(root)
        return (
            "From now on the new key opens this store, and the old one does not. Set keys.file to the new one before"
            " metoo starts again, make a copy of it on paper, and keep the old one as long as you keep backups."
        )

    async def _left(self, purpose: Purpose, known: bytes) -> str:
        if purpose is Purpose.MONTHS:
            return "files of the months open with it until metoo keys retire"
        columns = [each for each in COLUMNS if each.purpose is purpose]
        counts = [CountUnder(each.kind, each.column, VERSION + known) for each in columns]
        left = [await self._means.store.read(each) for each in counts]
        where = ", ".join(sorted(await self._means.store.read(ColumnsUnder(VERSION + known))))
        return f"{sum(left)} values are sealed under it" + (f" ({where})" if where else "")

    async def _seal_anew(self, tell: Tell) -> int:
        tasks = [*_server_tasks(self._means.keyring), *await asyncio.to_thread(self._month_tasks)]
        store = self._means.store
        counts = [CountUnder(each.column.kind, each.column.column, each.prefix) for each in tasks]
        total = sum([await store.read(each) for each in counts])
        done = 0
        for task in tasks:
            async for sealed in self._batches(task):
                done += sealed
                tell(done, max(total, done))
        return done

    async def _batches(self, task: _Task) -> AsyncIterator[int]:
        """Seal the values of one column anew, so many at a time. One that does not open stays as it is."""
        column, store = task.column, self._means.store
        after: tuple[object, ...] = ()
        while page := await store.read(SealedUnder(column.kind, column.column, task.prefix, after, BATCH)):
            values = [value for each in page for value in self._sealed(task, each)]
            if values:
                await store.write(Reseal(column.kind, column.column, values))
            after = page[-1].reference
            yield len(page)

    def _sealed(self, task: _Task, found: Found) -> Iterator[tuple[tuple[object, ...], bytes, bytes]]:
        was = getattr(found.row, task.column.column)
        slot = task.column.slot(found.row, found.workspace)
        try:
            yield found.reference, was, seal(task.new, slot, unseal(task.old, slot, was), self._means.random)
        except UnsealError:
            _log.error("record cannot be opened", table=slot.table, record=slot.row.hex())

    def _month_tasks(self) -> list[_Task]:
        months = self._means.months
        return [
            _Task(column, old, months.key(month, must_exist=True))
            for month in months.there()
            for old in months.older(month)
            for column in (sealing.WRAPPED, shares.WRAPPED)
        ]

    async def _must_be_free(self) -> None:
        ring = self._means.keyring
        old = chain.from_iterable(ring.older(purpose) for purpose in Purpose)
        old_months = [each.old for each in await asyncio.to_thread(self._month_tasks)]
        for key in (*old, *old_months):
            if columns := await self._means.store.read(ColumnsUnder(VERSION + key_id(key))):
                raise Misconfigured(
                    f"Something is still sealed under an old key, in {', '.join(columns)}, so nothing was destroyed."
                    " Try again; if it stays so, this version cannot seal it anew: please report that."
                )


def _server_tasks(ring: Keyring) -> Iterator[_Task]:
    for column in COLUMNS:
        for old in ring.older(column.purpose):
            yield _Task(column, old, ring.key(column.purpose))
