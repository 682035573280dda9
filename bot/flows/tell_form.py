"""The form in which somebody tells what happened, and what it says."""

from __future__ import annotations

from dataclasses import replace

from bot.account import CATEGORIES, TEXT_LIMIT, TIMES, UNSAID, Account
from bot.i18n import N_, Translator, options
from bot.model import Address, ChoiceField, Event, Field, Form, Option, PersonField, TextField

MOST_NAMED = 5
"""How many people one report can name."""


_NAMED = N_("Nobody is notified. No desk they can read gets it. A name only typed above keeps no desk away.")
_ABROAD = N_("Nobody is notified. HR is elsewhere and nobody can be looked up there: you are asked.")


def form(t: Translator, key: str, typed: Account, *, may_share: bool, elsewhere: bool = False) -> Form:
    """The questions; only the text is needed. `elsewhere` says that the desks are on another platform."""
    fields: tuple[Field, ...] = (
        TextField(
            "text",
            t("What happened"),
            t("One sentence is enough, you can add later. Closing loses what you typed."),
            required=typed.quoted is None,
            long=True,
            limit=TEXT_LIMIT,
            value=typed.text,
        ),
        ChoiceField("category", t("Kind"), options(t, CATEGORIES), t("If you like."), value=typed.category),
        PersonField(
            "named",
            t("Person named"),
            t(_ABROAD if elsewhere else _NAMED),
            most=MOST_NAMED,
            value=typed.named,
        ),
        ChoiceField("when", t("When, roughly"), options(t, TIMES), t("If you like."), value=typed.when),
    )
    if may_share:
        fields += (_share(t, shared=typed.shared),)
    to = "tell.preview" if typed.quoted is None else "quote.preview"
    return Form(t("Tell what happened"), Address(to, key), fields, t("Preview"))


def _share(t: Translator, *, shared: bool) -> Field:
    return ChoiceField(
        "share",
        t("May colleagues learn that it happened?"),
        (
            Option("no", t("Nothing is shared")),
            Option("yes", t("Yes: weeks later, that one report exists")),
        ),
        t("Everyone, the person named included, would then learn that one report exists."),
        value="yes" if shared else "no",
    )


def again(before: Account, typed: Account) -> Account:
    """What the form says now, with what was said beside it."""
    return replace(
        before,
        text=typed.text,
        category=typed.category,
        named=typed.named,
        when=typed.when,
        shared=typed.shared,
    )


def read(event: Event) -> Account:
    """The account in a submitted form; what is not among the options counts as unsaid."""
    category, when = event.text("category"), event.text("when")
    account = Account(
        text=event.text("text"),
        named=event.values.get("named", ())[:MOST_NAMED],
        shared=event.text("share") == "yes",
    )
    return replace(
        account,
        category=category if category in CATEGORIES else UNSAID,
        when=when if when in TIMES else UNSAID,
    )
