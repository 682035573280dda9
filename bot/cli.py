"""The command `metoo`: what an operator can ask for, and a sentence instead of a traceback."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bot import logs
from bot.backup import Progress
from bot.check_command import UNREADABLE_SETTINGS, Check, check_command, unreadable
from bot.config import Settings
from bot.errors import MetooError
from bot.export_command import verify_export
from bot.key_commands import KeyPrograms, key_commands
from bot.proof import MOST, Proof, Unreadable, grouped, read_root, verify
from bot.slack_command import slack_commands

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Programs:
    """What `bot.__main__` hands to the commands, so that the core knows no adapter."""

    run: Callable[[Settings], Awaitable[None]]
    check: Check
    sandbox: Callable[[int | None, Path | None], Awaitable[None]]
    audit: Callable[[Settings, bytes | None], Awaitable[list[str]]]
    digest: Callable[[Settings], Awaitable[list[str]]]
    keys: KeyPrograms
    backup: Callable[[Settings, Path, Progress], Awaitable[list[str]]]
    restore: Callable[[Settings, Path, bool], Awaitable[list[str]]]
    keep: Callable[[Settings], Awaitable[None]]
    commands: Callable[[Settings, int | None, bool], Awaitable[list[str]]]
    manifest: Callable[[Settings], dict[str, Any]]
    migrate: Callable[[Settings, str, Progress], Awaitable[list[str]]]


class Unread(click.ClickException):
    """A file or a root that cannot be read: exit code 2."""

    exit_code = 2


class Sentences(click.Group):
    """A group whose expected errors are one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except UNREADABLE_SETTINGS as error:
            raise click.ClickException(unreadable(error)) from error
        except MetooError as error:
            raise click.ClickException(str(error)) from error


def command(programs: Programs) -> click.Group:
    """The command line around the given programs."""

    @click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
    def metoo() -> None:
        """Say me too, report harassment anonymously and stand with each other, from Slack and Discord.

        Settings are read from metoo.toml here (or METOO_CONFIG), METOO_… in the environment, and
        credential files.
        """

    @metoo.command(short_help="Serve the configured workspaces.")
    def run() -> None:
        """Serve the configured workspaces until stopped."""
        settings = Settings()
        logs.configure(settings.log_level)
        asyncio.run(_until_done(programs.run(settings)))

    metoo.add_command(check_command(programs.check))

    @metoo.command(short_help="Try everything in your browser.")
    @click.option("--port", type=click.IntRange(0, 65535), default=None, envvar="PORT", help="Default: 8765.")
    @click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        default=None,
        help="Keep store and key in this folder. Without it both are thrown away at the end.",
    )
    def sandbox(port: int | None, data: Path | None) -> None:
        """Start a workplace to try everything in, in your browser and without a network."""
        logs.configure("WARNING")
        asyncio.run(_until_done(programs.sandbox(port, data)))

    metoo.add_command(key_commands(programs.keys))

    @metoo.command(short_help="Be the keeper of held reports.")
    def keeper() -> None:
        """Hold one of the two keys of matching, for another owner than the bot, until stopped.

        It listens where keeper.socket or keeper.address says, has its key in keeper.file, and answers questions about
        at most keeper.budget different people a day and workspace. It sees no name.
        """
        settings = Settings()
        logs.configure(settings.log_level)
        asyncio.run(_until_done(programs.keep(settings)))

    metoo.add_command(_discord(programs))
    metoo.add_command(slack_commands(programs.manifest))
    metoo.add_command(_audit(programs))
    metoo.add_command(_weekly(programs))
    metoo.add_command(verify_proof)
    metoo.add_command(verify_export)
    metoo.add_command(_backup(programs))
    metoo.add_command(_restore(programs))
    metoo.add_command(_migrate(programs))
    return metoo


def _weekly(programs: Programs) -> click.Command:
    @click.command(short_help="Show the digest of the last closed week.")
    @click.option("--dry-run", is_flag=True, help="Show it here and post it nowhere.")
    def digest(*, dry_run: bool) -> None:
        """Show the digest of the last closed week of every workspace, as it was or would be posted.

        It is posted by `metoo run` and by nothing else, so that --dry-run is the only way to use this.
        """
        if not dry_run:
            raise click.UsageError("`metoo run` posts digests by itself. Say: metoo digest --dry-run")
        click.echo("\n\n".join(asyncio.run(_answer(programs.digest(Settings())))))

    return digest


def _backup(programs: Programs) -> click.Command:
    @click.command(short_help="Write a sealed backup of the store.")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    def backup(file: Path) -> None:
        """Write a sealed backup of the store into the new FILE, while metoo serves or not.

        It holds no key. Without the root key and the folders of keys.perishable it is no backup.
        """
        _with_progress(lambda progress: programs.backup(Settings(), file, progress))

    return backup


def _migrate(programs: Programs) -> click.Command:
    @click.command(short_help="Move the store to PostgreSQL.")
    @click.option("--to", required=True, metavar="URL", help="The database, as postgresql://user@host/name.")
    def migrate(to: str) -> None:
        """Move the store in the file at storage.url to an empty PostgreSQL database, while metoo does not run.

        Rows are counted and compared. Interrupted, it leaves nothing there and can be run again; the file stays as it
        is. A password is best given as METOO_STORAGE__PASSWORD.
        """
        _with_progress(lambda progress: programs.migrate(Settings(), to, progress))

    return migrate


