"""With `--data` the workplace comes back as it was, after a stop and after a kill."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from adapters.sandbox.kept import FILE
from adapters.sandbox.program import Practice
from adapters.sandbox.workplace import WORKSPACE, Message
from bot.means import open_means
from bot.model import Actor, Card, Event, Form, Place
from bot.service import Service
from storage.sqlite import open_sqlite

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
TEXT = "Planted: a remark in the lift, ünd wieder 🚪"


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[tuple[Practice, Service]]:
    """The practice workplace in this folder, without its past."""
    practice = Practice(folder, 0, kept=True, rows=_no_rows)
    practice.connection.workplace.prepare(None)
    store = await open_sqlite(practice.settings.storage.url)
    means = await open_means(practice.settings, store, b"k" * 32, practice.clock, random.SystemRandom())
    service = Service(means, {"sandbox": practice.connection})
    await service.prepare()
    await service.setup.adopt(practice.workspace, practice.chosen)
    jobs = asyncio.create_task(service.serve())
    await practice.connection.opened()
    await practice.clock.settle()
    try:
        yield practice, service
    finally:
        jobs.cancel()
        await asyncio.gather(jobs, return_exceptions=True)
        await practice.close()
        await store.close()


async def _no_rows() -> tuple[()]:
    return ()


def _reports(practice: Practice) -> list[Message]:
    messages = practice.connection.workplace.channels["hr-desk"].messages
    return [each for each in messages if each.card and each.card.title == "A report arrived"]


async def _filed(practice: Practice, service: Service, reports: int) -> None:
    who = Actor(WORKSPACE, "person-030")
    start = await service.core.handle(Event(who, "tell"))
    assert isinstance(start, Card)
    form = await service.core.handle(Event(who, start.buttons[0].to.action, start.buttons[0].to.ref))
    assert isinstance(form, Form)
    await service.core.handle(Event(who, form.to.action, form.to.ref, {"text": (TEXT,)}))
    await service.core.handle(Event(who, "tell.send", form.to.ref))
    await practice.clock.move(timedelta(hours=5))
    await _until(lambda: len(_reports(practice)) == reports)


async def _until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not there():
            await asyncio.sleep(0.02)


async def test_a_store_that_is_ahead_of_the_file_is_served_on(tmp_path: Path) -> None:
    async with serving(tmp_path) as (practice, service):
        await _filed(practice, service, 1)
        await practice.close()
        shutil.copy(tmp_path / FILE, tmp_path / "older")
        await _filed(practice, service, 2)
    (tmp_path / "older").replace(tmp_path / FILE)
    async with serving(tmp_path) as (practice, service):
        assert len(_reports(practice)) == 1
        await _filed(practice, service, 2)
    (tmp_path / FILE).unlink()
    async with serving(tmp_path) as (practice, service):
        await _filed(practice, service, 1)


async def test_a_file_that_is_ahead_of_the_store_is_served_on(tmp_path: Path) -> None:
    folder, older = tmp_path / "folder", tmp_path / "older"
    folder.mkdir()
    async with serving(folder) as (practice, service):
        await _filed(practice, service, 1)
    shutil.copytree(folder, older)
    async with serving(folder) as (practice, service):
        await _filed(practice, service, 2)
    shutil.copy(folder / FILE, older / FILE)
    async with serving(older) as (practice, service):
        lost = _reports(practice)[-1].card
        assert lost
        to, handler = lost.buttons[0].to, Actor(WORKSPACE, "person-056")
        place = Place(WORKSPACE, "hr-desk")
        answer = await service.core.handle(Event(handler, to.action, to.ref, {}, place))
        assert isinstance(answer, Card)
        await _filed(practice, service, 3)


# --- the program ------------------------------------------------------------------------------------------


class Sandbox:
    """`metoo sandbox --data` as somebody starts it, and its page's requests."""

    def __init__(self, process: asyncio.subprocess.Process, session: ClientSession) -> None:
        self.process = process
        self._session = session

    async def ask(self, path: str, **body: Any) -> Any:
        async with self._session.post(f"/api/{path}", json=body) as answer:
            assert answer.status == 200, (answer.status, await answer.text())
            return await answer.json()

    async def state(self, user: str) -> Any:
        async with self._session.get("/api/state", params={"as": user}) as answer:
            return await answer.json()

    async def act(self, user: str, to: Any, **more: Any) -> Any:
        return await self.ask("act", user=user, action=to["action"], ref=to["ref"], **more)

    async def now(self) -> datetime:
        return datetime.fromisoformat((await self.state("person-001"))["now"])

    async def desk(self, user: str) -> list[Any]:
        """The cards of reports at the desk, newest last; what the desk is reminded of each day is left out."""
        channels = (await self.state(user))["channels"]
        desk = next(each for each in channels if each["id"] == "hr-desk")
        cards = [each for each in desk["posts"] if each["card"]]
        return [
            each for each in cards if any(b["label"] == "Read privately" for b in each["card"]["buttons"])
        ]

    async def tell(self) -> None:
        menu = await self.ask("command", user="person-007", text="")
        before = await self.act("person-007", _labelled(menu, "Tell what happened"))
        form = await self.act("person-007", _labelled(before, "Start writing"))
        preview = await self.act("person-007", form, values={"text": [TEXT]})
        await self.act("person-007", _labelled(preview, "Send"))


