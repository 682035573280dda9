"""Safety in numbers as an admin meets it in set-up: what it can and cannot do, before it can be switched on."""

from __future__ import annotations

from bot import anonymity
from bot.i18n import N_, Translator
from bot.model import ChoiceField, Event, Field, Option
from bot.plans import View

LABEL = N_("Safety in numbers")

USUAL = 3
"""How many different people make a match, unless an admin chooses otherwise."""

_NUMBERS = range(2, 11)

SAYS = (
    N_(
        "What it can do: people can hold a report until as many different people as you choose have named the same"
        " person. Then the first desk that none of those named can read gets all of them, as linked cases. Below that"
        " number nobody can open one, the desks with all their keys included; only its writer can, at any time."
    ),
    N_(
        "What it cannot do: many held reports never match. While one is held, HR knows nothing of it and cannot protect"
        " anybody, and deadlines keep running. Accounts that act together can fake a match, and one fewer than that can"
        " find out that one more report exists. While a report is held, a mark of its writer is kept with it."
    ),
    N_(
        "Nobody is told how many are held: not you, not the desks, not those who write. A person inside is picked from"
        " the member list; one outside is named by e-mail or profile address, which is less exact."
    ),
)
"""What it can and cannot do."""

UNDO = N_(
    "To undo it, switch it off: then nothing more can be held. What is held stays held, and its writers can send it,"
    " keep it or take it back. The number stays as it was first chosen."
)

_APART = N_(
    "A keeper of its own holds one of the two keys here: neither the bot nor the keeper alone can find out whom held"
    " reports name. Both keys together can, and, by trying out, who wrote them."
)
_TOGETHER = N_(
    "There is no separate keeper here, so this is what it is: encrypted at rest, the threshold kept by software."
    " Whoever has the keys of the bot and its store can find out whom held reports name and, by trying out, who wrote"
    " them. Whoever runs this bot can give one of the two keys to somebody else, such as a works council: metoo keeper."
)
_POPULATION = N_(
    "It needs at least {least} members: in a smaller workplace a match would point at those who wrote."
)


def notes(t: Translator, *, apart: bool) -> tuple[str, ...]:
    """What it is worth here: with a keeper of its own, or without."""
    least = t(_POPULATION, least=anonymity.POPULATION_FOR_STATEMENTS)
    return t(_APART if apart else _TOGETHER), least


def in_force(t: Translator, k: int) -> str:
    """What was chosen, in few words."""
    return t("{k} different people", k=k) if k else t("off")


def read_label(view: View) -> str:
    """The way to the form: an admin says to have read the screen before, and not again."""
    return N_("Change") if view.wanted("escrow") else N_("I have read what it can and cannot do")


def fields(t: Translator, view: View) -> tuple[Field, ...]:
    """How many; off is always among them."""
    now = int(view.wanted("escrow")) or view.plan.k or USUAL
    listed = (Option("0", t("Off")), *(Option(str(k), in_force(t, k)) for k in _NUMBERS))
    hint = t("The number cannot be changed in chat once this is in force. Three is usual.")
    return (
        ChoiceField(
            "escrow", t("How many have to name the same person"), listed, hint, required=True, value=str(now)
        ),
    )


def chosen(event: Event) -> dict[str, int]:
    """What a sent form chose."""
    typed = event.text("escrow")
    return {"escrow": int(typed)} if typed in {"0", *map(str, _NUMBERS)} else {}
