"""The group writer: the one owner of the write connection, through whose queue every change goes.

While one transaction is being committed, callers queue; the next transaction serves all who wait. A caller
hears "saved" only after the commit that contains its changes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import chain

from bot.errors import StoreError
from storage import cases, casework, digests, escrow, evidence, installations, keeping, keys, voices
from storage import changes as others
from storage.faults import store_error
from storage.residue import Residue
from storage.session import BadCall, Changes, Session, Took

ERASING = (
    *others.ERASING,
    *cases.ERASING,
    *evidence.ERASING,
    *casework.ERASING,
    *voices.ERASING,
    *keys.ERASING,
    *keeping.ERASING,
    *digests.ERASING,
    *escrow.ERASING,
    *installations.ERASING,
)

_ERASES = frozenset(ERASING)  # asked for every press

MOST = 512
"""Callers that share one commit."""


_Call = tuple[Changes, asyncio.Future[Took]]
"""What one caller wants saved, and how it hears of it."""


class GroupWriter:
    """Runs queued changes in shared transactions, in the order of their callers."""

    def __init__(self, session: Session, residue: Residue) -> None:
        self._loop = asyncio.get_running_loop()
        self._session = session
        self._residue = residue
        self._calls: deque[_Call] = deque()
        self._batch: list[_Call] = []
        self._compactions: deque[_Call] = deque()
        self._news = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._work(), name="group writer")

    def accept(self, changes: Changes) -> asyncio.Future[Took]:
        """Queue changes; done after their commit. They stay queued if nobody waits for it any more."""
        return self._accept(self._calls, changes)

    async def compact(self) -> None:
        """Rewrite the database between two transactions, and leave no residue."""
        await self._accept(self._compactions, ())
        await self.settled()

    async def settled(self) -> None:
        """Return once nothing that was erased before is left in a file."""
        if self._closing:
            raise StoreError("the store is closed")
        gone = self._residue.gone()
        self._news.set()
        await gone

    async def close(self) -> None:
        """Finish what waits, and stop."""
        self._closing = True
        self._news.set()
        await asyncio.shield(self._task)

    def _accept(self, queue: deque[_Call], changes: Changes) -> asyncio.Future[Took]:
        if self._closing:
            raise StoreError("the store is closed")
        saved: asyncio.Future[Took] = self._loop.create_future()
        if not queue:  # else the task knows already
            self._news.set()
        queue.append((changes, saved))
        return saved

    # --- the one task that uses the connection ---

    async def _work(self) -> None:
        try:
            while self._calls or self._compactions or not self._closing:
                await self._await_news()
                await self._round()
            await self._residue.last_tries()
        finally:
            self._closing = True
            for _, saved in self._batch:
                saved.cancel()  # only if we were cancelled: nobody knows whether these were saved
            for call in (*self._calls, *self._compactions):
                _fail(call, StoreError("the store is closed"))
            self._residue.give_up()

    async def _await_news(self) -> None:
        if not self._calls and not self._compactions:
            try:
                async with asyncio.timeout(self._residue.seconds_to_try()):
                    await self._news.wait()
            except TimeoutError:
                pass
        self._news.clear()

    async def _round(self) -> None:
        self._batch = [self._calls.popleft() for _ in range(min(len(self._calls), MOST))]
        if self._batch:
            await self._save(self._batch)
        elif self._compactions:
            await self._compact(self._compactions.popleft())
        if self._residue.is_due():
            await self._residue.try_to_wipe()

    async def _save(self, batch: list[_Call]) -> None:
        """One transaction for all; where somebody's changes fail, half and half, until they fail alone."""
        callers = [changes for changes, _ in batch]
        try:
            tooks = await self._session.save(callers)
        except Exception as error:  # noqa: BLE001 - whatever it was, callers must hear and the writer must go on
            await self._fail(batch, error)
        else:
            for (_, saved), took in zip(batch, tooks, strict=True):
                if not saved.done():  # a caller that was cancelled does not listen any more
                    saved.set_result(took)
            self._note(callers, tooks)

    def _note(self, callers: list[Changes], tooks: list[Took]) -> None:
        kinds = set(map(type, chain.from_iterable(callers)))
        if not _ERASES.isdisjoint(kinds) and any(map(_erased, callers, tooks)):
            self._residue.note()

    async def _fail(self, batch: list[_Call], error: Exception) -> None:
        """Nothing of the batch was taken; try its halves if one caller's changes, not the commit, were at fault."""
        if isinstance(error, BadCall) and len(batch) > 1:
            middle = len(batch) // 2
            await self._save(batch[:middle])
            await self._save(batch[middle:])
            return
        cause = error.__cause__ if isinstance(error, BadCall) and error.__cause__ else error
        said = cause if isinstance(cause, StoreError) else store_error("nothing was saved", cause)
        for call in batch:
            _fail(call, said)

    async def _compact(self, call: _Call) -> None:
        try:
            await self._session.compact()
        except Exception as error:  # noqa: BLE001 - the same
            _fail(call, store_error("the store was not compacted", error))
        else:
            self._residue.note()
            if not call[1].done():
                call[1].set_result(())


def _fail(call: _Call, error: StoreError) -> None:
    _, saved = call
    if not saved.done():
        saved.set_exception(error)


def _erased(changes: Changes, took: Took) -> bool:
    return any(did and type(each) in _ERASES for each, did in zip(changes, took, strict=True))
