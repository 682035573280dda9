from __future__ import annotations

import gc
import logging
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from datetime import datetime, tzinfo
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # it has no types
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import paper
from bot.copies import as_pdf, as_text
from bot.i18n import translator
from bot.lines import Run, Text
from bot.model import Address, Button, Card, Document, Link, Paragraph, People, Quote, Row, Words
from tests.bot.pages import Piece, lines, pages, streams

ROOT = Path(__file__).parents[2]
FONTS = ROOT / "bot" / "fonts"
NOTE = "Some characters cannot be drawn here; the text file has them."
t = translator("en")

RECORD = Card(
    "Everything in it",
    (
        Row("Written in week", "2027-W04"),
        People("People named", ("U01", "U02")),
        Paragraph("Your words:"),
        Quote("It was on Monday.\n\nHe laughed – „wie immer“."),
        Paragraph("From the desk, 2027-02-01"),
        Quote("Thank you."),
        Link("Help", "https://example.org/help"),
        Words("alpine basket candle"),
    ),
    (Button("Back", Address("box", "k")),),
)

MIXED = "قال (3 مرات) مُحَمَّد في Slack ٤٥\nהוא אמר ב-3 בפברואר\nHe said ראיתי 3 פעמים ושוב yes\nनमस्ते क्षत्रिय 😀"

LETTERS = (
    "abcxyzABCXYZ0189.,;:!?()[]/@#%&+-–—„“”‘’…€"
    "äöüßéèêçñåøœæłśźčďřžășțğışİőűđðþ"
    "ạằễốữỹĐơư"
    "αβγΔΩάέώϊΐς"
    "абвЖЩЫЭЮЯёіїєґўђћџѓ"
    "אבגדהוזךםןףץשתְִַָֹּ"
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويىئءؤإآةپچژگکی،؛؟٠١٤٩۱۲۹ًٌَُِّْ"
    "अआइकखगघनपमयरलवशसहािीुेोंः्।०१९"
)
"""Of every script that our fonts have."""


def quoted(text: str) -> Card:
    return Card("Title", (Quote(text),))


def drawn(text: str) -> list[Piece]:
    """The pieces of a quote, without title, note and page numbers."""
    said = as_pdf(quoted(text), t).data
    body = [piece for page in pages(said) for piece in page[:-1]]
    return [piece for piece in body if piece.text not in {"Title", NOTE}]


def letters(text: str) -> Counter[str]:
    return Counter(char for char in text if not char.isspace())


def alone(code: str, folder: Path, **given: str) -> bytes:
    done = subprocess.run(  # noqa: S603 - our own Python with our own words
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **given},
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def test_the_text_says_what_the_card_says() -> None:
    said = as_text(RECORD, t)
    assert (said.name, said.kind) == ("record.txt", "text/plain; charset=utf-8")
    assert said.data.decode() == (
        "Everything in it\n================\n\n"
        "Written in week: 2027-W04\nPeople named: U01, U02\n\n"
        "Your words:\n\n    It was on Monday.\n\n    He laughed – „wie immer“.\n\n"
        "From the desk, 2027-02-01\n\n    Thank you.\n\n"
        "Help: https://example.org/help\n\n    alpine basket candle\n"
    )


def test_the_pages_say_what_the_card_says() -> None:
    said = as_pdf(RECORD, t)
    assert (said.name, said.kind) == ("record.pdf", "application/pdf")
    assert lines(said.data) == [
        "Everything in it",
        "Written in week: 2027-W04",
        "People named: U01, U02",
        "Your words:",
        "It was on Monday.",
        "He laughed – „wie immer“.",
        "From the desk, 2027-02-01",
        "Thank you.",
        "Help: https://example.org/help",
        "alpine basket candle",
        "1 / 1",
    ]


@pytest.mark.parametrize("make", [as_text, as_pdf])
def test_the_name_of_a_file_says_nothing(make: object) -> None:
    said = (as_text if make is as_text else as_pdf)(RECORD, t)
    assert not re.search("metoo|report|me.?too|hr", said.name.partition(".")[0], re.IGNORECASE)


def test_a_document_does_not_show_what_is_in_it() -> None:
    said = as_text(RECORD, t)
    assert isinstance(said, Document)
    assert "Monday" not in f"{said!r}{said}"


