"""The workplace in memory: people, channels and posts, and the failures a test asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from adapters.sandbox.people import Person, colleagues, council, desks
from bot.errors import Denied, Gone, PlatformError, RateLimited, Unreachable
from bot.model import Card, Facts, Place, Standing, Workspace

WORKSPACE = Workspace("sandbox", "practice")
NONCE_LIMIT = 25


@dataclass(slots=True)
class Message:
    """A post in a channel: ours with a card, or a colleague's with plain text."""

    ref: str
    at: datetime
    card: Card | None = None
    author: str = ""
    text: str = ""
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Preparing:
    """How far the past has been lived through: the n-th of so many weeks."""

    week: int
    weeks: int


@dataclass(slots=True)
class Channel:
    """A channel with who may read it (`readers`; of a public one: everybody) and what stands in it."""

    id: str
    purpose: str = ""
    private: bool = False
    external: bool = False
    bot: bool = True
    readers: frozenset[str] = frozenset()
    messages: list[Message] = field(default_factory=list)


_PUBLIC = {
    "general": "News for everybody, and the weekly digest",
    "solidarity": "Statements that colleagues chose to share",
    "random": "Whatever else",
    "facilities": "Doors, lifts, heating",
}
_TALK = (
    ("general", 3, 9.2, "Larch", "The canteen opens half an hour earlier from Monday."),
    ("general", 17, 8.6, "Marble", "Travel claims for last month close on Friday."),
    ("general", 38, 10.1, "Campion", "The network is down for maintenance on Saturday from 8 to 10."),
    ("general", 52, 13.4, "Fescue", "Two seats are free in the car pool from the north gate."),
    ("random", 11, 12.3, "Topaz", "Somebody left a green umbrella in the second-floor meeting room."),
    ("random", 33, 15.8, "Gneiss", "The plants by the window are watered, no need to do it twice."),
    ("random", 54, 12.1, "Quince", "Looking for one more person for the Thursday running group."),
    ("facilities", 8, 7.9, "Osier", "The lift in building B is out of order until Thursday."),
    ("facilities", 41, 8.3, "Slate", "Heating in hall 2 works again."),
    ("hr-desk", 2, 9.0, "Linden", "Rota for this desk: mornings Willow, afternoons Maple, I cover both."),
    ("ombuds", 2, 9.3, "Aspen", "Hawthorn and I read what comes in here, each working day."),
)


async def _nowhere() -> None:
    """Nothing is kept."""


