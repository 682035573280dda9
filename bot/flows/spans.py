"""Lengths of time in words."""

from __future__ import annotations

from datetime import timedelta

from bot.i18n import Translator


def span(t: Translator, length: timedelta) -> str:
    """A length in hours where it is whole hours, else in minutes."""
    minutes = round(length.total_seconds() / 60)
    if minutes and minutes % 60 == 0:
        return t("{count} h", count=minutes // 60)
    return t("{count} min", count=minutes)
