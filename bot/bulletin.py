"""The digest as everybody reads it: the same shape every week, whatever happened."""

from __future__ import annotations

from collections.abc import Sequence

from bot import anonymity, chart
from bot.account import CATEGORIES
from bot.announcing import BACK
from bot.config import WorkspaceSettings
from bot.figures import WEEKS, Numbers
from bot.i18n import N_, Translator, translator
from bot.model import Address, Block, Button, Card, Image, Paragraph, Quote, Row
from bot.proof import grouped

SMALL = N_("No numbers are shown here, because this workplace is small.")
FEW = N_("too few to show")


def digest_card(
    settings: WorkspaceSettings,
    week: str,
    numbers: Numbers,
    picture: Image | None,
    *,
    ref: str = "",
) -> Card:
    """The post. `ref` is the digest's id, for the button behind which kinds are."""
    t = translator(settings.language)
    body = (
        *_voices(t, numbers),
        Paragraph(t("Few or none does not mean that little happened: most people never report it.")),
        *_answered(t, numbers),
        *_words(t, numbers),
        *_late(t, numbers),
        *_change(t, numbers),
        Paragraph(t("Have seven words? Look in: /metoo. Help outside work: /metoo, Find support.")),
        *_noise(t, numbers),
        *_hashes(t, numbers),
    )
    more = (Button(t("Kinds of harassment"), Address("digest.kinds", ref)),) if ref and numbers.weekly else ()
    return Card(t("Digest for week {week}", week=week), body, more, image=picture)


def kinds_card(t: Translator, week: str, numbers: Numbers) -> Card:
    """What is behind the button: bands of those kinds that may be told."""
    title = t("Kinds of harassment, in the digest for week {week}", week=week)
    if numbers.me_too is None:
        return Card(title, (Paragraph(t(SMALL)),), aside=True)
    told = dict(numbers.kinds)
    rows = tuple(Row(t(CATEGORIES[kind]), t(anonymity.BANDS[band])) for kind, band in told.items())
    others = ", ".join(t(name) for kind, name in CATEGORIES.items() if kind not in told)
    hidden = (Row(t("Not told, because fewer than five or none, or because it would tell another"), others),)
    said = t(
        "Reports of twelve months that HR's first desk has. A number moves only after at least three of them changed."
    )
    return Card(title, (*rows, *(hidden if others else ()), Paragraph(said)), aside=True)


def picture(settings: WorkspaceSettings, week: str, numbers: Numbers) -> Image | None:
    """The chart; may take seconds the first time, so call it in a thread."""
    if not numbers.weekly:
        return None
    t = translator(settings.language)
    weeks = anonymity.weeks_before(week, len(numbers.weekly))
    names = [t(name) for name in anonymity.BANDS]
    png = chart.draw(weeks, numbers.weekly, names, t("Me-toos, week by week"))
    return Image(png, chart.describe(weeks, numbers.weekly, names, t)) if png else None


def as_text(card: Card) -> str:
    """A digest as lines, for a terminal; its picture as the words that say what it shows."""
    lines = [card.title, ""]
    for block in card.body:
        if isinstance(block, Row):
            lines.append(f"{block.label}: {block.value}")
        elif isinstance(block, Paragraph | Quote):
            lines.append(block.text)
    return "\n".join((*lines, *((card.image.alt,) if card.image else ())))


def _voices(t: Translator, numbers: Numbers) -> Sequence[Block]:
    if numbers.me_too is None or numbers.standing is None:
        return (Paragraph(t(SMALL)),)
    return (
        Row(t("Me-toos in the last {weeks} weeks", weeks=WEEKS), t(anonymity.BANDS[numbers.me_too])),
        Row(t("Standing with someone"), t(anonymity.BANDS[numbers.standing])),
    )


def _answered(t: Translator, numbers: Numbers) -> Sequence[Block]:
    if numbers.me_too is None:
        return ()
    share = FEW if numbers.answered is None else anonymity.SHARES[numbers.answered]
    return (Row(t("Answered by a person in time, last 12 months"), t(share)),)


def _words(t: Translator, numbers: Numbers) -> Sequence[Block]:
    if not numbers.words:
        return (Row(t("What changed here"), t("HR wrote nothing.")),)
    return (Row(t("What changed here"), t("HR writes:")), Quote(numbers.words))


def _late(t: Translator, numbers: Numbers) -> Sequence[Block]:
    if numbers.covers == 1:
        return ()
    said = t("This digest covers {weeks} weeks: the ones before could not be posted.", weeks=numbers.covers)
    return (Paragraph(said),)


def _change(t: Translator, numbers: Numbers) -> Sequence[Block]:
    if numbers.change == BACK:
        return (Paragraph(t("A change of the desks or of what is kept, told here before, was taken back.")),)
    if not numbers.change:
        return ()
    said = t(
        "From {date} on, new reports go to other desks or are kept for another time. What desks have stays there.",
        date=numbers.change,
    )
    return (Paragraph(said),)


def _noise(t: Translator, numbers: Numbers) -> Sequence[Block]:
    if not numbers.noise:
        return ()
    said = t(
        "Noise was added to me-toos and standing: budget {budget} for one press in one week. It hides a press, and not"
        " a person over time.",
        budget=f"{numbers.noise:g}",
    )
    return (Paragraph(said),)


def _hashes(t: Translator, numbers: Numbers) -> Sequence[Block]:
    said = []
    if numbers.head:
        shown = grouped(bytes.fromhex(numbers.head))
        said.append(t("For checking the log of what handlers did: {head}", head=shown))
    if numbers.root:
        shown = grouped(bytes.fromhex(numbers.root))
        said.append(t("For checking a proof of filing: {root}", root=shown))
    return tuple(map(Paragraph, said))
