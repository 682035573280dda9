"""Nobody is told how many are held: whatever people, admins, desks and logs get is the same for none and for many."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import structlog

from bot.assurance import escrow_faults
from bot.config import Limits
from bot.model import Card, Form
from tests.bot.admins import ADMIN
from tests.bot.letterbox import come_back
from tests.bot.test_escrow import ACCUSED, HOLD, hold
from tests.world import TUESDAY, World, card, labels, said, words, world

ROOMY = Limits(receipts_an_hour=40)
CHANGING = (
    (re.compile(r"\b\d{4}-\d\d\b(?!-)"), "a month"),
    (re.compile(r"\b([0-9a-f]{4} ){15}[0-9a-f]{4}\b"), "a hash"),
)


class Notes:
    """All that somebody was shown, without what is random."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def take(self, shown: Card | Form) -> Card:
        """Keep what a screen says, and go on with it."""
        assert isinstance(shown, Card)
        text = f"{said(shown)}\n{labels(shown)}\n{[each.label for each in shown.choices]}"
        if "Your receipt" in text:
            text = text.replace(words(shown), "seven words")
        for pattern, instead in CHANGING:
            text = pattern.sub(instead, text)
        self.lines.append(text)
        return shown


async def writer_sees(w: World, notes: Notes) -> None:
    """One who holds, holds again, looks in, adds, and takes it back; and one who only looks at what holding means."""
    for _ in range(2):
        preview = notes.take(card(await w.write("P20", text="Mine.", named=ACCUSED)))
        asked = notes.take(card(await w.press("P20", preview, HOLD)))
        held = notes.take(card(await w.press("P20", asked, "Hold it")))
        box = notes.take(await come_back(w, words(held)))
        form = await w.press("P20", box, "Add to it")
        assert isinstance(form, Form)
        notes.take(await w.fill("P20", form, text="More."))
        for label in ("Make it a private record", "Take it back"):
            again = notes.take(card(await w.press("P20", await come_back(w, words(held)), label)))
            if label == "Take it back":
                notes.take(card(await w.press("P20", again, label)))
    notes.take(card(await w.press(ACCUSED, await w.write(ACCUSED, text="It.", named=ACCUSED), HOLD)))


async def others_see(w: World, notes: Notes) -> None:
    """An admin in set-up, the person named, a colleague, and everything in channels for more than a week."""
    w.admin(ADMIN)
    for user in (ADMIN, ACCUSED, "P50"):
        for action, ref in (("menu", ""), ("setup", ""), ("setup.part", "escrow"), ("digest.preview", "")):
            notes.take(card(await w.act(user, action, ref)))
    await w.pass_time(timedelta(days=8))
    for channel in ("general", "solidarity", "hr-desk", "ombuds"):
        for each in w.posts(channel):
            notes.take(each)


async def all_that_is_said(folder: Path, held: int) -> tuple[list[str], list[str]]:
    folder.mkdir()
    notes = Notes()
    with structlog.testing.capture_logs() as logged:
        async with world(folder, start=TUESDAY, workspace={"escrow": 6}, limits=ROOMY) as w:
            for n in range(held):
                await hold(w, f"P{30 + n}")
            await writer_sees(w, notes)
            await others_see(w, notes)
            notes.lines += await escrow_faults(w.means)
    return notes.lines, sorted(set(map(str, logged)))


async def test_everybody_is_shown_the_same_however_many_are_held(tmp_path: Path) -> None:
    none, *some = [await all_that_is_said(tmp_path / str(held), held) for held in (0, 1, 4)]
    assert len(none[0]) > 25
    for shown, logged in some:
        assert [pair for pair in zip(none[0], shown, strict=True) if pair[0] != pair[1]] == []
        assert logged == none[1]
