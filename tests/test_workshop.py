from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import discord
import pytest

from adapters.discord import client as discord_client
from adapters.slack.connection import PATH
from adapters.slack.scopes import WHY as SCOPES
from bot.config import Settings

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "deploy" / "README.md").read_text("utf-8")
ON_DISCORD = (ROOT / "deploy" / "discord.md").read_text("utf-8")
NEEDED = discord.Permissions(view_channel=True, send_messages=True, attach_files=True)


def manifest() -> dict[str, Any]:
    found = json.loads((ROOT / "deploy" / "slack-manifest.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def make(*words: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    command = shutil.which("make")
    assert command, "make is there, or this test would not run"
    return subprocess.run(  # noqa: S603 - our own words
        [command, *words],
        cwd=cwd,
        env={**os.environ, "MAKEFLAGS": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def tools(folder: Path, *, python: str = "") -> str:
    """A PATH on which there is what make itself needs, and no Python but the given one."""
    for name in ("sh", "rm", "touch"):
        (folder / name).symlink_to(str(shutil.which(name)))
    if python:
        (folder / "python3").write_text(python, "utf-8")
        (folder / "python3").chmod(0o700)
    return str(folder)


def test_the_slack_app_has_exactly_the_scopes_that_are_checked_and_explained() -> None:
    scopes = manifest()["oauth_config"]["scopes"]
    assert list(scopes) == ["bot"]
    assert scopes["bot"] == list(SCOPES)
    assert set(re.findall(r"^\| `([a-z:]+)` \|", GUIDE, re.MULTILINE)) == set(SCOPES)


def test_the_slack_app_reads_no_messages() -> None:
    assert not [
        scope for scope in manifest()["oauth_config"]["scopes"]["bot"] if "history" in scope or "im:" in scope
    ]


def test_the_slack_app_has_the_command_the_events_and_socket_mode() -> None:
    found = manifest()
    assert [each["command"] for each in found["features"]["slash_commands"]] == ["/metoo"]
    assert found["settings"]["event_subscriptions"] == {
        "bot_events": ["app_home_opened", "team_join", "user_change"]
    }
    assert found["settings"]["socket_mode_enabled"] is True
    assert found["settings"]["interactivity"] == {"is_enabled": True}
    assert found["settings"]["token_rotation_enabled"] is False


def test_the_slack_app_describes_itself_within_slacks_limits() -> None:
    said = manifest()["display_information"]
    assert len(said["name"]) <= 35
    assert len(said["description"]) <= 140
    assert 174 <= len(said["long_description"]) <= 4000
    assert re.fullmatch("#[0-9a-f]{6}", said["background_color"])


def test_the_guide_gives_the_address_slack_is_served_at() -> None:
    assert f"https://your.host{PATH}" in GUIDE


def test_the_invite_asks_for_the_permissions_that_are_named_and_no_more() -> None:
    for page in (GUIDE, ON_DISCORD):
        link = re.search(
            r"oauth2/authorize\?client_id=APPLICATION_ID&scope=([\w.+]+)&permissions=(\d+)", page
        )
        assert link
        assert link[1].split("+") == ["bot", "applications.commands"]
        assert int(link[2]) == NEEDED.value
    assert [int(bit) for bit in re.findall(r"^\| [A-Z][\w ]+ \| (\d+) \|", ON_DISCORD, re.MULTILINE)] == [
        1024,
        2048,
        32768,
    ]


def test_no_privileged_intent_is_needed() -> None:
    source = Path(discord_client.__file__).read_text("utf-8")
    assert re.findall(r"Intents\(([^)]*)\)", source) == ["guilds=True"]
    assert (
        not discord.Intents(guilds=True).value
        & discord.Intents(members=True, presences=True, message_content=True).value
    )


def test_the_example_settings_load(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("METOO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("METOO_CONFIG", str(ROOT / "deploy" / "metoo.toml.example"))
    settings = Settings()
    (workspace,) = settings.workspaces
    assert (workspace.platform, workspace.desks, workspace.population) == ("slack", ("C0HR",), 60)
    assert settings.delays == Settings.model_fields["delays"].default
    assert settings.keys.file == Path("metoo.key")


def test_the_guide_names_only_settings_that_exist() -> None:
    for name in re.findall(r"METOO_([A-Z]+__[A-Z_]+)", GUIDE):
        part: Any = Settings
        for each in name.lower().split("__"):
            part = part.model_fields[each].annotation


def test_make_alone_lists_every_target() -> None:
    listed = make()
    documented = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert listed.returncode == 0
    assert re.findall(r"^  make ([a-z]+) ", listed.stdout, re.MULTILINE) == documented
    assert {"run", "test", "check", "format", "campaign", "lock", "locale", "clean"} <= set(documented)


def test_ci_calls_make_check_and_nothing_else() -> None:
    assert (ROOT / ".ci" / "run").read_text("utf-8").rstrip().splitlines()[-1] == "exec make check"


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("", "metoo needs Python 3.11 or newer"),
        ("#!/bin/sh\nexit 1\n", "metoo needs Python 3.11 or newer"),
        ('#!/bin/sh\ncase "$2" in *venv*) exit 1;; esac\n', "python3 cannot make virtual environments"),
    ],
    ids=["none", "too old", "without venv"],
)
def test_a_machine_without_a_usable_python_gets_one_sentence(
    tmp_path: Path, python: str, sentence: str
) -> None:
    clone, path = tmp_path / "clone", tmp_path / "bin"
    clone.mkdir()
    path.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, clone)
    done = make("run", cwd=clone, PATH=tools(path, python=python))
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert done.returncode != 0
    assert len(said) == 1
    assert said[0].startswith(sentence)


def test_a_chromium_that_is_named_and_starts_is_taken(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\necho Chromium 1\n", "utf-8")
    browser.chmod(0o700)
    assert chromium(tmp_path, str(browser)) == (0, f"{browser}\n", "")


def test_without_any_chromium_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    stub = tmp_path / "stub"
    stub.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    stub.chmod(0o700)
    code, out, said = chromium(tmp_path, str(stub))
    assert (code, out) == (1, "")
    assert said.splitlines()[-1].startswith("The browser tests need a Chromium: please install")


def chromium(folder: Path, named: str) -> tuple[int, str, str]:
    """What the script answers where there is no browser but the named one, and nothing that could install one."""
    path = folder / "bin"
    path.mkdir()
    (path / "id").write_text("#!/bin/sh\necho 1000\n", "utf-8")
    (path / "id").chmod(0o700)
    done = subprocess.run(  # noqa: S603 - our own script
        [str(shutil.which("sh")), str(ROOT / "tests" / "chromium.sh"), "no-python"],
        env={"PATH": str(path), "CHROMIUM": named},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr
