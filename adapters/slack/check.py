"""What is wrong with a Slack set-up, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import TIMEOUT, ask, client, reason
from adapters.slack.directory import SlackDirectory
from adapters.slack.scopes import scopes
from adapters.slack.teams import OneTeam, Teams
from bot.config import SlackSettings
from bot.errors import PlatformError, RateLimited, Unreachable
from bot.findings import Remark, skew
from bot.model import Facts, Place

NO_TOKEN = "Slack: there is no bot token. Set METOO_SLACK__BOT_TOKEN to the token that starts with xoxb-."  # noqa: S105 - about a token
NO_WAY_IN = (
    "Slack: there is neither an app token nor a signing secret. "
    "Set METOO_SLACK__APP_TOKEN for Socket Mode, or METOO_SLACK__SIGNING_SECRET for HTTP."
)
NOT_BOTH = (
    "Slack: there is no client secret or no signing secret. Where every workspace may install the app, set"
    " METOO_SLACK__CLIENT_SECRET and METOO_SLACK__SIGNING_SECRET, too."
)
APP_TOKEN = "It starts with xapp-, needs the scope connections:write, and Socket Mode must be switched on."  # noqa: S105 - about a token

MOST = 100
"""Workspaces that are asked; more would take minutes."""


async def check(settings: SlackSettings, desks: Sequence[Place], others: Sequence[Place] = ()) -> list[str]:
    """What is wrong; nothing if all is well. Desks must be private, other channels need only our bot."""
    if not settings.bot_token.get_secret_value():
        return missing(settings)  # who installed it is asked by the process that serves: see `installed`
    web = client(settings.bot_token.get_secret_value(), settings.api_url)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
        web.session = session
        found = await _token(web, settings, (*desks, *others))
        found += [each for each in await _way_in(web, settings) if each not in found]
        if all(isinstance(each, Remark) for each in found):
            for place in (*desks, *others):
                found += await _channel(SlackDirectory(OneTeam(web)), place, private=place in desks)
    return found


async def installed(
    teams: Teams,
    directory: SlackDirectory,
    settings: SlackSettings,
    desks: Sequence[Place],
    others: Sequence[Place],
) -> list[str]:
    """The same where workspaces installed the app, each asked by its own token; one that fails stops no other."""
    named = {place.workspace.id for place in (*desks, *others)}
    there = sorted(teams.installed, key=lambda team: (team not in named, team))  # those with a desk first
    found = [_left(each) for each in sorted(named - set(there))] if settings.many else []
    for team in there[:MOST]:
        wrong = await _of_team(teams, team, settings)
        found += wrong
        if all(isinstance(each, Remark) for each in wrong):
            for place in (*desks, *others):
                if place.workspace.id == team:
                    found += await _channel(directory, place, private=place in desks)
    if there[MOST:]:
        found.append(Remark(f"Slack: {len(there) - MOST} further workspaces were not asked."))
    return found


def _left(team: str) -> str:
    return (
        f"Slack: workspace {team} is set up, and the app is not installed there. An admin there can install it again;"
        " what was told there stays as it is, sealed."
    )


async def _of_team(teams: Teams, team: str, settings: SlackSettings) -> list[str]:
    whose = f"the token of workspace {team}"
    try:
        answer = await teams.ask(team, lambda web: web.auth_test())
    except (Unreachable, RateLimited) as error:
        return [_not_asked(error)]
    except PlatformError as error:
        return [f"Slack: {whose} was not accepted ({_why(error)}). An admin there can install the app again."]
    granted = str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
    return _scopes(granted, scopes(settings), whose)


def missing(settings: SlackSettings) -> list[str]:
    """Which secrets are not set; asks nobody."""
    if settings.many:
        secrets = settings.client_secret.get_secret_value(), settings.signing_secret.get_secret_value()
        return [] if all(secrets) else [NOT_BOTH]
    found = [] if settings.bot_token.get_secret_value() else [NO_TOKEN]
    if not (settings.app_token.get_secret_value() or settings.signing_secret.get_secret_value()):
        found.append(NO_WAY_IN)
    return found


async def _token(web: AsyncWebClient, settings: SlackSettings, places: Sequence[Place]) -> list[str]:
    try:
        answer = await ask(web.auth_test())
    except (Unreachable, RateLimited) as error:
        return [_not_asked(error)]
    except PlatformError as error:
        return [
            f"Slack: the bot token was not accepted ({_why(error)}). Install the app again and copy its token."
        ]
    found = skew("Slack", str(answer.headers.get("date", "")), datetime.now(UTC))
    granted = str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(",")
    found += _scopes(granted, scopes(settings))
    team = answer.get("team_id")
    foreign = sorted({place.workspace.id for place in places} - {str(team)})
    found += [
        f"Slack: the bot token belongs to workspace {team}, but {other} is configured." for other in foreign
    ]
    return found


def _scopes(granted: Sequence[str], wanted: Sequence[str], whose: str = "the bot token") -> list[str]:
    found: list[str] = []
    if lacking := [scope for scope in wanted if scope not in granted]:
        names = ", ".join(lacking)
        found.append(f"Slack: {whose} lacks the scopes {names}. Add them to the app and install it again.")
    if beyond := sorted({scope for scope in granted if scope} - {*wanted}):
        found.append(
            Remark(
                f"Slack: {whose} may do more than metoo needs ({', '.join(beyond)}), and people are told"
                " otherwise. Take it out of the app's scopes, and install the app again."
            )
        )
    return found


async def _way_in(web: AsyncWebClient, settings: SlackSettings) -> list[str]:
    app_token = settings.app_token.get_secret_value()
    if not app_token:
        return missing(settings)
    try:
        await ask(web.apps_connections_open(app_token=app_token))
    except (Unreachable, RateLimited) as error:
        return [_not_asked(error)]
    except PlatformError as error:
        return [f"Slack: the app token was not accepted ({_why(error)}). {APP_TOKEN}"]
    return []


async def _channel(directory: SlackDirectory, place: Place, *, private: bool) -> list[str]:
    try:
        facts = await directory.facts(place)
    except PlatformError as error:
        return [f"Slack: channel {place.channel} could not be read ({_why(error)})."]
    return [f"Slack: channel {place.channel} {problem}" for problem in _problems(facts, private=private)]


def _problems(facts: Facts, *, private: bool) -> list[str]:
    if not facts.name:
        return [
            "was not found. Check its id; a private channel is only visible once the bot is invited to it."
        ]
    found = []
    if not facts.bot:
        found.append("does not have the bot in it. Type /invite @metoo there.")
    if private and not facts.private:
        found.append("is not private, or is archived. Reports are only posted into private channels.")
    if private and facts.external:
        found.append("is shared with people outside this workspace. Reports are not posted there.")
    return found


def _not_asked(error: PlatformError) -> str:
    return f"Slack could not be asked ({error}). Is this machine online?"


def _why(error: PlatformError) -> str:
    return reason(error) or str(error)
