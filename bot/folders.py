"""Folders that survive a power cut, and files of which nothing stays."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.keys import sync_folder


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, so that a power cut leaves them there."""
    missing: Iterator[Path] = (each for each in (folder, *folder.parents) if not each.exists())
    for each in reversed(list(missing)):
        each.mkdir(mode=0o700, exist_ok=True)
        sync_folder(each.parent)


def write_file(file: Path, data: bytes) -> None:
    """Write a file that only its owner can use, so that a power cut leaves all of it there or nothing."""
    make_folder(file.parent)
    fresh = fresh_of(file)
    fresh.unlink(missing_ok=True)  # of a crash
    fresh.touch(mode=0o600, exist_ok=False)
    with fresh.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    sync_folder(file.parent)


def fresh_of(file: Path) -> Path:
    """Where `write_file` writes before the file is whole."""
    return file.with_suffix(".new")


def erase_written(file: Path) -> bool:
    """Whether nothing is left of a file, nor of what a crash left of its writing."""
    gone = [erase_file(each) for each in (file, fresh_of(file))]
    return all(gone)


def erase_file(file: Path) -> bool:
    """Overwrite and remove a file; whether it is gone, or was not there."""
    try:
        if file.exists():
            _overwrite(file)
            file.unlink()
            sync_folder(file.parent)
    except OSError:
        return False
    return True


def _overwrite(file: Path) -> None:
    with file.open("r+b") as out:
        out.write(bytes(file.stat().st_size))
        out.flush()
        os.fsync(out.fileno())