class Workplace:
    """Everything the platform knows; `version` grows whenever something in it changed.

    While it is `preparing` its past, nobody can do anything yet. `keep` puts what is there on the disk, and
    a post counts as made only then.
    """

    def __init__(self, now: Callable[[], datetime], people: tuple[Person, ...] | None = None) -> None:
        everyone = colleagues() if people is None else people
        self._now = now
        self._failures: list[PlatformError] = []
        self.people = {each.id: each for each in everyone}
        self.channels = {name: Channel(name, purpose) for name, purpose in _PUBLIC.items()}
        for name, readers in desks(everyone).items():
            self.channels[name] = Channel(name, "Reports arrive here", private=True, readers=readers)
        talk = "The works council among itself; an admin can make it a desk"
        self.channels["works-council"] = Channel(
            "works-council", talk, private=True, readers=council(everyone)
        )
        self.version = 0
        self.preparing: Preparing | None = None
        self.keep: Callable[[], Awaitable[None]] = _nowhere
        self._talk()

    def changed(self) -> None:
        """Something is different now; whoever shows it should look again."""
        self.version += 1

    def prepare(self, preparing: Preparing | None) -> None:
        """The past has come so far, or is complete."""
        self.preparing = preparing
        self.changed()

    def restore(self, channels: Iterable[Channel]) -> None:
        """Be as it was when these channels were kept."""
        self.channels |= {each.id: each for each in channels}
        self.changed()

    def standing(self, user: str) -> Standing:
        """What somebody is here."""
        person = self.people.get(user)
        return person.standing if person else Standing.UNKNOWN

    def manages(self, user: str) -> bool:
        """Whether somebody is an admin here."""
        person = self.people.get(user)
        return person is not None and person.admin

    def reads(self, user: str, channel: Channel) -> bool:
        """Whether this person can read that channel."""
        return user in self.people and (not channel.private or user in channel.readers)

    def messages(self, channel: Channel) -> list[Message]:
        """What stands in a channel by now, oldest first."""
        now = self._now()
        return sorted((each for each in channel.messages if each.at <= now), key=lambda each: each.at)

    def fail(self, times: int, status: int = 500, retry_after: float | None = None) -> None:
        """Refuse the next calls as a platform would that answers them with this HTTP status."""
        self._failures = [_failure(status, retry_after) for _ in range(times)]

    async def facts(self, place: Place) -> Facts:
        """The state of a channel at this moment."""
        channel = self._channel(place)
        readers = [each for each in self.people.values() if self.reads(each.id, channel)]
        count = sum(each.standing is not Standing.BOT for each in readers)
        return Facts(
            f"#{channel.id}",
            channel.private,
            channel.external,
            channel.bot,
            count,
            public=not channel.private,
        )

    async def can_read(self, place: Place, *people: str) -> bool:
        """Whether any of these people can read that channel at this moment."""
        channel = self._channel(place)
        return any(self.reads(each, channel) for each in people)

    async def population(self, workspace: Workspace) -> int | None:
        """How many members, without guests and bots."""
        self._maybe_fail()
        if workspace != WORKSPACE:
            return None
        return sum(each.standing is Standing.MEMBER for each in self.people.values())

    async def post(self, place: Place, card: Card, nonce: str) -> str:
        """Post a card and return the reference of the message; another try of the same post is that one."""
        if len(nonce) > NONCE_LIMIT:
            raise ValueError("a nonce has at most 25 characters")
        channel = self._writable(place)
        message = next((each for each in channel.messages if nonce and each.nonce == nonce), None)
        if message is None:
            message = Message(f"m-{token_hex(8)}", self._now(), nonce=nonce)
            channel.messages.append(message)
        message.card = card
        await self._changed()
        return message.ref

    async def update(self, place: Place, ref: str, card: Card) -> None:
        """Replace a post of ours."""
        found = next((each for each in self._writable(place).messages if each.ref == ref and each.card), None)
        if found is None:
            raise Gone("that post is not there any more")
        found.card = card
        await self._changed()

    async def remove(self, place: Place, ref: str) -> None:
        """Delete a post of ours; one that is already gone is no error."""
        self.delete(self._writable(place), ref)
        await self.keep()

    def delete(self, channel: Channel, ref: str) -> None:
        """Somebody with the right to takes a message away."""
        channel.messages = [each for each in channel.messages if each.ref != ref]
        self.changed()

    async def _changed(self) -> None:
        self.changed()
        await self.keep()

    def _channel(self, place: Place) -> Channel:
        self._maybe_fail()
        channel = self.channels.get(place.channel)
        if place.workspace != WORKSPACE or channel is None:
            raise Gone("that channel is not there")
        return channel

    def _writable(self, place: Place) -> Channel:
        channel = self._channel(place)
        if not channel.bot:
            raise Denied("we are not in that channel")
        return channel

    def _maybe_fail(self) -> None:
        if self._failures:
            raise self._failures.pop(0)

    def _talk(self) -> None:
        names = {each.name: each.id for each in self.people.values()}
        begin = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        for channel, day, hour, name, text in _TALK:
            if name in names:
                at = begin + timedelta(days=day, hours=hour)
                self.channels[channel].messages.append(
                    Message(f"m-{token_hex(8)}", at, None, names[name], text)
                )


def _failure(status: int, retry_after: float | None) -> PlatformError:
    if status == 429:  # noqa: PLR2004 - the HTTP status for too many requests
        return RateLimited(1.0 if retry_after is None else retry_after)
    if status in {401, 403}:
        return Denied(f"refused with status {status}")
    return Gone("not found") if status == 404 else Unreachable(f"failed with status {status}")  # noqa: PLR2004 - HTTP's not found
