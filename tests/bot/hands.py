"""The hands of the people in the life of a report: every press and form goes through the real core."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from adapters.sandbox.workplace import Channel
from bot.config import Delays, Limits
from bot.conversation import REPORTER, Kind
from bot.delivery import everything_said
from bot.model import Card, Form, Reply, Words
from bot.records import Desks, MessagesOf, ReportById
from tests.bot.letterbox import come_back, left, rows
from tests.bot.life import DESKS, Channels, Life
from tests.world import TUESDAY, WORKSPACE, World, card, said, words, world

CAMPAIGN = bool(os.environ.get("METOO_CAMPAIGN"))
PLANTED = "planted-7c1e"
REMINDED = "Answers are due"
"""What a desk is told of numbers of cases once a day; it is no card of one."""
YOUNG = timedelta(minutes=40)
"""So long a draft and a visit last at least."""
SEALED = """SELECT body FROM reports UNION SELECT routing FROM reports UNION SELECT body FROM messages
    UNION SELECT wrapped FROM report_keys"""
ROOMY = Limits.model_validate(dict.fromkeys(Limits.model_fields, 10_000))
ADDING = {
    "Add or answer": Kind.TEXT,
    "Add to it": Kind.TEXT,
    "Something happened since": Kind.SINCE,
    "Meet with someone I trust": Kind.MEET,
}
KINDS = {
    "Answer": Kind.TEXT,
    "We are looking into it": Kind.REVIEW,
    "Ask once who wrote": Kind.ASK,
    "Close the report": Kind.CLOSE,
}
T = TypeVar("T")

_SPELLED: tuple[Callable[[str], str], ...] = (
    str.upper,
    lambda words: words.replace(" ", "-"),
    lambda words: f"\n {words.title()} ".replace(" ", "\n\t"),
    lambda words: words.replace(" ", " \u200b, "),
)
_SPOILED: tuple[Callable[[str], str], ...] = (
    lambda words: " ".join(words.split()[:6]),
    lambda words: " ".join(words.split()[::-1]),
    lambda words: f"{words} abacus",
    lambda words: words.replace(words.split()[0], "Quittung"),
    lambda words: words * 200,
)
PEOPLE = st.sampled_from([f"P{n}" for n in range(20, 26)])
DESK = st.sampled_from(sorted(DESKS))
SPELLINGS, NO_WORDS = st.sampled_from(_SPELLED), st.sampled_from(_SPOILED)


def _workplace(folder: Path, seed: int) -> AbstractAsyncContextManager[World]:
    """What else goes on there is kept rare outside of a campaign: it is tested elsewhere and takes time."""
    names = {"desks": tuple(DESKS)} | ({} if CAMPAIGN else {"digest_channel": ""})
    delays = Delays() if CAMPAIGN else Delays(batch=(timedelta(hours=12),) * 2)
    return world(folder, seed=seed, start=TUESDAY, limits=ROOMY, delays=delays, workspace=names)


class Hands(RuleBasedStateMachine):
    """A world with one report in it at a time, and what somebody who plays in it knows."""

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.stack = asyncio.Runner(), AsyncExitStack()
        self.logs = self.stack.enter_context(structlog.testing.capture_logs())
        self.channels = Channels(dict.fromkeys(DESKS, TUESDAY))
        self.life = Life("", (), False, self.channels)
        self.preview, self.reading = Card(""), Card("")
        self.report, self.receipt, self.key = b"", "", ""
        self.read_of, self.read_by, self.seen = b"", "", 0
        self.typed = self.touched = TUESDAY
        self.count = 0
        self.dead: list[str] = []
        self.sealed: set[bytes] = set()
        self.last: tuple[str, Form, dict[str, str]] | None = None

    def begin(self, seed: int) -> None:
        """A workplace with three desks and nobody's report."""
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.w: World = self.runner.run(self.stack.enter_async_context(_workplace(folder, seed)))
        self.w.workplace.channels["council"] = Channel("council", private=True, readers=frozenset({"P5"}))

    def teardown(self) -> None:
        try:
            if hasattr(self, "w"):
                self.no_byte_is_left()
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()

    @property
    def now(self) -> datetime:
        """The moment it is in the world."""
        return self.w.clock.now()

    def run(self, doing: Coroutine[None, None, T]) -> T:
        """Do it, and let everything that it woke come to rest."""
        done = self.runner.run(doing)
        self.runner.run(self.w.settle())
        assert [each for each in self.logs if each["log_level"] == "error"] == []
        return done

    def text(self) -> str:
        """Words that are nowhere else."""
        self.count += 1
        return f"{PLANTED}-{self.count}"

    def press(self, user: str, shown: Card, label: str) -> Card:
        """Press a button that is answered with a card."""
        return card(self.run(self.w.press(user, shown, label)))

    def fill(self, user: str, form: Form, **values: str) -> Card:
        """Send a form."""
        self.last = user, form, values
        return self.run(self.w.fill(user, form, **values))

    def open(self, user: str, typed: str) -> Card:
        """From the menu to what these words open."""
        return self.run(come_back(self.w, typed, user))

    def visit(self, user: str, action: str) -> Reply:
        """A press in the mailbox, with the words typed once more where the visit is over."""
        reply = self.run(self.w.act(user, action, self.key))
        if not self.key or (isinstance(reply, Card) and "Your visit has ended" in said(reply)):
            assert not self.key or self.now - self.touched >= YOUNG, "the visit was too short"
            here = self.open(user, self.receipt).here
            assert here, "the words open nothing"
            self.key = here.ref
            reply = self.run(self.w.act(user, action, self.key))
        self.touched = self.now
        return reply

    def refused(self, reply: Reply) -> None:
        """It is said that this cannot be done now."""
        assert "This cannot be done with this report now." in said(card(reply))

    def saved(self, shown: Card, then: Callable[[], None]) -> None:
        """The preview has become a report whose words were shown before, or had been left for too long."""
        if "This draft is gone" in said(shown):
            assert self.now - self.typed >= YOUNG, "the draft was gone too soon"
            self.life.stage = "gone"
            return
        then()
        ((self.report,),) = self.w.sql("SELECT id FROM reports")
        self.receipt, self.key = words(shown), ""
        if any(isinstance(each, Words) for each in self.preview.body):
            assert words(self.preview) == self.receipt

    def may_read(self, desk: str) -> bool:
        """Whether a handler there has the report and a private place to read it."""
        mine = self.life.delivered is not None and self.life.desk == desk
        return mine and self.life.alive and self.channels.private[desk] is not None

    def at_desk(self, desk: str) -> Card:
        """What a handler there is shown of the report."""
        return card(self.run(self.w.act(DESKS[desk], "desk.words", self.report.hex())))

    def now_sealed(self) -> set[bytes]:
        """The beginnings of all sealed values that belong to the report."""
        return {row[0][:64] for row in self.w.sql(SEALED)}

    def no_byte_is_left(self) -> None:
        """Nothing that was erased or replaced is in the store's files, and never was there a word in clear."""
        content = self.run(left(self.w))
        assert PLANTED.encode() not in content, "a word stands in clear"
        assert not [each for each in self.sealed - self.now_sealed() if each in content], (
            "erased bytes are left"
        )
        if not self.life.alive:
            counted = rows(self.w, "reports", "report_keys", "messages")
            waiting = self.w.sql("SELECT kind FROM outbox WHERE kind IN ('note', 'erase', 'moved')")
            assert set(counted.values()) == {0}, "rows are left"
            assert waiting == [], "news of what is gone still waits"

    async def look(self) -> None:
        """Let the model see what the clock did, and note every sealed value there is."""
        self.sealed |= self.now_sealed()
        report = await self.w.store.read(ReportById(self.report))
        channel = {each.id: each.channel for each in await self.w.store.read(Desks(str(WORKSPACE)))}
        said_of_it = await self.w.store.read(MessagesOf(self.report))
        self.life.look(self.now, report, channel[report.desk] if report and report.desk else None, said_of_it)

    def channels_show(self) -> None:
        """One card for a report in a desk, none where none should stand, and never a word of it."""
        life, code = self.life, self.report.hex()[:6].upper()
        posts = {name: self.w.posts(name) for name in self.w.workplace.channels}
        assert {name for name in posts if posts[name]} <= {*DESKS, "solidarity", "general"}
        assert all(PLANTED not in str(everything_said(each)) for name in posts for each in posts[name])
        mine = {desk: [each.title for each in posts[desk] if code in said(each)] for desk in DESKS}
        news = [title for desk in DESKS for title in mine[desk] if title.startswith("News")]
        # What arrived shortly before the end was never looked at in between.
        told = [each for each in life.thread if each.side == REPORTER and (each.at or not life.alive)]
        assert len(news) <= len(told)
        cards = {desk: [title for title in mine[desk] if title not in (*news, REMINDED)] for desk in DESKS}
        assert all(len(each) <= 1 for each in cards.values())
        standing = [desk for desk in DESKS if cards[desk] == ["A report arrived"]]
        if self.now > life.settled:
            assert standing in life.standing(self.now)
        if self.now > life.hidden_by and not (life.shared and life.stage == "sent"):
            assert "Someone spoke up" not in [each.title for each in posts["solidarity"]]
