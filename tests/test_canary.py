"""Planted texts and ids go through every flow on every platform, and are then looked for in every byte."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bot import logs
from bot.flows.step import message_id
from storage.tables import METADATA
from tests.bot.letterbox import HANDLER, WRITER, come_back, deliver, desk_card
from tests.stages import STAGES
from tests.theatre import Theatre, receipt_words, theatre
from tests.times import TIMES, columns_of_moments, columns_with_times
from tests.trace import contents, forms_of_id, forms_of_text, found
from tests.world import TUESDAY, card, world

TEXT = "Canary-Zeisig-7391 ümlaut"
CHANGED = "Canary-Girlitz-2846 changed"
ANSWER = "Canary-Stieglitz-6120 by name"
AS_DESK = "Canary-Gimpel-3358 as the desk"
ADDED = "Canary-Dompfaff-9047 added"
SINCE = "Canary-Hänfling-1573 since"
MEETING = "Canary-Buchfink-4816 a meeting"
CLOSED = "Canary-Bergfink-7702 a reason"
KEPT = "Canary-Kernbeißer-2269 kept"
QUOTED = "Canary-Erlenzeisig-5581 quoted"
MISTYPED = "Canary-Fichtenkreuzschnabel-8135"
HELD = "Canary-Karmingimpel-4407 held"
ADDRESS = "canary.rohrammer.9920@example.org"
TYPED = (TEXT, CHANGED, ANSWER, AS_DESK, ADDED, SINCE, MEETING, CLOSED, KEPT, QUOTED, MISTYPED, HELD, ADDRESS)


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[Path]:
    """The program's own logging at its loudest, into a file."""
    path = tmp_path / "log"
    levels = {name: logging.getLogger(name).level for name in logs.HELD_DOWN}
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    with path.open("w") as stream:
        logs.configure("DEBUG", stream)
        yield path
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)
    for name, each in levels.items():
        logging.getLogger(name).setLevel(each)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whatever goes into temporary files goes into a folder that is searched."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


class Search:
    """Where planted values could have been left, looked at again and again while everything is played."""

    def __init__(self, play: Theatre, folder: Path) -> None:
        self._play = play
        self._folder = folder
        self.places: list[tuple[str, bytes]] = []
        self.times: set[str] = set()

    def look(self) -> None:
        """Every file as it is now, and all that stands in channels."""
        stage = self._play.stage
        posts = [each.payload for n in range(1, 5) for each in stage.posts(stage.channel(n))]
        self.places += [("posts", json.dumps(posts, default=str).encode()), *contents(self._folder)]
        self.times |= columns_with_times(self._folder / "store.db")

    def leaks(self, forms: dict[str, bytes]) -> list[tuple[str, str]]:
        """Where something is that must not be anywhere."""
        return [(place, hit) for place, raw in self.places for hit in found(forms, raw)]


async def _tell(play: Theatre) -> dict[str, str]:
    """Two people tell, one of them after all that can be done before; the words of each."""
    stage = play.stage
    writer, second = stage.person(21), stage.person(22)
    await stage.command(writer, TEXT)
    unready = await play.to_preview(writer, {"text": "  ", "category": "touch"})
    form = await stage.press(writer, unready, "Change")
    preview = await stage.submit(writer, form, {"text": TEXT, "share": "yes", "named": (stage.person(30),)})
    form = await stage.press(writer, preview, "Change")
    preview = await stage.submit(writer, form, {"text": CHANGED})
    sent = await stage.press(writer, preview, "Send")
    await stage.repeat_last()
    dropped = await play.to_preview(second, {"text": TEXT})
    await stage.press(second, await stage.press(second, dropped, "Throw away"), "Throw it away")
    hurried = await stage.press(
        second, await play.to_preview(second, {"text": TEXT}), "Send without the delay"
    )
    hurried = await stage.press(second, hurried, "Send now")
    return {writer: receipt_words(sent.text), second: receipt_words(hurried.text)}


async def _quote(play: Theatre) -> None:
    """Somebody reports a message of a small circle."""
    stage, reporter, author = play.stage, play.stage.person(25), play.stage.person(26)
    stage.add_channel(stage.channel(9), readers=(reporter, author), bot=False)
    shown = await stage.quote(reporter, stage.channel(9), author, QUOTED)
    preview = await stage.submit(reporter, await stage.press(reporter, shown, "Start writing"), {})
    assert QUOTED in preview.text
    await stage.press(reporter, preview, "Send")


async def _say_me_too(play: Theatre) -> None:
    stage, presser = play.stage, play.stage.person(23)
    (wall,) = await play.arrived(play.solidarity, "No names or details needed")
    for label in ("Me too", "Take back", "Me too"):
        await stage.press_post(presser, play.solidarity, wall.ref, label)
    for n in range(31, 35):
        await stage.press_post(stage.person(n), play.solidarity, wall.ref, "Me too")
    await stage.press(presser, await stage.command(presser), "Find support")


