"""Joins the core, the adapters and the store to programs; nobody imports it."""

from __future__ import annotations

import asyncio
import gc
import signal
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import click

from adapters.onetime.site import OneTime
from adapters.web import Site
from bot import backup, noise, restoring
from bot.audit import Audit, heads
from bot.bulletin import as_text
from bot.cli import Programs, command
from bot.clock import SystemClock
from bot.config import Settings
from bot.control import NotListening, Tell, ask, listening
from bot.envelope import key_id
from bot.errors import MetooError, Misconfigured, StoreError, StoreLocked
from bot.inbox import not_locked
from bot.key_commands import OTHER_KEY, KeyPrograms, passphrase
from bot.keys import KeyFile, new_key_file
from bot.means import Means, open_means
from bot.mistakes import PLATFORMS
from bot.model import Place
from bot.ports import Clock, KeyProvider, KeyService, Linked, Store
from bot.providers import FixedKey, configured
from bot.records import AuditOf, Chosen, Keys
from bot.rotation import Rotation
from bot.service import Service
from bot.vault import Vault
from bot.workplaces import Workplaces
from storage.copying import build, read_all
from storage.files import file_of
from storage.inspection import dump
from storage.sqlite import open_sqlite

if TYPE_CHECKING:
    from adapters.sandbox.program import Practice

_RANDOM = SystemRandom()
_NOTHING = (
    "There is nothing to serve: set METOO_SLACK__BOT_TOKEN or METOO_DISCORD__TOKEN. Which channels are for what an"
    " admin then says in chat (/metoo, Set up), or metoo.toml in [[workspaces]]."
)

_UNDECIDED = (
    "This digest is not decided yet. How many members there are is known only while metoo runs, so that no numbers are"
    " shown here."
)


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
        )
    )()


async def run(settings: Settings) -> None:
    """Serve the configured platforms until SIGTERM or SIGINT."""
    root = await _root(settings)
    if wrong := _wrong_platforms(settings) or _missing(settings) or _lacking(settings):
        raise Misconfigured("\n".join(wrong))
    site = Site(settings.web.host, settings.web.port)
    workplaces = Workplaces(settings)
    connections = _connections(settings, site, workplaces)
    async with _means(settings, root, SystemClock()) as means:
        site.ready_when(lambda: _ready(means.store, connections))
        service = Service(means, connections, workplaces)
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
            async with listening(_socket(settings), Rotation(means).do):
                await _until_stopped(service.serve())
        finally:
            await site.stop()


async def change_keys(settings: Settings, asked: Mapping[str, str], tell: Tell) -> str:
    """Let whoever has the store open change its keys: the serving process, or else this one."""
    try:
        return await ask(_socket(settings), asked, tell)
    except NotListening as error:
        try:
            async with _means(settings, await _root(settings), SystemClock()) as means:
                return await Rotation(means).do(asked, tell)
        except StoreLocked:
            raise error from None


def _socket(settings: Settings) -> Path:
    store = file_of(settings.storage.url)
    return settings.keys.socket or store.with_name(f"{store.name}-keys")


async def check(settings: Settings) -> list[str]:
    """Everything that is wrong, as sentences."""
    workplaces = Workplaces(settings)
    found = await _check_store(settings, workplaces)
    for platform in ("slack", "discord"):
        served = [each for each in workplaces.workspaces if each.platform == platform]
        if served or platform in _platforms(settings):
            desks = [each.place(desk) for each in served for desk in each.desks]
            others = [
                each.place(channel)
                for each in served
                for channel in (each.solidarity_channel, each.digest_channel)
                if channel
            ]
            found += await _check_platform(platform, settings, workplaces, desks, others)
    return found + _wrong_platforms(settings) + _lacking(settings)


async def verify_audit(settings: Settings, head: bytes | None) -> list[str]:
    """What is wrong with the log of what handlers did, as sentences; `head` is one that a digest printed."""
    async with _alone(settings) as means:
        audit = Audit(Vault(means.keyring, means.random), means.random)
        chosen = [each.workspace for each in await means.store.read(Chosen())]
        names = dict.fromkeys([*(str(each.workspace) for each in settings.workspaces), *chosen])
        logs = {each: await means.store.read(AuditOf(each)) for each in names}
    found = [f"{name}: {said}" for name, log in logs.items() if (said := audit.verify(log))]
    if head is not None and not found and head not in set().union(*map(heads, logs.values())):
        found.append(
            "No log ever had this head: entries were taken out or changed, or it is of another store."
        )
    return found


async def preview_digest(settings: Settings) -> list[str]:
    """The digest of the last closed week of each workspace, as text, posted nowhere."""
    found, workplaces = [], Workplaces(settings)
    async with _alone(settings) as means:
        service = Service(means, {}, workplaces)
        await service.setup.load()
        for each in workplaces.workspaces:
            card, decided = await service.digest.preview(each)
            found.append(f"{each.workspace}\n\n{as_text(card)}" + ("" if decided else f"\n\n{_UNDECIDED}"))
    return found


