"""Reports: sent from a draft that nobody's name is on, until their card stands in a desk's channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from bot import anonymity
from bot.account import TEXT_LIMIT, Account
from bot.config import WorkspaceSettings
from bot.conversation import quiet
from bot.drafts import Drafts
from bot.envelope import KEY
from bot.errors import Refusal
from bot.holding import Held
from bot.i18n import N_
from bot.limits import Limits
from bot.model import Actor
from bot.ports import Clock, Random, Store
from bot.records import (
    AddLeaf,
    Change,
    ClaimAttachments,
    Desks,
    DropDraft,
    FileReport,
    LeafRow,
    MessagesOf,
    OutboxRow,
    ReportById,
)
from bot.routing import Look, Routing
from bot.sealing import Sealing
from bot.vault import DraftKeys
from bot.workplaces import Workplaces

KEPT, HELD = "kept", "held"
"""The stages of a private record, and of one that waits until others name the same person."""

NO_DESK = N_(
    "Every desk here can be read by somebody you picked, so nothing was sent. You can keep it for now, change who is"
    " named, or look at Find support for help outside this workplace."
)
_EMPTY = N_("There is no text yet. One sentence is enough.")
_TOO_LONG = N_("This is {over} characters longer than fits. You can send a part now and add the rest later.")


@dataclass(frozen=True, slots=True, repr=False)
class Preview:
    """What somebody is about to send, what would happen to it, and the receipt that will open it."""

    account: Account
    words: tuple[str, ...]
    desks: tuple[Look, ...]

    @property
    def able(self) -> tuple[Look, ...]:
        """The desks that nobody can read who must not."""
        return tuple(look for look in self.desks if not look.barred)

    @property
    def first(self) -> Look | None:
        """The desk that would get it: the chosen one, else the first there is."""
        return next(iter(_chosen(self.account, self.able)), None)

    @property
    def skips(self) -> bool:
        """Whether the first desk of the workplace is passed over, so that it must not learn that there is a report."""
        return bool(self.desks) and self.first is not self.desks[0]


class Reports:
    """Sends drafts and composes desk cards."""

    def __init__(
        self,
        *,
        store: Store,
        sealing: Sealing,
        drafts: Drafts,
        routing: Routing,
        limits: Limits,
        settings: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._store = store
        self._sealing = sealing
        self._drafts = drafts
        self._routing = routing
        self._limits = limits
        self._settings = settings
        self._clock = clock
        self._random = random

    def room_for(self, actor: Actor) -> None:
        """Whether this person can write one more today; better asked before than after writing. Raises Refusal."""
        self._limits.room_for_record(actor)

    async def write(self, actor: Actor, key: str, account: Account) -> bool:
        """Keep what was typed, beside its files; no effect if the draft has become a report. Raises Refusal."""
        self._limits.draft(actor)
        async with self._turn(key):
            if await self.sent(key):
                return False
            before = await self._drafts.find(actor.workspace, key) or Account()
            kept = replace(account, files=before.files, lost=before.lost)
            await self._drafts.keep(actor.workspace, key, kept)
            return True

    async def preview(self, settings: WorkspaceSettings, key: str) -> Preview:
        """What would be sent. Raises Refusal where the draft is gone."""
        account = await self._drafts.get(settings.workspace, key)
        return Preview(account, self._drafts.words(key), await self._looks(settings, account.barred))

    async def sent(self, key: str) -> bool:
        """Whether this draft has become a report."""
        return await self._store.read(ReportById(self._drafts.keys(key).report)) is not None

    async def became(self, key: str) -> tuple[str, str]:
        """The stage of what a draft became, as its mailbox says it, and the month of its end; both empty if nothing."""
        report = await self._store.read(ReportById(self._drafts.keys(key).report))
        if report is None:
            return "", ""
        settings = self._settings.named(report.workspace)
        week = anonymity.week_of(self._clock.now(), settings.timezone if settings else "UTC")
        held = quiet(report, await self._store.read(MessagesOf(report.id)), week)
        return HELD if held else report.stage, report.expires

    async def drop(self, key: str) -> bool:
        """Throw a draft away; no effect if it has become a report."""
        async with self._turn(key):
            if await self.sent(key):
                return False
            await self._drafts.drop(key)
            return True

    async def send(self, actor: Actor, settings: WorkspaceSettings, key: str, *, at_once: bool) -> None:
        """Turn a draft into a report; doing it again changes nothing. Raises Refusal."""
        keys = self._drafts.keys(key)
        async with self._turn(key):
            if await self.sent(key):
                return
            account = await self._drafts.get(settings.workspace, key)
            check(account)
            looks = await self._looks(settings, account.barred)
            if all(look.barred for look in looks):
                raise Refusal(NO_DESK)
            with self._limits.report(actor):
                await self._file(keys, settings, account, looks, at_once=at_once)

    async def keep(self, actor: Actor, settings: WorkspaceSettings, key: str) -> None:
        """Turn a draft into a private record that only its receipt opens. Raises Refusal."""
        await self._keep(actor, settings, key, None)

    async def hold(
        self, actor: Actor, settings: WorkspaceSettings, key: str, hold: Callable[[Held], Awaitable[Change]]
    ) -> None:
        """Turn a draft into a report that is held, by what `hold` makes of it.

        Raises Refusal where it cannot be held; then the draft is as it was.
        """
        await self._keep(actor, settings, key, hold)

    async def _keep(
        self,
        actor: Actor,
        settings: WorkspaceSettings,
        key: str,
        hold: Callable[[Held], Awaitable[Change]] | None,
    ) -> None:
        keys, data_key = self._drafts.keys(key), self._random.randbytes(KEY)
        async with self._turn(key):
            if await self.sent(key):
                return
            account = await self._drafts.get(settings.workspace, key)
            check(account)
            with self._limits.record(actor):
                now, workspace = self._clock.now(), str(settings.workspace)
                record, wrapped, leaf = await self._sealing.seal(
                    keys,
                    workspace,
                    account,
                    (),
                    moment=now,
                    zone=settings.timezone,
                    stage=KEPT,
                    data_key=data_key,
                )
                also = (await hold(Held(record, account, data_key)),) if hold else ()
                kept = FileReport(record, wrapped, None)
                await self._store.write(kept, *_became(keys), *_proved(settings, leaf), *also)

    async def _file(
        self,
        keys: DraftKeys,
        settings: WorkspaceSettings,
        account: Account,
        looks: Sequence[Look],
        *,
        at_once: bool,
    ) -> None:
        now, workspace = self._clock.now(), str(settings.workspace)
        # While a platform does not answer, nobody is known not to read; delivery looks again, and strictly.
        fit = [look for look in looks if look.unread] or [look for look in looks if not look.barred]
        able = [look.desk for look in _chosen(account, fit)]
        others = [look.desk for look in looks if look.desk not in able]
        report, wrapped, leaf = await self._sealing.seal(
            keys, workspace, account, able, others, moment=now, zone=settings.timezone
        )
        wait = anonymity.delay(self._settings.delays.report, self._random)
        if at_once:
            wait = -wait  # due in the past: this moment is written nowhere
        outbox = OutboxRow(self._random.randbytes(16), "report", keys.report, workspace, now + wait)
        await self._store.write(FileReport(report, wrapped, outbox), *_became(keys), *_proved(settings, leaf))

    def _turn(self, key: str) -> AbstractAsyncContextManager[None]:
        return self._drafts.turn(key)

    async def _looks(self, settings: WorkspaceSettings, named: tuple[str, ...]) -> tuple[Look, ...]:
        desks = await self._store.read(Desks(str(settings.workspace)))
        return await self._routing.look(settings, desks, named)


def _chosen(account: Account, looks: Sequence[Look]) -> Sequence[Look]:
    """The desk that its writer chose, alone; all of them where they chose none, or that one cannot get it."""
    return [look for look in looks if look.desk.id.hex() == account.desk] or looks


def _became(keys: DraftKeys) -> tuple[Change, ...]:
    """A draft's files go to the report before the draft, and all that it still has, is erased."""
    return ClaimAttachments(keys.id, keys.report), DropDraft(keys.id)


def _proved(settings: WorkspaceSettings, leaf: LeafRow) -> tuple[AddLeaf, ...]:
    """Where no digest is posted nothing could ever be proved, so nothing is kept for it."""
    return (AddLeaf(leaf),) if settings.digest_channel else ()


def check(account: Account) -> None:
    """Whether an account can be sent: a quoted message may stand for itself. Raises Refusal with what to change."""
    if not account.text.strip() and account.quoted is None:
        raise Refusal(_EMPTY)
    if len(account.text) > TEXT_LIMIT:
        raise Refusal(_TOO_LONG, over=len(account.text) - TEXT_LIMIT)
