"""Help outside the company: dated, sourced entries by country, of which people see the verified ones."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, StringConstraints, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bot.errors import Misconfigured
from bot.i18n import N_

FILE = Path(__file__).with_name("support.toml")

PURPOSES = {
    "work": N_("Harassment and discrimination at work: your rights, advice, complaints"),
    "sexual": N_("Sexual harassment and assault: someone to talk to, and what can be done"),
    "women": N_("Violence and harassment against women: someone to talk to, and what can be done"),
    "men": N_("Violence and harassment against men: someone to talk to, and what can be done"),
    "trans": N_("Violence and harassment against trans people: someone to talk to, and what can be done"),
    "crisis": N_("A crisis or thoughts of suicide: someone to talk to now"),
    "directory": N_("Help lines in many countries"),
}
"""What an entry is for, as message ids, by the word that stands for it in the file."""


def _https(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise ValueError("this must be an address that begins with https://")
    return value


def _number(value: str) -> str:
    if not re.fullmatch(r"[+#(]?[0-9][0-9 ()-]{1,24}", value):
        raise ValueError("a phone number has digits, spaces, hyphens and brackets only")
    return value


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Https = Annotated[str, AfterValidator(_https)]
Number = Annotated[str, AfterValidator(_number)]
T = TypeVar("T")
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class Entry:
    """One place to turn to. `source` is the page on which its contact was read on the day `checked`.

    `text` is a number for messages with the way to use it; `note` says whom it is for, where that matters.
    """

    name: Words
    kind: Literal["work", "sexual", "women", "men", "trans", "crisis", "directory"]
    source: Https
    checked: date
    verified: bool
    phone: Number | None = None
    text: Words | None = None
    address: Https | None = None
    hours: Words | None = None
    languages: tuple[Words, ...] = ()
    note: Words | None = None

    def __post_init__(self) -> None:
        if not (self.phone or self.text or self.address):
            raise ValueError("an entry needs a phone number, a text number or an address")

    @property
    def purpose(self) -> str:
        """The message id of what it is for."""
        return PURPOSES[self.kind]


@dataclass(frozen=True, slots=True, config=_STRICT)
class Country:
    """A country with its entries, by its ISO 3166 code."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    name: Words
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class SupportList:
    """What people may see: verified entries only."""

    international: tuple[Entry, ...]
    listed: tuple[Country, ...]

    def countries(self) -> tuple[tuple[str, str], ...]:
        """Code and English name of every country with something to show, by name."""
        return tuple((each.code, each.name) for each in self.listed)

    def of(self, code: str) -> tuple[Entry, ...]:
        """The entries of a country; none where it is not listed."""
        return next((each.entries for each in self.listed if each.code == code), ())


def load(path: Path = FILE) -> SupportList:
    """Read the list and keep what is verified. Raises `Misconfigured` naming the entry that is wrong."""
    international, countries = read(path)
    kept = [Country(each.code, each.name, _verified(each.entries)) for each in countries]
    shown = sorted((each for each in kept if each.entries), key=lambda country: country.name)
    return SupportList(_verified(international), tuple(shown))


def read(path: Path) -> tuple[tuple[Entry, ...], tuple[Country, ...]]:
    """Every entry of a file, verified or not: the international ones, and the countries."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{path.name} cannot be read: {error}") from error
    international = tuple(_entry(each, "international", path) for each in _tables(raw, "international", path))
    countries = tuple(_country(each, path) for each in _tables(raw, "countries", path))
    codes = [each.code for each in countries]
    for code in codes:
        if codes.count(code) > 1:
            raise Misconfigured(f"{path.name}: the country {code} stands there twice")
    return international, countries


def _verified(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(each for each in entries if each.verified)


def _tables(raw: dict[str, Any], name: str, path: Path) -> list[dict[str, Any]]:
    found = raw.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Misconfigured(f"{path.name}: {name} must be a list of tables, each begun by [[{name}]]")
    return found


def _country(raw: dict[str, Any], path: Path) -> Country:
    where = str(raw.get("code", "a country without a code"))
    entries = tuple(_entry(each, where, path) for each in _tables(raw, "entries", path))
    return _checked(TypeAdapter(Country), {**raw, "entries": entries}, where, path)


def _entry(raw: dict[str, Any], where: str, path: Path) -> Entry:
    name = str(raw.get("name", "an entry without a name"))
    return _checked(TypeAdapter(Entry), raw, f"{where}, {name}", path)


def _checked(kind: TypeAdapter[T], raw: dict[str, Any], where: str, path: Path) -> T:
    try:
        return kind.validate_python(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(each) for each in first["loc"]) or "entry"
        raise Misconfigured(f"{path.name}: {where}: {field}: {first['msg']}") from error
