"""Cards and forms as Slack's modals and messages, within Slack's limits; nothing here asks anybody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import count

from adapters.slack.blocks import Json, body, cut, header, paragraph, plain, split, units
from bot.i18n import Translator, translator
from bot.model import (
    Address,
    Button,
    Card,
    ChannelField,
    Choice,
    ChoiceField,
    Field,
    FileField,
    Form,
    Option,
    PersonField,
    Style,
    TextField,
)

TITLE = 24
VIEW_BLOCKS = 100
VIEW_BYTES = 200_000
"""Slack refuses views above 250 KB; the rest is for what Slack adds."""
POST_BLOCKS = 50
POST_CHARACTERS = 12_000
"""Slack refuses messages whose blocks are too long altogether, without saying how long that is."""
TYPED = 3000
OPTIONS = 100
IN_A_ROW = 5
REPEATED = 20
"""Blocks of lists and buttons up to which they stand on every page."""
ALT = 2000

CARD = "card"
"""The callback of a modal that has nothing to submit."""

FIELD = "field"
"""The action id of every input; its block id carries the field's name."""

_STYLES = {Style.PRIMARY: "primary", Style.FINAL: "danger"}


def screens(card: Card, locale: str = "en", *, titled: bool = True) -> list[Json]:
    """A card as modal views: one, or as many pages as it needs. One not `titled` has its title in its first block."""
    t = translator(locale)
    ids = count()
    top = [header(card.title)] if units(card.title) > TITLE or not titled else []
    text = body(card.body, private=True) + (paragraph(card.image.alt) if card.image else [])
    tail = [each for choice in card.choices for each in _lists(choice, ids)] + _rows(card.buttons, ids)
    if len(tail) > REPEATED:
        text, tail = text + tail, []
    room = VIEW_BLOCKS - len(top) - len(tail) - 1
    pages = _pages(text, room, VIEW_BYTES - _size([*top, *tail])) or [[]]
    views = []
    for number, page in enumerate(pages, 1):
        turn = _turn(card.here, number, len(pages), t, ids)
        views.append(_view(card.title, [*top, *page, *tail, *turn] or [header(card.title)], t))
    return views


def home(card: Card, locale: str = "en") -> Json:
    """A card as somebody's Home; what does not fit opens page by page in a window."""
    first, *_ = screens(card, locale, titled=False)
    return {"type": "home", "blocks": first["blocks"]}


def moment(locale: str = "en") -> Json:
    """What stands there while the answer takes longer."""
    t = translator(locale)
    return _view(t("One moment…"), paragraph(t("One moment…")), t)


def form(asked: Form, locale: str = "en") -> Json:
    """A form as a modal view."""
    t = translator(locale)
    top = [header(asked.title)] if units(asked.title) > TITLE else []
    ids = count()
    inputs = [each for field in asked.fields for each in _inputs(field, ids)]
    return {
        **_view(asked.title, top + inputs, t),
        "callback_id": asked.to.action,
        "private_metadata": asked.to.ref,
        "submit": plain(asked.submit, TITLE),
    }