def _labelled(card: Any, label: str) -> Any:
    return next(each for each in card["buttons"] if each["label"] == label)


def _command(folder: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "bot", "sandbox", "--port", "0", "--data", str(folder))


@asynccontextmanager
async def started(folder: Path, stop: signal.Signals = signal.SIGTERM) -> AsyncIterator[Sandbox]:
    process = await asyncio.create_subprocess_exec(
        *_command(folder), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        async with ClientSession(line.decode().split()[-1]) as session:
            sandbox = Sandbox(process, session)
            async with asyncio.timeout(PATIENCE):
                while (await sandbox.state(""))["preparing"]:
                    await asyncio.sleep(0.05)
            yield sandbox
    finally:
        process.send_signal(stop)
        _, complaints = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == (0 if stop is signal.SIGTERM else -stop)
        assert not complaints, complaints.decode()


async def test_after_a_restart_the_desk_still_reads_and_time_did_not_go_back(tmp_path: Path) -> None:
    handler = "person-056"
    async with started(tmp_path) as sandbox:
        before = len(await sandbox.desk(handler))
        await sandbox.tell()
        await sandbox.ask("clock", minutes=300)
        posts = await sandbox.desk(handler)
        assert len(posts) == before + 1
        left = await sandbox.now()
    for stop in (signal.SIGKILL, signal.SIGTERM):
        async with started(tmp_path, stop) as sandbox:
            assert await sandbox.now() >= left
            # What a card says follows what its desk does, a moment later; that it stands there must not change.
            assert [each["ref"] for each in await sandbox.desk(handler)] == [each["ref"] for each in posts]
            post = posts[-1]
            to = _labelled(post["card"], "Read privately")
            shown = await sandbox.act(handler, to, channel="hr-desk", post=post["ref"])
            for accept in (each for each in shown["buttons"] if each["action"] == "desk.accept"):
                shown = await sandbox.act(handler, accept)
            shown = await sandbox.act(handler, _labelled(shown, "Show the words"))
            assert {"type": "quote", "text": TEXT} in shown["body"]
            posts = await sandbox.desk(handler)
            await sandbox.ask("clock", minutes=60)
            left = await sandbox.now()


async def test_a_damaged_workplace_ends_the_program_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "metoo.db").touch()
    (tmp_path / FILE).write_bytes(b"not what was written")
    process = await asyncio.create_subprocess_exec(
        *_command(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 1
    assert said.decode().startswith("Error: ")
    assert f"{FILE} is damaged." in said.decode()
    assert "Traceback" not in said.decode()
