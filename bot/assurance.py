"""What an operator is told of holding: whether the keeper is there and the one that it was, and which number holds."""

from __future__ import annotations

from bot.config import WorkspaceSettings
from bot.keeper import KeeperAway, KeeperSpent
from bot.keys import Purpose
from bot.matching import check_of, known_keeper, workspace_of
from bot.means import Means
from bot.model import Workspace
from bot.plans import Plans
from bot.ports import Keeping
from bot.records import AnyHeld, DropKeeper, KeeperOf
from bot.vault import Vault
from bot.workplaces import Workplaces

_AWAY = (
    "The keeper does not answer, so that nothing can be held; all else works. Is `metoo keeper` running there? Does"
    " [keeper] name the same socket or address on both sides? Are the certificates of one authority and still valid?"
)
_OTHER = (
    "{workspace}: the keeper has another key than when reports were held, so that nothing can be held. Put its key"
    " back. If that is lost, what is held matches nothing any more, and its writers can still send it: then run"
    " `metoo keys keeper`, so that the new key is taken from now on."
)
_SPENT = "{workspace}: the keeper answers nothing more today, so that nothing can be held until tomorrow."
_NUMBER = (
    "{workspace}: the settings say escrow = {wanted}, and reports are held for {held}. {held} stays for all as long as"
    " anything is held: points for different numbers never meet, and a held report would wait for nobody."
)


async def escrow_faults(means: Means) -> list[str]:
    """What is wrong with holding in every workplace where it is switched on, as sentences.

    Asking spends one of the different people that the keeper answers about in this day and workplace.
    """
    found: list[str] = []
    for settings in await _holding(means):
        found += await _number(means, settings)
        if means.keeping is not None:
            found += await _keeper(means, means.keeping, str(settings.workspace))
    return list(dict.fromkeys(found))


async def take_keeper(means: Means) -> str:
    """Take the keeper with the key that it has now: what was held before matches nothing that is held from now on."""
    known = [await means.store.write(DropKeeper(str(each.workspace))) for each in await _holding(means)]
    if not any(took for (took,) in known):
        return "No keeper is known yet: the first report that is held makes it known."
    return "The key that the keeper has when the next report is held is the one that counts from then on."


async def kept_number(means: Means, settings: WorkspaceSettings) -> int:
    """For how many different writers something is held where the settings say another number; else 0."""
    held = await means.store.read(AnyHeld(str(settings.workspace)))
    return held.k if held and settings.escrow and held.k != settings.escrow else 0


async def _number(means: Means, settings: WorkspaceSettings) -> list[str]:
    kept = await kept_number(means, settings)
    said = _NUMBER.format(workspace=settings.workspace, wanted=settings.escrow, held=kept)
    return [said] if kept else []


async def _keeper(means: Means, keeping: Keeping, workspace: str) -> list[str]:
    key = means.keyring.key(Purpose.ESCROW)
    place, check = check_of(key, workspace)
    try:
        checked = await keeping.ask(place, check)
        answered = await keeping.ask(workspace_of(key, workspace), check)
    except KeeperAway:
        return [_AWAY]
    except KeeperSpent:
        return [_SPENT.format(workspace=workspace)]
    known = await means.store.read(KeeperOf(workspace))
    same = known is None or known.known == known_keeper(key, answered.name, checked)
    return [] if same else [_OTHER.format(workspace=workspace)]


async def _holding(means: Means) -> list[WorkspaceSettings]:
    """The workplaces of the file and of set-up in chat where reports can be held."""
    workplaces = Workplaces(means.settings)
    for name, plan in (
        await Plans(means.store, Vault(means.keyring, means.random), means.clock).everything()
    ).items():
        platform, _, known = name.partition(":")
        if plan.started:
            workplaces.choose(Workspace(platform, known), plan.values)
    return [each for each in workplaces.workspaces if each.escrow]
