"""The process that is killed: the real core on the real store, in a burst of everything people do.

`python -m tests.kill.child` imports once; then each line on its input is one round, served by a fork of it.
It says "child PID", "burst" once the first report is saved, and "ended CODE".
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import NoReturn

from bot import receipt
from bot.flows.step import message_id
from bot.means import Means, open_means
from bot.model import Actor, Card, Event, Form, Reply, Standing, Words
from bot.records import Due, OpenWindows
from bot.service import Service
from storage import sqlite_engine
from storage.sqlite import SqliteStore, open_sqlite
from tests.kill.layer import Layer
from tests.kill.outside import CHEAP, HANDLER, PEOPLE, ROOT, WORKSPACE, Later, Lines, Outside, lines, settings

LONGEST_END = 60
"""Seconds after which what still waits is taken for stuck; nothing is measured by it."""

WRITERS = 6
RETURNERS = PEOPLE[WRITERS : WRITERS + 3]


@dataclass(frozen=True)
class Order:
    """One round: where, with what randomness, and how it goes.

    `finish` names the kinds of deliveries after which to end instead of a burst. `layer` keeps what was synced
    in a folder; `die_at` is the file call before which the process kills itself. `synchronous` weakens the store.
    `scene` is for two reports and nothing else, of which a desk has one. `words` are those of a report that is taken
    back and nothing else; file calls count from there. `days` have passed.
    """

    folder: str
    seed: int
    finish: Sequence[str] = ()
    layer: bool = False
    die_at: int | None = None
    synchronous: str = ""
    scene: bool = False
    words: str = ""
    days: int = 0

    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


class Burst:
    """People who press, write, send, come back and withdraw, all at once, until the process is killed."""

    def __init__(self, order: Order, means: Means) -> None:
        self._folder = Path(order.folder)
        self._random = Random(order.seed)  # its own, so that what people do follows from the seed
        self._means = means
        self._told = Lines(self._folder / "told")
        self.dense = asyncio.Event()
        if order.days:
            self._told.add("later")
        self.service = Service(means, {"sandbox": Outside(self._folder / "journal", self._random)})

    async def act(self, user: str, action: str, ref: str = "", **values: str) -> Reply:
        typed = {name: (value,) for name, value in values.items()}
        actor = Actor(WORKSPACE, user, "en", Standing.MEMBER)
        return await self.service.core.handle(Event(actor, action, ref, typed))

    async def run(self) -> None:
        windows = [row.id.hex() for row in await self._means.store.read(OpenWindows())]
        async with asyncio.TaskGroup() as group:
            for user in PEOPLE:
                group.create_task(self._press(user, windows))
            for user in PEOPLE[:WRITERS]:
                group.create_task(self._write(user))
            for turn, user in enumerate(RETURNERS):
                group.create_task(self._come_back(user, turn))
            group.create_task(self._read())
            group.create_task(self._compact())

    async def _press(self, user: str, windows: list[str]) -> None:
        while True:
            window, stands = self._random.choice(windows), self._random.random() < 0.5
            self._told.add("asks", user=user, window=window, stands=stands)
            reply = await self.act(user, "voice.stand" if stands else "voice.back", window)
            assert reply.title == "Kept", reply.title
            self._told.add("kept", user=user, window=window, stands=stands)
            await asyncio.sleep(self._random.uniform(0, 0.02))  # whoever else does something gets a turn too

    async def _write(self, user: str) -> None:
        while True:
            await self._decide(user, await self._draft(user))

    async def _draft(self, user: str) -> str:
        before = await self.act(user, "tell")
        assert isinstance(before, Card)
        key = before.buttons[0].to.ref
        share = "yes" if self._random.random() < 0.2 else "no"
        preview = await self.act(user, "tell.preview", key, text=f"about {key}", share=share)
        assert any(button.to.action == "tell.send" for button in _card(preview).buttons), preview.title
        self._told.add("drafted", key=key)
        return key

    async def _decide(self, user: str, key: str) -> None:
        choice = self._random.random()
        if choice < 0.1:
            self._told.add("drops", key=key)
            assert (await self.act(user, "tell.dropped", key)).title == "Thrown away"
            self._told.add("dropped", key=key)
        elif choice < 0.9:
            self._told.add("sends", key=key)
            clicks = 2 if self._random.random() < 0.2 else 1
            await asyncio.gather(*(self._send(user, key) for _ in range(clicks)))

    async def _send(self, user: str, key: str) -> None:
        reply = _card(await self.act(user, "tell.send", key))
        assert reply.title == "Your report is saved", reply.title
        (words,) = (block.text for block in reply.body if isinstance(block, Words))
        self._told.add("sent", key=key, words=words)
        self.dense.set()

    async def _come_back(self, user: str, turn: int) -> None:
        """With the receipt of any report, of this round or of one before, that nobody began to take back."""
        while True:
            told = lines(self._folder / "told")
            began = {line["key"] for line in told if line["what"] == "withdraws"}
            sent = {line["key"]: line["words"] for line in told if line["what"] == "sent"}
            left = [key for key in sent if key not in began and ord(key[0]) % len(RETURNERS) == turn]
            if left:
                key = self._random.choice(
                    (left[0], left[-1])
                )  # a desk has the one, and perhaps not the other
                await self._visit(user, key, sent[key])
            await asyncio.sleep(0.002)

    async def _visit(self, user: str, key: str, words: str) -> None:
        """Its writer adds something, or takes the report back, or both."""
        box = _card(await self.act(user, "receipt.open", words=words))
        assert box.here, box.title
        choice = self._random.random()
        if choice < 0.6:
            await self._add(user, key, box.here.ref)
        if choice > 0.3:
            await self._withdraw(user, key, box.here.ref)

    async def report(self) -> None:
        """Write one report, and add something to it."""
        key = await self._draft(PEOPLE[0])
        self._told.add("sends", key=key)
        await self._send(PEOPLE[0], key)
        words = lines(self._folder / "told")[-1]["words"]
        box = _card(await self.act(PEOPLE[0], "receipt.open", words=words))
        assert box.here, box.title
        await self._add(PEOPLE[0], key, box.here.ref)

    async def withdraw(self, words: str) -> None:
        """Take one report back, if that was not done before, and end with nothing left of what was erased."""
        told = lines(self._folder / "told")
        key = next(line["key"] for line in told if line["what"] == "sent" and line["words"] == words)
        box = _card(await self.act(RETURNERS[0], "receipt.open", words=words))
        if box.here and any(button.to.action == "box.back" for button in box.buttons):
            await self._withdraw(RETURNERS[0], key, box.here.ref)
        assert isinstance(self._means.store, SqliteStore)
        await self._means.store.settled()

    async def _withdraw(self, user: str, key: str, visit: str) -> None:
        self._told.add("withdraws", key=key)
        reply = await self.act(user, "box.withdraw", visit)
        assert reply.title in {"Erased", "Your report"}, reply.title
        self._told.add("withdrawn", key=key, marked=reply.title != "Erased")

    async def _add(self, user: str, key: str, visit: str) -> None:
        form = await self.act(user, "box.add", visit)
        assert isinstance(form, Form)
        reply = await self.act(user, form.to.action, form.to.ref, text=f"more about {key}")
        assert reply.title == "Added", reply.title
        self._told.add("added", key=key, message=message_id(form.to.ref).hex())

    async def _read(self) -> None:
        while True:
            await self._open(latest=3)
            await asyncio.sleep(0.02)

    async def _open(self, latest: int = 0) -> None:
        """A handler opens what stands in the desk's channel."""
        journal = [each for each in lines(self._folder / "journal") if each["what"] == "post"]
        posts = [each for each in journal if each["title"] == "A report arrived"]
        for each in posts[-latest:]:
            await self.act(HANDLER, "desk.accept", each["subject"])
            await self.act(HANDLER, "desk.words", each["subject"])

    async def _compact(self) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(0, 1))
            await self._means.store.compact()

    async def finish(self, kinds: Sequence[str]) -> None:
        """Return once nothing of these kinds waits any more."""
        async with asyncio.timeout(LONGEST_END):
            while any(
                row.kind in kinds for row in await self._means.store.read(Due(self._means.clock.now(), 1000))
            ):
                await asyncio.sleep(0.01)
        await self._open()


