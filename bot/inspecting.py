"""What operators ask of a store, whether somebody serves it at the moment or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.assurance import escrow_faults
from bot.audit import Audit, heads
from bot.bulletin import as_text
from bot.config import Settings
from bot.control import ask
from bot.doctor import of_serving
from bot.envelope import key_id
from bot.errors import MetooError
from bot.findings import Finding, Remark, findings
from bot.inbox import not_locked
from bot.key_commands import OTHER_KEY
from bot.means import Means
from bot.model import Workspace
from bot.records import AuditOf, Chosen
from bot.retention import behind
from bot.service import Service
from bot.vault import Vault
from bot.workplaces import Workplaces

_UNDECIDED = (
    "This digest is not decided yet. How many members there are is known only while metoo runs: without it, no numbers"
    " are shown here."
)


async def audit_faults(means: Means, settings: Settings | Workplaces, head: bytes | None) -> list[str]:
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


async def stored_digests(means: Means, settings: Settings) -> list[str]:
    """The digests of a store that nobody serves."""
    service = Service(means, {}, Workplaces(settings))
    await service.setup.load()
    return await digests(service)


async def digests(service: Service) -> list[str]:
    """The digest of the last closed week of each workspace, as text, posted nowhere."""
    found = []
    for each in service.workplaces.workspaces:
        card, decided = await service.digest.preview(each)
        found.append(f"{each.workspace}\n\n{as_text(card)}" + ("" if decided else f"\n\n{_UNDECIDED}"))
    return found


async def store_faults(means: Means) -> list[Finding]:
    """What is wrong with a store that can be opened: inboxes not locked, holding, what should end; who serves it."""
    return [
        *findings("desks", await not_locked(means)),
        *findings("keeper", await escrow_faults(means)),
        *findings("retention", await behind(means)),
        *findings("store", served_by(await means.neighbours.others())),
    ]


def idle_links(workplaces: Workplaces) -> list[str]:
    """Links that are set and lead nowhere."""
    return [
        f"{there} is linked to {home}, and the link is not in force: {there} is served on its own or linked to another"
        " workplace. Take the link out of metoo.toml or of Set up, or end what is in its way."
        for home, there in workplaces.idle()
    ]


def served_by(processes: int) -> list[str]:
    """How many processes share this store, which only PostgreSQL allows: one of them may be missing, or forgotten."""
    if not processes:
        return []
    many = "1 process of metoo serves" if processes == 1 else f"{processes} processes of metoo serve"
    return [Remark(f"{many} this store now. If you started more or fewer, look at the logs of each.")]


async def of_running(socket: Path, root: bytes, workplaces: Workplaces) -> list[Finding]:
    """What is wrong with a process that serves already; `workplaces` learn what it was told in chat."""
    try:
        used = await ask(socket, {"do": "root"}, _nobody)
        if used != key_id(root).hex():
            return findings("key", [OTHER_KEY])
        locks = (await ask(socket, {"do": "inboxes"}, _nobody)).splitlines()
        held = (await ask(socket, {"do": "escrow"}, _nobody)).splitlines()
        ending = (await ask(socket, {"do": "ending"}, _nobody)).splitlines()
        told: dict[str, Any] = json.loads(await ask(socket, {"do": "health"}, _nobody))
    except MetooError as error:
        return findings("store", [str(error)])
    for each in told["workspaces"]:
        workplaces.choose(Workspace(each["platform"], each["id"]), each)
    said = [*findings("desks", locks), *findings("keeper", held), *findings("retention", ending)]
    return [*said, *of_serving(told)]


def _nobody(_done: int, _total: int) -> None:
    """Nobody looks at the progress."""
