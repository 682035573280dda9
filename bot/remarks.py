"""What HR writes for a digest: a handler of the first desk, in private, and shown exactly as written."""

from __future__ import annotations

from bot.audit import Audit
from bot.columns import SealedColumn
from bot.errors import PlatformError, Refusal
from bot.i18n import N_
from bot.model import Actor, Place
from bot.moments import covered_week, moments_around
from bot.ports import Clock, Store
from bot.records import DropRemark, PutRemark, RemarkOf, RemarkRow
from bot.routing import Routing
from bot.vault import Slot, Vault, pad, unpad
from bot.workplaces import Workplaces

LIMIT = 1000
"""Characters of it."""

_NOT_YOURS = N_("Only people who can read the first desk of this workplace can do that.")
_NO_DIGEST = N_("No digest is posted in this workplace, so there is nothing to write for.")
_TOO_LONG = N_("This is {over} characters longer than fits, so nothing was kept.")


class Remarks:
    """Keeps the words of one week, sealed, until its digest is decided."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        routing: Routing,
        settings: Workplaces,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._store = store
        self._vault = vault
        self._routing = routing
        self._settings = settings
        self._audit = audit
        self._clock = clock

    async def week(self, actor: Actor) -> str:
        """The week for whose digest can be written now. Raises Refusal for all but handlers of the first desk."""
        settings = self._settings.serving(actor.workspace)
        await self.admit(actor)
        if not settings.digest_channel:
            raise Refusal(_NO_DIGEST)
        return covered_week(settings, moments_around(settings, self._clock.now())[1])

    async def admit(self, actor: Actor) -> None:
        """Nothing, for a handler of the first desk. Raises Refusal for everybody else."""
        settings = self._settings.serving(actor.workspace)
        try:
            able = await self._routing.may_open(Place(actor.workspace, settings.desks[0]), actor.user)
        except PlatformError as error:
            raise Refusal(_NOT_YOURS) from error
        if not able:
            raise Refusal(_NOT_YOURS)

    async def of(self, workspace: str, week: str) -> str:
        """What is written for a week; empty if nothing is. Raises UnsealError."""
        row = await self._store.read(RemarkOf(workspace, week))
        return unpad(self._vault.unseal(_slot(workspace, week), row.sealed)) if row else ""

    async def write(self, actor: Actor, week: str, text: str) -> None:
        """Write for the digest of this week, in place of what was written; nothing takes it away. Raises Refusal."""
        if len(text) > LIMIT:
            raise Refusal(_TOO_LONG, over=len(text) - LIMIT)
        workspace = str(actor.workspace)
        sealed = self._vault.seal(_slot(workspace, week), pad(text))
        kept = PutRemark(RemarkRow(workspace, week, sealed)) if text.strip() else DropRemark(workspace, week)
        did = "wrote for the digest" if text.strip() else "wrote nothing for the digest"
        await self._store.write(kept, self._audit.entry(workspace, actor.user, did, week, self._clock.now()))


SEALED = (SealedColumn(RemarkRow, "sealed", lambda row, _: _slot(row.workspace, row.week)),)


def _slot(workspace: str, week: str) -> Slot:
    return Slot("remarks", "sealed", workspace, week.encode())
