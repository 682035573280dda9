"""Who acts, where, and what they do: people's events, and the places where they happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Standing(StrEnum):
    """What somebody is to a workspace; only members may press and are counted."""

    MEMBER = "member"
    GUEST = "guest"
    BOT = "bot"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Workspace:
    """A Slack workspace or a Discord guild, by platform name and the platform's id."""

    platform: str
    id: str

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A channel of a workspace. There is no place that is a person: nothing can be sent to one."""

    workspace: Workspace
    channel: str


WORDS = {"setup": "setup", "cases": "cases", "help": "help"}
"""What may be typed after the command, where a platform lets people type there, and the action it stands for."""


def commanded(typed: str) -> str:
    """The action of the command: of what is typed after it only `WORDS` count, all else is the menu."""
    return WORDS.get(typed.strip().lower(), "menu")


@dataclass(frozen=True, slots=True, repr=False)
class Actor:
    """Who does something right now. It lives as long as the event and is never written anywhere.

    `names` are how the platform calls them, to warn them where their own text does. `files` says that the
    platform takes files from them in a form and hands files to them alone; else both go over a one-time page.
    `admin` says that the platform lets them manage the workspace at this moment. `via` is the linked workplace that
    somebody is in, where `workspace` is the one that keeps everything; `via_admin` says that they manage that one.
    """

    workspace: Workspace
    user: str
    locale: str = "en"
    standing: Standing = Standing.UNKNOWN
    names: tuple[str, ...] = ()
    files: bool = False
    admin: bool = False
    via: Workspace | None = None
    via_admin: bool = False

    def __repr__(self) -> str:
        return "Actor(somebody)"


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """A file somebody sends: `size` in bytes as it is announced, and how to read it (raises PlatformError).

    Its name is dropped where it comes in. `read` gives at most one byte more than `size` allows for.
    """

    size: int
    read: Callable[[], Awaitable[bytes]]

    def __repr__(self) -> str:
        return "Upload(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Quoted:
    """A message that somebody wants to report: its text, and its author by platform id (empty where unknown).

    `link` is its https address on the platform, which only who can read the channel can follow.
    """

    text: str
    author: str
    link: str = ""

    def __repr__(self) -> str:
        return "Quoted(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Event:
    """One thing a person did: a command, a pressed button, a filled-in form.

    `values` holds what was typed or picked, by field name: a text is one string, several people are several.
    `place` is the channel whose message was pressed, where there was one; `quoted` is that message, where
    somebody asked to report it. `files` holds what was uploaded, by field name.
    """

    actor: Actor
    action: str
    ref: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place: Place | None = None
    quoted: Quoted | None = None
    files: Mapping[str, tuple[Upload, ...]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Event({self.action})"

    def text(self, name: str) -> str:
        """The first value of a field, or an empty string."""
        given = self.values.get(name, ())
        return given[0] if given else ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a platform says about a channel at this moment.

    `private`: neither everybody nor a role that everybody has can read it, and it is not archived.
    `external`: people from outside the workspace share it. `bot`: we can read and post there.
    `readers`: how many people can read it, without bots; None where the platform does not say.
    `public`: everybody in the workspace can read it. A channel that nobody shows us is neither private nor public.
    `unsure`: groups by id and name of which the platform does not say how many people they have, where nothing else
    keeps it from being private; an admin may know that they are few. `openers` are the names of groups and people that
    open it, for where `readers` is not told.
    """

    name: str
    private: bool
    external: bool
    bot: bool
    readers: int | None = None
    public: bool = False
    unsure: tuple[tuple[str, str], ...] = ()
    openers: tuple[str, ...] = ()

    @property
    def safe(self) -> bool:
        """Whether a report may be posted there."""
        return self.private and not self.external and self.bot
