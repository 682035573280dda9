"""What people see and answer: cards, their blocks and buttons, and forms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_ACTION = 24
"""Characters of an action name; with a ref and a page it has to fit Discord's 100-character custom_id."""

MAX_REF = 64
"""Characters of the opaque reference that travels in a button or a form."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Our own words, plain. A bare https address in them may be made clickable."""

    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Quote:
    """A person's own words: shown exactly, and never as markup, mention or preview."""

    text: str

    def __repr__(self) -> str:
        return "Quote(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """Receipt words: shown large, in one piece, easy to copy by hand."""

    text: str

    def __repr__(self) -> str:
        return "Words(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """A label with its value, both our own words or numbers."""

    label: str
    value: str

    def __repr__(self) -> str:
        return f"Row({self.label})"


@dataclass(frozen=True, slots=True, repr=False)
class People:
    """A label with people of this workspace by platform id; shown by name, without notifying them."""

    label: str
    ids: tuple[str, ...]

    def __repr__(self) -> str:
        return f"People({self.label})"


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled https address."""

    label: str
    url: str


Block = Paragraph | Quote | Words | Row | People | Link


@dataclass(frozen=True, slots=True)
class Address:
    """An action with its opaque reference: what a button does, or how a card is shown again."""

    action: str
    ref: str = ""

    def __post_init__(self) -> None:
        if len(self.action) > MAX_ACTION or len(self.ref) > MAX_REF:
            raise ValueError("an action or its reference is too long to travel in a button")


class Style(StrEnum):
    """How much a button stands out: at most one primary on a card; final for what cannot be undone."""

    PLAIN = "plain"
    PRIMARY = "primary"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Button:
    """A labelled address."""

    label: str
    to: Address
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice, with the words a person sees."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A list on a card from which one is picked; picking is the event, its value under `choice`."""

    label: str
    to: Address
    options: tuple[Option, ...]
    value: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as PNG bytes, never without words that say what it shows."""

    png: bytes
    alt: str


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A file for one person; its name is neutral (never metoo, never report), since it may lie on a shared screen."""

    name: str
    kind: str
    data: bytes

    def __repr__(self) -> str:
        return f"Document({self.kind})"


@dataclass(frozen=True, slots=True)
class Card:
    """A screen, or a post in a channel.

    `aside` marks a short private answer to a press on a public post: it may stand beside that post
    instead of covering it. `document` is handed to this person alone, where their `files` is true. `here` shows
    the same card again, which is how adapters page what is too long;
    every card that can grow long has one. `alike` says that everybody gets this very card and that nothing of anybody
    is on it: thousands may ask for it at once, so an adapter may draw it once and keep that.
    """

    title: str
    body: tuple[Block, ...] = ()
    buttons: tuple[Button, ...] = ()
    choices: tuple[Choice, ...] = ()
    image: Image | None = None
    document: Document | None = None
    aside: bool = False
    here: Address | None = None
    alike: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class TextField:
    """Free text of up to `limit` characters (a platform may allow fewer); `long` gives several lines."""

    name: str
    label: str
    hint: str = ""
    required: bool = False
    long: bool = False
    limit: int = 200
    value: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class ChoiceField:
    """One of a few options; an empty `value` means that nothing is picked yet."""

    name: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    required: bool = False
    value: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class PersonField:
    """Up to `most` people of the workspace, picked by the platform's own people picker."""

    name: str
    label: str
    hint: str = ""
    required: bool = False
    most: int = 1
    value: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class FileField:
    """Up to `most` files of at most `limit` bytes each; only in forms for an actor whose `files` is true."""

    name: str
    label: str
    hint: str = ""
    required: bool = False
    most: int = 1
    limit: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class ChannelField:
    """One channel of the workspace, picked by the platform's own channel picker.

    `private` offers private channels alone, where the platform can tell them apart; else all are offered.
    """

    name: str
    label: str
    hint: str = ""
    required: bool = False
    private: bool = False
    value: str = ""


Field = TextField | ChoiceField | PersonField | ChannelField | FileField

MAX_FIELDS = 5
"""Fields of a form: Discord's modals end there (PLATFORM-FACTS)."""


@dataclass(frozen=True, slots=True)
class Form:
    """A short questionnaire. Submitting it is the event `to`, and is always answered with a card."""

    title: str
    to: Address
    fields: tuple[Field, ...]
    submit: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.fields) <= MAX_FIELDS:
            raise ValueError("a form has one to five fields")


Reply = Card | Form
