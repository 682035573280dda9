from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.findings import Finding, Remark, findings, skew

NOON = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("minute", "second", "said"),
    [
        (0, 0, ""),
        (1, 0, ""),
        (1, 1, "is 1 minutes ahead of Slack's"),
        (7, 10, "is 7 minutes ahead of Slack's"),
        (-7, 0, "is 7 minutes behind Slack's"),
    ],
)
def test_a_clock_that_is_off_is_said_with_how_much_and_which_way(minute: int, second: int, said: str) -> None:
    hour = 12 if minute >= 0 else 11
    found = skew("Slack", NOON, datetime(2026, 11, 24, hour, minute % 60, second, tzinfo=UTC))
    assert bool(found) == bool(said)
    assert all(said in each for each in found)


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 24 Nov 2026 12:00:00"])
def test_a_date_that_says_nothing_is_no_mistake(date: str) -> None:
    assert skew("Slack", date, datetime(2030, 1, 1, tzinfo=UTC)) == []


def test_a_remark_is_no_mistake() -> None:
    assert findings("x", ["Bad.", Remark("Good to know.")]) == [
        Finding("x", "Bad.", wrong=True),
        Finding("x", "Good to know.", wrong=False),
    ]
