"""Joins the core, the adapters and the store to programs; nobody imports it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any, TypeVar

import click

from adapters import served
from adapters.keeper.client import DistantKeeper
from adapters.keeper.server import served as answering
from adapters.onetime.site import OneTime
from adapters.web import Site
from bot import backup, restoring
from bot.cli import Programs, command
from bot.clock import SystemClock
from bot.config import Settings
from bot.control import NotListening, Tell, ask, listening
from bot.doctor import of_this_machine
from bot.errors import MetooError, Misconfigured, StoreLocked
from bot.findings import Finding, Remark, findings
from bot.inspecting import audit_faults, idle_links, of_running, store_faults, stored_digests
from bot.keeper import Keeper
from bot.key_commands import KeyPrograms, passphrase
from bot.keys import KeyFile, new_key_file
from bot.means import Means, opened_alone
from bot.measures import FORMAT
from bot.ports import Clock, KeyProvider, KeyService
from bot.process import begin, kept_in, lacking, settle, until_stopped, wrong_platforms
from bot.providers import FixedKey, configured
from bot.rotation import Rotation
from bot.service import Service
from bot.serving import Serving
from bot.workplaces import Workplaces
from storage import opening
from storage.inspection import dump

if TYPE_CHECKING:
    from adapters.sandbox.program import Practice

T = TypeVar("T")
_RANDOM = SystemRandom()


def _silent(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def main() -> None:
    """The command `metoo`."""
    command(
        Programs(
            run,
            check,
            sandbox,
            verify_audit,
            preview_digest,
            KeyPrograms(_root, _services, change_keys, _RANDOM),
            back_up,
            restore,
            keep,
            register,
            manifest,
            opening.move_store,
        )
    )()


async def run(settings: Settings) -> None:
    """Serve the configured platforms until SIGTERM or SIGINT."""
    begin()
    root = await _root(settings)
    if wrong := wrong_platforms(settings) or served.missing(settings) or lacking(settings):
        raise Misconfigured("\n".join(wrong))
    site = Site(settings.web.host, settings.web.port)
    workplaces = Workplaces(settings)
    async with _means(settings, root, SystemClock()) as means:
        connections = served.connections(settings, site, workplaces, means)
        service = Service(means, connections, workplaces)
        serving = Serving(means, service, connections)
        site.ready_when(serving.health.wrong)
        site.measured_by(serving.measures.shown, FORMAT)
        await service.prepare()
        if settings.web.public_url:
            for path in OneTime(service.pages).routes():
                site.route(path.method, path.path, path.handler)
        await site.start()
        settle()
        click.echo(
            f"metoo is connecting to {', '.join(sorted(connections))}… "
            f"Health: http://{settings.web.host}:{site.port}/livez, and /readyz once connected."
        )
        try:
            async with listening(_socket(settings), serving.do):
                await until_stopped(serving.run())
        finally:
            await site.stop()


async def change_keys(settings: Settings, asked: Mapping[str, str], tell: Tell) -> str:
    """Let whoever has the store open change its keys."""
    return await _asked(settings, asked, lambda means: Rotation(means).do(asked, tell), tell)


async def _asked(
    settings: Settings, asked: Mapping[str, str], here: Callable[[Means], Awaitable[T]], tell: Tell = _silent
) -> T | str:
    """Ask the serving process; where there is none, do it here."""
    opening.must_exist(settings.storage)  # or a folder that was mistyped would get a store with new keys
    try:
        return await ask(_socket(settings), asked, tell)
    except NotListening as error:
        try:
            async with _means(settings, await _root(settings), SystemClock()) as means:
                return await here(means)
        except StoreLocked:
            raise error from None


def _socket(settings: Settings) -> Path:
    return settings.keys.socket or opening.socket_beside(settings.storage)


async def check(settings: Settings) -> list[Finding]:
    """Everything that is wrong or good to know."""
    workplaces = Workplaces(settings)
    found = await _check_store(settings, workplaces)
    found += of_this_machine(settings, opening.placed(settings.storage), SystemClock().now().date())
    found += findings("settings", idle_links(workplaces))
    found += await served.check(settings, workplaces)
    return found + findings("settings", wrong_platforms(settings) + lacking(settings))


async def verify_audit(settings: Settings, head: bytes | None) -> list[str]:
    """What is wrong with the log of what handlers did."""
    asked = {"do": "audit", "head": head.hex() if head else ""}
    said = await _asked(settings, asked, lambda means: audit_faults(means, settings, head))
    return said.splitlines() if isinstance(said, str) else said


async def preview_digest(settings: Settings) -> list[str]:
    """The digest of the last closed week of each workspace, as text, posted nowhere."""
    said = await _asked(settings, {"do": "digests"}, lambda means: stored_digests(means, settings))
    return [said] if isinstance(said, str) else said


async def back_up(settings: Settings, file: Path, progress: backup.Progress) -> list[str]:
    """Write a backup, and say what it is worth."""
    root = await _root(settings)
    made = backup.Backup(file, root, SystemClock(), _RANDOM, progress)
    await made.make(partial(opening.read_store, settings.storage))
    return [f"Wrote {file}: {made.rows} rows, sealed.", *backup.needs(root, settings.keys.perishable)]


async def restore(settings: Settings, file: Path, list_lost: bool) -> list[str]:  # noqa: FBT001 - as the CLI says it
    """Make a store of a backup, and say what came of it."""
    try:
        root = await _root(settings)
    except Misconfigured as error:
        raise restoring.without_key(file, error) from error
    fill, clock = partial(opening.build_store, settings.storage), SystemClock()
    found = await restoring.restore(
        file, root, settings.keys.perishable, fill, clock=clock, random=_RANDOM, list_lost=list_lost
    )
    return restoring.account(found, opening.called(settings.storage))


async def sandbox(port: int | None, data: Path | None) -> None:
    """Serve the practice workplace until it is stopped."""
    from adapters.sandbox.program import Practice  # noqa: PLC0415 - what is not used is not imported

    async with kept_in(data) as folder:
        practice = Practice(folder, port, kept=data is not None, rows=lambda: dump(str(folder / "metoo.db")))
        key = _practice_key(folder) if data else FixedKey(_RANDOM.randbytes(32))
        async with _means(practice.settings, key.root(), practice.clock) as means:
            service = Service(means, {"sandbox": practice.connection})
            practice.connection.mount(OneTime(service.pages).routes(), service.pages.open_at)
            await service.prepare()
            await service.setup.adopt(practice.workspace, practice.chosen)
            try:
                await until_stopped(_practise(service, practice))
            finally:
                await practice.close()


async def register(settings: Settings, server: int | None, remove: bool) -> list[str]:  # noqa: FBT001 - as the CLI says it
    """Register the commands with Discord, and say what was changed."""
    from adapters.discord.commands import sync  # noqa: PLC0415 - what is not used is not imported

    return await sync(settings.discord, server, remove=remove)


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest of the Slack app."""
    from adapters.slack.manifest import manifest as made  # noqa: PLC0415 - what is not used is not imported

    return made(settings)


