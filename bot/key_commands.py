"""The commands `metoo keys …`: making, listing, changing and retiring the keys of a store."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from bot.config import Settings
from bot.control import Tell
from bot.envelope import KEY
from bot.errors import Misconfigured
from bot.key_settings import KeysSettings, in_credential_file
from bot.keys import keep_key_file, plain_line
from bot.paper_key import NEEDED, called, mistake, paper, root_of
from bot.passphrase import SHORTEST, too_weak
from bot.ports import Random
from bot.providers import Services, line_under_passphrase, line_under_service

T = TypeVar("T")

OTHER_KEY = (
    "keys.file holds another key than the one that the running metoo uses. It would not start again: put back the key"
    " that was last in use with this store."
)
_EXPOSED = (
    "The passphrase of the key stands in the environment or in metoo.toml, where other programs and backups can read"
    " it. Put it into a credential file called METOO_KEYS__PASSPHRASE, or leave it away and type it."
)
_KEY_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class KeyPrograms:
    """What `bot.__main__` hands to these commands."""

    root: Callable[[Settings, Path | None], Awaitable[bytes]]
    services: Callable[[Settings], Services]
    change: Callable[[Settings, Mapping[str, str], Tell], Awaitable[str]]
    random: Random


def passphrase(settings: KeysSettings) -> str:
    """The passphrase of the key file: from a credential file, or typed. Raises Misconfigured."""
    known = settings.passphrase.get_secret_value()
    if known:
        if not in_credential_file("METOO_KEYS__PASSPHRASE"):
            click.echo(f"Warning: {_EXPOSED}", err=True)
        return known
    if not sys.stdin.isatty():
        raise Misconfigured(
            "The key file has a passphrase, and nobody is there to type it. Put it into a credential file called"
            " METOO_KEYS__PASSPHRASE, or start metoo in a terminal."
        )
    return str(click.prompt("Passphrase of the key file", hide_input=True, err=True))


def key_commands(programs: KeyPrograms) -> click.Group:
    """The group `keys`."""

    @click.group(short_help="Make, list, change and retire the keys of the store.")
    def keys() -> None:
        """The keys of the store."""

    keys.add_command(_new(programs))
    keys.add_command(_list(programs))
    keys.add_command(_rotate(programs))
    keys.add_command(_retire(programs))
    keys.add_command(_keeper(programs))
    keys.add_command(_paper(programs))
    keys.add_command(_from_paper())
    return keys


def _new(programs: KeyPrograms) -> click.Command:
    @click.command("new", short_help="Make the root key in FILE.")
    @click.argument("file", type=_KEY_FILE, required=False)
    @click.option(
        "--passphrase", "how", flag_value="passphrase", help="Keep it under a passphrase that you type."
    )
    @click.option("--vault", "how", flag_value="vault", help="Let HashiCorp Vault wrap it (keys.vault).")
    @click.option("--kms", "how", flag_value="kms", help="Let AWS KMS wrap it (keys.kms).")
    def new(file: Path | None, how: str | None) -> None:
        """Make the root key in FILE (default: METOO_KEYS__FILE or keys.file in metoo.toml)."""
        set_to = Settings().keys.file
        path = file or set_to
        if path is None:
            raise click.UsageError("Say where: metoo keys new FILE, or set keys.file in metoo.toml.")
        if path.exists():  # before anybody is asked to think of a passphrase
            keep_key_file(path, "")
        keep_key_file(path, _line(programs, how, programs.random.randbytes(KEY)))
        click.echo(
            f"Made {path}, readable by you alone. Without it nobody can open the store, so keep a copy offline: on"
            " another medium, or on paper (metoo keys paper)."
        )
        if set_to is None:
            click.echo(f'Now set it in metoo.toml: under [keys], file = "{path}".')

    return new


def _line(programs: KeyPrograms, how: str | None, key: bytes) -> str:
    """What the file says of a key that is kept in this way."""
    if how is None:
        return plain_line(key)
    if how == "passphrase":
        return line_under_passphrase(key, _chosen(), programs.random)
    service = programs.services(Settings()).get(how)
    if service is None:
        raise Misconfigured(f"keys.{how} is not set: say in metoo.toml where it is and what it knows you by.")
    return asyncio.run(line_under_service(key, how, service))


def _chosen() -> str:
    typed = str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True))
    if too_weak(typed):
        raise Misconfigured(
            f"A passphrase has at least {SHORTEST} characters, such as five words that do not belong together."
        )
    return typed


def _list(programs: KeyPrograms) -> click.Command:
    @click.command("list", short_help="List the keys of the store, by their ids.")
    def listed() -> None:
        """List the keys of the store by their ids, and how much is still sealed under old ones."""
        click.echo(_changed(programs, {"do": "list"}))

    return listed


def _rotate(programs: KeyPrograms) -> click.Command:
    @click.command("rotate", short_help="Make new keys and seal everything anew.")
    @click.option("--root", type=_KEY_FILE, default=None, help="Change to the root key in this file instead.")
    def rotate(root: Path | None) -> None:
        """Make new keys of the server and of the months, and seal everything in the store anew under them.

        metoo may be running. If this is interrupted, nothing is lost: run it again to go on. With --root the keys
        stay, and the root key in another key file (metoo keys new) opens them from now on.
        """
        if root is None:
            click.echo(_changed(programs, {"do": "rotate"}))
        else:
            new = asyncio.run(_awaited(programs.root(Settings(), root)))
            click.echo(_changed(programs, {"do": "rewrap", "root": new.hex()}))

    return rotate


def _retire(programs: KeyPrograms) -> click.Command:
    @click.command("retire", short_help="Destroy the old keys.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    def retire(*, yes: bool) -> None:
        """Destroy the keys that metoo keys rotate has replaced."""
        said = (
            "Reports in backups from before metoo keys rotate cannot be read any more. Destroy the old keys?"
        )
        if not yes:
            click.confirm(said, abort=True, err=True)
        click.echo(_changed(programs, {"do": "retire"}))

    return retire


def _keeper(programs: KeyPrograms) -> click.Command:
    @click.command("keeper", short_help="Take a keeper whose key has changed.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    def keeper(*, yes: bool) -> None:
        """Take the keeper of held reports with the key that it has now, where the one it had is lost.

        Until then nothing is held, because it would match nothing that was held before.
        """
        said = "What is held now will match nothing that is held from now on; its writers can still send it. Go on?"
        if not yes:
            click.confirm(said, abort=True, err=True)
        click.echo(_changed(programs, {"do": "keeper"}))

    return keeper


def _changed(programs: KeyPrograms, asked: Mapping[str, str]) -> str:
    """What came of it, with a bar while it takes long."""
    bar = click.progressbar(length=1, label="Sealing anew", file=sys.stderr)

    def tell(done: int, total: int) -> None:
        bar.length = total
        bar.update(done - bar.pos)

    try:
        return asyncio.run(_awaited(programs.change(Settings(), asked, tell)))
    finally:
        if bar.pos:
            bar.render_finish()


def _paper(programs: KeyPrograms) -> click.Command:
    @click.command("paper", short_help="Print the root key as three sheets of words.")
    def sheets() -> None:
        """Print the root key as three sheets of words, of which any two give it back.

        A form feed stands between the sheets: send the output to a printer that keeps nothing, not to a file.
        """
        click.echo(paper(asyncio.run(_awaited(programs.root(Settings(), None)))))

    return sheets


async def _awaited(work: Awaitable[T]) -> T:
    return await work


def _from_paper() -> click.Command:
    @click.command("from-paper", short_help="Make FILE from two of the three sheets.")
    @click.argument("file", type=_KEY_FILE)
    def from_paper(file: Path) -> None:
        """Ask for the words of two sheets, and keep the root key in FILE."""
        if file.exists():  # before anybody types all the words
            keep_key_file(file, "")
        root = root_of([_typed(n) for n in range(1, NEEDED + 1)])
        keep_key_file(file, plain_line(root))
        click.echo(
            f"Made {file}, readable by you alone. The key: {called(root)}. Set keys.file to it, then run: metoo check"
        )

    return from_paper


def _typed(number: int) -> str:
    """The words of one sheet, asked for until they are whole."""
    while True:
        said = f"Words of one sheet ({number} of {NEEDED}), on one line"
        typed = str(click.prompt(said, hide_input=True, err=True))
        if not (wrong := mistake(typed)):
            return typed
        click.echo(f"{wrong} Please type this sheet again.", err=True)
