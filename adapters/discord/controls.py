"""What can be pressed, picked and filled in, as Discord's components."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import discord
from discord import ui

from adapters.discord import custom_id, text
from adapters.discord.pages import Item
from bot.model import (
    Address,
    Button,
    ChannelField,
    Choice,
    ChoiceField,
    Field,
    FileField,
    Option,
    PersonField,
    Style,
    TextField,
)

MOST_OPTIONS = 25
_IN_A_ROW = 5
_LABEL = 45
_HINT = 100
_BUTTON = 80
_OPTION = 100
_PLACEHOLDER = 150
_INPUT = 4000
_FILES = 10

_STYLES = {
    Style.PLAIN: discord.ButtonStyle.secondary,
    Style.PRIMARY: discord.ButtonStyle.primary,
    Style.FINAL: discord.ButtonStyle.danger,
}


def rows(choices: tuple[Choice, ...], buttons: tuple[Button, ...]) -> Iterator[Item]:
    """Lists and then buttons; within one message no two of them have the same custom_id."""
    name = _Names()
    for choice in choices:
        yield from _lists(choice, name)
    made = iter([_button(button, name(button.to)) for button in buttons])
    while some := list(islice(made, _IN_A_ROW)):
        yield ui.ActionRow(*some)


def modal_field(field: Field) -> ui.Label[Any]:
    """One question of a form, under its label."""
    return ui.Label(
        text=text.shorten(text.one_line(field.label), _LABEL),
        description=text.shorten(text.one_line(field.hint), _HINT) or None,
        component=_asked(field),
    )


def _asked(field: Field) -> Item:
    match field:
        case TextField():
            return _text_input(field)
        case ChoiceField():
            return _select(field)
        case PersonField():
            return _people(field)
        case ChannelField():
            return _channel(field)
        case FileField():
            return _files(field)


def _text_input(field: TextField) -> Item:
    limit = max(1, min(field.limit, _INPUT))
    typed = text.cut(field.value, limit, escaped=False)[0]
    return ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph if field.long else discord.TextStyle.short,
        required=field.required,
        max_length=limit,
        default=typed if 0 < text.units(typed) <= limit else None,
    )


def _select(field: ChoiceField) -> Item:
    if len(field.options) > MOST_OPTIONS:
        raise ValueError("a list in a form on Discord has at most 25 options; put a longer one on a card")
    return ui.Select(
        custom_id=field.name,
        options=_options(field.options, field.value),
        required=field.required,
        min_values=int(field.required),
        max_values=1,
    )


def _people(field: PersonField) -> Item:
    most = max(1, min(field.most, MOST_OPTIONS))
    chosen = [person for person in field.value if person.isascii() and person.isdigit()]
    return ui.UserSelect(
        custom_id=field.name,
        required=field.required,
        min_values=int(field.required),
        max_values=most,
        default_values=[discord.SelectDefaultValue(id=int(each), type=_USER) for each in chosen[:most]],
    )


def _channel(field: ChannelField) -> Item:
    chosen = [int(field.value)] if field.value.isascii() and field.value.isdigit() else []
    return ui.ChannelSelect(
        custom_id=field.name,
        channel_types=[discord.ChannelType.text, *([] if field.private else [discord.ChannelType.news])],
        required=field.required,
        min_values=int(field.required),
        max_values=1,
        default_values=[discord.SelectDefaultValue(id=each, type=_CHANNEL) for each in chosen],
    )


def _files(field: FileField) -> Item:
    return ui.FileUpload(
        custom_id=field.name,
        required=field.required,
        min_values=int(field.required),
        max_values=max(1, min(field.most, _FILES)),
    )


_USER = discord.SelectDefaultValueType.user
_CHANNEL = discord.SelectDefaultValueType.channel


def _button(button: Button, known: str) -> ui.Button[Any]:
    label = text.shorten(text.one_line(button.label), _BUTTON)
    return ui.Button(label=label, style=_STYLES[button.style], custom_id=known)


def _lists(choice: Choice, name: _Names) -> Iterator[Item]:
    """A list with its label above it; a long one becomes several, named from … to."""
    yield ui.TextDisplay(text.escape(text.shorten(text.one_line(choice.label), _PLACEHOLDER)))
    whole = len(choice.options) <= MOST_OPTIONS
    for start in range(0, len(choice.options), MOST_OPTIONS):
        options = choice.options[start : start + MOST_OPTIONS]
        span = choice.label if whole else f"{options[0].label} … {options[-1].label}"
        yield ui.ActionRow(
            ui.Select(
                custom_id=name(choice.to),
                placeholder=text.shorten(text.one_line(span), _PLACEHOLDER),
                options=_options(options, choice.value),
            )
        )


def _options(options: tuple[Option, ...], value: str) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(
            label=text.shorten(text.one_line(each.label), _OPTION),
            value=each.value,
            default=bool(value) and each.value == value,
        )
        for each in options
    ]


class _Names:
    """A custom_id for each address: one that was there before is told apart by its number."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def __call__(self, to: Address) -> str:
        known = custom_id.plain(to)
        numbers = count(2)
        while known in self._seen:
            known = custom_id.again(to, next(numbers))
        self._seen.add(known)
        return known
