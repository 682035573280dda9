"""The platforms that a process serves, each imported only where it is used."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.web import Site
from bot.config import Settings
from bot.findings import Finding, findings
from bot.means import Means
from bot.model import Place
from bot.ports import Linked
from bot.process import served_platforms
from bot.workplaces import Workplaces


def missing(settings: Settings) -> list[str]:
    """The secrets that configured platforms lack, in the words of `metoo check`."""
    names = served_platforms(settings)
    found = []
    if "slack" in names:
        from adapters.slack.check import missing as of_slack  # noqa: PLC0415 - what is not used is not imported

        found += of_slack(settings.slack)
    if "discord" in names:
        from adapters.discord.check import missing as of_discord  # noqa: PLC0415 - likewise

        found += of_discord(settings.discord)
    return found


def connections(settings: Settings, site: Site, workplaces: Workplaces, means: Means) -> Mapping[str, Linked]:
    """A link to each platform."""
    made: dict[str, Linked] = {}
    names = served_platforms(settings)
    if "slack" in names:
        from adapters.slack.serving import connected  # noqa: PLC0415 - what is not used is not imported

        teams = workplaces.told("slack")
        made["slack"] = connected(settings, teams, site.route, means)
    if "discord" in names:
        from adapters.discord.connection import DiscordConnection  # noqa: PLC0415 - likewise

        made["discord"] = DiscordConnection(settings.discord, workplaces.desk_roles)
    return made


async def check(settings: Settings, workplaces: Workplaces) -> list[Finding]:
    """What is wrong with tokens and channels of every platform that is served, asked of the platforms."""
    found = []
    for platform in ("slack", "discord"):
        served = [each for each in workplaces.workspaces if each.platform == platform]
        if served or platform in served_platforms(settings):
            desks = [each.place(desk) for each in served for desk in each.desks]
            others = workplaces.channels(platform)
            found += findings(platform, await _check(platform, settings, workplaces, desks, others))
    return found


async def _check(
    platform: str, settings: Settings, workplaces: Workplaces, desks: list[Place], others: list[Place]
) -> list[str]:
    if platform == "slack":
        from adapters.slack.check import check as check_slack  # noqa: PLC0415 - what is not used is not imported

        return await check_slack(settings.slack, desks, others)
    from adapters.discord.check import check as check_discord  # noqa: PLC0415 - likewise

    return await check_discord(settings.discord, workplaces.desk_roles, desks, others)
