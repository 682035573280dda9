"""The command `metoo check`: what is wrong, as sentences or as JSON, and an exit code that says how it went."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from tomllib import TOMLDecodeError

import click
from pydantic import ValidationError
from pydantic_settings import SettingsError

from bot import mistakes
from bot.config import Settings
from bot.errors import Misconfigured
from bot.findings import Finding

Check = Callable[[Settings], Awaitable[list[Finding]]]

WELL, WRONG, UNREADABLE = 0, 1, 2
_ALL_WELL = "Everything that can be tried from here works."
UNREADABLE_SETTINGS = (ValidationError, SettingsError, TOMLDecodeError, UnicodeDecodeError, OSError)
"""What reading the settings may raise, besides Misconfigured."""


class NotTried(click.ClickException):
    """The settings cannot be read, so that nothing was tried."""

    exit_code = UNREADABLE


def unreadable(error: BaseException) -> str:
    """Why the settings cannot be read, without a value of them."""
    if isinstance(error, ValidationError):
        return mistakes.sentence(error)
    if isinstance(error, OSError):
        return f"The settings cannot be read: {error.filename}: {error.strerror}."
    return f"The settings cannot be read: {error}"


def check_command(check: Check) -> click.Command:
    """The command around the given program."""

    @click.command("check", short_help="Say what is wrong with the set-up.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
    def command(*, as_json: bool) -> None:
        """Try the settings, the key, the store, its files, the clock, every token and every channel.

        Beside a running metoo it asks that one what was set up in chat, and whether people reach it. What it
        cannot try is a press; it says whether one has arrived since the start.

        Exit codes: 0 nothing is wrong, 1 something is, 2 the settings cannot be read, so nothing was tried.
        """
        try:
            settings = Settings()
        except (*UNREADABLE_SETTINGS, Misconfigured) as error:
            said = str(error) if isinstance(error, Misconfigured) else unreadable(error)
            if not as_json:
                raise NotTried(said) from error
            _say([Finding("settings", said)], as_json=True)
            sys.exit(UNREADABLE)
        found = asyncio.run(_answer(check(settings)))
        _say(found, as_json=as_json)
        sys.exit(WRONG if any(each.wrong for each in found) else WELL)

    return command


def _say(found: Sequence[Finding], *, as_json: bool) -> None:
    wrong = [each for each in found if each.wrong]
    if as_json:
        told = [{"part": each.part, "wrong": each.wrong, "said": each.said} for each in found]
        click.echo(json.dumps({"ok": not wrong, "findings": told}, ensure_ascii=False, indent=2))
        return
    for each in wrong:
        click.echo(f"- {each.said}")
    for each in found:
        if not each.wrong:
            click.echo(f"Not a mistake, but good to know: {each.said}")
    if not wrong:
        click.echo(_ALL_WELL)


async def _answer(program: Awaitable[list[Finding]]) -> list[Finding]:
    return await program
