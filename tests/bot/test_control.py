"""The socket for commands: only our own user, only what is known, and serving goes on whatever is asked."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.control import NotListening, Tell, ask, listening
from bot.errors import Misconfigured


async def do(asked: Mapping[str, str], tell: Tell) -> str:
    if asked["do"] == "refuse":
        raise Misconfigured("Not now.")
    if asked["do"] == "break":
        raise LookupError("with a secret in it")
    if asked["do"] == "hang":
        await asyncio.Event().wait()
    tell(1, 2)
    tell(2, 2)
    return f"Did {asked['do']}."


def silent(done: int, total: int) -> None:
    """Nobody looks at the progress."""


async def test_what_is_asked_is_done_with_its_progress_and_its_sentence(tmp_path: Path) -> None:
    path, told = tmp_path / "s", list[tuple[int, int]]()
    async with listening(path, do):
        assert await ask(path, {"do": "it"}, lambda *each: told.append(each)) == "Did it."
    assert told == [(1, 2), (2, 2)]
    assert not path.exists()


async def test_it_is_there_for_its_own_user_only(tmp_path: Path) -> None:
    async with listening(tmp_path / "s", do):
        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


async def test_another_user_gets_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(tmp_path / "s", do):
        monkeypatch.setattr(os, "getuid", lambda: 12345)
        with pytest.raises(Misconfigured, match="ended in the middle"):
            await ask(tmp_path / "s", {"do": "it"}, silent)


async def test_a_refusal_comes_back_as_it_was_said_and_a_defect_without_its_words(tmp_path: Path) -> None:
    async with listening(tmp_path / "s", do):
        with pytest.raises(Misconfigured, match=r"^Not now\.$"):
            await ask(tmp_path / "s", {"do": "refuse"}, silent)
        with capture_logs() as logged, pytest.raises(Misconfigured, match="Nothing is lost") as caught:
            await ask(tmp_path / "s", {"do": "break"}, silent)
        assert "secret" not in f"{logged}{caught.value}"
        assert await ask(tmp_path / "s", {"do": "it"}, silent) == "Did it."


@pytest.mark.parametrize("sent", [b"", b"\n", b"hello\n", b"[" * 40_000, b"\xff\xfe\n"])
async def test_anything_else_is_ignored_and_serving_goes_on(tmp_path: Path, sent: bytes) -> None:
    async with listening(tmp_path / "s", do):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(sent)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        assert await ask(tmp_path / "s", {"do": "it"}, silent) == "Did it."


async def test_where_nobody_listens_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotListening, match="as the same user, or stop it"):
        await ask(tmp_path / "s", {"do": "it"}, silent)


async def test_what_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "s").touch()
    async with listening(tmp_path / "s", do):
        assert await ask(tmp_path / "s", {"do": "it"}, silent) == "Did it."


@pytest.mark.parametrize("path", ["x" * 120, "missing/s"])
async def test_where_it_cannot_listen_it_serves_without_and_says_so(tmp_path: Path, path: str) -> None:
    with capture_logs() as logged:
        async with listening(tmp_path / path, do):
            pass
    assert [each["event"] for each in logged] == ["no commands can be taken"]


async def test_a_process_that_ends_in_the_middle_is_told_from_success(tmp_path: Path) -> None:
    async with listening(tmp_path / "s", do):
        asking = asyncio.create_task(ask(tmp_path / "s", {"do": "hang"}, silent))
        await asyncio.sleep(0.05)
        tasks = [each for each in asyncio.all_tasks() if "answer" in repr(each.get_coro())]
        for each in tasks:
            each.cancel()
        with pytest.raises(Misconfigured, match="do this again to go on"):
            await asking
