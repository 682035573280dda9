"""What everybody may see is posted in linked workplaces too, after it stands in the one that keeps it."""

from __future__ import annotations

from bot.delivery import Removal
from bot.model import Workspace
from bot.ports import Random, Store
from bot.records import AddOutbox, OutboxRow, PostsIn
from bot.workplaces import Workplaces


def echoes(settings: Workplaces, row: OutboxRow, random: Random) -> tuple[AddOutbox, ...]:
    """The same outbox row for each linked workplace; none for a row that is one of those itself."""
    platform, _, known = row.workspace.partition(":")
    beside = settings.beside(Workspace(platform, known))
    return tuple(
        AddOutbox(OutboxRow(random.randbytes(16), row.kind, row.subject, str(each.workspace), row.due))
        for each in beside
    )


async def unlinked(store: Store, row: OutboxRow) -> Removal:
    """The end of all walls and statements in a workplace that is not linked any more; digests stay."""
    posts = await store.read(PostsIn(row.workspace))
    return Removal(tuple(each for each in posts if each.kind != "digest"))
