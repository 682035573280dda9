"""Every card and form of every flow on every platform, in files that a person can read.

`METOO_GOLDEN=write pytest tests/test_golden.py` writes them anew; what changed is then read in the diff.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot import chart, passphrase, receipt
from bot.i18n import LANGUAGES
from tests.golden.files import FOLDER, PLATFORMS, collected, golden, payloads

WRITE = os.environ.get("METOO_GOLDEN") == "write"
UNPOSTED = frozenset({"apart", "erase", "gone", "unlinked", "vanish"})
"""Kinds of outbox rows that never post a card of their own."""
LARGEST = 1_500_000


@pytest.fixture
def calm(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(chart, "draw", lambda *_: b"a picture")
    monkeypatch.setattr(passphrase, "MEMORY", 64)
    monkeypatch.setattr(receipt, "MEMORY", 64)
    return monkeypatch


async def test_every_step_and_every_post_is_shown_as_its_golden_file_says(
    tmp_path: Path, calm: pytest.MonkeyPatch
) -> None:
    seen, flows, kinds = await collected(tmp_path, calm)
    every = [each for shown in seen.values() for each in shown]
    shown = {each.step for each in every if not each.post}
    assert set(flows) - shown == set(), "these steps are walked in no scene of tests/golden/scenes.py"
    posted = {each.step for each in every if each.post}
    assert kinds - posted - UNPOSTED == set(), "these posts are seen in no scene of tests/golden/scenes.py"
    made = golden(seen, flows)
    if WRITE:
        _write(made)
    _compare(made)


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
async def test_in_another_language_nothing_is_cut_off_that_english_shows_whole(
    tmp_path: Path, calm: pytest.MonkeyPatch, language: str
) -> None:
    cut = dict[str, Counter[str]]()
    for each in ("en", language):
        (tmp_path / each).mkdir()
        seen, _, _ = await collected(tmp_path / each, calm, each)
        cut[each] = Counter()
        for platform, step, payload in payloads(seen):
            cut[each][f"{platform}: {step}"] += sum(text.endswith("…") for text in _texts(payload))
    assert len(cut["en"]) > 500
    assert set(cut[language]) == set(cut["en"])
    assert {step: cuts for step, cuts in cut[language].items() if cuts > cut["en"][step]} == {}


def _texts(payload: object) -> list[str]:
    if isinstance(payload, str):
        return [payload]
    parts = payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list) else ()
    return [text for each in parts for text in _texts(each)]


def test_the_files_of_a_platform_are_those_of_every_other_and_stay_small() -> None:
    names = {each: {path.name for path in (FOLDER / each).glob("*.txt")} for each in PLATFORMS}
    assert names["slack"] == names["discord"] == names["sandbox"]
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.txt")) < LARGEST


def _write(made: Mapping[Path, str]) -> None:
    for path in FOLDER.glob("*/*.txt"):
        path.unlink()
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _compare(made: Mapping[Path, str]) -> None:
    kept = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*/*.txt")}
    for path, text in made.items():
        assert text == kept.get(path, ""), (
            f"{path.name} is not what it was: METOO_GOLDEN=write writes it anew"
        )
    assert set(kept) == set(made), "a file is left that nothing is shown of"
