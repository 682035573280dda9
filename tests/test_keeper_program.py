"""`metoo keeper` as its owner starts it: a process of its own, its key under a passphrase, its log, its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from random import SystemRandom
from secrets import token_bytes

import pytest

from adapters.keeper.client import DistantKeeper
from bot.config import KeeperSettings
from bot.keeper import KeeperSpent
from bot.keys import keep_key_file
from bot.matching import keeper_answer, keeper_name
from bot.providers import line_under_passphrase
from tests.test_program import PATIENCE, ROOT

KEY, WORKSPACE = bytes(range(32)), bytes(16)


async def start(folder: Path) -> asyncio.subprocess.Process:
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    (secrets / "METOO_KEYS__PASSPHRASE").write_text("five words that do not belong")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("METOO_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "keeper"),
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT), "CREDENTIALS_DIRECTORY": str(secrets)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def test_it_answers_logs_counts_alone_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    keep_key_file(
        tmp_path / "own.key", line_under_passphrase(KEY, "five words that do not belong", SystemRandom())
    )
    (tmp_path / "metoo.toml").write_text('[keeper]\nfile = "own.key"\nsocket = "k.sock"\nbudget = 2\n')
    process = await start(tmp_path)
    assert process.stdout is not None
    said = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    assert b"It sees no name" in said
    distant, asked = (
        DistantKeeper(KeeperSettings(socket=tmp_path / "k.sock")),
        [token_bytes(32) for _ in range(3)],
    )
    answered = await distant.ask(WORKSPACE, asked[0])
    assert (answered.name, answered.answer) == (keeper_name(KEY), keeper_answer(KEY, WORKSPACE, asked[0]))
    await distant.ask(WORKSPACE, asked[1])
    for each in (asked[2], asked[0]):
        with pytest.raises(KeeperSpent):
            await distant.ask(WORKSPACE, each)
    process.send_signal(signal.SIGTERM)
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0
    *lines, last = [json.loads(line) for line in out.splitlines()]
    assert (last["event"], last["outcome"]) == ("stopped", "finished")
    assert [(line["event"], line["answered"]) for line in lines] == [
        ("keeper begins a day", 0),
        ("keeper refuses", 2),
        ("keeper refuses", 2),
    ]
    assert [line["level"] for line in lines] == ["info", "warning", "warning"]
    assert not any(each.hex().encode() in out for each in (*asked, KEY))


async def test_without_a_key_of_its_own_it_does_not_start_with_another_one(tmp_path: Path) -> None:
    (tmp_path / "metoo.toml").write_text('[keys]\nfile = "bot.key"\n[keeper]\nsocket = "k.sock"\n')
    process = await start(tmp_path)
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 1
    assert b"The keeper needs a key of its own" in out
