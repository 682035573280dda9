"""Planted texts and ids go through every flow on every platform, and are then looked for in every byte."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bot import logs
from tests.stages import STAGES
from tests.theatre import Theatre, theatre
from tests.trace import contents, forms_of_id, forms_of_text, found

TEXT = "Canary-Zeisig-7391 ümlaut"
CHANGED = "Canary-Girlitz-2846 changed"


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


async def _everything(play: Theatre) -> set[str]:
    """Play all flows; return the ids of all who pressed, wrote, read or were named."""
    stage = play.stage
    writer, second, presser = (stage.person(n) for n in (21, 22, 23))
    await stage.command(writer, TEXT)
    unready = await play.to_preview(writer, {"text": "  ", "category": "touch"})
    form = await stage.press(writer, unready, "Change")
    preview = await stage.submit(writer, form, {"text": TEXT, "share": "yes", "named": (stage.person(30),)})
    form = await stage.press(writer, preview, "Change")
    preview = await stage.submit(writer, form, {"text": CHANGED})
    await stage.press(writer, preview, "Send")
    await stage.repeat_last()
    dropped = await play.to_preview(second, {"text": TEXT})
    await stage.press(second, await stage.press(second, dropped, "Throw away"), "Throw it away")
    hurried = await stage.press(
        second, await play.to_preview(second, {"text": TEXT}), "Send without the delay"
    )
    await stage.press(second, hurried, "Send now")
    (wall,) = await play.arrived(play.solidarity, "No names or details needed")
    for label in ("Me too", "Take back", "Me too"):
        await stage.press_post(presser, play.solidarity, wall.ref, label)
    await stage.press(presser, await stage.command(presser), "Find support")
    await play.pass_time(timedelta(hours=5))
    for card in await play.arrived(play.desk):
        await stage.press_post(stage.person(1), play.desk, card.ref, "Read privately")
        await stage.press_post(presser, play.desk, card.ref, "Read privately")
    stage.fail(1, 500)
    await play.pass_time(timedelta(days=23))
    for statement in await play.arrived(play.solidarity, "Someone spoke up"):
        await stage.press_post(presser, play.solidarity, statement.ref, "I stand with you")
    await play.pass_time(timedelta(days=8))
    return {writer, second, presser, stage.person(30), stage.person(1)}


@pytest.mark.parametrize("name", sorted(STAGES))
async def test_nothing_that_was_typed_and_nobody_is_found_in_any_byte(
    name: str, tmp_path: Path, logged: Path, temporary: Path
) -> None:
    async with theatre(STAGES[name](), tmp_path) as play:
        people = await _everything(play)
        posted = json.dumps(
            [each.payload for n in range(1, 5) for each in play.stage.posts(play.stage.channel(n))],
            default=str,
        ).encode()
        live = list(contents(tmp_path))
    places = [("posts", posted), *live, *contents(tmp_path)]
    assert any(place.endswith("-wal") for place, _ in places)
    assert dict(live)["log"]
    for text in (TEXT, CHANGED):
        assert [(place, hit) for place, raw in places for hit in found(forms_of_text(text), raw)] == []
    for user in people:
        assert [(place, hit) for place, raw in places for hit in found(forms_of_id(user), raw)] == []


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
