from __future__ import annotations

from datetime import UTC, datetime, timedelta
from secrets import token_bytes

import pytest
import structlog

from adapters.sandbox.clock import SandboxClock
from bot.keeper import Keeper, KeeperSpent
from bot.matching import keeper_answer, keeper_name

KEY, WORKSPACE = bytes(range(32)), bytes(16)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def test_it_answers_from_its_key_and_says_which_key_that_is() -> None:
    asked = token_bytes(32)
    answered = await Keeper(KEY, SandboxClock(NOON, flowing=False)).ask(WORKSPACE, asked)
    assert (answered.name, answered.answer) == (keeper_name(KEY), keeper_answer(KEY, WORKSPACE, asked))


async def test_the_budget_is_spent_by_different_people_and_new_every_day() -> None:
    clock = SandboxClock(NOON, flowing=False)
    keeper, asked = Keeper(KEY, clock, budget=3), [token_bytes(32) for _ in range(4)]
    for each in (asked[0], asked[0], asked[1], asked[0], asked[2]):
        await keeper.ask(WORKSPACE, each)
    for each in (*asked, token_bytes(32)):
        with pytest.raises(KeeperSpent):
            await keeper.ask(WORKSPACE, each)
    await clock.jump(NOON + timedelta(days=1))
    await keeper.ask(WORKSPACE, asked[3])


async def test_made_up_names_of_workspaces_do_not_fill_its_memory_and_keep_no_known_one_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.keeper.WORKSPACES", 3)
    keeper = Keeper(KEY, SandboxClock(NOON, flowing=False))
    known = [token_bytes(16) for _ in range(3)]
    for each in known:
        await keeper.ask(each, token_bytes(32))
    with pytest.raises(KeeperSpent):
        await keeper.ask(token_bytes(16), token_bytes(32))
    for each in known:
        await keeper.ask(each, token_bytes(32))


async def test_its_log_has_numbers_and_nothing_that_was_asked() -> None:
    keeper, asked = Keeper(KEY, SandboxClock(NOON, flowing=False), budget=1), token_bytes(32)
    with structlog.testing.capture_logs() as logs:
        await keeper.ask(WORKSPACE, asked)
        with pytest.raises(KeeperSpent):
            await keeper.ask(WORKSPACE, asked)
    assert [each["event"] for each in logs] == ["keeper begins a day", "keeper refuses"]
    assert asked.hex() not in str(logs)
    assert str(asked) not in str(logs)
    assert KEY.hex() not in repr(keeper)


@pytest.mark.parametrize(
    ("workspace", "asked"), [(b"", bytes(32)), (bytes(16), bytes(31)), (bytes(17), bytes(32))]
)
async def test_what_is_no_question_spends_nothing(workspace: bytes, asked: bytes) -> None:
    keeper = Keeper(KEY, SandboxClock(NOON, flowing=False), budget=1)
    with pytest.raises(ValueError, match="a question"):
        await keeper.ask(workspace, asked)
    await keeper.ask(WORKSPACE, bytes(32))
