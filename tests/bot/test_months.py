"""Perishable keys: two copies that heal each other, and are both gone when they must be."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.envelope import VERSION, key_id
from bot.errors import Misconfigured
from bot.months import Months

RANDOM = random.Random(19)
WRAP = RANDOM.randbytes(32)
MONTH = "2028-11"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "deep" / "one", tmp_path / "two"


def opened(folders: tuple[Path, Path], wrap: bytes = WRAP) -> Months:
    return Months(folders, wrap, RANDOM)


def copies(folders: tuple[Path, Path], month: str = MONTH) -> tuple[Path, Path]:
    return folders[0] / f"{month}.key", folders[1] / f"{month}.key"


def test_a_month_keeps_its_key(folders: tuple[Path, Path]) -> None:
    key = opened(folders).key(MONTH)
    assert len(key) == 32
    assert opened(folders).key(MONTH, must_exist=True) == key
    assert opened(folders).key("2028-12") != key


def test_both_copies_are_for_their_owner_only_and_sealed(folders: tuple[Path, Path]) -> None:
    key = opened(folders).key(MONTH)
    for folder, file in zip(folders, copies(folders), strict=True):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert file.stat().st_mode & 0o777 == 0o600
        assert key not in file.read_bytes()
        assert list(folder.iterdir()) == [file]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "changed", "folder missing"])
def test_a_copy_is_healed_by_the_other(folders: tuple[Path, Path], which: int, damage: str) -> None:
    key = opened(folders).key(MONTH)
    file = copies(folders)[which]
    whole = file.read_bytes()
    if damage in {"missing", "folder missing"}:
        file.unlink()
    else:
        file.write_bytes(
            {"empty": b"", "cut": whole[:-1], "changed": whole[:-1] + bytes([whole[-1] ^ 1])}[damage]
        )
    if damage == "folder missing":
        file.parent.rmdir()
    assert opened(folders).key(MONTH, must_exist=True) == key
    copies(folders)[1 - which].unlink()
    assert opened(folders).key(MONTH, must_exist=True) == key


def test_a_copy_that_cannot_be_healed_costs_nobody_their_report(folders: tuple[Path, Path]) -> None:
    key = opened(folders).key(MONTH)
    copies(folders)[1].unlink()
    folders[1].rmdir()
    folders[1].write_text("a file where the folder was")
    assert opened(folders).key(MONTH, must_exist=True) == key


def test_a_key_that_must_exist_is_never_made_anew(folders: tuple[Path, Path]) -> None:
    with pytest.raises(Misconfigured) as caught:
        opened(folders).key(MONTH, must_exist=True)
    assert all(str(file) in str(caught.value) for file in copies(folders))
    assert not any(file.exists() for file in copies(folders))


def test_damaged_copies_are_never_replaced_by_a_new_key(folders: tuple[Path, Path]) -> None:
    opened(folders).key(MONTH)
    one, two = copies(folders)
    one.write_bytes(b"junk")
    two.unlink()
    with pytest.raises(Misconfigured, match="missing or damaged"):
        opened(folders).key(MONTH)
    assert one.read_bytes() == b"junk"


def test_another_stores_key_opens_no_month(folders: tuple[Path, Path]) -> None:
    opened(folders).key(MONTH)
    with pytest.raises(Misconfigured, match="missing or damaged"):
        opened(folders, RANDOM.randbytes(32)).key(MONTH)


def test_the_file_of_one_month_is_not_taken_for_another(folders: tuple[Path, Path]) -> None:
    opened(folders).key(MONTH)
    for file in copies(folders):
        file.rename(file.with_name("2028-12.key"))
    with pytest.raises(Misconfigured, match="2028-12"):
        opened(folders).key("2028-12")


def test_copies_that_differ_are_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    opened(folders).key(MONTH)
    elsewhere = (tmp_path / "three", tmp_path / "four")
    opened(elsewhere).key(MONTH)
    copies(folders)[1].write_bytes(copies(elsewhere)[1].read_bytes())
    with pytest.raises(Misconfigured, match="differs"):
        opened(folders).key(MONTH)


def test_a_key_in_one_copy_only_does_not_come_into_use(folders: tuple[Path, Path]) -> None:
    folders[1].symlink_to("a disk that is not there")
    with pytest.raises(Misconfigured, match="cannot be written"):
        opened(folders).key(MONTH)
    assert list(folders[0].iterdir()) == []


def test_what_a_crash_left_behind_is_no_obstacle(folders: tuple[Path, Path]) -> None:
    folders[0].mkdir(parents=True)
    (folders[0] / f"{MONTH}.new").write_bytes(b"half a k")
    key = opened(folders).key(MONTH)
    assert list(folders[0].iterdir()) == [copies(folders)[0]]
    assert opened(folders).key(MONTH) == key


def test_a_destroyed_key_is_gone_from_both_folders(folders: tuple[Path, Path]) -> None:
    months = opened(folders)
    key, kept = months.key(MONTH), months.key("2028-12")
    (folders[0] / f"{MONTH}.new").write_bytes(copies(folders)[0].read_bytes())
    linked = folders[0].parent / "another name of the same file"
    linked.hardlink_to(copies(folders)[0])
    months.destroy(MONTH)
    months.destroy(MONTH)
    assert [[each.name for each in folder.iterdir()] for folder in folders] == [["2028-12.key"]] * 2
    assert set(linked.read_bytes()) == {0}
    with pytest.raises(Misconfigured):
        months.key(MONTH, must_exist=True)
    assert months.key(MONTH) != key
    assert months.key("2028-12") == kept


def test_a_copy_that_cannot_be_erased_is_named(folders: tuple[Path, Path]) -> None:
    months = opened(folders)
    months.key(MONTH)
    one, two = copies(folders)
    one.unlink()
    one.mkdir()
    with pytest.raises(Misconfigured) as caught:
        months.destroy(MONTH)
    assert str(one) in str(caught.value)
    assert not two.exists()


@pytest.mark.parametrize(
    "month", ["", "2028-13", "2028-1", "../../x", "2028-11/..", "2028-11\n", "２０２８-11"]
)
def test_anything_but_a_month_is_a_defect(folders: tuple[Path, Path], month: str) -> None:
    with pytest.raises(ValueError, match="month"):
        opened(folders).key(month)
    with pytest.raises(ValueError, match="month"):
        opened(folders).destroy(month)


def test_one_folder_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="two different folders"):
        opened((tmp_path / "one", tmp_path / "two" / ".." / "one"))


def test_nothing_secret_shows(folders: tuple[Path, Path]) -> None:
    months = opened(folders)
    months.key(MONTH)
    assert repr(months) == str(months) == "Months(…)"


# --- the mark of a store ---


def held(folders: tuple[Path, Path]) -> list[list[str]]:
    return [sorted(each.name for each in folder.iterdir()) if folder.is_dir() else [] for folder in folders]


def test_the_folders_of_a_new_store_are_marked_and_known_again(folders: tuple[Path, Path]) -> None:
    opened(folders).mark(fresh=True)
    assert held(folders) == [["store.key"], ["store.key"]]
    opened(folders).key(MONTH)
    before = [file.read_bytes() for folder in folders for file in sorted(folder.iterdir())]
    opened(folders).mark(fresh=False)
    assert [file.read_bytes() for folder in folders for file in sorted(folder.iterdir())] == before
    assert opened(folders).there() == (MONTH,)


@pytest.mark.parametrize("there", ["nothing", "empty folders"])
def test_empty_folders_are_never_taken_for_new_ones(folders: tuple[Path, Path], there: str) -> None:
    if there == "empty folders":  # two mount points without their disks
        for folder in folders:
            folder.mkdir(parents=True)
    with pytest.raises(Misconfigured, match="Is the disk mounted") as caught:
        opened(folders).mark(fresh=False)
    assert all(str(folder) in str(caught.value) for folder in folders)
    assert held(folders) == [[], []]


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", ["missing", "cut", "of another store"])
def test_one_mark_heals_the_other(folders: tuple[Path, Path], which: int, damage: str) -> None:
    opened(folders).mark(fresh=True)
    file = folders[which] / "store.key"
    whole = file.read_bytes()
    file.unlink()
    if damage == "cut":
        file.write_bytes(whole[:-1])
    elif damage == "of another store":
        opened((folders[which], folders[0].parent / "third"), RANDOM.randbytes(32)).mark(fresh=True)
    opened(folders).mark(fresh=False)
    (folders[1 - which] / "store.key").unlink()
    opened(folders).mark(fresh=False)


def test_folders_of_another_store_are_refused_and_left_alone(folders: tuple[Path, Path]) -> None:
    other = opened(folders, RANDOM.randbytes(32))
    other.mark(fresh=True)
    other.key(MONTH)
    before = held(folders), [file.read_bytes() for file in copies(folders)]
    for fresh in (True, False):
        with pytest.raises(Misconfigured, match="belong to another one"):
            opened(folders).mark(fresh=fresh)
    assert (held(folders), [file.read_bytes() for file in copies(folders)]) == before


def test_a_store_from_before_there_were_marks_gets_one(folders: tuple[Path, Path]) -> None:
    opened(folders).key(MONTH)
    opened(folders).mark(fresh=False)
    assert held(folders) == [[f"{MONTH}.key", "store.key"]] * 2


def test_a_start_that_died_before_its_keys_were_kept_begins_anew(folders: tuple[Path, Path]) -> None:
    opened(folders, RANDOM.randbytes(32)).mark(fresh=True)
    opened(folders).mark(fresh=True)
    opened(folders).mark(fresh=False)


# --- generations ----------------------------------------------------------------------------------------


def test_a_renewed_month_wraps_by_its_new_key_and_opens_by_both(folders: tuple[Path, Path]) -> None:
    months = opened(folders)
    first = months.key(MONTH)
    months.renew(MONTH)
    second = months.key(MONTH, must_exist=True)
    assert second != first
    for key in (first, second):
        assert months.opening(MONTH, VERSION + key_id(key) + bytes(40)) == key
    assert months.opening(MONTH, b"under no key of ours") == second
    assert months.older(MONTH) == (first,)
    assert months.there() == (MONTH,)
    months.renew(MONTH)  # going on after a crash makes no third one
    assert months.key(MONTH) == second
    months.retire(MONTH)
    assert months.older(MONTH) == ()
    assert opened(folders).key(MONTH, must_exist=True) == second
    months.renew(MONTH)
    assert months.key(MONTH) not in (first, second)


@pytest.mark.parametrize("which", [0, 1])
def test_a_copy_of_a_generation_is_healed_by_the_other(folders: tuple[Path, Path], which: int) -> None:
    months = opened(folders)
    months.key(MONTH)
    months.renew(MONTH)
    key = months.key(MONTH)
    file = folders[which] / f"{MONTH}.2.key"
    file.unlink()  # as after a kill between the two files
    assert opened(folders).key(MONTH) == key
    assert file.exists()


def test_destroying_a_month_destroys_all_its_generations(folders: tuple[Path, Path]) -> None:
    months = opened(folders)
    months.key(MONTH)
    months.renew(MONTH)
    months.destroy(MONTH)
    assert [file for folder in folders for file in folder.iterdir()] == []


def test_generations_cannot_change_places(folders: tuple[Path, Path]) -> None:
    months = opened(folders)
    months.key(MONTH)
    months.renew(MONTH)
    for folder in folders:
        (folder / f"{MONTH}.2.key").replace(folder / f"{MONTH}.key")
    with pytest.raises(Misconfigured, match="missing or damaged"):
        opened(folders).key(MONTH, must_exist=True)


def test_files_are_sealed_by_another_key_of_the_server_and_both_open_meanwhile(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    months, new = opened(folders), RANDOM.randbytes(32)
    keys = {month: months.key(month) for month in (MONTH, "2028-12", "2029-01")}
    written = Months._write
    files: list[Path] = []

    def full(self: Months, file: Path, key: bytes) -> None:
        if len(files) == 3:
            raise OSError(28, "No space left on device")
        files.append(file)
        written(self, file, key)

    monkeypatch.setattr(Months, "_write", full)
    months.seal_by(new)
    with pytest.raises(Misconfigured, match=r"No space left on device\. Nothing is lost"):
        months.seal_anew()
    monkeypatch.setattr(Months, "_write", written)
    again = Months(folders, new, RANDOM, older=(WRAP,))
    for each in (months, again):
        assert {month: each.key(month) for month in keys} == keys
    again.seal_anew()
    again.forget()
    assert {month: Months(folders, new, RANDOM).key(month, must_exist=True) for month in keys} == keys
    with pytest.raises(Misconfigured, match="missing or damaged"):
        opened(folders).key(MONTH)


def test_a_new_generation_that_finds_no_room_is_not_used(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    months = opened(folders)
    key = months.key(MONTH)
    written = Months._write

    def full(self: Months, file: Path, key: bytes) -> None:
        if file.parent == folders[1]:
            raise OSError(30, "Read-only file system")
        written(self, file, key)

    monkeypatch.setattr(Months, "_write", full)
    with pytest.raises(Misconfigured, match="Read-only file system"):
        months.renew(MONTH)
    assert months.key(MONTH) == key


def test_with_the_servers_keys_of_a_backup_from_before_a_change_months_open_as_they_did_then(
    folders: tuple[Path, Path],
) -> None:
    months, new = opened(folders), RANDOM.randbytes(32)
    key = months.key(MONTH)
    months.seal_by(new)
    months.renew(MONTH)
    assert months.key(MONTH) != key
    before = opened(folders)
    assert before.key(MONTH, must_exist=True) == key
    assert before.opening(MONTH, VERSION + key_id(key)) == key
    before.renew(MONTH)
    assert before.key(MONTH) != key
    assert before.older(MONTH) == (key,)
    before.destroy(MONTH)
    assert [file for folder in folders for file in folder.iterdir()] == []
