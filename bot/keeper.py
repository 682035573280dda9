"""The keeper: holds one of the two keys of matching, sees no name, and answers only so many questions a day.

It runs for another owner than the bot (a works council, a union, counsel). What it is asked are pre-hashes, and without
the bot's key they say nothing. Its budget is what keeps whoever has taken the bot from trying out everybody's name.
"""

from __future__ import annotations

import structlog

from bot.errors import MetooError
from bot.matching import keeper_answer, keeper_name
from bot.ports import Answered, Clock

_log = structlog.get_logger(__name__)

BUDGET = 20
"""Different people who may be asked about in a day and workspace."""

WORKSPACES = 10_000
"""Workspaces that are answered in a day: names of workspaces can be made up, and must not fill the memory."""

ASKED, WORKSPACE = 32, 16
"""Bytes of a pre-hash, and of how a workspace is called here."""


class KeeperAway(MetooError):
    """The keeper does not answer, or what it answers is none."""


class KeeperSpent(MetooError):
    """The keeper answers nothing more today."""


class Keeper:
    """Answers from its key, within its budget; what was asked is forgotten every day."""

    def __init__(self, key: bytes, clock: Clock, budget: int = BUDGET) -> None:
        self._key = key
        self._clock = clock
        self._budget = budget
        self._day = ""
        self._asked: dict[bytes, set[bytes]] = {}

    def __repr__(self) -> str:
        return "Keeper(…)"

    async def ask(self, workspace: bytes, asked: bytes) -> Answered:
        """The answer to a pre-hash. Raises KeeperSpent beyond the budget, ValueError for what is no question.

        Once the budget is spent everything is refused alike, also what was answered before: else a refusal would say
        whether somebody had been asked about today.
        """
        if len(workspace) != WORKSPACE or len(asked) != ASKED:
            raise ValueError("a question is 16 bytes of a workspace and 32 of a pre-hash")
        today = self._clock.now().date().isoformat()
        if today != self._day:
            _log.info("keeper begins a day", answered=sum(map(len, self._asked.values())))
            self._day, self._asked = today, {}
        seen = self._asked.get(workspace, set())
        if len(seen) >= self._budget or (not seen and len(self._asked) >= WORKSPACES):
            _log.warning("keeper refuses", answered=len(seen))
            raise KeeperSpent
        self._asked.setdefault(workspace, seen).add(asked)
        return Answered(keeper_name(self._key), keeper_answer(self._key, workspace, asked))
