"""The command that checks an export, without settings, store or network."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.manifest import MOST, verify
from bot.proof import Unreadable, read_root

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Unread(click.ClickException):
    exit_code = 2


@click.command(
    "export-verify",
    short_help="Check the export of a case.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("file", type=_FILE)
@click.option("--key", default=None, metavar="HEX", help="The key as the desk sees it at an export.")
def verify_export(file: Path, key: str | None) -> None:
    """Check the export of a case in FILE, without settings, store or network.

    Exit codes: 0 it holds, 1 it does not, 2 something cannot be read. Without --key you have to compare the key
    yourself.
    """
    try:
        wanted = None if key is None else read_root(key)
        with file.open("rb") as opened:
            archive = opened.read(MOST + 1)
    except Unreadable as error:
        raise _Unread("A key has 64 digits from 0 to 9 and a to f, as the desk sees it.") from error
    except OSError as error:
        raise _Unread(f"The file cannot be read: {error.strerror}.") from error
    holds, said = verify(archive, wanted)
    click.echo(said)
    sys.exit(0 if holds else 1)
