"""What is found after a kill, held against what people were told and what the platform got."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bot.clock import SystemClock
from bot.drafts import Drafts
from bot.errors import MetooError, UnsealError
from bot.means import Means, open_means
from bot.records import OpenWindows, ReportByLocator, ReportKeys
from bot.sealing import Sealing
from bot.vault import Vault, token
from bot.window_keys import WindowKeys
from storage.sqlite import open_sqlite
from tests.kill.outside import PEOPLE, ROOT, WORKSPACE, lines, settings

_READABLE = 3
"""Reports of a round that are opened with their words: each takes Argon2id."""

_HOLDERS = 2
"""Keys of each report: its mailbox's and its desk's."""

Rows = list[dict[str, Any]]


@dataclass
class Ledger:
    """What one folder has gone through: it remembers from round to round what may happen only once."""

    folder: Path
    random: Random
    told: int = 0
    posted: int = 0
    waiting: frozenset[str] = frozenset()
    stands: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Of each window and person, what was told or found last."""

    async def findings(self) -> list[str]:
        """Everything that is not as it must be after this round; the files themselves are left as they are."""
        try:
            async with self._seen() as (means, database):
                found = Found(means, database)
                return [each async for each in self._findings(found)]
        except MetooError as error:
            return [f"the store does not open: {error}"]

    @asynccontextmanager
    async def _seen(self) -> AsyncIterator[tuple[Means, sqlite3.Connection]]:
        seen = self.folder / "seen"
        seen.mkdir()
        try:
            for name in ("store", "months", "months-copy"):
                if (self.folder / name).exists():
                    shutil.copytree(self.folder / name, seen / name)
            async with _opened(seen) as means:
                with closing(sqlite3.connect(seen / "store" / "store.db")) as database:
                    database.row_factory = sqlite3.Row
                    yield means, database
        finally:
            shutil.rmtree(seen)

    async def _findings(self, found: Found) -> AsyncIterator[str]:
        told, posts = lines(self.folder / "told"), lines(self.folder / "journal")
        for each in found.damage():
            yield each
        async for each in found.reports(told, self.random):
            yield each
        for each in (*found.withdrawals(told), *found.messages(told)):
            yield each
        for each in found.drafts(told, told[self.told :]):
            yield each
        async for each in self._voices(found, told[self.told :]):
            yield each
        for each in (*found.deliveries(told, posts), *self._repeats(found, posts)):
            yield each
        self.told, self.posted = len(told), len(posts)

    async def _voices(self, found: Found, told: Rows) -> AsyncIterator[str]:
        asked: dict[tuple[str, str], bool] = {}
        for line in told:
            if line["what"] in {"asks", "kept"}:
                whose = line["window"], line["user"]
                if line["what"] == "asks":
                    asked[whose] = line["stands"]
                else:
                    self.stands[whose] = asked.pop(whose)
        stored = await found.voices()
        ended = found.ended()
        for whose in {*stored, *asked, *self.stands}:
            if whose[0] in ended:  # its tokens are destroyed, as they must be
                self.stands.pop(whose, None)
                continue
            stands = stored.get(whose, False)
            if stands not in {self.stands.get(whose, False), asked.get(whose, self.stands.get(whose, False))}:
                yield f"a voice is {stands}, and its owner was told otherwise"
            self.stands[whose] = stands

    def _repeats(self, found: Found, journal: Rows) -> Iterator[str]:
        """Only posts whose commit a kill came before may come again, under their nonce; one more for each kill."""
        posts = [each for each in journal if each["what"] == "post"]
        before = {each["nonce"] for each in journal[: self.posted] if each["what"] == "post"}
        now = [each["nonce"] for each in journal[self.posted :] if each["what"] == "post"]
        if len(now) != len(set(now)):
            yield "something was posted twice without a kill between"
        if not before & set(now) <= self.waiting:
            yield "something was posted again although its first post was saved"
        nonces = defaultdict(set)
        for each in posts:
            if not each["title"].startswith("News about"):  # of which a report has many
                nonces[each["title"], each["subject"]].add(each["nonce"])
        if any(len(each) > 1 for each in nonces.values()):
            yield "something was posted again under another nonce"
        waiting = frozenset(found.waiting() & {each["nonce"] for each in posts})
        if len(waiting - self.waiting) > 1:
            yield "one kill lost what was saved of several posts"
        self.waiting = waiting


