"""The command `metoo slack`: what an operator hands to Slack."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from bot.config import Settings


def slack_commands(manifest: Callable[[Settings], dict[str, Any]]) -> click.Group:
    """The group around the given program."""

    @click.group(short_help="Print the manifest of the Slack app.")
    def slack() -> None:
        """What is told to Slack when the app is made or changed."""

    @slack.command("manifest", short_help="Print the manifest of the Slack app.")
    def slack_manifest() -> None:
        """Print the app's manifest as JSON, as the settings want it: nothing is asked of Slack that is switched off.

        Paste it at api.slack.com, when the app is made and again when these settings change: slack.pictures,
        slack.public_channels, web.public_url, and how Slack reaches metoo.
        """
        click.echo(json.dumps(manifest(Settings()), indent=2, ensure_ascii=False))

    return slack
