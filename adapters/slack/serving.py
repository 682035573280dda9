"""The link to Slack as the settings want it: for the workspace of a token, or for all that install the app."""

from __future__ import annotations

from collections.abc import Collection

from adapters.slack.connection import Route, SlackConnection
from adapters.slack.everywhere import Everywhere
from adapters.slack.install import Install
from adapters.slack.kept import SealedInstallations
from bot.config import Settings
from bot.installations import Installations, Tickets
from bot.means import Means
from bot.vault import Vault


def connected(settings: Settings, named: Collection[str], route: Route, means: Means) -> SlackConnection:
    """A link, with the pages of installing registered where there are any."""
    if not settings.slack.many:
        return SlackConnection(settings.slack, named, route)
    vault = Vault(means.keyring, means.random)
    kept = Installations(means.store, vault)
    everywhere = Everywhere(settings.slack, kept)
    sealed = SealedInstallations(kept, everywhere.look)
    tickets = Tickets(means.store, vault, means.clock, means.random)
    for each in Install(settings.slack, settings.web.public_url, sealed, tickets).routes():
        route(each.method, each.path, each.handler)
    return SlackConnection(settings.slack, named, route, everywhere)