def _with_progress(program: Callable[[Progress], Awaitable[list[str]]]) -> None:
    with click.progressbar(length=1, label="Rows", file=sys.stderr) as bar:

        def progress(done: int, count: int) -> None:
            bar.length = count
            bar.update(done - bar.pos)

        said = asyncio.run(_answer(program(progress)))
    for each in said:
        click.echo(each)


def _restore(programs: Programs) -> click.Command:
    @click.command(short_help="Make a store of a backup.")
    @click.argument("file", type=_FILE)
    @click.option(
        "--list-lost", is_flag=True, help="The list of what was erased is lost: restore without it."
    )
    def restore(file: Path, *, list_lost: bool) -> None:
        """Make the store at storage.url of the backup in FILE; nothing may be there yet.

        The whole backup is checked first. What was erased since is not brought back, by the list in keys.perishable.
        """
        for said in asyncio.run(_answer(programs.restore(Settings(), file, list_lost))):
            click.echo(said)

    return restore


def _discord(programs: Programs) -> click.Group:
    @click.group(short_help="Register the commands with Discord.")
    def discord() -> None:
        """What is told to Discord once, and not each time metoo starts."""

    @discord.command(short_help="Register the commands, changing only what differs.")
    @click.option("--guild", type=click.IntRange(1), default=None, metavar="ID", help="In this server only.")
    @click.option("--remove", is_flag=True, help="Take away what that one server has of its own.")
    def sync(guild: int | None, *, remove: bool) -> None:
        """Compare the commands that Discord knows with those of this version, and change only what differs.

        Needed once after setting up, and after an upgrade if `metoo check` says so. People see changes within minutes.
        """
        if remove and guild is None:
            raise click.UsageError("Say of which server: --guild ID --remove")
        changed = asyncio.run(_answer(programs.commands(Settings(), guild, remove)))
        for each in changed or ["Nothing differs, so nothing was changed."]:
            click.echo(each)

    return discord


def _audit(programs: Programs) -> click.Group:
    @click.group(short_help="Check the log of what handlers did.")
    def audit() -> None:
        """The log of what handlers did."""

    @audit.command("verify", short_help="Check that nothing is missing or changed in it.")
    @click.option("--head", default=None, metavar="HEX", help="What a digest says for checking the log.")
    def audit_verify(head: str | None) -> None:
        """Check the whole log of every workspace, from its first entry to its last.

        Exit codes: 0 it holds, 1 it does not, 2 the head cannot be read. With --head it has to be one that the
        log had, so that nothing from before that digest was taken out or changed since.
        """
        try:
            wanted = None if head is None else read_root(head)
        except Unreadable as error:
            raise Unread(str(error)) from error
        problems = asyncio.run(_answer(programs.audit(Settings(), wanted)))
        for problem in problems:
            click.echo(f"- {problem}")
        if problems:
            sys.exit(1)
        click.echo("It holds: no entry is missing or changed.")

    return audit


@click.command(
    "verify",
    short_help="Check a proof of filing.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("file", type=_FILE)
@click.option("--root", "head", default=None, metavar="HEX", help="The root as the digest shows it.")
@click.option("--record", type=_FILE, default=None, help="The record that the proof should be about.")
def verify_proof(file: Path, head: str | None, record: Path | None) -> None:
    """Check the proof of filing in FILE, without settings, store or network.

    Exit codes: 0 it holds, 1 it does not, 2 something cannot be read. Without --root you have to compare the
    root yourself.
    """
    try:
        holds, said = _verdict(file, head, record)
    except Unreadable as error:
        raise Unread(str(error)) from error
    except OSError as error:
        raise Unread(f"The file cannot be read: {error.strerror}.") from error
    click.echo(said)
    sys.exit(0 if holds else 1)


def _verdict(file: Path, head: str | None, record: Path | None) -> tuple[bool, str]:
    """Whether a proof holds, as far as it can be told, and what to say."""
    with file.open("rb") as opened:
        proof = Proof.from_json(opened.read(MOST + 1))
    root = None if head is None else read_root(head)
    if not verify(proof, proof.root):
        return False, "It does not hold: the proof was changed or is damaged."
    if root is not None and not verify(proof, root):
        return False, (
            "It does not hold: the proof leads to another root. Is it the root of the digest of week"
            f" {proof.week}, of the same workplace, and complete?"
        )
    if record is not None and _digest(record) != proof.record:
        return False, "It does not hold: the proof is about another record, or the file was changed since."
    about = "the record in that file" if record else f"a record with the digest {proof.record.hex()}"
    if root is not None:
        return True, f"It holds: {about} existed when the digest of week {proof.week} was made."
    return True, (
        f"The proof is whole, and about {about}. Compare this root with the one in the digest of week"
        f" {proof.week}:\n\n  {grouped(proof.root)}\n\nIf they are the same, it existed when that digest was made."
    )


def _digest(record: Path) -> bytes:
    with record.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


async def _until_done(program: Awaitable[None]) -> None:
    await program


async def _answer(program: Awaitable[list[str]]) -> list[str]:
    return await program
