"""The command `metoo`: what an operator can ask for, and a sentence instead of a traceback."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any

import click
from pydantic import ValidationError
from pydantic_settings import SettingsError

from bot import logs, mistakes
from bot.config import Settings
from bot.errors import MetooError
from bot.keys import new_key_file
from bot.ports import Random


@dataclass(frozen=True, slots=True)
class Programs:
    """What `bot.__main__` hands to the commands, so that the core knows no adapter."""

    run: Callable[[Settings], Awaitable[None]]
    check: Callable[[Settings], Awaitable[list[str]]]
    sandbox: Callable[[int | None, Path | None], Awaitable[None]]
    random: Random


class Sentences(click.Group):
    """A group whose expected errors are one sentence and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ValidationError as error:
            raise click.ClickException(mistakes.sentence(error)) from error
        except (SettingsError, TOMLDecodeError, UnicodeDecodeError) as error:
            raise click.ClickException(f"The settings cannot be read: {error}") from error
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

    @metoo.command(short_help="Say what is wrong with the set-up.")
    def check() -> None:
        """Try the settings, the key, the store and every token, and say what is wrong."""
        problems = asyncio.run(_answer(programs.check(Settings())))
        for problem in problems:
            click.echo(f"- {problem}")
        if problems:
            sys.exit(1)
        click.echo("Everything that can be tried from here works.")

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

    @metoo.group(short_help="Make the key of the store.")
    def keys() -> None:
        """The keys of the store."""

    @keys.command("new", short_help="Make the root key in FILE.")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
    def keys_new(file: Path | None) -> None:
        """Make the root key in FILE (default: METOO_KEYS__FILE or keys.file in metoo.toml)."""
        path = file or Settings().keys.file
        if path is None:
            raise click.UsageError("Say where: metoo keys new FILE, or set keys.file in metoo.toml.")
        new_key_file(path, programs.random)
        click.echo(
            f"Made {path}, readable by you alone. Without it nobody can open the store, so keep a copy offline."
        )

    return metoo


async def _until_done(program: Awaitable[None]) -> None:
    await program


async def _answer(program: Awaitable[list[str]]) -> list[str]:
    return await program
