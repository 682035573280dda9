"""A serving process as those see it who look after it: its health, its measures, and what commands may ask of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from bot import logs
from bot.control import Tell
from bot.findings import Remark
from bot.health import Health, fresh
from bot.inspecting import audit_faults, digests
from bot.means import Means
from bot.measures import Measures
from bot.ports import Linked
from bot.rotation import Rotation
from bot.schedule import Job
from bot.service import Service

MOST = 50
"""Sentences about one platform that an answer has room for."""


class Serving:
    """Runs the service, and answers about it."""

    def __init__(self, means: Means, service: Service, connections: Mapping[str, Linked]) -> None:
        self._means = means
        self._service = service
        self._rotation = Rotation(means)
        self.health = Health(means.store, connections, service.delivery, means.clock)
        self.measures = Measures(
            self.health,
            service.jobs,
            store=means.store,
            workplaces=service.workplaces,
            clock=means.clock,
            random=means.random,
        )

    async def run(self) -> None:
        """Serve until cancelled; what people's actions run into is said in batches meanwhile."""
        logs.held.begin()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._service.serve())
                group.create_task(Job("measures", self.measures.run).serve(self._means.clock))
        finally:
            logs.held.end()

    async def do(self, asked: Mapping[str, str], tell: Tell) -> str:
        """What a command asks for; raises MetooError."""
        what = asked.get("do")
        if what == "health":
            return json.dumps(await self._told())
        if what == "digests":
            return "\n\n".join(await digests(self._service))
        if what == "audit":
            head = bytes.fromhex(asked["head"]) if asked.get("head") else None
            return "\n".join(await audit_faults(self._means, self._service.workplaces, head))
        return await self._rotation.do(asked, tell)

    async def _told(self) -> dict[str, Any]:
        """What `metoo check` wants to know: ids of workspaces, channels and groups, and no word about anybody."""
        links = self.health.connections
        named = ("platform", "id", "desks", "desk_roles", "solidarity_channel", "digest_channel")
        return {
            "workspaces": [
                each.model_dump(include=set(named)) for each in self._service.workplaces.workspaces
            ],
            "heard": {name: sorted(self._service.hearing.of(name)) for name in links},
            "silent": [name for name, link in links.items() if link.connected and not fresh(link)],
            "away": [name for name, link in links.items() if not link.connected],
            "stuck": self.health.stuck(),
            "late": self.health.late().total_seconds(),
            "faults": {name: await self._faults(name, link) for name, link in links.items()},
            "failing": [job.name for job in self._service.jobs if job.failing],
        }

    async def _faults(self, name: str, link: Linked) -> list[tuple[str, bool]]:
        """Sentences of a connection, and whether each is about something wrong."""
        workplaces = self._service.workplaces
        desks = [
            each.place(desk) for each in workplaces.workspaces if each.platform == name for desk in each.desks
        ]
        said = await link.faults(desks, workplaces.channels(name)) if link.connected else []
        return [(str(each), not isinstance(each, Remark)) for each in said[:MOST]]
