"""A person's words on Discord: every character of them, and nothing alive among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import text
from tests.adapters.discord_markdown import read

LIVE = [
    "@everyone and @here",
    "<@123456> <@!123456> <@&123456> <#123456> <id:customize>",
    "<!channel> <!here> <!subteam^S1>",
    "</metoo:123456>",
    "<t:1700000000:R> <t:1700000000>",
    "<:name:123456> <a:name:123456> :thumbsup: :skin-tone-2:",
    "https://example.com/a_b_c?x=*1* and http://example.com",
    "<https://example.com> <mailto:a@example.com> <+15550100>",
    "discord.gg/abcdef and https://discord.gg/abcdef",
    "[words](https://example.com) and [words](<https://example.com>)",
    "**bold** __under__ *it* _it_ ~~no~~ ||hidden||",
    "# big\n## big\n### big\n-# small",
    "> quoted\n>>> all quoted",
    "- one\n* two\n  - three\n1. four\n  22. five\n+ six",
    "`code` ``more`` ```py\nblock\n``` and ``` alone",
    "back\\slashes \\* \\\\ \\@everyone",
    "שלום @everyone مرحبا **x**",
    "👩\u200d👩\u200d👧 🏳️\u200d🌈 🇩🇪 *x*",
    "¯\\_(ツ)_/¯",
    "a\n\n\nb   c\td",
]


@pytest.mark.parametrize("words", LIVE)
def test_nothing_comes_alive_and_every_character_is_shown(words: str) -> None:
    found = read(text.escape(words))
    assert found.shown == words
    assert not found.alive


@pytest.mark.parametrize("words", LIVE[:1] + LIVE[1:9:2] + LIVE[9:15])
def test_the_model_of_discords_markdown_finds_what_is_not_escaped(words: str) -> None:
    assert read(words).alive


@given(
    st.text(
        st.sampled_from("\\*_~|<>#:@/[]()`-+.1aA \n!🏳é٠") | st.characters(exclude_categories=["Cs", "Cc"])
    )
)
def test_any_text_is_shown_exactly_and_inert(words: str) -> None:
    found = read(text.escape(words))
    assert found.shown == words
    assert not found.alive


@given(st.text(st.sampled_from("ab .*@🏳️🌈\u200d\u0301🇩🇪👍🏽각\n")), st.integers(20, 60))
def test_pieces_of_a_text_make_the_whole_text_and_keep_letters_whole(words: str, limit: int) -> None:
    pieces, rest = [], words
    while rest:
        piece, rest = text.cut(rest, limit)
        pieces.append(piece)
        assert text.units(text.escape(piece)) <= limit or len(list(text.clusters(piece))) == 1
    assert "".join(pieces) == words
    whole = list(text.clusters(words))
    if all(sum(2 for _ in each) < limit for each in whole):
        assert [letter for piece in pieces for letter in text.clusters(piece)] == whole


@pytest.mark.parametrize(
    "letter", ["e\u0301", "👩\u200d👩\u200d👧", "👍🏽", "🏳️\u200d🌈", "🇩🇪", "각", "ก็", "\r\n"]
)
def test_one_letter_is_one_cluster(letter: str) -> None:
    assert list(text.clusters(letter + letter)) == [letter, letter]


def test_a_heap_of_combining_signs_is_cut_rather_than_refused() -> None:
    heap = "e" + "\u0301" * 9000
    piece, rest = text.cut(heap, 3000)
    assert piece
    assert piece + rest == heap


def test_control_characters_are_shown_as_their_pictures() -> None:
    assert text.escape("a\x00b\x07c\x7fd\r\ne") == "a␀b␇c␡d\ne"
    assert text.escape("lone \ud800").encode() == "lone \ufffd".encode()


def test_our_own_addresses_can_be_clicked_and_do_not_unfurl() -> None:
    found = read(text.with_addresses("See https://example.org/a_b(c). *Not* http://example.org"))
    assert found.shown == "See https://example.org/a_b(c). *Not* http://example.org"
    assert found.alive == {"address"}


@given(st.text(), st.integers(5, 100))
def test_what_is_shortened_fits_and_says_so(words: str, limit: int) -> None:
    short = text.shorten(words, limit)
    assert text.units(short) <= limit
    assert short == words or short.endswith("…")
