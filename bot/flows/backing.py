"""Support in words: for the desk that has a report, and for the person who wrote it."""

from __future__ import annotations

from bot import anonymity
from bot.backing import Support
from bot.grades import NAMES, SHOWN
from bot.i18n import Translator
from bot.model import Block, Paragraph, Row


def for_desk(t: Translator, support: Support | None) -> tuple[Block, ...]:
    """What a desk sees of those who stand with a report; nothing where nothing is shared or shown."""
    if support is None:
        return ()
    first = t(
        "Colleagues can stand with the writer, under the statement that the writer allowed. This is support and never"
        " evidence: nobody was asked what they know, and a press says nothing about any person."
    )
    last = t(
        "These numbers move days late, in steps, and never for one person alone. Nobody can tell who pressed. Who wants"
        " to tell more can write an account of their own, which need not be about the same person."
    )
    rows = [Row(t(NAMES[each]), _band(t, band)) for each, band in zip(SHOWN, support.grades, strict=True)]
    total = Row(t("Standing with the writer, all in all"), _band(t, support.total))
    return (Paragraph(first), total, *rows, Paragraph(last))


def for_writer(t: Translator, support: Support | None) -> tuple[Block, ...]:
    """What the writer of a report sees of those who stand with it."""
    if support is None:
        return ()
    few = t("Few or none does not mean that nobody stands with you: most people never press.")
    said = (Paragraph(few),) if not support.total else ()
    return (Row(t("Colleagues who stand with you"), _band(t, support.total)), *said)


def _band(t: Translator, band: int | None) -> str:
    return t("not shown, so that nobody can be picked out") if band is None else t(anonymity.BANDS[band])
