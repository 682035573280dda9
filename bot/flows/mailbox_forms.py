"""What the mailbox asks: the seven words, and what somebody wants to add, tell or meet about."""

from __future__ import annotations

from collections.abc import Sequence

from bot.followup import WORDS_LIMIT
from bot.i18n import Translator
from bot.model import Address, ChoiceField, Form, Option, TextField
from bot.routing import Look

MESSAGE_LIMIT = 40_000

SAME = "same"
"""The choice of the desk that has the report already."""


def receipt_form(t: Translator) -> Form:
    """The field for the seven words."""
    hint = t("Seven words. Spaces, hyphens, capitals and line breaks do not matter.")
    field = TextField("words", t("Your seven words"), hint, required=True, limit=2000)
    return Form(t("I have a receipt"), Address("receipt.open"), (field,), t("Open"))


def jot_form(t: Translator, ref: str) -> Form:
    """More in a private record."""
    return Form(t("Add to it"), Address("box.added", ref), (_jot(t),), t("Keep it"))


def add_form(t: Translator, ref: str) -> Form:
    """More details, or an answer."""
    return Form(t("Add or answer"), Address("box.added", ref), (_words(t),), t("Send"))


def jot_since_form(t: Translator, ref: str) -> Form:
    """What has happened since, for a private record."""
    return Form(t("Something happened since"), Address("box.happened", ref), (_jot(t),), t("Keep it"))


def since_form(t: Translator, ref: str, others: Sequence[Look], *, closed: bool) -> Form:
    """What has happened since, and the desk that it goes to where there is a choice."""
    hint = t("It arrives later, at a random moment, and opens the case again.") if closed else ""
    where = (_where(t, others),) if others else ()
    fields = (_words(t, hint), *where)
    return Form(t("Something happened since"), Address("box.happened", ref), fields, t("Send"))


def meet_form(t: Translator, ref: str) -> Form:
    """A meeting with somebody at one's side."""
    offer = t("I would like to meet, with somebody I trust beside me. A place and time that suit me:")
    hint = t("Your name goes along only if you write it. It arrives later, at a random moment.")
    words = _words(t, hint, offer)
    return Form(t("Meet with someone I trust"), Address("box.met", ref), (words,), t("Send"))


def words_form(t: Translator, ref: str, typed: str) -> Form:
    """The words that colleagues may read."""
    hint = t(
        "Everyone, the person named included, can then read exactly this. Name nobody, and no day or place."
    )
    text = TextField(
        "text", t("Your words for colleagues"), hint, required=True, long=True, limit=WORDS_LIMIT, value=typed
    )
    return Form(t("Your words for colleagues"), Address("box.worded", ref), (text,), t("Keep"))


def plan_form(t: Translator, ref: str) -> Form:
    """An answer to a desk that wants to speak with somebody named."""
    answers = (
        Option("yes", t("That is all right with me")),
        Option("no", t("Please do not")),
    )
    answer = ChoiceField("answer", t("Your answer"), answers, required=True)
    hint = t("If you like: what would make it safer. It arrives at the desk later, at a random moment.")
    text = TextField("text", t("Your words"), hint, long=True, limit=MESSAGE_LIMIT)
    return Form(t("Answer the desk's plan"), Address("box.planned", ref), (answer, text), t("Send"))


def _words(t: Translator, hint: str = "", typed: str = "") -> TextField:
    hint = hint or t("It arrives at the desk later, at a random moment.")
    return TextField(
        "text", t("Your words"), hint, required=True, long=True, limit=MESSAGE_LIMIT, value=typed
    )


def _jot(t: Translator) -> TextField:
    return _words(t, t("It is kept with your record. Nothing is sent."))


def _where(t: Translator, others: Sequence[Look]) -> ChoiceField:
    same = Option(SAME, t("To the desk that has your report"))
    named = (Option(look.desk.id.hex(), t("To another desk: {desk}", desk=look.name)) for look in others)
    hint = t("Another desk gets the whole report; the one that has it cannot open it any more.")
    return ChoiceField("where", t("Where it goes"), (same, *named), hint, value=SAME)