def post(card: Card, picture: str = "") -> Json:
    """A card as a channel message; `picture` is the uploaded file, else the words for it stand there."""
    return {
        "text": _escaped(card.title),
        "blocks": _message(card, picture),
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def aside(card: Card) -> Json:
    """A card as a message that only the person who pressed sees."""
    return _drawn_once(card) if card.alike else _aside(card)


@lru_cache(maxsize=64)
def _drawn_once(card: Card) -> Json:
    return _aside(card)


def _aside(card: Card) -> Json:
    return {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": _escaped(card.title),
        "blocks": _message(card, ""),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _view(title: str, made: list[Json], t: Translator) -> Json:
    return {
        "type": "modal",
        "callback_id": CARD,
        "title": plain(title, TITLE),
        "close": plain(t("Close"), TITLE),
        "blocks": made,
    }


def _message(card: Card, picture: str) -> list[Json]:
    ids = count()
    tail: list[Json] = []
    if card.image and picture:
        alt = cut(card.image.alt, ALT)
        tail.append({"type": "image", "slack_file": {"id": picture}, "alt_text": alt})
    elif card.image:
        tail += paragraph(cut(card.image.alt, ALT))
    tail += [each for choice in card.choices for each in _lists(choice, ids)]
    tail += _rows(card.buttons, ids, card.title)
    text = [header(card.title), *body(card.body, private=False)]
    pages = _pages(text, POST_BLOCKS - len(tail) - 1, POST_CHARACTERS)
    return [*pages[0], *(paragraph("…") if len(pages) > 1 else []), *tail]


def _pages(made: Sequence[Json], room: int, size: int) -> list[list[Json]]:
    pages: list[list[Json]] = []
    left = 0
    for block in made:
        weight = _size(block)
        if not pages or len(pages[-1]) >= room or weight > left:
            pages.append([])
            left = size
        pages[-1].append(block)
        left -= weight
    return pages


def _size(made: object) -> int:
    return len(json.dumps(made))


def _turn(here: Address | None, number: int, pages: int, t: Translator, ids: count[int]) -> list[Json]:
    if here is None or pages == 1:
        return []
    others = [other for other in (number - 1, number + 1) if 1 <= other <= pages]
    buttons = [
        _button(t("Page {page} of {pages}", page=other, pages=pages), here, Style.PLAIN, ids, other)
        for other in others
    ]
    return [{"type": "actions", "elements": buttons}]


def _rows(buttons: Sequence[Button], ids: count[int], of: str = "") -> list[Json]:
    """Buttons in rows; among many messages a screen reader says of which one each is."""
    made = [_button(button.label, button.to, button.style, ids) for button in buttons]
    for each in made if of else ():
        each["accessibility_label"] = cut(f"{each['text']['text']}: {of}", 75)
    rows = [made[at : at + IN_A_ROW] for at in range(0, len(made), IN_A_ROW)]
    return [{"type": "actions", "elements": row} for row in rows]


def _button(label: str, to: Address, style: Style, ids: count[int], page: int = 0) -> Json:
    made: Json = {
        "type": "button",
        "text": plain(label, 75),
        "action_id": f"{next(ids)}.{page}:{to.action}",
    }
    if to.ref:
        made["value"] = to.ref
    if style in _STYLES:
        made["style"] = _STYLES[style]
    return made


def _lists(choice: Choice, ids: count[int]) -> list[Json]:
    made = []
    for label, options in _parts(choice.label, choice.options):
        number = next(ids)
        select = _select(options, choice.value) | {"action_id": f"{number}.0:{choice.to.action}"}
        made.append({
            "type": "section",
            "block_id": f"{number}:{choice.to.ref}",
            "text": plain(label),
            "accessory": select,
        })  # fmt: skip
    return made


def _parts(label: str, options: Sequence[Option]) -> list[tuple[str, Sequence[Option]]]:
    parts = [options[at : at + OPTIONS] for at in range(0, len(options), OPTIONS)]
    if len(parts) < 2:  # noqa: PLR2004 - one list needs no number
        return [(label, part) for part in parts]
    return [(f"{label} ({number}/{len(parts)})", part) for number, part in enumerate(parts, 1)]


def _select(options: Sequence[Option], value: str) -> Json:
    made = [{"text": plain(option.label, 75), "value": option.value} for option in options]
    chosen = [each for each in made if each["value"] == value]
    return {"type": "static_select", "options": made} | ({"initial_option": chosen[0]} if chosen else {})


def _inputs(field: Field, ids: count[int]) -> list[Json]:
    match field:
        case TextField():
            return [_input(field, field.label, _typed(field), ids, required=field.required)]
        case PersonField():
            return [_input(field, field.label, _picker(field), ids, required=field.required)]
        case ChannelField():
            return [_input(field, field.label, _channels(field), ids, required=field.required)]
        case ChoiceField():
            parts = _parts(field.label, field.options)
            alone = field.required and len(parts) == 1
            return [
                _input(field, label, _select(part, field.value), ids, required=alone) for label, part in parts
            ]
        case FileField():
            raise ValueError(
                "Slack would keep a file under the person's name; files come over a one-time page"
            )


def _input(field: Field, label: str, element: Json, ids: count[int], *, required: bool) -> Json:
    made: Json = {
        "type": "input",
        "block_id": f"{next(ids)}:{field.name}",
        "label": plain(label, 2000),
        "element": element | {"action_id": FIELD},
        "optional": not required,
    }
    return made | ({"hint": plain(field.hint, 2000)} if field.hint else {})


def _typed(field: TextField) -> Json:
    most = min(field.limit, TYPED)
    value = next(split(field.value, most), "")
    made: Json = {"type": "plain_text_input", "multiline": field.long, "max_length": most}
    return made | ({"initial_value": value} if value else {})


def _picker(field: PersonField) -> Json:
    if field.most == 1:
        return {"type": "users_select"} | ({"initial_user": field.value[0]} if field.value else {})
    made: Json = {"type": "multi_users_select", "max_selected_items": field.most}
    return made | ({"initial_users": list(field.value[: field.most])} if field.value else {})


def _channels(field: ChannelField) -> Json:
    kinds = ["private"] if field.private else ["public", "private"]
    made: Json = {"type": "conversations_select", "filter": {"include": kinds}}
    return made | ({"initial_conversation": field.value} if field.value else {})


def _escaped(text: str) -> str:
    return cut(text, 3000).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