class Later(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Later:
        return cls(2031, 7, 8, 9, 10, 11, tzinfo=tz)


def test_the_same_card_makes_the_same_bytes_on_another_day(monkeypatch: pytest.MonkeyPatch) -> None:
    card = Card("Title", (Quote(MIXED), *RECORD.body))
    today = as_pdf(card, t)
    monkeypatch.setattr("fpdf.fpdf.datetime", Later)
    monkeypatch.setattr("fpdf.output.datetime", Later)
    assert as_pdf(card, t) == today


def test_the_same_card_makes_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    code = (
        "import hashlib; from bot.copies import as_pdf; from bot.i18n import translator\n"
        "from bot.model import Card, Quote\n"
        f"print(hashlib.sha256(as_pdf(Card('Title', (Quote({MIXED!r}),)), translator('en')).data).hexdigest())"
    )
    first = alone(code, tmp_path, PYTHONHASHSEED="1", TZ="Asia/Tokyo", USER="planted")
    assert first == alone(code, tmp_path, PYTHONHASHSEED="2", TZ="UTC", USER="other")
    assert list(tmp_path.iterdir()) == []


def test_another_card_makes_other_bytes() -> None:
    assert as_pdf(RECORD, t) != as_pdf(quoted("It was on Tuesday."), t)


def test_a_file_holds_no_time_no_id_and_no_name_of_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(name, "planted-author")
    said = as_pdf(quoted(MIXED), t).data
    trailer = said[said.rindex(b"trailer") :]
    assert re.findall(rb"/(\w+)", trailer) == [b"Size", b"Root"]
    for each in streams(said):
        for word in (
            b"planted-author",
            b"fpdf",
            b"Producer",
            b"CreationDate",
            b"ModDate",
            b"/Info",
            b"xmp",
            b"D:20",
        ):
            assert word.lower() not in each.lower()
    assert str(datetime.now().astimezone().year).encode() not in b"".join(
        each for each in streams(said)[1:] if b"Tf" in each and b"BT" in each
    )


def test_arabic_letters_are_joined() -> None:
    (word,) = drawn("ببب")
    assert [said for _, said in word.glyphs] == ["ب"] * 3
    assert len({glyph for glyph, _ in word.glyphs}) == 3
    apart = drawn("ب ب ب")
    assert len({glyph for piece in apart for glyph, said in piece.glyphs if said == "ب"}) == 1


def test_vowel_signs_do_not_part_the_letters_of_a_word() -> None:
    bare, vowelled, *apart = drawn("محمد\nمُحَمَّد\nح\nد")
    assert (bare.text, vowelled.text) == ("محمد", "مُحَمَّد")
    joined = {glyph for glyph, _ in bare.glyphs}
    assert joined < {glyph for glyph, _ in vowelled.glyphs}
    assert not joined & {glyph for piece in apart for glyph, _ in piece.glyphs}


@pytest.mark.parametrize("around", ["{}", "see {} here", "{} here"])
def test_a_joiner_inside_a_persian_word_keeps_the_word_whole(around: str) -> None:
    word = "می\u200cخواهم"
    (piece,) = (piece for piece in drawn(around.format(word)) if piece.right_to_left)
    assert piece.text.strip().replace(" ", "\u200c") == word


def test_a_paragraph_begins_on_the_side_of_its_first_letter() -> None:
    latin, hebrew, number = drawn("one אחת"), drawn("אחת one"), drawn("1. אחת")
    side = paper.Passage("", quoted=True).side
    assert min(piece.x for piece in latin) == pytest.approx(side, abs=0.1)
    for each in (hebrew, number):
        assert max(piece.x + piece.width for piece in each) == pytest.approx(595.28 - side, abs=0.5)
        assert min(piece.x for piece in each) > 300


def order(text: str) -> list[str]:
    said = (piece.text.strip() for piece in sorted(drawn(text), key=lambda each: each.x))
    return [each for each in said if each]


def test_words_stand_in_the_order_in_which_they_are_read() -> None:
    assert order("He said ראיתי 3 פעמים yes") == ["He said", "פעמים", "3", "ראיתי", "yes"]
    assert order("הוא אמר Slack 3 פעמים") == ["פעמים", "Slack 3", "הוא אמר"]
    assert order("הוא אמר 12 פעמים") == ["פעמים", "12", "הוא אמר"]


def test_brackets_are_mirrored_where_reading_goes_back() -> None:
    first, *others = drawn("(a)\nא (ב) ג")
    there = {said: glyph for glyph, said in first.glyphs}
    back = {said: glyph for piece in others for glyph, said in piece.glyphs}
    assert (back["("], back[")"]) == (there[")"], there["("])
    assert there["("] != there[")"]


def test_an_order_that_a_text_forces_on_itself_is_not_drawn() -> None:
    assert order("\u202eabc\u202c def \u2067ghi\u2069") == ["abc def ghi"]


def test_what_no_font_has_is_seen_to_be_missing_and_said_once() -> None:
    said = lines(as_pdf(Card("Title", (Quote("a 😀 b"), Quote("漢字"))), t).data)
    assert said == ["Title", "a � b", "��", NOTE, "1 / 1"]
    assert "😀" in as_text(quoted("a 😀 b"), t).data.decode()


def test_an_emoji_of_several_parts_leaves_no_litter() -> None:
    assert lines(as_pdf(quoted("❤️ 1 ©️"), t).data)[1] == "� 1 ©"


def test_nothing_is_said_to_be_missing_where_all_is_drawn() -> None:
    assert NOTE not in lines(as_pdf(quoted(LETTERS), t).data)


def test_the_sentence_about_missing_characters_is_in_the_readers_language() -> None:
    said = lines(as_pdf(quoted("😀"), lambda message, **_: message.upper()).data)
    assert NOTE.upper() in said


def test_every_letter_of_the_scripts_we_have_is_drawn() -> None:
    words = "".join(each.text for each in drawn(" ".join(LETTERS.split())))
    assert letters(words) == letters(LETTERS)


@given(st.lists(st.text(st.sampled_from(LETTERS + " \u00a0\u200c"), max_size=120), max_size=12))
@settings(max_examples=20, deadline=None)
def test_no_letter_is_lost_or_added(texts: list[str]) -> None:
    words = "".join(each.text for each in drawn("\n".join(texts)))
    assert letters(words.replace("\u200c", "")) == letters("".join(texts).replace("\u200c", ""))


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=200), min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_any_text_makes_both_files(texts: list[str]) -> None:
    card = Card(texts[0], tuple(Quote(each) for each in texts))
    plain, paged = as_text(card, t).data.decode(), as_pdf(card, t).data
    kept = re.sub(r"[\ud800-\udfff]", "�", "".join(texts))
    shown = [char for char in kept if not char.isspace() and unicodedata.category(char) != "Cc"]
    assert letters("".join(shown)) <= letters(plain)
    assert lines(paged)[-1].endswith(str(len(pages(paged))))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 40_000,
        "م" * 40_000,
        "a word " * 5_714,
        "מילה " * 8_000,
        "a word מילה 12 " * 2_666,
        "a\u0301" * 20_000,
    ],
    ids=["one word", "one arabic word", "words", "hebrew", "mixed", "marks"],
)
def test_forty_thousand_characters_stay_on_the_pages(text: str) -> None:
    said = as_pdf(quoted(text), t).data
    found = pages(said)
    assert len(found) > 5 or "\u0301" in text
    body = [piece for page in found for piece in page[:-1]][1:]
    assert letters("".join(piece.text for piece in body)) == letters(text)
    assert [page[-1].text for page in found] == [f"{n} / {len(found)}" for n in range(1, len(found) + 1)]
    for piece in body:
        assert 62 <= piece.x <= piece.x + piece.width <= 595.28 - 62 + 1
        assert 62 <= piece.y <= 841.89 - 62


