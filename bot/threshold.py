"""The number of people who have to name the same person, as an admin chooses it: where and when it may be chosen."""

from __future__ import annotations

from bot import anonymity
from bot.errors import PlatformError, Refusal
from bot.held import SMALL
from bot.i18n import N_
from bot.plans import View
from bot.ports import Store
from bot.records import AnyHeld
from bot.routing import Routing

NUMBER = N_(
    "The number of people stays as it was first chosen, so nothing was changed: reports that are held wait for that"
    " many, and with another number they would wait for nobody. Whether any are held, nobody is told, you included, so"
    " this holds in any case. You can switch it off, and on again with {k}. Whoever runs this bot can set another"
    " number in its settings file; it holds from when nothing is held any more."
)
UNKNOWN = N_(
    "It is not known at this moment how many members this workplace has, so nothing was changed. Please try again"
    " later."
)


async def must_hold(store: Store, routing: Routing, view: View, k: int) -> None:
    """Whether reports can be held in this workplace, and by this number. Raises Refusal."""
    try:
        known = await routing.population(view.workspace)
    except PlatformError:
        raise Refusal(UNKNOWN) from None
    if not anonymity.statements_allowed(anonymity.population(known, view.wanted("population"))):
        raise Refusal(SMALL, least=anonymity.POPULATION_FOR_STATEMENTS)
    held = await store.read(AnyHeld(str(view.workspace)))
    chosen = held.k if held else view.plan.k
    if chosen and k != chosen:
        raise Refusal(NUMBER, k=chosen)
