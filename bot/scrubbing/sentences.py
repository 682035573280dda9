"""Why a file cannot be attached, in the words that are said to whoever wanted to."""

from __future__ import annotations

from bot.i18n import N_

LIMIT = 10 * 1024 * 1024
"""Bytes of a file, as it is sent and as it is kept."""

MOST_PIXELS = 40_000_000
MOST_PAGES = 500

VALUES = {"limit": LIMIT >> 20, "megapixels": MOST_PIXELS // 1_000_000, "pages": MOST_PAGES}
"""What fills the placeholders; no sentence says anything of the file itself."""

EMPTY = N_("This file is empty, so there is nothing to attach.")
TOO_LARGE = N_(
    "This file is larger than {limit} MB, the most that can be attached. Please attach a smaller copy, fewer "
    "pages or a screenshot."
)
GREW = N_(
    "Once cleaned, this file is larger than {limit} MB, the most that can be attached. Please attach a smaller "
    "copy, fewer pages or a screenshot."
)
OTHER_KIND = N_(
    "This kind of file cannot be attached. Pictures (PNG, JPEG, GIF, WebP), PDF and plain text can. Of "
    "anything else you can attach a screenshot."
)
OTHER_PICTURE = N_(
    "This kind of picture (HEIC or AVIF, as some phones take them) cannot be cleaned. Please take a screenshot "
    "of it and attach that."
)
OTHER_TEXT = N_(
    "This text is not written in a way that can be read here. Please save it as plain text (UTF-8), or attach "
    "a screenshot."
)
BROKEN_PICTURE = N_(
    "This picture is broken or not complete, so it was not taken. Please try to save it again, or attach a "
    "screenshot of it."
)
TOO_MANY_PIXELS = N_(
    "This picture has more than {megapixels} million pixels, which is more than can be cleaned. Please attach "
    "a smaller copy or a screenshot of it."
)
BROKEN_PDF = N_(
    "This PDF is broken or not complete, so it was not taken. Please try to save or print it as a PDF again, or "
    "attach screenshots of its pages."
)
LOCKED_PDF = N_(
    "This PDF is locked, so it cannot be cleaned. Please attach a copy without a password, or screenshots of "
    "its pages."
)
TOO_MANY_PAGES = N_(
    "This PDF has more than {pages} pages, which is more than can be cleaned. Please attach only those that "
    "matter."
)
TOO_MUCH = N_(
    "This PDF holds more than can be cleaned. Please attach fewer of its pages, or screenshots of them."
)
LAYERS = N_("This PDF has hidden layers, which cleaning would show. Please attach screenshots of its pages.")
UNKNOWN_PICTURE = N_(
    "A picture in this PDF is of a kind that cannot be cleaned. Please attach screenshots of its pages."
)
NOT_CLEANED = N_(
    "This file could not be cleaned, so it was not taken. Please attach a smaller copy or a screenshot, or send "
    "the report without it."
)

ALL = (
    EMPTY,
    TOO_LARGE,
    GREW,
    OTHER_KIND,
    OTHER_PICTURE,
    OTHER_TEXT,
    BROKEN_PICTURE,
    TOO_MANY_PIXELS,
    BROKEN_PDF,
    LOCKED_PDF,
    TOO_MANY_PAGES,
    TOO_MUCH,
    LAYERS,
    UNKNOWN_PICTURE,
    NOT_CLEANED,
)
