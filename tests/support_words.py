"""Finds the sentences of `bot/support.toml` that are shown translated, for `make locale` and its test."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, BinaryIO

Found = tuple[int, str, str, list[str]]


def extract(
    file: BinaryIO, keywords: Collection[str], tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Found]:
    """Names of countries and notes, in the form Babel asks of an extraction method."""
    del keywords, tags, options
    listed = tomllib.load(file)
    countries = listed.get("countries", [])
    entries = [
        *listed.get("international", []),
        *(entry for country in countries for entry in country["entries"]),
    ]
    for words in (*(country["name"] for country in countries), *(entry.get("note", "") for entry in entries)):
        if words:
            yield 1, "", words, []
