"""Golden files: every screen of every flow and every post as each platform gets it, one file for each flow."""

from __future__ import annotations

import importlib
import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.model import ChannelField, Form, People, PersonField, Reply
from tests import world as worlds
from tests.golden.outline import masked, outline
from tests.golden.scenes import ABOUT, SCENES, TWICE
from tests.golden.walk import Calm, Seen, Walk, listen, steady

FOLDER = Path(__file__).parent
PLATFORMS = ("slack", "discord", "sandbox")
TAKES_FILES = frozenset({"discord"})
MOST = 3
"""Different screens of one step that are kept."""


Collected = tuple[dict[bool, list[Seen]], Mapping[str, str], set[str]]
"""What was shown where a platform takes files and where not, the flow of each step, and the kinds of posts."""


async def collected(folder: Path, monkeypatch: Any, language: str = "en") -> Collected:
    """Walk all scenes in a workplace and with people of a language."""
    monkeypatch.setattr(random, "Random", Calm)
    seen: dict[bool, list[Seen]] = {False: [], True: []}
    flows: dict[str, str] = {}
    kinds: set[str] = set()
    for name, scenes in SCENES.items():
        for files in (False, True) if name in TWICE else (False,):
            place = folder / f"{name}-{files}"
            place.mkdir()
            about = ABOUT.get(name, {})
            about = None if about is None else {**about, "language": language}
            async with worlds.world(place, start=worlds.TUESDAY, workspace=about) as w:
                walk = Walk(w, seen[files], files=files, language=language)
                flows |= walk.flows()
                kinds |= listen(walk)
                for scene in scenes:
                    await scene(walk)
    shown = {each.step for each in seen[True]}
    seen[True] += [each for each in seen[False] if each.step not in shown]
    return seen, flows, kinds


def golden(seen: Mapping[bool, Iterable[Seen]], flows: Mapping[str, str]) -> dict[Path, str]:
    """What each file says."""
    made: dict[Path, list[str]] = {}
    for platform in PLATFORMS:
        render = importlib.import_module(f"adapters.{platform}.render")
        known: dict[str, list[str]] = {}
        for each in seen[platform in TAKES_FILES]:
            said = outline(_payload(render, steady(_there(each.shown)), post=each.post))
            before = known.setdefault(f"{each.post}{each.step}", [])
            if said in before or len(before) >= MOST:
                continue
            before.append(said)
            flow = "posts" if each.post else flows.get(each.step, "core")
            heading = masked(f"=== {each.step} — {each.shown.title}")
            made.setdefault(FOLDER / platform / f"{flow}.txt", []).append(f"{heading}\n{said}\n")
    return {path: "\n".join(sorted(parts)) for path, parts in made.items()}


def payloads(seen: Mapping[bool, Iterable[Seen]]) -> Iterator[tuple[str, str, Any]]:
    """The platform, the step and what it shows of all that was seen, in the order in which it was."""
    for platform in PLATFORMS:
        render = importlib.import_module(f"adapters.{platform}.render")
        for each in seen[platform in TAKES_FILES]:
            yield platform, each.step, _payload(render, steady(_there(each.shown)), post=each.post)


def _payload(render: Any, shown: Reply, *, post: bool) -> Any:
    if isinstance(shown, Form):
        return _plain(render.form(shown))
    if post:
        return _plain(render.post(shown))
    if shown.aside and hasattr(render, "aside"):
        return _plain(render.aside(shown))
    return [_plain(each) for each in render.screens(shown)]


def _plain(made: Any) -> Any:
    """A payload of dictionaries, whatever the renderer makes."""
    for way in ("to_components", "to_dict"):
        if hasattr(made, way):
            made = getattr(made, way)()
    return json.loads(json.dumps(made))


def _there(shown: Reply) -> Reply:
    """With ids of people and channels as platforms have them: numbers fit all."""
    if isinstance(shown, Form):
        fields = tuple(
            replace(each, value=tuple(map(_number, each.value)))
            if isinstance(each, PersonField)
            else replace(each, value=_number(each.value) if each.value else "")
            if isinstance(each, ChannelField)
            else each
            for each in shown.fields
        )
        return replace(shown, fields=fields)
    body = tuple(
        replace(each, ids=tuple(map(_number, each.ids))) if isinstance(each, People) else each
        for each in shown.body
    )
    return replace(shown, body=body)


def _number(name: str) -> str:
    found = re.search(r"\d+", name)
    return str(10**17 + (int(found[0]) if found else sum(map(ord, name)) * 1000))
