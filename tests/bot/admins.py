"""What an admin does in set-up, in as few words as a test wants to say it."""

from __future__ import annotations

from bot.audit import Audit
from bot.model import Card, Form
from bot.records import AuditOf
from bot.vault import Vault
from tests.world import WORKSPACE, World, card

ADMIN, SECOND = "P30", "P31"


async def setup(w: World, user: str = ADMIN) -> Card:
    """The overview."""
    return card(await w.act(user, "setup"))


async def part(w: World, label: str, user: str = ADMIN) -> Card:
    """One part of it."""
    return card(await w.press(user, await setup(w, user), label))


async def opened(w: World, label: str, button: str = "Change", user: str = ADMIN) -> Form:
    """The form of one part."""
    form = await w.press(user, await part(w, label, user), button)
    assert isinstance(form, Form)
    return form


async def add_desk(w: World, channel: str, user: str = ADMIN) -> Card:
    """Make a channel a desk."""
    return await w.fill(user, await opened(w, "Desks", "Add a desk", user), channel=channel)


async def pick(w: World, shown: Card, label: str, value: str, user: str = ADMIN) -> Card:
    """Pick from a list."""
    (choice,) = (each for each in shown.choices if each.label == label)
    return card(await w.act(user, choice.to.action, choice.to.ref, {"choice": (value,)}))


async def start(w: World, user: str = ADMIN) -> Card:
    """Serve from now on."""
    asked = card(await w.press(user, await setup(w, user), "Start metoo here"))
    return card(await w.press(user, asked, "Start"))


async def begun(w: World, *desks: str, user: str = ADMIN) -> Card:
    """From nothing to a workplace with these desks."""
    for desk in desks or ("hr-desk",):
        await add_desk(w, desk, user)
    return await start(w, user)


async def done(w: World) -> list[tuple[str, str]]:
    """Who did what, as the audit log says."""
    audit = Audit(Vault(w.means.keyring, w.means.random), w.means.random)
    log = await w.store.read(AuditOf(str(WORKSPACE)))
    assert audit.verify(log) == ""
    return [(act.who, act.what) for act in map(audit.act, log)]
