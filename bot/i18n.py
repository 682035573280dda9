"""Every sentence that people read, in their language: gettext catalogues below `locale`."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from bot.model import Option

LOCALE = Path(__file__).with_name("locale")

_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}")

LANGUAGES = ("en", *sorted(found.name for found in LOCALE.iterdir() if found.is_dir()))
"""English, in which the code is written, and every language with a catalogue."""

Translator = Callable[..., str]
"""`t(msgid, **values)`: the translated message with its {placeholders} filled."""


def N_(message: str) -> str:  # noqa: N802 - the customary name, which the extraction looks for
    """Mark a message that is translated later, when the reader is known."""
    return message


@lru_cache(maxsize=64)
def translator(locale: str) -> Translator:
    """The translator for a locale such as "de", "de-DE" or "en_US"; English where there is no catalogue."""
    language = locale.replace("-", "_") if _LOCALE.fullmatch(locale) else "en"
    catalogue = gettext.translation(
        "metoo", LOCALE, languages=[language, language.split("_")[0]], fallback=True
    )

    def t(message: str, **values: str | int) -> str:
        return catalogue.gettext(message).format(**values)

    return t


def options(t: Translator, labels: dict[str, str]) -> tuple[Option, ...]:
    """The options of a choice from value → message id."""
    return tuple(Option(value, t(label)) for value, label in labels.items())