async def _answer(play: Theatre) -> None:
    """Handlers read and answer, by name and as the desk; somebody else may not."""
    stage, handler, other = play.stage, play.stage.person(1), play.stage.person(2)
    for post in await play.arrived(play.desk):
        await play.read(stage.person(23), play.desk, post.ref)
        reading = await play.read(handler, play.desk, post.ref)
        await play.fill_in(handler, reading, "Answer", ANSWER, signed="name")
        reading = await play.read(other, play.desk, post.ref)
        reading = await play.fill_in(other, reading, "Answer", AS_DESK, signed="desk")
        await play.press(other, reading, "We are looking into it", "Ask once who wrote")
        await stage.repeat_last()


async def _come_back(play: Theatre, words: dict[str, str]) -> None:
    """One adds, tells who they are and asks to meet; the other takes it back, undoes that and does it again."""
    stage, (writer, second) = play.stage, words
    await play.come_back(writer, f"{MISTYPED} {words[writer]}")
    box = await play.come_back(writer, words[writer].upper())
    assert ANSWER in (await stage.press(writer, box, "Everything in it")).text
    await play.fill_in(writer, box, "Add or answer", ADDED)
    await play.fill_in(writer, box, "Something happened since", SINCE)
    await play.press(writer, box, "What colleagues may see", "Share nothing")
    await play.press(writer, box, "What colleagues may see", "Share that it happened")
    asked = await stage.press(writer, box, "Tell HR who I am")
    await play.fill_in(writer, asked, "Meet with someone I trust instead", MEETING)
    await stage.press(writer, asked, "Tell HR who I am")
    await stage.repeat_last()
    box = await play.come_back(second, words[second])
    await play.fill_in(second, box, "Add or answer", ADDED)
    await play.press(
        second, box, "Take it back", "Take it back", "Undo taking it back", "Take it back", "Take it back"
    )


async def _keep(play: Theatre) -> None:
    """Somebody keeps a private record, adds to it, and deletes it."""
    stage, keeper = play.stage, play.stage.person(24)
    kept = await stage.press(keeper, await play.to_preview(keeper, {"text": KEPT}), "Keep it for now")
    box = await play.come_back(keeper, receipt_words(kept.text))
    await play.fill_in(keeper, box, "Add to it", ADDED)
    await play.press(keeper, box, "Delete it", "Delete it")


async def _hold(play: Theatre) -> None:
    """Three hold about one person, and one about somebody outside, who takes it back."""
    stage, hold = play.stage, "Hold until others name the same person"
    for n in (27, 32, 33):
        preview = await play.to_preview(stage.person(n), {"text": HELD, "named": (stage.person(28),)})
        await play.press(stage.person(n), preview, hold, "Hold it")
    writer = stage.person(29)
    preview = await play.to_preview(writer, {"text": HELD})
    form = await play.press(writer, preview, hold, "It is about somebody outside this workplace")
    held = await stage.submit(writer, form, {"address": f" mailto:{ADDRESS.upper()}"})
    box = await play.come_back(writer, receipt_words(held.text))
    await play.fill_in(writer, box, "Add to it", ADDED)
    await play.press(writer, box, "Take it back", "Take it back")


async def _open_match(play: Theatre) -> None:
    """A handler opens what they held; the one who is named may not."""
    stage = play.stage
    (match,) = await play.arrived(play.desk, "Held reports that name the same person")
    await stage.press_post(stage.person(28), play.desk, match.ref, "Open privately")
    opened = await stage.press_post(stage.person(1), play.desk, match.ref, "Open privately")
    assert "cases of this desk now" in opened.text


async def _everything(play: Theatre, search: Search) -> tuple[set[str], set[str]]:
    """Play all flows; return the ids of all who pressed, wrote, read or were named, and all words of receipts."""
    stage = play.stage
    words = await _tell(play)
    await _quote(play)
    await _say_me_too(play)
    search.look()
    await play.pass_time(timedelta(hours=5))
    await _answer(play)
    await _come_back(play, words)
    await _keep(play)
    await _hold(play)
    search.look()
    await play.pass_time(timedelta(hours=5))
    await _open_match(play)
    search.look()
    readings = [
        await play.read(stage.person(1), play.desk, post.ref)
        for post in await play.arrived(play.desk, "News about report")
    ]
    assert any(all(said in each.text for said in (ADDED, SINCE, MEETING)) for each in readings)
    open_one = next(each for each in readings if SINCE in each.text)
    await play.fill_in(stage.person(1), open_one, "Close the report", CLOSED, signed="name")
    search.look()
    stage.fail(1, 500)
    await play.pass_time(timedelta(days=23))
    for statement in await play.arrived(play.solidarity, "Someone spoke up"):
        await stage.press_post(stage.person(23), play.solidarity, statement.ref, "I stand with you")
    writer = stage.person(21)
    await play.press(writer, await play.come_back(writer, words[writer]), "Take it back", "Take it back")
    await play.pass_time(timedelta(days=5))
    search.look()
    await play.pass_time(timedelta(days=4))
    search.look()
    return {stage.person(n) for n in (1, 2, *range(21, 34))}, set(words.values())


