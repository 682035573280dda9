"""What is wrong in the settings, in sentences that name the setting and never its value, which may be a token."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

PLATFORMS = 'A platform is "slack" or "discord".'

_NTH = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

_WRONG = {
    "missing": "is missing",
    "string_too_short": "is empty",
    "string_type": "must be text in quotes",
    "path_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list, in square brackets",
    "model_type": "must be a table of settings",
    "too_long": "has too many entries; it takes {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
}
"""By pydantic's name of a mistake; where a name is not here, pydantic's own words are said."""


def sentence(error: ValidationError) -> str:
    """Everything that is wrong, one line each."""
    return "\n".join(["The settings cannot be used.", *(f"- {_mistake(each)}" for each in error.errors())])


def _mistake(found: Mapping[str, Any]) -> str:
    where, kind = tuple(found["loc"]), found["type"]
    if kind == "extra_forbidden":
        return f"metoo.toml (or the environment) has a setting that does not exist: {_name(where)}."
    if where[-1:] == ("desks",) and kind == "too_short":
        return f"{_name(where)} is empty: name at least one private channel."
    if where[-1:] == ("platform",) and kind == "literal_error":
        return f"{_name(where)} is no platform we know. {PLATFORMS}"
    if len(where) > 1 and kind == "missing" and isinstance(where[-1], int):
        return f"{_name(where[:-1])} has too few entries."
    return f"{_name(where)}{_said(found)}."


def _said(found: Mapping[str, Any]) -> str:
    if found["type"] == "value_error":
        words = str(found["msg"]).removeprefix("Value error, ")
        return f": {words}" if found["loc"] else words
    template = _WRONG.get(found["type"])
    return f" {template.format(**found.get('ctx', {}))}" if template else f": {found['msg']}"


def _name(where: tuple[int | str, ...]) -> str:
    """Such as "slack.api_url", or "desks of the first [[workspaces]]"."""
    if where[:1] == ("workspaces",) and len(where) > 1:
        place = f"the {_nth(where[1])} [[workspaces]]"
        return f"{_dotted(where[2:])} of {place}" if where[2:] else place
    return _dotted(where)


def _nth(index: int | str) -> str:
    return _NTH[index] if isinstance(index, int) and index < len(_NTH) else f"[{index}]"


def _dotted(parts: Iterable[int | str]) -> str:
    """Entries of a list are counted from one, as people do."""
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in parts)
