"""The parts of set-up in words and as forms, and what a filled-in form means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from bot.errors import Refusal
from bot.flows import setup_holding
from bot.i18n import LANGUAGES, N_, Translator, options
from bot.model import Address, ChannelField, ChoiceField, Event, Field, Form, Option, TextField
from bot.plans import View

LABELS = {
    "desks": N_("Desks"),
    "channels": N_("Channels for everybody"),
    "digest": N_("Time of the digest"),
    "people": N_("Language, people, files"),
    "keeping": N_("How long reports are kept"),
    "escrow": setup_holding.LABEL,
    "support": N_("Your own support"),
}
"""The parts, in the order in which they are offered."""

SAYS = {
    "desks": (
        N_(
            "A desk is a private channel. Everybody in it can read every report that arrives there, so only people who"
            " handle reports should be in it. A report goes to the first desk that nobody named in it can read: a"
            " second desk, such as an ombuds person, keeps people from reading about themselves."
        ),
        N_(
            "Make a private channel, add those people, and then the bot: on Slack type /invite @metoo in it, on"
            " Discord let the bot view it and send messages. Then add it here."
        ),
    ),
    "channels": (
        N_(
            "In the solidarity channel stand the button Me too and what writers agreed to share. In the digest channel"
            " stands one anonymous summary a week. Both should be channels that everybody can read, with the bot in"
            " them; both can be left out."
        ),
    ),
    "digest": (N_("When the weekly digest is posted, in your time."),),
    "people": (
        N_(
            "The language is that of cards and digests; each person's own menu is in their own language. The number of"
            " people keeps small numbers hidden: the smaller of yours and the platform's counts, and below 25 no"
            " numbers are shown at all."
        ),
        N_(
            "Files are pictures, PDF and text, cleaned before they are kept. On Slack they also need an address that"
            " the operator sets (web.public_url)."
        ),
    ),
    "keeping": (
        N_(
            "A closed report is kept so long after it was closed, and then erased. Open ones stay. A shorter time"
            " protects people, a longer one lets patterns be seen."
        ),
    ),
    "escrow": setup_holding.SAYS,
    "support": (
        N_(
            "Lines of your own that stand above all others under Find support: a works council, a trusted person, a"
            " helpline. Name people only if they agreed."
        ),
    ),
}
"""What each part does."""

UNDO = {
    "desks": N_("To undo it, take the desk out again below; that moves no report."),
    "channels": N_("To undo it, leave a channel out; what was posted there stays."),
    "digest": N_("To undo it, choose another time. It counts from the next digest on."),
    "people": N_("To undo it, change it back. Files that were sent stay with their reports."),
    "keeping": N_("To undo it, change it back. What was erased does not come back."),
    "escrow": setup_holding.UNDO,
    "support": N_("To undo it, change or empty the lines."),
}
"""How each part is undone."""

FILE = N_(
    "The settings file of the program says this, and what it says holds: {names}. It cannot be changed here."
)

DAYS = {
    "Mon": N_("Monday"),
    "Tue": N_("Tuesday"),
    "Wed": N_("Wednesday"),
    "Thu": N_("Thursday"),
    "Fri": N_("Friday"),
    "Sat": N_("Saturday"),
    "Sun": N_("Sunday"),
}
_KEPT = (30, 60, 90, 120, 180, 365, 730)
_NAMES = {"en": "English", "de": "Deutsch"}
_LINES, _LINE = 20, 300
MOST_ZONES = 25

_NOT_A_NUMBER = N_("The number of people has to be a whole number, such as 60. Nothing was changed.")
_TOO_MUCH = N_("There is room for {lines} lines of {line} characters. Nothing was changed.")


def language_name(code: str) -> str:
    """A language by its own name."""
    return _NAMES.get(code.partition("-")[0], code)


def form(t: Translator, view: View, step: str) -> Form:
    """The form of one part, filled in with what holds in the end."""
    made = _FORMS[step](t, view)
    fields = tuple(each for each in made if not _fixed(each, view))
    ref = f"{step}.{view.seen(step)}"
    return Form(t(LABELS[step]), Address("setup.kept", ref), fields, t("Keep"))


def values(event: Event, step: str, view: View) -> Mapping[str, Any]:
    """What a sent form chose, by the names of `WorkspaceSettings`; no desks and zones. Raises Refusal."""
    if step == "channels":
        return {name: event.text(name) for name in ("solidarity_channel", "digest_channel")}
    if step == "digest":
        day, hour = str(view.wanted("digest_at")).split()
        return {"digest_at": f"{event.text('day') or day} {event.text('hour') or hour}"}
    if step == "people":
        return _people(event, view)
    if step == "keeping":
        days = event.text("retention_days")
        return {"retention_days": int(days)} if days.isascii() and days.isdigit() else {}
    if step == "escrow":
        return setup_holding.chosen(event)
    return {"support": _lines(event.text("support"))}


def channel_of(event: Event) -> str:
    """The channel that was picked, or the id in what was typed instead."""
    typed = event.text("address").strip().rstrip("/").rpartition("/")[2]
    found = event.text("channel") or typed.lstrip("#")
    return found if re.fullmatch(r"[\w-]{1,40}", found, re.ASCII) else ""


def zones(typed: str) -> Sequence[str]:
    """The time zones that somebody may mean by this: one, if it is clear."""
    wanted = "_".join(typed.split()).lower()
    every = sorted(available_timezones())
    exact = [each for each in every if wanted in {each.lower(), each.lower().rpartition("/")[2]}]
    found = exact or [each for each in every if wanted and wanted in each.lower()]
    whole = [each for each in found if each.lower() == wanted]
    return whole or found


def _people(event: Event, view: View) -> Mapping[str, Any]:
    typed = event.text("population").strip()
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 8):  # noqa: PLR2004 - more than there are
        raise Refusal(_NOT_A_NUMBER)
    files = event.text("attachments")
    return {
        "language": event.text("language") or view.wanted("language"),
        "population": int(typed) if typed else None,
        "attachments": files == "on" if files else view.wanted("attachments"),
    }


def _lines(text: str) -> list[str]:
    lines = [each.strip() for each in text.splitlines() if each.strip()]
    if len(lines) > _LINES or any(len(each) > _LINE for each in lines):
        raise Refusal(_TOO_MUCH, lines=_LINES, line=_LINE)
    return lines


def _fixed(asked: Field, view: View) -> bool:
    behind = {"day": "digest_at", "hour": "digest_at", "channel": "desks", "address": "desks"}
    return behind.get(asked.name, asked.name) in view.fixed


def _desk(t: Translator, _: View) -> tuple[Field, ...]:
    return (
        ChannelField("channel", t("Private channel"), t("You see those that you are in."), private=True),
        TextField(
            "address", t("Or its id, or a link to it"), t("If you are not in it, somebody there can copy it.")
        ),
    )


def _channels(t: Translator, view: View) -> tuple[Field, ...]:
    return (
        ChannelField(
            "solidarity_channel",
            t("Solidarity channel"),
            t("Empty: no Me too button and no statements."),
            value=view.wanted("solidarity_channel"),
        ),
        ChannelField(
            "digest_channel", t("Digest channel"), t("Empty: no digest."), value=view.wanted("digest_channel")
        ),
    )


def _digest(t: Translator, view: View) -> tuple[Field, ...]:
    day, hour = str(view.wanted("digest_at")).split()
    hours = sorted({hour.rjust(5, "0"), *(f"{each:02}:00" for each in range(24))})
    clock = tuple(Option(each, each) for each in hours)
    return (
        ChoiceField("day", t("Day"), options(t, DAYS), required=True, value=day[:3].title()),
        ChoiceField("hour", t("Hour"), clock, required=True, value=hour.rjust(5, "0")),
        TextField(
            "timezone", t("Time zone"), t("A city is enough, such as Berlin."), value=view.wanted("timezone")
        ),
    )


def _about(t: Translator, view: View) -> tuple[Field, ...]:
    languages = tuple(Option(each, language_name(each)) for each in LANGUAGES)
    files = options(t, {"on": N_("On"), "off": N_("Off")})
    people = view.wanted("population")
    spoken = str(view.wanted("language")).partition("-")[0]
    return (
        ChoiceField("language", t("Language"), languages, required=True, value=spoken),
        TextField(
            "population",
            t("Number of people"),
            t("Empty: as the platform says."),
            value="" if people is None else str(people),
        ),
        ChoiceField(
            "attachments",
            t("Files in reports"),
            files,
            required=True,
            value="on" if view.wanted("attachments") else "off",
        ),
    )


def _keeping(t: Translator, view: View) -> tuple[Field, ...]:
    days = sorted({*_KEPT, int(view.wanted("retention_days"))})
    listed = tuple(Option(str(each), t("{days} days", days=each)) for each in days)
    now = str(view.wanted("retention_days"))
    return (
        ChoiceField("retention_days", t("Closed reports are kept for"), listed, required=True, value=now),
    )


def _support(t: Translator, view: View) -> tuple[Field, ...]:
    said = "\n".join(view.wanted("support"))
    hint = t("One line each: who, and how to reach them.")
    return (TextField("support", t("Your own support"), hint, long=True, limit=2000, value=said),)


_FORMS = {
    "desks": _desk,
    "channels": _channels,
    "digest": _digest,
    "people": _about,
    "keeping": _keeping,
    "escrow": setup_holding.fields,
    "support": _support,
}
