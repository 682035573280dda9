"""The commands that an application registered with Discord, and what Discord would refuse of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from discord import Locale

from tests.adapters.discord_interactions import Refused
from tests.adapters.discord_world import APPLICATION, Payload

TYPED = 1
FIELDS = {
    "type",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "contexts",
    "integration_types",
}
GLOBAL_ONLY = {"contexts", "integration_types"}
LOCALES = {each.value for each in Locale}
TYPED_NAME = re.compile(r"[-_\w]{1,32}")


class Registry:
    """Commands by server, those of all servers under ""; `changes` counts what was asked of it."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self.commands: dict[str, list[Payload]] = {"": []}
        self.changes: list[str] = []

    def preset(self, asked: list[Payload]) -> None:
        """These were registered some time ago, for every server."""
        for each in asked:
            self.add("", each)
        self.changes.clear()

    def listed(self, server: str, *, localised: bool) -> list[Payload]:
        """Without `with_localizations` the maps are left out."""
        hidden = set() if localised else {"name_localizations", "description_localizations"}
        return [
            {name: each for name, each in one.items() if name not in hidden}
            for one in self.commands.get(server, [])
        ]

    def add(self, server: str, asked: Payload) -> Payload:
        self._note("POST", server, asked)
        wanted = (asked.get("type", TYPED), asked["name"])
        old = [each for each in self._in(server) if (each["type"], each["name"]) == wanted]
        for each in old:
            self._in(server).remove(each)
        known = {"id": self._new_id(), "application_id": APPLICATION, "version": "1"}
        made = {"description": "", "options": [], "type": TYPED} | asked | known
        self._in(server).append(made)
        return made

    def change(self, server: str, known: str, asked: Payload) -> Payload:
        self._note("PATCH", server, asked)
        found = self._find(server, known)
        found.update(asked)
        return dict(found)

    def remove(self, server: str, known: str) -> None:
        self._note("DELETE", server, None)
        self._in(server).remove(self._find(server, known))

    def _note(self, method: str, server: str, asked: Payload | None) -> None:
        self.changes.append(method)
        problems = [] if asked is None else list(command_problems(asked, own=bool(server)))
        if problems:
            raise Refused(400, 50035, f"Invalid Form Body: {problems}")

    def _in(self, server: str) -> list[Payload]:
        return self.commands.setdefault(server, [])

    def _find(self, server: str, known: str) -> Payload:
        for each in self._in(server):
            if each["id"] == known:
                return each
        raise Refused(404, 10063, "Unknown application command")


def command_problems(command: Payload, *, own: bool) -> Iterator[str]:
    """What Discord would refuse of a command; `own` is one of a single server."""
    unknown = set(command) - FIELDS
    if unknown or (own and GLOBAL_ONLY & set(command)):
        yield f"fields {sorted(unknown | (GLOBAL_ONLY & set(command)))}"
    typed = command.get("type", TYPED) == TYPED
    names = [command["name"], *(command.get("name_localizations") or {}).values()]
    described = [command.get("description") or "", *(command.get("description_localizations") or {}).values()]
    for name in names:
        if not 1 <= len(name) <= 32 or (typed and (not TYPED_NAME.fullmatch(name) or name != name.lower())):
            yield f"the name {name!r}"
    for words in described:
        if typed is not (1 <= len(words) <= 100):
            yield f"a description of {len(words)} characters"
    for each in ("name_localizations", "description_localizations"):
        if strange := set(command.get(each) or {}) - LOCALES:
            yield f"languages {sorted(strange)}"