@asynccontextmanager
async def _opened(folder: Path) -> AsyncIterator[Means]:
    store = await open_sqlite(str(folder / "store" / "store.db"))
    try:
        yield await open_means(settings(folder), store, ROOT, SystemClock(), secrets.SystemRandom())
    finally:
        await store.close()


class Found:
    """The store as it stands after a kill."""

    def __init__(self, means: Means, database: sqlite3.Connection) -> None:
        vault = Vault(means.keyring, means.random)
        self._means = means
        self._database = database
        self._drafts = Drafts(means.store, vault, means.clock, means.random)
        self._sealing = Sealing(vault, means.keyring, means.months, means.random)
        self._vault = vault
        self._windows = WindowKeys(vault, means.settings.keys.perishable, means.random)

    def damage(self) -> Iterator[str]:
        """What SQLite itself finds."""
        for pragma in ("integrity_check", "foreign_key_check"):
            for row in self._rows(f"PRAGMA {pragma}"):
                if tuple(row) != ("ok",):
                    yield f"{pragma}: {tuple(row)}"

    async def reports(self, told: Rows, random: Random) -> AsyncIterator[str]:
        """Every report that somebody has a receipt for is there, once, and opens with it."""
        sent = {line["key"]: line["words"] for line in told if line["what"] == "sent"}
        asked = {self._drafts.keys(line["key"]).report for line in told if line["what"] == "sends"}
        stored = {row["id"] for row in self._rows("SELECT id FROM reports")}
        withdrawn = self._told_of(told, "withdraws")
        if stored - asked:
            yield f"{len(stored - asked)} reports that nobody sent"
        for key, words in sent.items():
            if self._drafts.keys(key).report not in stored | withdrawn:
                yield "a report is gone whose writer was told that it is saved"
            if " ".join(self._drafts.words(key)) != words:
                yield "a receipt has other words than its writer was shown"
        kept = [key for key in sent if self._drafts.keys(key).report in stored]
        for key in random.sample(kept, min(_READABLE, len(kept))):
            if not await self._opens(key, sent[key]):
                yield "a report does not open with its receipt"

    def withdrawals(self, told: Rows) -> Iterator[str]:
        """A report that was taken back is marked or gone, and either with all that belongs to it."""
        stages = {row["id"]: row["stage"] for row in self._rows("SELECT id, stage FROM reports")}
        marked = {report for report, stage in stages.items() if stage == "withdrawn"}
        if not marked <= self._told_of(told, "withdraws"):
            yield "a report is withdrawn that nobody took back"
        late = any(line["what"] == "later" for line in told)  # then what was marked may have ended
        for line in (line for line in told if line["what"] == "withdrawn"):
            stage = stages.get(self._drafts.keys(line["key"]).report)
            if stage != ("withdrawn" if line["marked"] else None) and not (late and stage is None):
                yield "a report is not as its writer was told who took it back"
        erased = {row["subject"] for row in self._rows("SELECT subject FROM outbox WHERE kind = 'erase'")}
        said = {row["report"] for row in self._rows("SELECT report FROM messages")}
        if erased != marked or not marked <= said:
            yield "a withdrawal is there in halves"
        keys = Counter(row["report"] for row in self._rows("SELECT report FROM report_keys"))
        if keys != Counter(dict.fromkeys(stages, _HOLDERS)):
            yield "a report is there in halves"
        left = "SELECT 1 FROM outbox WHERE kind = '{}' AND subject NOT IN (SELECT id FROM {})"
        if any(self._rows(left.format(*each)) for each in (("report", "reports"), ("note", "messages"))):
            yield "something waits about what is gone"

    def messages(self, told: Rows) -> Iterator[str]:
        """What somebody added is there, with what they had added before, unless they took all of it back."""
        stored = {row["id"].hex() for row in self._rows("SELECT id FROM messages")}
        reports = {row["id"] for row in self._rows("SELECT id FROM reports")}
        gone = self._told_of(told, "withdraws") - reports
        for line in (line for line in told if line["what"] == "added"):
            if line["message"] not in stored and self._drafts.keys(line["key"]).report not in gone:
                yield "a message is gone whose writer was told that it is kept"
        if self._rows("SELECT 1 FROM messages GROUP BY report HAVING max(number) <> count(*)"):
            yield "a conversation has a gap"

    def _told_of(self, told: Rows, what: str) -> set[bytes]:
        return {self._drafts.keys(line["key"]).report for line in told if line["what"] == what}

    async def _opens(self, key: str, words: str) -> bool:
        lock = await self._sealing.unlock(words)
        report = await self._means.store.read(ReportByLocator(lock.locator))
        if report is None:
            return False
        keys = await self._means.store.read(ReportKeys(report.id))
        try:
            data_key = self._sealing.key_for_mailbox(report, keys, lock.pair)
            account = self._sealing.account(report, data_key)
        except UnsealError:
            return False
        return account.text == f"about {key}"

    def drafts(self, told: Rows, lately: Rows) -> Iterator[str]:
        """What was written in this round and neither sent nor thrown away is a draft; what was thrown away is none."""
        stored = {row["id"] for row in self._rows("SELECT id FROM drafts")}
        left = {line["key"] for line in told if line["what"] in {"sends", "drops"}}
        for key in {line["key"] for line in lately if line["what"] == "drafted"} - left:
            if self._drafts.keys(key).id not in stored:
                yield "a draft is gone"
        for key in {line["key"] for line in told if line["what"] in {"dropped", "sent"}}:
            if self._drafts.keys(key).id in stored:
                yield "a draft is there that was sent or thrown away"

    async def voices(self) -> dict[tuple[str, str], bool]:
        """Of each window and person, whether they stand."""
        owners: dict[tuple[bytes, bytes], tuple[str, str]] = {}
        for window in await self._means.store.read(OpenWindows()):
            secret = self._windows.unseal(window)
            owners |= {
                (window.id, token(secret, str(WORKSPACE), user)): (window.id.hex(), user) for user in PEOPLE
            }
        rows = self._rows('SELECT "window", token, value FROM voices')
        return {owners[row["window"], row["token"]]: bool(row["value"]) for row in rows}

    def ended(self) -> set[str]:
        """Windows that are closed because what they stood under was taken back; none else may be."""
        rows = self._rows(
            "SELECT id FROM windows WHERE length(secret) = 0 AND kind = 'statement'"
            " AND subject NOT IN (SELECT id FROM reports WHERE stage <> 'withdrawn')"
        )
        return {row["id"].hex() for row in rows}

    def deliveries(self, told: Rows, journal: Rows) -> Iterator[str]:
        """Each report either waits for its delivery or has had it; one that was taken back may wait for its card."""
        waits = Counter(
            row["subject"] for row in self._rows("SELECT subject FROM outbox WHERE kind = 'report'")
        )
        stands = Counter(
            row["subject"] for row in self._rows("SELECT subject FROM posts WHERE kind = 'report'")
        )
        refs = {each["ref"] for each in journal if each["what"] == "post"}
        stored = self._rows("SELECT id, delivered, stage FROM reports")
        for row in stored:
            done, again = row["delivered"] is not None, row["stage"] == "withdrawn" and waits[row["id"]] == 1
            if (waits[row["id"]] - again, stands[row["id"]]) != ((0, 1) if done else (1, 0)):
                yield "a report neither waits for one delivery nor stands in its desk's channel"
        subjects = Counter(
            (row["kind"], row["subject"])
            for row in self._rows("SELECT kind, subject FROM posts WHERE kind <> 'gone'")
        )
        if any(count > 1 for count in subjects.values()):
            yield "something is kept as posted twice"
        kept = self._rows("SELECT id, ref FROM posts")
        if not {row["ref"] for row in kept} <= refs:
            yield "a post is kept that the platform never got"
        gone = {each.hex() for each in self._told_of(told, "withdraws") - {row["id"] for row in stored}}
        posts = [each for each in journal if each["what"] == "post"]
        made = {each["nonce"] for each in posts if each["subject"] not in gone}  # theirs may be cut off
        if made - self.waiting() - {row["id"].hex()[:24] for row in kept}:
            yield "a post was made that is forgotten"

    def waiting(self) -> set[str]:
        """The nonces of everything that waits to be posted for the first time."""
        rows = self._rows(
            "SELECT coalesce(windows.id, outbox.id) AS post FROM outbox LEFT JOIN windows"
            " ON windows.kind = outbox.kind AND windows.subject = outbox.subject"
            " WHERE post NOT IN (SELECT id FROM posts)"
        )
        return {row["post"].hex()[:24] for row in rows}

    def _rows(self, query: str) -> list[sqlite3.Row]:
        return self._database.execute(query).fetchall()
