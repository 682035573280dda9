"""Hints before sending: what in a text may point at its writer. Advice only; nothing is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.i18n import N_

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember"
)
_E_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,}")
_PHONE = re.compile(r"(?<!\d)\+?\d(?:[ /().-]?\d){6,14}(?!\d)")
_YEARS = re.compile(r"(?:19|20)\d\d[ /-](?:19|20)\d\d$")
_HOURS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    "|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf"
)
_TIME = re.compile(
    r"\b(?:[01]?\d|2[0-3]):[0-5]\d\b"
    r"|\b\d{1,2}(?:[.h][0-5]\d)?\s?(?:Uhr\b|pm\b|[ap]\.m\.|o['’]clock\b)"
    r"|\b\d{1,2}(?:\.[0-5]\d)?am\b"
    r"|\b(?:at|by|around|about|before|after|from|until|since)\s\d{1,2}(?:\.\d\d)?\sam\b"
    r"|\b(?:[01]?\d|2[0-3])h[0-5]\d\b"
    rf"|\b(?:half past|quarter (?:past|to)|halb|viertel (?:vor|nach))\s(?:\d{{1,2}}|{_HOURS})\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b\d{1,2}[./]\s?\d{1,2}[./]\s?\d{2,4}\b|\b\d{1,2}\.\s?\d{1,2}\.(?!\w)|\b\d{4}-\d{2}-\d{2}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s(?:of\s)?(?:{_MONTHS})\b"
    rf"|\b(?:{_MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?\b",
    re.IGNORECASE,
)
_WHO = (
    "wom[ae]n|girl|mother|trainee|apprentice|intern|foreigner|muslim|jew"
    "|Frau|Mutter|Auszubildende[rn]?|Azubi|Praktikant(?:in)?|Ausländer(?:in)?"
)
_ONLY = re.compile(
    r"\b(?:as|being|i am|i was|i['’]m) the only\b"
    rf"|\bthe only\s(?:\w+\s)?(?:{_WHO})\b|\b(?:die|der|das) einzige\s(?:\w+\s)?(?:{_WHO})\b"
    r"|\bals (?:(?:die|der|das) )?einzige\w*"
    r"|\b(?:ich (?:bin|war)|(?:bin|war) ich) (?:die|der|das) einzige\w*",
    re.IGNORECASE,
)
# No repeat within a repeat that could match the same characters in two ways: time grows with the length alone.

_SHORTEST_NAME = 3
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts whose words stand without spaces, so that a name has no edges."""


def hints(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Message ids of what a text contains that may point at its writer, whose own names are `names`."""
    return tuple(_found(text, names))


def _found(text: str, names: Iterable[str]) -> Iterator[str]:
    if any(_says(text, name) for name in names):
        yield N_("your own name")
    if _E_MAIL.search(text):
        yield N_("an e-mail address")
    if any(not _DATE.match(each[0]) and not _YEARS.match(each[0]) for each in _PHONE.finditer(text)):
        yield N_("a phone number")
    if _TIME.search(text):
        yield N_("an exact time")
    if _DATE.search(text):
        yield N_("an exact date")
    if _ONLY.search(text):
        yield N_("words that say there is only one of you")


def _says(text: str, name: str) -> bool:
    if _WITHOUT_SPACES.search(name):
        return name.strip() in text
    parts = [part for part in re.split(r"[\s._@-]+", name) if len(part) >= _SHORTEST_NAME] or [name.strip()]
    return any(part and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text, re.IGNORECASE) for part in parts)
