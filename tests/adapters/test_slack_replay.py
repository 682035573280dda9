"""What Slack sends again, or somebody who kept it: the same signed bytes change nothing a second time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.adapters.slack_stage import SlackStage
from tests.adapters.slack_wire import sign
from tests.theatre import Theatre, theatre

HOURS = timedelta(hours=5)
AGAIN = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}


class Tape:
    """Every request that a stage sends, as it was sent."""

    def __init__(self, stage: SlackStage, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stage, self._plain = stage, stage.http.post
        self._kept: list[tuple[bytes, str, str]] = []
        monkeypatch.setattr(stage.http, "post", self._post)

    async def _post(
        self, content: bytes, content_type: str, *, stamp: str = "", signature: str = ""
    ) -> tuple[int, str]:
        stamp = stamp or str(int(time.time()))
        self._kept.append((content, content_type, stamp))
        return await self._plain(content, content_type, stamp=stamp, signature=signature)

    async def play_again(self) -> list[int]:
        """The same bytes under the same signatures, as Slack sends them when it heard no answer."""
        statuses = []
        async with aiohttp.ClientSession() as session:
            for content, kind, stamp in self._kept:
                signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": sign(stamp, content)}
                headers = {"Content-Type": kind, **signed, **AGAIN}
                async with session.post(self._stage.http.address, data=content, headers=headers) as answer:
                    statuses.append(answer.status)
        return statuses


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[tuple[Theatre, SlackStage]]:
    stage = SlackStage("http")
    async with theatre(stage, tmp_path) as opened:
        yield opened, stage


def rows(folder: Path, asked: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(folder / "store.db")) as file:
        return file.execute(asked).fetchall()


async def test_a_press_that_is_sent_again_is_one_voice_and_one_taking_back(
    play: tuple[Theatre, SlackStage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, stage = play
    await opened.pass_time(timedelta(minutes=1))
    (wall,) = await opened.arrived(opened.solidarity, "No names or details needed")
    tape = Tape(stage, monkeypatch)
    for n in range(10, 16):
        await stage.press_post(stage.person(n), opened.solidarity, wall.ref, "Me too")
    assert await tape.play_again() == [200] * 6
    await opened.pass_time(HOURS)
    assert rows(tmp_path, "SELECT shown FROM windows") == [(6,)]
    assert await tape.play_again() == [200] * 6
    await opened.pass_time(HOURS)
    assert rows(tmp_path, "SELECT shown FROM windows") == [(6,)]


async def test_a_report_that_is_sent_again_is_one_report_and_one_card(
    play: tuple[Theatre, SlackStage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, stage = play
    tape = Tape(stage, monkeypatch)
    writer = stage.person(20)
    sent = await stage.press(
        writer, await opened.to_preview(writer, {"text": "What he said in the lift."}), "Send"
    )
    assert "Your report is saved" in sent.text
    assert set(await tape.play_again()) == {200}
    await opened.pass_time(HOURS)
    assert len(await opened.arrived(opened.desk, "A report arrived")) == 1
    assert rows(tmp_path, "SELECT count(*) FROM reports") == [(1,)]