@pytest.mark.parametrize("sign", ["!", "-", "$", "(", "─", " ", "\u0301", "😀", "\u200d", "\n"])
def test_long_rows_of_signs_are_no_trouble(sign: str) -> None:
    assert pages(as_pdf(quoted(f"{sign * 3000}א"), t).data)


def test_a_word_that_fits_is_never_torn() -> None:
    words = [f"word{n}" + "x" * (n % 30) for n in range(400)]
    said = lines(as_pdf(quoted(" ".join(words)), t).data)
    assert [word for line in said for word in line.split() if word.startswith("word")] == words


def test_a_mark_stays_with_its_letter_at_the_end_of_a_line() -> None:
    said = [line for line in lines(as_pdf(quoted("की" * 300), t).data) if "क" in line]
    assert len(said) > 2
    assert all(line.startswith("क") and line.endswith("ी") for line in said)


def test_a_space_at_the_end_of_a_line_does_not_move_what_is_read_backwards() -> None:
    said = [piece.text for piece in drawn("a " + "מילה " * 60) if piece.right_to_left]
    assert len(said) > 2
    assert [text for text in said if text.startswith(" ") or text.endswith(" ")] == []


def test_the_work_grows_with_the_text_and_not_with_its_square() -> None:
    measured: list[int] = []

    def width(run: Run) -> float:
        measured.append(len(run.text))
        return float(len(run.text))

    found = list(Text("x" * 40_000, {"plain": {ord("x")}}).lines(80, width))
    assert [len(line.runs[0].text) for line in found] == [80] * 500
    assert sum(measured) < 60 * 40_000


