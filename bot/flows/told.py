"""What was told, in rows: the same for its writer before and after sending, and for the desk."""

from __future__ import annotations

from bot.account import CATEGORIES, TELLERS, TIMES, UNSAID, Account
from bot.i18n import Translator
from bot.model import Block, People, Row


def told(t: Translator, account: Account) -> tuple[Block, ...]:
    """Rows for what was said; what was not said has no row."""
    said = (
        (t("Kind"), CATEGORIES, account.category),
        (t("When, roughly"), TIMES, account.when),
        (t("Who tells"), TELLERS, account.teller),
    )
    rows: tuple[Block, ...] = tuple(
        Row(label, t(names[value])) for label, names, value in said if value != UNSAID
    )
    return (*rows, People(t("Person named"), account.named)) if account.named else rows
