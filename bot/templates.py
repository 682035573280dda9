"""What a wall can be about: a few fixed sentences, because free text would invite names."""

from __future__ import annotations

from bot.i18n import N_

FIRST = "harassment"

TEMPLATES = {
    FIRST: N_("Harassment at work: me too. No names or details needed."),
    "sexual": N_("Sexual harassment at work: me too. No names or details needed."),
    "bullying": N_("Bullied or shouted at, at work: me too. No names or details needed."),
    "discrimination": N_("Treated worse at work because of who I am: me too. No names or details needed."),
    "silence": N_(
        "Kept silent about harassment at work, because speaking up seemed unsafe: me too. No names needed."
    ),
}
"""The sentence of each, as it stands on the wall."""

TITLES = {
    FIRST: N_("Harassment at work"),
    "sexual": N_("Sexual harassment"),
    "bullying": N_("Bullying"),
    "discrimination": N_("Discrimination"),
    "silence": N_("Keeping silent"),
}
"""The same in two or three words, to choose from."""


def sentence(template: str) -> str:
    """What stands on a wall, as a message id; a wall of before there were templates is about the first."""
    return TEMPLATES.get(template, TEMPLATES[FIRST])
