"""One way to play every platform: people type and press, a real SDK and our adapter stand between.

Each platform has a stage in tests/adapters/<name>_stage.py. A journey is written once against this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.model import Place, Workspace
from bot.ports import Connection, Handle


@dataclass(frozen=True)
class Screen:
    """What one person privately sees: a card or a form.

    `text` is everything readable, labels and hints included, lines joined by newlines; of a long card, all
    its pages. `buttons` are labels in order; `choices` are labels of lists on a card; `fields` are the names
    of a form's fields. `raw` is what the platform was sent, for the stage to press on.
    """

    kind: str
    text: str
    buttons: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    raw: Any = None


@dataclass(frozen=True)
class Post:
    """One message in a channel, as everybody there sees it; `payload` is all that the platform was sent."""

    ref: str
    text: str
    buttons: tuple[str, ...] = ()
    alt: str = ""
    payload: Any = None


class Stage(Protocol):
    """A platform with people in it. Everything goes over real sockets to the real SDK."""

    workspace: Workspace

    @property
    def connection(self) -> Connection:
        """Our side of it."""
        ...

    async def open(self, handle: Handle) -> None:
        """Start the platform's server and our connection with the real SDK; return once it is connected."""
        ...

    async def close(self) -> None:
        """Stop both and check that nothing refused by the platform's rules happened."""
        ...

    def add_person(self, user: str, *, guest: bool = False, bot: bool = False, admin: bool = False) -> None:
        """Somebody joins, or is something else from now on. `user` is of the platform's own form (see `person`)."""
        ...

    def person(self, n: int) -> str:
        """A valid user id of this platform for the n-th person."""
        ...

    def channel(self, n: int) -> str:
        """A valid channel id of this platform for the n-th channel."""
        ...

    def add_channel(
        self,
        channel: str,
        *,
        private: bool = True,
        readers: tuple[str, ...] = (),
        external: bool = False,
        bot: bool = True,
    ) -> Place:
        """A channel exists from now on, or is changed to this."""
        ...

    def posts(self, channel: str) -> list[Post]:
        """Messages in a channel, oldest first."""
        ...

    async def delete_post(self, channel: str, ref: str) -> None:
        """Somebody with the right to removes a message."""
        ...

    async def command(self, user: str, text: str = "") -> Screen:
        """Type /metoo (with or without text behind it) and return what opens."""
        ...

    async def press(self, user: str, screen: Screen, label: str) -> Screen:
        """Press a button on a private screen."""
        ...

    async def choose(self, user: str, screen: Screen, label: str, value: str) -> Screen:
        """Pick from a list on a private screen, by the option's label."""
        ...

    async def submit(self, user: str, screen: Screen, values: Mapping[str, str | tuple[str, ...]]) -> Screen:
        """Fill in the form's fields by name (of a choice: the option's value) and send it."""
        ...

    async def press_post(self, user: str, channel: str, ref: str, label: str) -> Screen:
        """Press a button on a message in a channel."""
        ...

    async def quote(self, user: str, channel: str, author: str, text: str) -> Screen:
        """Report a message that `author` wrote in this channel, from where it stands."""
        ...

    async def repeat_last(self) -> None:
        """Deliver the last interaction once more, as platforms do when an answer got lost."""
        ...

    def handed_out(self) -> tuple[str, ...]:
        """What the platform gave us for answering people and must not be kept: a part of all of it, and the latest."""
        ...

    def fail(self, times: int, status: int = 500, retry_after: float | None = None) -> None:
        """Let the platform's API answer the next calls of ours with this status."""
        ...
