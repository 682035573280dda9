"""Cards and forms as plain JSON for the page, which shows every text of them as text and nothing else."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from bot.model import (
    Block,
    Card,
    ChannelField,
    Choice,
    ChoiceField,
    Field,
    FileField,
    Form,
    Image,
    Link,
    Option,
    Paragraph,
    People,
    PersonField,
    Quote,
    Row,
    TextField,
    Words,
)

TEXT_LIMIT = 40_000
"""Characters of one text field."""


def screens(card: Card) -> list[dict[str, Any]]:
    """A private screen: always one, because the page scrolls."""
    return [_card(card)]


def post(card: Card) -> dict[str, Any]:
    """A message in a channel."""
    return _card(card)


def form(form: Form) -> dict[str, Any]:
    """A form with its fields, each with what was typed before."""
    return {
        "kind": "form",
        "title": form.title,
        "action": form.to.action,
        "ref": form.to.ref,
        "submit": form.submit,
        "fields": [_field(each) for each in form.fields],
    }


def image_path(image: Image) -> str:
    """Where the page finds a picture: by what it shows, so that an old one is never shown for a new one."""
    return f"/image/{sha256(image.png).hexdigest()[:32]}.png"


def _card(card: Card) -> dict[str, Any]:
    return {
        "kind": "card",
        "title": card.title,
        "aside": card.aside,
        "body": [_block(each) for each in card.body],
        "image": {"src": image_path(card.image), "alt": card.image.alt} if card.image else None,
        "choices": [_choice(each) for each in card.choices],
        "buttons": [
            {"label": each.label, "action": each.to.action, "ref": each.to.ref, "style": str(each.style)}
            for each in card.buttons
        ],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(text) | Quote(text) | Words(text):
            return {"type": type(block).__name__.lower(), "text": text}
        case Row(label, value):
            return {"type": "row", "label": label, "value": value}
        case People(label, ids):
            return {"type": "people", "label": label, "ids": list(ids)}
        case Link(label, url):
            return {"type": "link", "label": label, "url": url}


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "label": choice.label,
        "action": choice.to.action,
        "ref": choice.to.ref,
        "options": _options(choice.options),
        "value": choice.value,
    }


def _options(options: tuple[Option, ...]) -> list[dict[str, str]]:
    return [{"value": each.value, "label": each.label} for each in options]


def _field(field: Field) -> dict[str, Any]:
    shared = {"name": field.name, "label": field.label, "hint": field.hint, "required": field.required}
    match field:
        case TextField():
            limit = min(field.limit, TEXT_LIMIT)
            return shared | {"type": "text", "long": field.long, "limit": limit, "value": field.value}
        case ChoiceField():
            return shared | {"type": "choice", "options": _options(field.options), "value": field.value}
        case PersonField():
            return shared | {"type": "person", "most": field.most, "value": list(field.value)}
        case ChannelField():
            return shared | {"type": "channel", "private": field.private, "value": field.value}
        case FileField():
            raise ValueError("files come over a one-time page here, as on Slack")
