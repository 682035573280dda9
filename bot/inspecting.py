"""What operators ask of a store that nobody serves at the moment."""

from __future__ import annotations

from pathlib import Path

from bot.audit import Audit, heads
from bot.bulletin import as_text
from bot.config import Settings
from bot.control import ask
from bot.envelope import key_id
from bot.errors import MetooError
from bot.key_commands import OTHER_KEY
from bot.means import Means
from bot.records import AuditOf, Chosen
from bot.service import Service
from bot.vault import Vault
from bot.workplaces import Workplaces

_UNDECIDED = (
    "This digest is not decided yet. How many members there are is known only while metoo runs, so that no numbers are"
    " shown here."
)


async def audit_faults(means: Means, settings: Settings, head: bytes | None) -> list[str]:
    """What is wrong with the log of what handlers did, as sentences; `head` is one that a digest printed."""
    audit = Audit(Vault(means.keyring, means.random), means.random)
    chosen = [each.workspace for each in await means.store.read(Chosen())]
    names = dict.fromkeys([*(str(each.workspace) for each in settings.workspaces), *chosen])
    logs = {each: await means.store.read(AuditOf(each)) for each in names}
    found = [f"{name}: {said}" for name, log in logs.items() if (said := audit.verify(log))]
    if head is not None and not found and head not in set().union(*map(heads, logs.values())):
        found.append(
            "No log ever had this head: entries were taken out or changed, or it is of another store."
        )
    return found


async def digests(means: Means, settings: Settings) -> list[str]:
    """The digest of the last closed week of each workspace, as text, posted nowhere."""
    found, workplaces = [], Workplaces(settings)
    service = Service(means, {}, workplaces)
    await service.setup.load()
    for each in workplaces.workspaces:
        card, decided = await service.digest.preview(each)
        found.append(f"{each.workspace}\n\n{as_text(card)}" + ("" if decided else f"\n\n{_UNDECIDED}"))
    return found


async def running_faults(socket: Path, root: bytes) -> list[str]:
    """What is wrong between the settings and a process that serves already."""
    try:
        used = await ask(socket, {"do": "root"}, lambda *_: None)
        if used != key_id(root).hex():
            return [OTHER_KEY]
        return (await ask(socket, {"do": "inboxes"}, lambda *_: None)).splitlines()
    except MetooError as error:
        return [str(error)]