@pytest.mark.parametrize("name", sorted(STAGES))
async def test_nothing_that_was_typed_and_nobody_is_found_in_any_byte(
    name: str, tmp_path: Path, logged: Path, temporary: Path
) -> None:
    async with theatre(STAGES[name](), tmp_path, workspace={"escrow": 3}) as play:
        search = Search(play, tmp_path)
        people, words = await _everything(play, search)
        handed_out = play.stage.handed_out()
    search.places += contents(tmp_path)
    assert any(place.endswith("-wal") and raw for place, raw in search.places)
    assert dict(search.places)["log"]
    for text in (*TYPED, *words, *(each.upper() for each in words)):
        assert search.leaks(forms_of_text(text)) == []
    for each in (*people, *handed_out):
        assert search.leaks(forms_of_id(each)) == []
    assert search.times <= set(TIMES)
    assert {each for each in TIMES if not each.endswith("a moment")} <= search.times


def test_every_column_that_can_hold_a_moment_has_a_reason_to() -> None:
    there = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.c}
    assert {each.partition(":")[0] for each in TIMES} <= there
    assert columns_of_moments() <= set(TIMES)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2026-W48", "a week"),
        ("2028-11", "a month"),
        ("2026-11-24", "a moment"),
        ("2026-W48-2", "a moment"),
        ("20261124T101500", "a moment"),
        ('{"on": "2026-W48"}', "a moment"),
        ("1700000000.000123", "a moment"),
        (1_795_000_000, "a moment"),
        (1_795_000_000_000, "a moment"),
        (b"\0\xff\n 2026-11-24 \n", "a moment"),
    ],
)
def test_every_form_of_a_time_is_found_in_any_column(
    value: str | int | bytes, time: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as made, made:
        made.execute("CREATE TABLE one (a, b)")
        made.execute("INSERT INTO one VALUES ('12026-W480 1234567890 ab2026', ?)", (value,))
    assert columns_with_times(tmp_path / "store.db") == {f"one.b: {time}"}


async def test_a_reminder_does_not_tell_its_day(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        receipt = await deliver(w)
        await w.pass_time(timedelta(days=8))
        box = await come_back(w, receipt)
        for _ in range(2):
            assert card(await w.press(WRITER, box, "Remind the desk")).title == "Added"
        ((report, message),) = w.sql("SELECT lower(hex(report)), id FROM messages")
        days = {(TUESDAY + timedelta(days=n)).date() for n in range(20)}
        assert message not in {message_id(f"{report}.remind.{day}") for day in days}


async def test_a_row_does_not_tell_that_a_desk_asked_who_wrote(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as w:
        await deliver(w)
        reading = await w.read(HANDLER, desk_card(w))
        (ask,) = (each.to for each in reading.buttons if each.label == "Ask once who wrote")
        await w.press(HANDLER, reading, "Ask once who wrote")
        ((message,),) = w.sql("SELECT id FROM messages")
        assert message not in {message_id(ref) for ref in (ask.ref, f"{ask.ref}.ask", f"{ask.ref}.Kind.ASK")}


PLANTS: dict[str, Callable[[str], bytes]] = {
    "text": lambda user: user.encode(),
    "hex": lambda user: user.encode().hex().upper().encode(),
    "base64": lambda user: base64.b64encode(b"ab" + user.encode() + b"c"),
    "base64url": lambda user: base64.urlsafe_b64encode(b"a" + user.encode() + b"?>"),
    "integer": lambda user: int(user).to_bytes(8),
    "little-endian": lambda user: int(user).to_bytes(8, "little"),
    "hex number": lambda user: f"{int(user):X}".encode(),
    "utf-16": lambda user: user.encode("utf-16-le"),
    "json": lambda user: json.dumps({"user": user}).encode(),
    "plain sha-256": lambda user: hashlib.sha256(user.encode()).digest(),
    "sha-256 in hex": lambda user: hashlib.sha256(user.encode()).hexdigest().encode(),
    "sha-1 in base64": lambda user: base64.b64encode(
        hashlib.sha1(user.encode(), usedforsecurity=False).digest()
    ),
    "md5 in hex": lambda user: hashlib.md5(user.encode(), usedforsecurity=False).hexdigest().upper().encode(),
    "blake2b": lambda user: hashlib.blake2b(user.encode()).digest(),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_every_form_of_the_search_finds_a_planted_leak(plant: str, tmp_path: Path) -> None:
    user = "184467440737095516"
    (tmp_path / "file").write_bytes(b"\x00before" + PLANTS[plant](user) + b"after\xff")
    assert [hit for _, raw in contents(tmp_path) for hit in found(forms_of_id(user), raw)]


@pytest.mark.parametrize("form", sorted(forms_of_text(TEXT)))
def test_every_form_of_a_text_finds_a_planted_leak(form: str) -> None:
    planted = forms_of_text(TEXT)[form]
    assert form in found(forms_of_text(TEXT), b"x" + planted + b"y")


def test_the_search_finds_nothing_where_nothing_is() -> None:
    assert found(forms_of_id("184467440737095516"), bytes(range(256)) * 64) == []
