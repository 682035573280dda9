"""What can go wrong: a refusal is safe to show to a person, everything else is for the operator."""

from __future__ import annotations


class MetooError(Exception):
    """Every error of ours."""


class Refusal(MetooError):
    """An expected no, in words that are translated and shown to the person who asked.

    `text` is a message id (see `bot.i18n`); `values` fill its placeholders and never hold a person's words.
    """

    def __init__(self, text: str, **values: str | int) -> None:
        super().__init__(text)
        self.text = text
        self.values = values


class Misconfigured(MetooError):
    """Settings, keys or files are not as they must be; the sentence tells an operator what to do."""


class UnsealError(MetooError):
    """A ciphertext did not open: changed, moved, or sealed under another key. Names the record by id only."""

    def __init__(self, table: str, column: str, row: bytes) -> None:
        super().__init__(f"{table}.{column} of record {row.hex()} cannot be opened")
        self.table = table
        self.column = column
        self.row = row


class StoreError(MetooError):
    """The store could not read or write; its cause is the driver's error. Nothing was saved."""


class StoreLocked(StoreError):
    """Another serving process holds this store."""


class PlatformError(MetooError):
    """A platform did not do what it was asked; worth another try later."""

    code = ""
    """The platform's own short name for what is wrong, such as invalid_auth, where it has one; may be logged."""


class Unreachable(PlatformError):
    """No answer, a broken connection, or the platform's own failure (5xx)."""


class RateLimited(PlatformError):
    """Too fast; try again after `after` seconds."""

    def __init__(self, after: float) -> None:
        super().__init__(f"rate limited for {after:g} s")
        self.after = after


class Denied(PlatformError):
    """We may not post or read there: no access, removed from the channel, token revoked."""


class Gone(PlatformError):
    """The channel or the post is not there any more."""