def test_what_introduces_a_quote_stands_on_its_page() -> None:
    for rows in range(33, 40):
        card = Card(
            "T", (*[Row("r", str(n)) for n in range(rows)], Paragraph("Your words:"), Quote("It was."))
        )
        (page,) = (page for page in pages(as_pdf(card, t).data) if any(p.text == "Your words:" for p in page))
        assert "It was." in {piece.text for piece in page}


def test_control_characters_are_shown_as_such_and_never_pass() -> None:
    bad = "a\x1b[31mb\x00c\x07d\x9be\ud83df"
    plain = as_text(quoted(bad), t).data.decode()
    assert plain.splitlines()[-1] == "    a�[31mb�c�d�e�f"
    assert drawn(bad)[0].text == "a�[31mb�c�d�e�f"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_break_is_one(end: str) -> None:
    assert as_text(quoted(f"one{end}two"), t).data.decode().splitlines()[-2:] == ["    one", "    two"]
    assert lines(as_pdf(quoted(f"one{end}two"), t).data)[1:3] == ["one", "two"]


def test_markup_and_placeholders_are_only_letters() -> None:
    text = "{nb} **bold** __u__ [a](https://b.example) {name} %s \\n"
    assert drawn(text)[0].text == text
    assert text in as_text(quoted(text), t).data.decode()


def test_nothing_of_a_copy_stays_in_memory() -> None:
    as_pdf(quoted(MIXED), t)
    gc.collect()
    kinds = Counter(type(each).__name__ for each in gc.get_objects())
    assert {name: kinds[name] for name in ("Sheet", "TTFFont", "SubsetMap", "Fragment")} == dict.fromkeys(
        ("Sheet", "TTFFont", "SubsetMap", "Fragment"), 0
    )


def test_no_library_says_anything_of_a_copy(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        as_pdf(quoted(MIXED), t)
    assert caplog.records == []


def test_importing_the_copies_does_not_import_the_pdf_writer(tmp_path: Path) -> None:
    code = "import sys; from bot import copies; print({'fpdf', 'fontTools', 'uharfbuzz'} & set(sys.modules))"
    assert alone(code, tmp_path).strip() == b"set()"


def test_fonts_are_few_and_their_licence_names_each_with_its_version() -> None:
    fonts = sorted(FONTS.glob("*.ttf"))
    licence = (FONTS / "OFL.LICENSE").read_text("utf-8")
    assert sum(font.stat().st_size for font in fonts) < 3_000_000
    assert "SIL OPEN FONT LICENSE" in licence
    for path in fonts:
        with TTFont(path) as font:
            version = str(font["name"].getDebugName(5)).split(";")[0]
            notice = str(font["name"].getDebugName(0))
        assert re.search(rf"^{path.name} +{version} +{re.escape(notice)}$", licence, re.MULTILINE)


def test_an_installed_program_has_the_fonts_and_their_licence(tmp_path: Path) -> None:
    code = (
        "import os, setuptools; os.chdir(os.environ['TREE']); out = os.environ['OUT']\n"
        "setuptools.setup(script_args=['-q', 'egg_info', '--egg-base', out, 'build_py', '--build-lib', out])"
    )
    alone_quietly(code, tmp_path)
    built = {path.name for path in (tmp_path / "bot" / "fonts").iterdir()}
    assert built == {path.name for path in FONTS.iterdir()} >= {"OFL.LICENSE", "NotoSans-Regular.ttf"}


def alone_quietly(code: str, out: Path) -> None:
    subprocess.run(  # noqa: S603 - our own Python with our own words
        [sys.executable, "-c", code],
        env={**os.environ, "TREE": str(ROOT), "OUT": str(out), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=True,
        timeout=90,
    )
