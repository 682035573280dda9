"""Files as they are listed on a screen: their kind and size, and never a name."""

from __future__ import annotations

from collections.abc import Sequence

from bot.attached import Attached
from bot.i18n import N_, Translator
from bot.model import Address, Block, Choice, Option, Paragraph, Row

KINDS = {"png": N_("Picture"), "jpeg": N_("Picture"), "pdf": N_("PDF"), "txt": N_("Text")}

LOST = "lost"
"""The choice to say no more that a file is missing."""

_KB = 1024


def listed(t: Translator, files: Sequence[Attached], first: int = 1) -> tuple[Block, ...]:
    """A row for each file; `first` is the number of the first."""
    return tuple(Row(t("File {number}", number=n), described(t, each)) for n, each in enumerate(files, first))


def described(t: Translator, file: Attached) -> str:
    """A file's kind and size."""
    kilobytes = max(1, round(file.size / _KB))
    return t("{kind}, {size} KB", kind=t(KINDS[file.kind]), size=kilobytes)


def missing(t: Translator, *, lost: bool) -> tuple[Paragraph, ...]:
    """What its writer has to decide where a file could not be cleaned."""
    if not lost:
        return ()
    said = t(
        "A file could not be cleaned, so it was not kept. You can send this without it, and the desk reads that a file"
        " is missing; or try another file; or wait and try again later."
    )
    return (Paragraph(said),)


def lacking(t: Translator, *, lost: bool) -> tuple[Paragraph, ...]:
    """What its readers are told where a file could not be cleaned."""
    said = t("A file that belongs here could not be cleaned and was left out.")
    return (Paragraph(said),) if lost else ()


def removing(
    t: Translator, to: Address, files: Sequence[Attached], *, lost: bool = False
) -> tuple[Choice, ...]:
    """The list from which a file is removed; none where there is nothing to remove."""
    options = [
        Option(each.id, f"{t('File {number}', number=n)}: {described(t, each)}")
        for n, each in enumerate(files, 1)
    ]
    if lost:
        options.append(Option(LOST, t("Do not say that a file is missing")))
    return (Choice(t("Remove a file"), to, tuple(options)),) if options else ()


def opening(t: Translator, to: Address, files: Sequence[Attached]) -> tuple[Choice, ...]:
    """The list from which a file is opened; none where there is none."""
    options = tuple(
        Option(each.id, f"{t('File {number}', number=n)}: {described(t, each)}")
        for n, each in enumerate(files, 1)
    )
    return (Choice(t("Open a file"), to, options),) if options else ()
