"""A test report through the whole path: outbox, the safety checks before a delivery, a card in the desk's channel."""

from __future__ import annotations

from dataclasses import dataclass

from bot.arrivals import PATIENCE, RECHECK
from bot.config import WorkspaceSettings
from bot.delivery import Posting, Wait
from bot.errors import Refusal
from bot.i18n import N_, translator
from bot.model import Actor, Address, Button, Card, Paragraph, Place, Style
from bot.plans import Plan
from bot.ports import Clock, Random, Store
from bot.records import Desks, OutboxRow, PostRow, PostsAbout
from bot.routing import Look, Routing
from bot.watch import problem
from bot.workplaces import Workplaces

TRIAL = "trial"
"""The kind of a test report."""

_NOT_HERE = N_(
    "This test cannot be opened from here. Only people who can read the desk it went to can open it."
)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a test report: the channel where it arrived, or what keeps it away, by channel."""

    arrived: str = ""
    waits: tuple[tuple[str, str], ...] = ()


class Trials:
    """Makes test reports; they hold nothing, and say of nobody that they were sent."""

    def __init__(
        self, *, store: Store, routing: Routing, settings: Workplaces, clock: Clock, random: Random
    ) -> None:
        self._store = store
        self._routing = routing
        self._settings = settings
        self._clock = clock
        self._random = random

    def new(self, workspace: str) -> OutboxRow:
        """One that is to be posted as soon as it may."""
        trial, known = self._random.randbytes(16), self._random.randbytes(16)
        return OutboxRow(known, TRIAL, trial, workspace, self._clock.now())

    async def compose(self, row: OutboxRow) -> Posting | Wait | None:
        """Its card in the desk that a report would go to now; it waits as a report would, and then is given up."""
        settings = self._settings.named(row.workspace)
        if settings is None:
            return None
        patient = self._clock.now() < row.due + PATIENCE
        for look in await self._looks(settings):
            if look.permitted:
                return Posting(settings.place(look.desk.channel), trial_card(settings, row.subject))
            if patient:
                return Wait(self._clock.now() + RECHECK)
        return None

    async def result(self, settings: WorkspaceSettings, plan: Plan) -> Result | None:
        """What became of the last one; None where there was none."""
        if not plan.trial:
            return None
        posts = await self._posts(bytes.fromhex(plan.trial))
        if posts:
            return Result(arrived=posts[0].channel)
        looks = await self._looks(settings)
        wrong = ((look.desk.channel, problem(look.facts)) for look in looks)
        return Result(waits=tuple((channel, said) for channel, said in wrong if said))

    async def open(self, actor: Actor, trial: bytes) -> None:
        """Nothing, where this person could open a report in that desk. Raises Refusal."""
        for post in await self._posts(trial):
            mine = post.workspace == str(actor.workspace)
            if mine and await self._routing.may_open(Place(actor.workspace, post.channel), actor.user):
                return
        raise Refusal(_NOT_HERE)

    async def _looks(self, settings: WorkspaceSettings) -> tuple[Look, ...]:
        desks = await self._store.read(Desks(str(settings.workspace)))
        return await self._routing.look(settings, desks, ())

    async def _posts(self, trial: bytes) -> tuple[PostRow, ...]:
        return await self._store.read(PostsAbout(TRIAL, trial))


def trial_card(settings: WorkspaceSettings, trial: bytes) -> Card:
    """The card of a test report, with nobody's name."""
    t = translator(settings.language)
    said = (
        t("This is a test. Nobody reported anything: an admin looks whether reports would arrive here."),
        t("A real report brings a card like this. Its text is never posted, and opens privately."),
    )
    read = Button(t("Read privately"), Address("setup.read", trial.hex()), Style.PRIMARY)
    return Card(t("Test: a report would arrive here"), tuple(map(Paragraph, said)), (read,))
