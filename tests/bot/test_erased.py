"""The list of what was erased: two copies that heal each other, and that tell nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.erased import Erased, mark
from bot.errors import Misconfigured

RANDOM = random.Random(23)
ONE, TWO, THREE = (mark(RANDOM.randbytes(16)) for _ in range(3))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    made = tmp_path / "one", tmp_path / "two"
    for each in made:
        each.mkdir()
    return made


def lists(folders: tuple[Path, Path]) -> tuple[Path, Path]:
    return folders[0] / "erased.list", folders[1] / "erased.list"


def test_marks_are_only_ever_added_and_stand_in_the_order_of_their_bytes(folders: tuple[Path, Path]) -> None:
    assert Erased(folders).marks() == frozenset()
    for each in sorted([ONE, TWO, THREE], reverse=True):
        Erased(folders).add([each, each])
    assert Erased(folders).marks() == {ONE, TWO, THREE}
    first, second = (file.read_bytes() for file in lists(folders))
    assert first == second
    assert b"".join(sorted([ONE, TWO, THREE])) in first
    assert lists(folders)[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "changed", "a folder"])
def test_a_copy_is_healed_by_the_other(folders: tuple[Path, Path], which: int, damage: str) -> None:
    Erased(folders).add([ONE])
    file = lists(folders)[which]
    whole = file.read_bytes()
    file.unlink()
    if damage == "a folder":
        file.mkdir()
    elif damage != "missing":
        file.write_bytes({"empty": b"", "cut": whole[:-1], "changed": whole[:20] + b"?" + whole[21:]}[damage])
    assert Erased(folders).marks() == {ONE}
    Erased(folders).add([TWO])
    assert Erased(folders).marks() == {ONE, TWO}
    lists(folders)[1 - which].unlink()
    if damage != "a folder":
        assert Erased(folders).marks() == {ONE, TWO}


def test_copies_that_differ_count_together(folders: tuple[Path, Path], tmp_path: Path) -> None:
    Erased(folders).add([ONE])
    old = lists(folders)[1].read_bytes()
    Erased(folders).add([TWO])
    lists(folders)[1].write_bytes(old)
    assert Erased(folders).marks() == {ONE, TWO}


def test_two_damaged_copies_are_never_taken_for_an_empty_list(folders: tuple[Path, Path]) -> None:
    Erased(folders).add([ONE])
    for file in lists(folders):
        file.write_bytes(b"junk")
    with pytest.raises(Misconfigured, match="damaged"):
        Erased(folders).marks()
    with pytest.raises(Misconfigured, match="damaged"):
        Erased(folders).add([TWO])
    assert lists(folders)[0].read_bytes() == b"junk"


def test_a_list_that_cannot_be_written_is_said(folders: tuple[Path, Path]) -> None:
    for folder in folders:
        folder.rmdir()
    with pytest.raises(Misconfigured, match="cannot be written"):
        Erased(folders).add([ONE])


def test_every_writing_makes_the_files_anew(folders: tuple[Path, Path]) -> None:
    Erased(folders).add([ONE])
    with lists(folders)[0].open() as open_still:
        before = lists(folders)[0].stat().st_ino
        Erased(folders).add([])
        assert lists(folders)[0].stat().st_ino != before
        assert open_still.fileno()


def test_a_mark_is_not_the_id_and_the_same_id_has_the_same_mark() -> None:
    known = RANDOM.randbytes(16)
    assert mark(known) == mark(known) != known
    assert len(mark(known)) == 16