async def keep(settings: Settings) -> None:
    """Be the keeper of escrow until it is stopped."""
    if settings.keeper.file is None and not settings.keeper.credential:
        raise Misconfigured(
            "The keeper needs a key of its own: run `metoo keys new FILE` and set keeper.file."
        )
    key = await _root(settings, settings.keeper.file, settings.keeper.credential)
    async with answering(Keeper(key, SystemClock(), settings.keeper.budget), settings.keeper):
        click.echo("The keeper answers. It sees no name, and keeps no question beyond the day.")
        await until_stopped(asyncio.Event().wait())


async def _practise(service: Service, practice: Practice) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(service.serve())
        click.echo(f"The sandbox is open: {await practice.connection.opened()}", color=False)
        click.echo("Practice only. Stop it with Ctrl+C.")
        await practice.live_through(service.core.handle)


async def _check_store(settings: Settings, workplaces: Workplaces) -> list[Finding]:
    """What is wrong with the store or who serves it; what admins chose in chat is taken from there."""
    try:
        root = await _root(settings)
    except MetooError as error:
        return findings("key", [str(error)])
    try:
        if old := await opening.older(settings.storage):
            return findings("store", [Remark(old)])
        async with _means(settings, root, SystemClock()) as means:
            await Service(means, {}, workplaces).setup.load()
            return await store_faults(means)
    except StoreLocked:
        return await of_running(_socket(settings), root, workplaces)
    except MetooError as error:
        return findings("store", [str(error)])


async def _root(settings: Settings, file: Path | None = None, credential: str = "") -> bytes:
    """The root key of the settings, or that given; a passphrase or a service is asked from a thread."""
    other = {"file": file, "credential": credential}
    given = settings.keys.model_copy(update=other) if file or credential else settings.keys
    key = configured(given, lambda: passphrase(given), _services(settings))
    return await asyncio.to_thread(key.root)


def _services(settings: Settings) -> Mapping[str, KeyService]:
    if not (settings.keys.vault.url or settings.keys.kms.key_id):
        return {}
    from adapters.keyservices.choice import services  # noqa: PLC0415 - what is not used is not imported

    return services(settings.keys, SystemClock())


def _practice_key(folder: Path) -> KeyProvider:
    path = folder / "root.key"
    if not path.exists():
        new_key_file(path, _RANDOM)
    return KeyFile(path)


@asynccontextmanager
async def _means(settings: Settings, root: bytes, clock: Clock) -> AsyncIterator[Means]:
    store = await opening.open_store(settings.storage)
    try:
        others = opening.neighbours_of(store)
        means = await opened_alone(settings, store, root, neighbours=others, clock=clock, random=_RANDOM)
        yield replace(means, keeping=DistantKeeper(settings.keeper)) if settings.keeper.separate else means
    finally:
        await store.close()


if __name__ == "__main__":
    main()