def _card(reply: Reply) -> Card:
    assert isinstance(reply, Card), reply
    return reply


@asynccontextmanager
async def _means(order: Order) -> AsyncIterator[Means]:
    folder = Path(order.folder)
    if order.synchronous:
        kept = [each for each in sqlite_engine._PRAGMAS if not each.startswith("synchronous")]
        vars(sqlite_engine)["_PRAGMAS"] = (*kept, f"synchronous = {order.synchronous}")
    layer = Layer(folder / "store", folder / "synced", order.die_at) if order.layer else None
    if layer and order.words:
        layer.die_at(None)
    store = await open_sqlite(str(folder / "store" / "store.db"))
    try:
        clock = Later(timedelta(days=order.days))
        means = await open_means(settings(folder), store, ROOT, clock, secrets.SystemRandom())
        if layer and order.words:
            layer.die_at(order.die_at)
        yield means
    finally:
        await store.close()


async def _say_when_dense(burst: Burst, say: Lines) -> None:
    await burst.dense.wait()
    say.add("burst")


async def serve(order: Order, say: Lines) -> None:
    """One round, from opening the store to the end."""
    async with _means(order) as means:
        burst = Burst(order, means)
        if order.words:
            await burst.withdraw(order.words)
            return
        await burst.service.prepare()
        serving = asyncio.create_task(burst.service.serve())
        if order.scene:
            await burst.report()
            await burst.finish(("report", "note"))
        elif order.finish:
            await burst.finish(order.finish)
        else:
            await asyncio.gather(burst.run(), _say_when_dense(burst, say))
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        if order.scene:
            await burst.report()  # with nobody left who could deliver it


def _round(line: str, say: Lines) -> NoReturn:
    say.add("child", pid=os.getpid())
    code = 1
    try:
        asyncio.run(serve(Order(**json.loads(line)), say))
        code = 0
    except Exception:  # noqa: BLE001 - the parent hears of it by the code and the log
        traceback.print_exc()
    finally:
        os._exit(code)  # nothing of the process that was forked may run twice


def main() -> None:
    say = Lines(os.dup(1))
    receipt.MEMORY = CHEAP
    os.dup2(2, 1)  # logs must not come between what we say
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _round(line, say)
        _, status = os.waitpid(pid, 0)
        say.add("ended", code=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
