"""What was told, the same for its writer before and after sending, and for the desk."""

from __future__ import annotations

from bot.account import CATEGORIES, TELLERS, TIMES, UNSAID, Account, Quotation
from bot.i18n import Translator
from bot.model import Block, Link, Paragraph, People, Quote, Row


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


def cited(t: Translator, quoted: Quotation | None) -> tuple[Block, ...]:
    """The message that is quoted, exactly as it was, and who wrote it; nothing where none is."""
    if quoted is None:
        return ()
    author = People(t("Message by"), (quoted.author,)) if quoted.author else None
    link = Link(t("Where it stands"), quoted.link) if quoted.link else None
    cut = Paragraph(t("It was longer; this is its beginning.")) if quoted.cut else None
    blocks = (Paragraph(t("A message, quoted:")), author, Quote(quoted.text), cut, link)
    return tuple(each for each in blocks if each is not None)
