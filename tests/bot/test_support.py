from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot import support
from bot.errors import Misconfigured
from bot.i18n import translator
from bot.support import Entry, SupportList

READ = date(2026, 11, 24)
"""The day on which the list was last gone through: nothing in it may be younger."""

# Numbers of police, fire and ambulance: the menu says "your local emergency number" instead.
EMERGENCY = {
    "110",
    "111",
    "112",
    "117",
    "118",
    "119",
    "144",
    "190",
    "192",
    "911",
    "999",
    "000",
    "15",
    "17",
    "18",
}

GOOD = """
name = "A help line"
kind = "crisis"
phone = "0800 123 456"
source = "https://example.org/contact"
checked = 2026-01-02
verified = true
"""


def everything() -> list[Entry]:
    international, countries = support.read(support.FILE)
    return [*international, *(entry for country in countries for entry in country.entries)]


def entries_of(listed: SupportList) -> list[Entry]:
    return [*listed.international, *(entry for code, _ in listed.countries() for entry in listed.of(code))]


def written(folder: Path, text: str) -> Path:
    path = folder / "support.toml"
    path.write_text(text, "utf-8")
    return path


def of_germany(entry: str) -> str:
    return f'[[countries]]\ncode = "DE"\nname = "Germany"\n[[countries.entries]]\n{entry}'


@pytest.mark.parametrize("entry", everything(), ids=lambda entry: entry.name)
def test_every_entry_was_checked_on_a_day_that_has_been(entry: Entry) -> None:
    assert date(2026, 1, 1) <= entry.checked <= READ


@pytest.mark.parametrize("entry", everything(), ids=lambda entry: entry.name)
def test_no_entry_is_an_emergency_number(entry: Entry) -> None:
    assert (entry.phone or "").replace(" ", "") not in EMERGENCY


def test_every_country_people_can_choose_has_something_to_show() -> None:
    listed = support.load()
    assert len(listed.countries()) >= 12
    assert all(listed.of(code) for code, _ in listed.countries())


def test_countries_come_by_name() -> None:
    names = [name for _, name in support.load().countries()]
    assert names == sorted(names)


def test_an_international_directory_is_always_there() -> None:
    assert any(entry.kind == "directory" and entry.address for entry in support.load().international)


def test_nothing_unverified_reaches_anybody() -> None:
    hidden = [entry for entry in everything() if not entry.verified]
    shown = entries_of(support.load())
    assert hidden, "the list holds entries that wait for verification; without one this test proves nothing"
    assert all(entry.verified for entry in shown)
    assert not {entry.name for entry in hidden} & {entry.name for entry in shown}


def test_a_country_nobody_lists_has_no_entries() -> None:
    assert support.load().of("XX") == ()


def test_every_purpose_has_words() -> None:
    t = translator("en")
    assert all(len(t(entry.purpose)) > 10 for entry in everything())


def test_a_country_with_unverified_entries_only_cannot_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, of_germany(GOOD.replace("verified = true", "verified = false")))
    assert support.load(path).countries() == ()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('source = "https://example.org/contact"\n', ""),
        ("checked = 2026-01-02\n", ""),
        ("verified = true\n", ""),
        ('phone = "0800 123 456"\n', ""),
        ('"https://example.org/contact"', '"http://example.org/contact"'),
        ('"https://example.org/contact"', '"https://somebody@example.org/contact"'),
        ('"0800 123 456"', '"call us"'),
        ('kind = "crisis"', 'kind = "something"'),
        ("checked = 2026-01-02", 'checked = "yesterday"'),
        ("verified = true\n", 'verified = true\nfax = "12345"\n'),
    ],
)
def test_a_wrong_entry_is_refused_by_its_name(tmp_path: Path, wrong: str, right: str) -> None:
    assert wrong in GOOD
    with pytest.raises(Misconfigured, match="DE, A help line"):
        support.load(written(tmp_path, of_germany(GOOD.replace(wrong, right))))


def test_the_good_entry_of_these_tests_is_good(tmp_path: Path) -> None:
    (entry,) = support.load(written(tmp_path, of_germany(GOOD))).of("DE")
    assert (entry.name, entry.phone, entry.checked) == ("A help line", "0800 123 456", date(2026, 1, 2))


@pytest.mark.parametrize(
    "text",
    [
        "[[countries]\n",
        "countries = 3\n",
        '[[countries]]\ncode = "germany"\nname = "Germany"\nentries = []\n',
        of_germany(GOOD) + of_germany(GOOD),
    ],
)
def test_a_malformed_list_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Misconfigured, match=r"support\.toml"):
        support.load(written(tmp_path, text))


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        support.load(tmp_path / "support.toml")
