"""What monitoring may read: whether metoo works, and nothing that one person's action moves.

What could follow from what people do moves only at random moments, 5 to 15 minutes apart, and in bands. There is no id,
no kind, no time, and none of the process's own numbers: its processor time would move with each press.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bot import anonymity, logs
from bot.health import Health, fresh
from bot.moments import covered_week, moments_around
from bot.ports import Clock, Random, Store
from bot.records import LatestDigest, WorkspaceById
from bot.schedule import Job
from bot.workplaces import Workplaces

PREFIX = "metoo_"
FORMAT = "text/plain; version=0.0.4; charset=utf-8"

LATE = (0, 900, 3600, 14400, 86400, 604800)
"""Seconds from which a band of lateness begins: a quarter of an hour, an hour, four, a day, a week."""

DIGEST_LATE = timedelta(hours=8)
"""So long after its moment a digest that is not decided is late; it waits six hours for the number of members."""


class Measures:
    """A registry of our own, and the job that moves what may move only in batches."""

    def __init__(
        self,
        health: Health,
        jobs: Sequence[Job],
        *,
        store: Store,
        workplaces: Workplaces,
        clock: Clock,
        random: Random,
    ) -> None:
        self._health = health
        self._jobs = jobs
        self._store = store
        self._workplaces = workplaces
        self._clock = clock
        self._random = random
        self._registry = CollectorRegistry()
        self._build()

    def _build(self) -> None:
        self._info = self._gauge("info", "Always 1; the label says which version runs.", "version")
        self._info.labels(_version()).set(1)
        self._ready = self._gauge("ready", "1 while /readyz says ready.")
        self._answers = self._gauge("store_answers", "1 while the store can be read.")
        self._connected = self._gauge("platform_connected", "1 while a platform's link stands.", "platform")
        self._fresh = self._gauge("platform_fresh", "1 while a platform was heard lately.", "platform")
        self._stuck = self._gauge("delivery_stuck", "1 while nothing is posted although something is due.")
        self._late = self._gauge(
            "posts_late", "Least number of the band of posts that are due; below 5 is 0."
        )
        self._waited = self._gauge(
            "posts_late_seconds", "Least seconds of the band that the first of them waits."
        )
        self._failing = self._gauge("job_failing", "1 if a job failed when it ran last.", "job")
        self._troubles = self._gauge(
            "troubles",
            "Least number of the band of actions that ran into a defect or a failing store lately.",
        )
        self._digests = self._gauge("digests_late", "Workplaces whose digest is hours behind its moment.")
        self._served = self._gauge("workplaces", "Workplaces that are served.")

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(PREFIX + name, about, labels, registry=self._registry)

    async def run(self) -> datetime:
        """A job: let what follows from what people do move, and say what their actions ran into."""
        self._late.set(anonymity.least_in(anonymity.band(self._health.backlog.count)))
        self._waited.set(LATE[bisect_right(LATE, max(self._health.late().total_seconds(), 0)) - 1])
        for job in self._jobs:
            self._failing.labels(job.name).set(job.failing)
        self._troubles.set(anonymity.least_in(anonymity.band(logs.held.tell())))
        self._digests.set(await self._late_digests())
        self._served.set(len(self._workplaces.workspaces))
        wait = anonymity.delay(self._workplaces.delays.batch, self._random)
        return self._clock.now() + max(wait, anonymity.SHORTEST_BATCH)

    async def shown(self) -> bytes:
        """Everything, in Prometheus' text format."""
        for name, link in self._health.connections.items():
            self._connected.labels(name).set(link.connected)
            self._fresh.labels(name).set(link.connected and fresh(link))
        self._answers.set(await self._health.answers())
        self._stuck.set(self._health.stuck())
        self._ready.set(not await self._health.wrong())
        return generate_latest(self._registry)

    async def _late_digests(self) -> int:
        now, late = self._clock.now(), 0
        for each in self._workplaces.workspaces:
            last, _ = moments_around(each, now)
            known = await self._store.read(WorkspaceById(str(each.workspace)))
            if not each.digest_channel or known is None or known.since > last or now - last < DIGEST_LATE:
                continue
            decided = await self._store.read(LatestDigest(str(each.workspace)))
            late += decided is None or decided.week < covered_week(each, last)
        return late


def _version() -> str:
    try:
        return version("metoo")
    except PackageNotFoundError:
        return "unknown"
