"""What our app asks Slack to be allowed, each with what it is for, and only where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.config import SlackSettings

WHY: Mapping[str, str] = {
    "commands": "the command /metoo and its shortcuts. It reads nothing else that is typed.",
    "chat:write": "post cards and the weekly digest, only in channels to which it was invited.",
    "groups:read": "look, before every post, whether the desk is still a private channel and who can read it."
    " It reads no message.",
    "channels:read": "look at the public channels of the wall and the digest. It reads no message.",
    "files:write": "upload the chart of the digest. It reads no file.",
    "users:read": "tell members from guests, bots and people of other companies, and count members."
    " It sees no e-mail address.",
}
"""Each scope, and what the app does with it."""

_WANTED: Mapping[str, Callable[[SlackSettings], bool]] = {
    "channels:read": lambda settings: settings.public_channels,
    "files:write": lambda settings: settings.pictures,
}


def scopes(settings: SlackSettings) -> tuple[str, ...]:
    """What is needed for what is switched on."""
    return tuple(each for each in WHY if each not in _WANTED or _WANTED[each](settings))
