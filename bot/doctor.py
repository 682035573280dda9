"""What can be found out on this machine, and from what a serving process tells: for `metoo check`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, SecretStr

from bot import chart, support
from bot.addresses import loopback
from bot.config import Settings
from bot.findings import Finding, Remark, findings
from bot.hearing import COMMAND, PRESS

OLD = timedelta(days=365)
"""So long after it was looked at a place to turn to should be looked at again."""

LATE = 3600.0
"""Seconds after which a post that is due is worth a sentence."""

_OTHERS = 0o077
_READ = {"METOO_CONFIG"}
NAMES = {"slack": "Slack", "discord": "Discord"}


def of_this_machine(settings: Settings, store: Path, today: date) -> list[Finding]:
    """What the files, the environment and what is installed show; asks nobody."""
    return [
        *findings("credentials", unread(settings)),
        *findings("files", permissions(settings, store)),
        *findings("web", _reachable(settings)),
        *findings("support", _aged(today)),
        *findings("chart", [Remark(why)] if (why := chart.lacking()) else []),
    ]


def variables(model: type[BaseModel] = Settings, prefix: str = "METOO_") -> Iterator[str]:
    """The name of every setting in the environment and as a credential file."""
    for name, field in model.model_fields.items():
        yield prefix + name.upper()
        if part := _part(field.annotation):
            yield from variables(part, f"{prefix}{name.upper()}__")


def _part(kind: Any) -> type[BaseModel] | None:
    """The model of a part of the settings; None for a single setting."""
    single = get_origin(kind) is not None or not isinstance(kind, type) or not issubclass(kind, BaseModel)
    return None if single else kind


def unread(settings: Settings) -> Iterator[str]:
    """Names in the environment and among the credential files that no setting has."""
    known = {*variables(), *_READ}
    for name in sorted(os.environ):
        if name.upper().startswith("METOO_") and name.upper() not in known:
            yield f"The variable {name} is not read: no setting is called so. Two underscores stand between the parts."
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    for path in sorted(Path(folder).iterdir()) if folder and Path(folder).is_dir() else ():
        if path.name.startswith(".") or path.name.upper() in known or path.name == settings.keys.credential:
            continue
        said = f"The credential file {path.name} is not read: no setting is called so."
        ours = path.name.upper().startswith("METOO")
        yield f"{said} Two underscores stand between the parts." if ours else Remark(said)


def permissions(settings: Settings, store: Path) -> Iterator[str]:
    """Files and folders of ours that others on this machine can open."""
    beside = (store, *(store.with_name(store.name + each) for each in ("-wal", "-shm", "-lock", "-keys")))
    for path in (*beside, *settings.keys.perishable):
        if path.exists() and path.stat().st_mode & _OTHERS:
            right = "700" if path.is_dir() else "600"
            yield f"{path} can be opened by others on this machine. Run: chmod {right} {path}"
        if path.exists() and path.stat().st_uid != os.getuid():
            yield f"{path} belongs to another user than the one that runs this. Run metoo, and this, as one user."
    file = Path(os.environ.get("METOO_CONFIG") or "metoo.toml")
    if (
        file.exists()
        and file.stat().st_mode & _OTHERS
        and _holds_secret(tomllib.loads(file.read_text("utf-8")))
    ):
        yield f"{file} holds a secret and can be read by others on this machine. Run: chmod 600 {file}"


def _holds_secret(told: Mapping[str, Any], model: type[BaseModel] = Settings) -> bool:
    for name, value in told.items():
        field = model.model_fields.get(name)
        kind = field.annotation if field else None
        if kind is SecretStr and value:
            return True
        part = _part(kind)
        if part and isinstance(value, dict) and _holds_secret(value, part):
            return True
    return False


def _reachable(settings: Settings) -> Iterator[str]:
    if not loopback(settings.web.host):
        yield Remark(
            f"The web site listens on {settings.web.host}: let nothing but your monitoring reach /metrics and /readyz."
        )


def _aged(today: date) -> Iterator[str]:
    international, countries = support.read(support.FILE)
    shown = [each for each in (*international, *(e for c in countries for e in c.entries)) if each.verified]
    old = [each for each in shown if today - each.checked > OLD]
    if old:
        yield Remark(
            f"{len(old)} of {len(shown)} places in the list of support were looked at more than a year ago, the first"
            f" on {min(each.checked for each in old)}. A newer version of metoo may have a newer list."
        )


def of_serving(told: Mapping[str, Any]) -> list[Finding]:
    """What a serving process says about itself (see `bot.serving`)."""
    found = []
    for name in told["away"]:
        found += findings(name, [f"{NAMES[name]}: the running metoo is not connected. Its log says why."])
    for name in told["silent"]:
        found += findings(name, [f"{NAMES[name]}: nothing was heard for minutes, though the link stands."])
    for name, heard in told["heard"].items():
        found += findings(name, _unheard(NAMES[name], heard))
    for name, faults in told.get("faults", {}).items():
        found += findings(name, [said if wrong else Remark(said) for said, wrong in faults])
    if told["stuck"]:
        found += findings("delivery", ["Nothing is posted, although something is due. Start metoo anew."])
    elif told["late"] > LATE:
        hours = int(told["late"] // 3600)
        found += findings(
            "delivery", [f"A post is {hours} hours late: a platform refuses or slows it. The log says why."]
        )
    for name in told["failing"]:
        found += findings(
            "jobs", [f"The job {name} failed when it ran last. The log says of what kind it was."]
        )
    return found


def _unheard(name: str, heard: list[str]) -> Iterator[str]:
    if COMMAND not in heard:
        yield Remark(
            f"{name}: nobody has opened the menu since metoo was started. Type /metoo once to see it work."
        )
    elif PRESS not in heard:
        yield Remark(
            f"{name}: /metoo arrives, and no press has since metoo was started. Press a button of the menu once; if"
            " nothing happens, look at Interactivity in the app's settings."
        )
