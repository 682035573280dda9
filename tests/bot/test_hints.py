from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

from bot import hints as module
from bot.hints import hints
from bot.model import Actor, Event, Form, Standing
from tests.world import WORKSPACE, World, card, said

NAMES = ("Mika Sommerfeld", "mika.sommerfeld_7", "Li")
NAME, MAIL, PHONE = "your own name", "an e-mail address", "a phone number"
TIME, DATE, ONLY = "an exact time", "an exact date", "words that say there is only one of you"
parser = import_module("re._parser")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He said: Mika, smile.", {NAME}),
        ("he said MIKA!", {NAME}),
        ("Frau Sommerfeld, hieß es.", {NAME}),
        ("he tagged @mika.sommerfeld_7 in it", {NAME}),
        ("Li, he called.", {NAME}),
        ("write to me.now+here@mail.example.org please", {MAIL}),
        ("call +49 30 1234567", {PHONE}),
        ("call (030) 123-4567", {PHONE}),
        ("Tel. 0151/23456789", {PHONE}),
        ("call 01512345678.", {PHONE}),
        ("at 14:30 in the lift", {TIME}),
        ("um 14.30 Uhr im Aufzug", {TIME}),
        ("um 9 Uhr", {TIME}),
        ("at 9 am he came", {TIME}),
        ("at 9am", {TIME}),
        ("around 8 p.m. again", {TIME}),
        ("at 7pm", {TIME}),
        ("3 o’clock", {TIME}),
        ("on 2026-11-24", {DATE}),
        ("am 24.11.2026", {DATE}),
        ("am 24.11. war er da", {DATE}),
        ("es war am 24.11.", {DATE}),
        ("am 24. 11. 26", {DATE}),
        ("on 11/24/2026", {DATE}),
        ("on 24 November", {DATE}),
        ("am 3. März", {DATE}),
        ("on the 3rd of May", {DATE}),
        ("on March 3rd", {DATE}),
        ("As the only woman there I", {ONLY}),
        ("I'm the only one on nights", {ONLY}),
        ("I’m the only one on nights", {ONLY}),
        ("I was the only trainee", {ONLY}),
        ("the only woman in the team", {ONLY}),
        ("he said it to the only Black trainee", {ONLY}),
        ("die einzige Frau im Lager", {ONLY}),
        ("at half past two", {TIME}),
        ("kurz nach halb drei", {TIME}),
        ("à 14h30", {TIME}),
        ("Als einzige Frau im Team", {ONLY}),
        ("als die Einzige mit Schlüssel", {ONLY}),
        ("Ich bin die einzige Auszubildende", {ONLY}),
        ("damals war ich der Einzige", {ONLY}),
        ("Mika here, 0151 23456789 or a@b.example, on 2026-11-24 at 14:30, as the only one", {
            NAME, MAIL, PHONE, DATE, TIME, ONLY,
        }),
    ],
)  # fmt: skip
def test_what_may_point_at_the_writer_is_found(text: str, found: set[str]) -> None:
    assert set(hints(text, NAMES)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "He touched my shoulder again and again, and everybody laughed.",
        "It happened 3 or 4 times in 2025, in 2 meetings, and cost me 3.50 euros.",
        "My manager said: if you tell, you may lose 20 percent.",
        "Er hat mich mehrmals angefasst. Das war die einzige Möglichkeit, still zu sein.",
        "Die 4 am Nebentisch lachten. Am Montag ging es um 12 Projekte und 1.500 Leute.",
        "The only person I told was kind. It was half past caring, halb so wild.",
        "Only once. The only thing I want is that it stops.",
        "Version 1.5.2 came out, in room 4.12, on floor 3; ticket 12345.",
        "Chemikalien, Semikadenz und kommissarisch: nothing of it is a name.",
        "I did 24/7 and half/half, and @ is just a sign.",
        "The lizard lived on a list.",
        "In 2024-2025, and 2026/2027 again: 2023 2024.",
    ],
)
def test_ordinary_sentences_raise_no_alarm(text: str) -> None:
    assert hints(text, NAMES) == ()


@pytest.mark.parametrize(("name", "text"), [("王芳", "他说王芳你笑一笑"), ("김철수", "김철수가 그랬다")])
def test_names_of_scripts_without_spaces_are_found_within_a_line(name: str, text: str) -> None:
    assert hints(text, (name,)) == (NAME,)


@pytest.mark.parametrize("name", ["", " ", "@", "._-", "(.*)+$", "\\", "[a", "a" * 5000])
def test_no_name_makes_the_check_fail_or_fire(name: str) -> None:
    assert hints("Nothing to see here: it happened.", (name,)) == ()


@pytest.mark.parametrize(
    "piece",
    ["a", "1", "1 ", "a.", "a@", "@", "-", "1.", "1. ", "1/", "12:", " a", "as the ", "(1", "als die ", "ä", "1a"],
)  # fmt: skip
def test_forty_thousand_hostile_characters_are_checked_to_the_end(piece: str) -> None:
    text = (piece * 40_000)[:39_970] + " last: x@y.example"
    assert MAIL in hints(text, NAMES)


def _endless(parsed: Any, within: bool = False) -> int:  # noqa: FBT002 - a walk with one mark
    """How many repeats without end stand within another repeat."""
    count = 0
    for node, rest in parsed:
        if node is parser.MAX_REPEAT:
            _, most, inner = rest
            count += int(within and most is parser.MAXREPEAT) + _endless(inner, most > 1)
        elif node is parser.SUBPATTERN:
            count += _endless(rest[-1], within)
        elif node is parser.BRANCH:
            count += sum(_endless(each, within) for each in rest[1])
    return count


def test_the_walk_finds_a_repeat_within_a_repeat() -> None:
    assert _endless(parser.parse(r"x|(?:a+b?)*")) == 1


def test_no_pattern_has_a_repeat_without_end_within_another() -> None:
    patterns = [each.pattern for each in vars(module).values() if isinstance(each, re.Pattern)]
    assert len(patterns) >= 5
    assert [each for each in patterns if _endless(parser.parse(each))] == []


async def _preview(w: World, text: str) -> str:
    w_card = card(await w.press("P20", card(await w.act("P20", "menu")), "Tell what happened"))
    form = await w.press("P20", w_card, "Start writing")
    assert isinstance(form, Form)
    actor = Actor(WORKSPACE, "P20", "en", Standing.MEMBER, NAMES)
    event = Event(actor, form.to.action, form.to.ref, {"text": (text,)})
    return said(card(await w.service.core.handle(event)))


async def test_the_preview_gives_advice_only_and_keeps_nothing_of_it(w: World) -> None:
    shown = await _preview(w, "Mika, he said, at 14:30.")
    assert "Only advice: your words contain your own name, an exact time, which may point at you." in shown
    assert "Nothing of this check is kept." in shown
    assert "Only advice" not in await _preview(w, "He said it again.")
    w.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    content = w.file.read_bytes()
    assert b"Sommerfeld" not in content
    assert b"own name" not in content


async def test_what_a_hint_points_at_is_sent_exactly_as_it_was_written(w: World) -> None:
    await w.report("P20", text="Call 01512345678, as the only one.")
    assert w.sql("SELECT count(*) FROM reports") == [(1,)]
