"""Joins the core, the adapters and the store to programs; nobody imports it."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import click

from adapters.onetime.site import OneTime
from adapters.web import Site
from bot import noise
from bot.audit import Audit, heads
from bot.bulletin import as_text
from bot.cli import Programs, command
from bot.clock import SystemClock
from bot.config import Settings
from bot.errors import MetooError, Misconfigured, StoreError, StoreLocked
from bot.keys import FixedKey, KeyFile, new_key_file
from bot.means import Means, open_means
from bot.mistakes import PLATFORMS
from bot.model import Place
from bot.ports import Clock, KeyProvider, Linked, Store
from bot.records import AuditOf, Keys
from bot.service import Service
from bot.vault import Vault
from storage.inspection import dump
from storage.sqlite import open_sqlite

if TYPE_CHECKING:
    from adapters.sandbox.program import Practice

_RANDOM = SystemRandom()

_UNDECIDED = (
    "This digest is not decided yet. How many members there are is known only while metoo runs, so that no numbers are"
    " shown here."
)


def main() -> None:
    """The command `metoo`."""
    command(Programs(run, check, sandbox, verify_audit, preview_digest, _RANDOM))()


async def run(settings: Settings) -> None:
    """Serve the configured platforms until SIGTERM or SIGINT."""
    root = _key(settings).root()
    if wrong := _wrong_platforms(settings) or _missing(settings) or _lacking(settings):
        raise Misconfigured("\n".join(wrong))
    site = Site(settings.web.host, settings.web.port)
    connections = _connections(settings, site)
    async with _means(settings, root, SystemClock()) as means:
        site.ready_when(lambda: _ready(means.store, connections))
        service = Service(means, connections)
        await service.prepare()
        if settings.web.public_url:
            for path in OneTime(service.pages).routes():
                site.route(path.method, path.path, path.handler)
        await site.start()
        click.echo(
            f"metoo is connecting to {', '.join(sorted(connections))}… "
            f"Health: http://{settings.web.host}:{site.port}/livez, and /readyz once connected."
        )
        try:
            await _until_stopped(service.serve())
        finally:
            await site.stop()


async def check(settings: Settings) -> list[str]:
    """Everything that is wrong, as sentences."""
    found = await _check_store(settings)
    for platform in ("slack", "discord"):
        served = [each for each in settings.workspaces if each.platform == platform]
        if served:
            desks = [each.place(desk) for each in served for desk in each.desks]
            others = [
                each.place(channel)
                for each in served
                for channel in (each.solidarity_channel, each.digest_channel)
                if channel
            ]
            found += await _check_platform(platform, settings, desks, others)
    return found + _wrong_platforms(settings) + _lacking(settings)


async def verify_audit(settings: Settings, head: bytes | None) -> list[str]:
    """What is wrong with the log of what handlers did, as sentences; `head` is one that a digest printed."""
    async with _alone(settings) as means:
        audit = Audit(Vault(means.keyring, means.random), means.random)
        logs = {
            str(each.workspace): await means.store.read(AuditOf(str(each.workspace)))
            for each in settings.workspaces
        }
    found = [f"{name}: {said}" for name, log in logs.items() if (said := audit.verify(log))]
    if head is not None and not found and head not in set().union(*map(heads, logs.values())):
        found.append(
            "No log ever had this head: entries were taken out or changed, or it is of another store."
        )
    return found


async def preview_digest(settings: Settings) -> list[str]:
    """The digest of the last closed week of each workspace, as text, posted nowhere."""
    found = []
    async with _alone(settings) as means:
        digest = Service(means, {}).digest
        for each in settings.workspaces:
            card, decided = await digest.preview(each)
            found.append(f"{each.workspace}\n\n{as_text(card)}" + ("" if decided else f"\n\n{_UNDECIDED}"))
    return found


async def sandbox(port: int | None, data: Path | None) -> None:
    """Serve the practice workplace until it is stopped."""
    from adapters.sandbox.program import Practice  # noqa: PLC0415 - what is not used is not imported

    async with _folder(data) as folder:
        practice = Practice(folder, port, kept=data is not None, rows=lambda: dump(str(folder / "metoo.db")))
        key = _practice_key(folder) if data else FixedKey(_RANDOM.randbytes(32))
        async with _means(practice.settings, key.root(), practice.clock) as means:
            service = Service(means, {"sandbox": practice.connection})
            practice.connection.mount(OneTime(service.pages).routes(), service.pages.open_at)
            await service.prepare()
            try:
                await _until_stopped(_practise(service, practice))
            finally:
                await practice.close()


async def _practise(service: Service, practice: Practice) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(service.serve())
        click.echo(f"The sandbox is open: {await practice.connection.opened()}", color=False)
        click.echo("Practice only. Stop it with Ctrl+C.")
        await practice.live_through(service.core.handle)


def _wrong_platforms(settings: Settings) -> list[str]:
    if not settings.workspaces:
        return ["No workspace is configured: metoo.toml needs a [[workspaces]]."]
    practice = any(each.platform == "sandbox" for each in settings.workspaces)
    return [f"{PLATFORMS} To practise, run `metoo sandbox`."] if practice else []


def _lacking(settings: Settings) -> list[str]:
    """What is set and cannot be done here: numbers without the noise that was wanted would be worse than none."""
    wanted = any(each.noise for each in settings.workspaces)
    return [why] if wanted and (why := noise.lacking()) else []


def _missing(settings: Settings) -> list[str]:
    """The secrets that configured platforms lack, in the words of `metoo check`."""
    platforms = {each.platform for each in settings.workspaces}
    found = []
    if "slack" in platforms:
        from adapters.slack.check import missing as of_slack  # noqa: PLC0415 - what is not used is not imported

        found += of_slack(settings.slack)
    if "discord" in platforms:
        from adapters.discord.check import missing as of_discord  # noqa: PLC0415 - likewise

        found += of_discord(settings.discord)
    return found


async def _ready(store: Store, connections: Mapping[str, Linked]) -> bool:
    """Whether people are served: every link stands, and the store answers."""
    try:
        await store.read(Keys())
    except StoreError:
        return False
    return all(each.connected for each in connections.values())


def _connections(settings: Settings, site: Site) -> Mapping[str, Linked]:
    made: dict[str, Linked] = {}
    teams: dict[str, list[str]] = {}
    for each in settings.workspaces:
        teams.setdefault(each.platform, []).append(each.id)
    if "slack" in teams:
        from adapters.slack.connection import SlackConnection  # noqa: PLC0415 - what is not used is not imported

        made["slack"] = SlackConnection(settings.slack, teams["slack"], site.route)
    if "discord" in teams:
        from adapters.discord.connection import DiscordConnection  # noqa: PLC0415 - likewise

        made["discord"] = DiscordConnection(settings.discord, _desk_roles(settings))
    return made


async def _check_store(settings: Settings) -> list[str]:
    try:
        async with _means(settings, _key(settings).root(), SystemClock()):
            return []
    except StoreLocked:
        return []  # a serving process has it open, with this key or it would not serve
    except MetooError as error:
        return [str(error)]


async def _check_platform(
    platform: str, settings: Settings, desks: list[Place], others: list[Place]
) -> list[str]:
    if platform == "slack":
        from adapters.slack.check import check as check_slack  # noqa: PLC0415 - what is not used is not imported

        return await check_slack(settings.slack, desks, others)
    from adapters.discord.check import check as check_discord  # noqa: PLC0415 - likewise

    return await check_discord(settings.discord, _desk_roles(settings), desks, others)


def _desk_roles(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    return {each.id: each.desk_roles for each in settings.workspaces if each.platform == "discord"}


def _key(settings: Settings) -> KeyProvider:
    if settings.keys.file is None:
        raise Misconfigured(
            "There is no key: run `metoo keys new FILE`, and set keys.file in metoo.toml or METOO_KEYS__FILE."
        )
    return KeyFile(settings.keys.file)


def _practice_key(folder: Path) -> KeyProvider:
    path = folder / "root.key"
    if not path.exists():
        new_key_file(path, _RANDOM)
    return KeyFile(path)


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator[Means]:
    try:
        async with _means(settings, _key(settings).root(), SystemClock()) as means:
            yield means
    except StoreLocked as error:
        raise Misconfigured(
            "metoo is running on this store. Stop it for a moment, or let storage.url name a copy of the file."
        ) from error


@asynccontextmanager
async def _means(settings: Settings, root: bytes, clock: Clock) -> AsyncIterator[Means]:
    store = await open_sqlite(settings.storage.url)
    try:
        yield await open_means(settings, store, root, clock, _RANDOM)
    finally:
        await store.close()


@asynccontextmanager
async def _folder(data: Path | None) -> AsyncIterator[Path]:
    if data is not None:
        await asyncio.to_thread(data.mkdir, mode=0o700, parents=True, exist_ok=True)
        yield data
    else:
        with tempfile.TemporaryDirectory(prefix="metoo-") as made:
            yield Path(made)


async def _until_stopped(serving: Coroutine[Any, Any, None]) -> None:
    """Run until SIGTERM or SIGINT; what is being answered then is finished first."""
    task = asyncio.ensure_future(serving)
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise


if __name__ == "__main__":
    main()
