from __future__ import annotations

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from bot.i18n import LOCALE, translator

BOT = Path(__file__).parents[2] / "bot"
LANGUAGES = sorted(path.name for path in LOCALE.iterdir() if path.is_dir())
KEYWORDS = {"t": None, "N_": None, "Refusal": None}
"""What `make locale` collects; the same names stand in the Makefile."""

Call = tuple[str, frozenset[str], frozenset[str]]
"""Where it stands, the placeholders of its message, the values it is given."""


def catalogue(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "metoo.po").open("rb") as file:
        return read_po(file, locale=language)


def in_code() -> set[str]:
    methods = [("**.py", "python"), ("support.toml", "tests.support_words:extract")]
    found = extract_from_dir(BOT, methods, keywords=KEYWORDS)
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def words_of(entries: Catalog) -> dict[str, str]:
    return {str(entry.id): str(entry.string or "") for entry in entries if entry.id}


def placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def other_placeholders(entries: Catalog) -> list[str]:
    words = words_of(entries)
    return [each for each, said in words.items() if said and placeholders(each) != placeholders(said)]


def calls(source: str, name: str) -> Iterator[Call]:
    """Calls of `t` and `Refusal` whose message is written right there."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args or any(word.arg is None for word in node.keywords):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        message = node.args[0]
        if (
            called in {"t", "Refusal"}
            and isinstance(message, ast.Constant)
            and isinstance(message.value, str)
        ):
            given = frozenset(word.arg for word in node.keywords if word.arg)
            yield f"{name}:{node.lineno}", placeholders(message.value), given


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_committed_catalogue_is_the_compiled_one(language: str) -> None:
    committed = LOCALE / language / "LC_MESSAGES" / "metoo.mo"
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    assert committed.read_bytes() == compiled.getvalue(), "run `make locale`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_the_code_is_in_the_catalogue(language: str) -> None:
    assert in_code() - set(words_of(catalogue(language))) == set(), "run `make locale`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_no_message_that_the_code_has_lost(language: str) -> None:
    assert set(words_of(catalogue(language))) - in_code() == set(), "run `make locale`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_placeholders_of_their_messages(language: str) -> None:
    assert other_placeholders(catalogue(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_a_guess(language: str) -> None:
    entries = catalogue(language)
    assert [entry.id for entry in entries if entry.id and entry.fuzzy] == []


def test_german_has_a_catalogue_and_the_code_has_messages() -> None:
    assert "de" in LANGUAGES
    assert {"fewer than five or none", "Germany"} <= in_code()


def test_every_message_gets_the_values_it_asks_for() -> None:
    every = [call for path in sorted(BOT.rglob("*.py")) for call in calls(path.read_text("utf-8"), path.name)]
    assert len(every) > 10
    assert [where for where, asked, given in every if asked != given] == []


def test_a_message_that_misses_a_value_would_be_found() -> None:
    source = 't("Week {week}")\nRefusal("Wait {minutes} minutes", minutes=3)\nt("plain", extra=1)\n'
    wrong = [where for where, asked, given in calls(source, "planted.py") if asked != given]
    assert wrong == ["planted.py:1", "planted.py:3"]


def test_a_translation_that_loses_a_placeholder_would_be_found() -> None:
    entries = Catalog(locale="de")
    entries.add("Week {week}", "Woche {week}")
    entries.add("Until {day}", "Bis {tag}")
    entries.add("Not yet {said}", "")
    assert other_placeholders(entries) == ["Until {day}"]


def test_a_compiled_catalogue_says_what_its_source_says() -> None:
    entries = catalogue("de")
    compiled = BytesIO()
    write_mo(compiled, entries)
    compiled.seek(0)
    said = {message: words for message, words in words_of(entries).items() if words}
    assert words_of(read_mo(compiled)) == said


def test_a_language_without_a_catalogue_speaks_english() -> None:
    assert translator("xx-YY")("Week {week}", week="2026-W48") == "Week 2026-W48"


def test_a_regional_locale_uses_the_catalogue_of_its_language() -> None:
    assert translator("de-AT")("fewer than five or none") == translator("de")("fewer than five or none")