async def back_up(settings: Settings, file: Path, progress: backup.Progress) -> list[str]:
    """Write a backup, and say what it is worth."""
    root = await _root(settings)
    made = backup.Backup(file, root, SystemClock(), _RANDOM, progress)
    await made.make(partial(read_all, file_of(settings.storage.url)))
    return [f"Wrote {file}: {made.rows} rows, sealed.", *backup.needs(root, settings.keys.perishable)]


async def restore(settings: Settings, file: Path) -> list[str]:
    """Make a store of a backup, and say what came of it."""
    store = file_of(settings.storage.url)
    found = await restoring.restore(
        file,
        await _root(settings),
        settings.keys.perishable,
        partial(build, store),
        clock=SystemClock(),
        random=_RANDOM,
    )
    return restoring.account(found, store)


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
            await service.setup.adopt(practice.workspace, practice.chosen)
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


def settle() -> None:
    """What is there now stays: the collector need not look at it each time somebody presses."""
    gc.collect()
    gc.freeze()


def _wrong_platforms(settings: Settings) -> list[str]:
    if not _platforms(settings):
        return [_NOTHING]
    practice = any(each.platform == "sandbox" for each in settings.workspaces)
    return [f"{PLATFORMS} To practise, run `metoo sandbox`."] if practice else []


def _lacking(settings: Settings) -> list[str]:
    """What is set and cannot be done here: numbers without the noise that was wanted would be worse than none."""
    wanted = any(each.noise for each in settings.workspaces)
    return [why] if wanted and (why := noise.lacking()) else []


def _missing(settings: Settings) -> list[str]:
    """The secrets that configured platforms lack, in the words of `metoo check`."""
    platforms = _platforms(settings)
    found = []
    if "slack" in platforms:
        from adapters.slack.check import missing as of_slack  # noqa: PLC0415 - what is not used is not imported

        found += of_slack(settings.slack)
    if "discord" in platforms:
        from adapters.discord.check import missing as of_discord  # noqa: PLC0415 - likewise

        found += of_discord(settings.discord)
    return found


def _platforms(settings: Settings) -> set[str]:
    """The platforms that are served: those of workspaces in the file, and those for which there is a token."""
    tokens = {"slack": settings.slack.bot_token, "discord": settings.discord.token}
    named = {str(each.platform) for each in settings.workspaces}
    return named | {name for name, token in tokens.items() if token.get_secret_value()}


async def _ready(store: Store, connections: Mapping[str, Linked]) -> bool:
    """Whether people are served: every link stands, and the store answers."""
    try:
        await store.read(Keys())
    except StoreError:
        return False
    return all(each.connected for each in connections.values())


def _connections(settings: Settings, site: Site, workplaces: Workplaces) -> Mapping[str, Linked]:
    made: dict[str, Linked] = {}
    platforms = _platforms(settings)
    if "slack" in platforms:
        from adapters.slack.connection import SlackConnection  # noqa: PLC0415 - what is not used is not imported

        teams = [each.id for each in settings.workspaces if each.platform == "slack"]
        made["slack"] = SlackConnection(settings.slack, teams, site.route)
    if "discord" in platforms:
        from adapters.discord.connection import DiscordConnection  # noqa: PLC0415 - likewise

        made["discord"] = DiscordConnection(settings.discord, workplaces.desk_roles)
    return made


async def _check_store(settings: Settings, workplaces: Workplaces) -> list[str]:
    """What is wrong with the store; what admins chose in chat is taken from it, where nobody serves it now."""
    try:
        async with _means(settings, await _root(settings), SystemClock()) as means:
            await Service(means, {}, workplaces).setup.load()
            return await not_locked(means)
    except StoreLocked:
        return await _check_running(settings)
    except MetooError as error:
        return [str(error)]


async def _check_running(settings: Settings) -> list[str]:
    """What is wrong between the settings and a process that serves already."""
    try:
        used = await ask(_socket(settings), {"do": "root"}, lambda *_: None)
        if used != key_id(await _root(settings)).hex():
            return [OTHER_KEY]
        return (await ask(_socket(settings), {"do": "inboxes"}, lambda *_: None)).splitlines()
    except MetooError as error:
        return [str(error)]


async def _check_platform(
    platform: str, settings: Settings, workplaces: Workplaces, desks: list[Place], others: list[Place]
) -> list[str]:
    if platform == "slack":
        from adapters.slack.check import check as check_slack  # noqa: PLC0415 - what is not used is not imported

        return await check_slack(settings.slack, desks, others)
    from adapters.discord.check import check as check_discord  # noqa: PLC0415 - likewise

    return await check_discord(settings.discord, workplaces.desk_roles, desks, others)


async def _root(settings: Settings, file: Path | None = None) -> bytes:
    """The root key of the settings, or that in a file; a passphrase or a service is asked from a thread."""
    given = settings.keys.model_copy(update={"file": file, "credential": ""}) if file else settings.keys
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
async def _alone(settings: Settings) -> AsyncIterator[Means]:
    try:
        async with _means(settings, await _root(settings), SystemClock()) as means:
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
