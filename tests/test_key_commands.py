"""Keys as an operator changes them: beside the running program, and with a key service that is down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import SystemRandom

import pytest

from bot.keys import new_key_file
from tests.adapters.key_servers import TOKEN, VaultServer, serving
from tests.test_program import PATIENCE, House


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = House(tmp_path)
    await built.slack.server.start()
    await built.discord.server.start()
    built.furnish()
    yield built
    for stage in built.stages:
        await stage.close()


async def connected(house: House) -> None:
    await asyncio.wait_for(house.slack.server.connected.wait(), PATIENCE)


async def test_keys_of_a_store_that_is_not_there_are_no_reason_to_make_one(house: House) -> None:
    new_key_file(house.folder / "metoo.key", SystemRandom())
    before = sorted(house.folder.iterdir())
    for command in (("list",), ("rotate",), ("retire", "--yes")):
        code, said = await house.metoo("keys", *command)
        assert (code, "there is no store at" in said) == (1, True), said
    assert sorted(house.folder.iterdir()) == before


async def test_keys_change_while_metoo_serves(house: House) -> None:
    for name in ("metoo.key", "next.key"):
        new_key_file(house.folder / name, SystemRandom())
    async with house.serving() as process:
        await connected(house)
        code, said = await house.metoo("keys", "rotate")
        assert code == 0, said
        assert "metoo keys retire" in said
        code, said = await house.metoo("keys", "retire", "--yes")
        assert (code, "The old keys are destroyed" in said) == (0, True), said
        code, said = await house.metoo("keys", "rotate", "--root", "next.key")
        assert (code, "Set keys.file to the new one" in said) == (0, True), said
        _, said = await house.metoo("check")
        assert "another key than the one that the running metoo uses" in said
        assert process.returncode is None
    code, said = await house.metoo("keys", "list")
    assert (code, "metoo keys rotate --root" in said) == (1, True), said
    house.extra["METOO_KEYS__FILE"] = "next.key"
    code, said = await house.metoo("keys", "list")
    assert (code, "generation 2  in use" in said) == (0, True), said
    assert "generation 1  old" not in said


async def test_a_vault_that_goes_down_stops_no_running_metoo_and_lets_none_start(house: House) -> None:
    async with serving(vault := VaultServer()):
        house.extra |= {"METOO_KEYS__VAULT__URL": vault.url, "METOO_KEYS__VAULT__TOKEN": TOKEN}
        code, said = await house.metoo("keys", "new", "--vault")
        assert code == 0, said
        assert (house.folder / "metoo.key").read_text().startswith("metoo-wrapped-1 vault vault:v1:")
        async with house.serving() as process:
            await connected(house)
            vault.sealed = True
            code, said = await house.metoo("check")
            assert (code, "Vault is sealed" in said) == (1, True), said
            code, said = await house.metoo("keys", "rotate")
            assert code == 0, said
            assert process.returncode is None
        code, said = await house.metoo("run")
        assert (code, said) == (1, "Error: Vault is sealed. Unseal it, then start again.\n")
        vault.sealed = False
        code, said = await house.metoo("keys", "list")
        assert (code, "generation 2  in use" in said) == (0, True), said
