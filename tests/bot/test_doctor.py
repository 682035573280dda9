"""What the doctor finds on this machine, and in what a serving process tells."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import chart, doctor
from bot.config import Settings
from bot.findings import Finding
from bot.hearing import COMMAND, PRESS
from tests.bot.surroundings import cleared

TODAY = date(2026, 11, 30)
WELL: dict[str, Any] = {
    "workspaces": [],
    "heard": {"slack": [COMMAND, PRESS]},
    "silent": [],
    "away": [],
    "stuck": False,
    "late": 0.0,
    "failing": [],
}


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    cleared(monkeypatch, tmp_path)
    return tmp_path


def found(folder: Path, today: date = TODAY) -> list[Finding]:
    return doctor.of_this_machine(Settings(), folder / "metoo.db", today)


def test_where_all_is_well_nothing_is_said(folder: Path) -> None:
    (folder / "metoo.db").touch(mode=0o600)
    (folder / "metoo-months").mkdir(mode=0o700)
    assert found(folder) == []


def test_every_setting_has_the_name_under_which_it_is_read() -> None:
    known = set(doctor.variables())
    assert known >= {
        "METOO_SLACK__BOT_TOKEN",
        "METOO_KEYS__VAULT__TOKEN",
        "METOO_KEYS__PASSPHRASE",
        "METOO_STORAGE__URL",
        "METOO_LOG_LEVEL",
        "METOO_WEB__PORT",
    }


@pytest.mark.parametrize("name", ["METOO_SLACK_BOT_TOKEN", "METOO_SLAK__BOT_TOKEN", "metoo_token"])
def test_a_variable_that_nobody_reads_is_named_without_its_value(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "xoxb-made-up")
    monkeypatch.setenv("metoo_log_level", "INFO")
    (said,) = found(folder)
    assert said.wrong
    assert f"The variable {name} is not read" in said.said
    assert "xoxb" not in said.said


def test_a_credential_file_that_nobody_reads_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handed = folder / "handed"
    handed.mkdir()
    for name in ("METOO_SLACK__BOT_TOKEN", "METOO_SLACK_APP_TOKEN", "metoo-root-key", "other"):
        (handed / name).write_text("xoxb-made-up")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    monkeypatch.setenv("METOO_KEYS__CREDENTIAL", "metoo-root-key")
    typo, other = found(folder)
    assert (typo.part, typo.wrong) == ("credentials", True)
    assert "METOO_SLACK_APP_TOKEN is not read" in typo.said
    assert (other.wrong, "other is not read" in other.said) == (False, True)


@pytest.mark.parametrize(
    "name", ["metoo.db", "metoo.db-wal", "metoo.db-lock", "metoo.db-keys", "metoo-months"]
)
def test_what_others_on_this_machine_can_open_is_said_with_the_remedy(folder: Path, name: str) -> None:
    path = folder / name
    path.mkdir() if name == "metoo-months" else path.touch()
    path.chmod(0o750)
    (said,) = found(folder)
    right = "700" if path.is_dir() else "600"
    assert said.part == "files"
    assert said.said.endswith(f"Run: chmod {right} {path if name.startswith('metoo.db') else name}")


def test_what_belongs_to_another_user_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "metoo.db").touch(mode=0o600)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    (said,) = found(folder)
    assert "belongs to another user" in said.said


def test_a_settings_file_with_a_secret_that_others_can_read_is_said_and_one_without_is_not(
    folder: Path,
) -> None:
    file = folder / "metoo.toml"
    file.write_text('[slack]\napi_url = "https://slack.com/api/"\n')
    file.chmod(0o644)
    assert found(folder) == []
    file.write_text('[keys.vault]\ntoken = "s.made-up"\n')
    (said,) = found(folder)
    assert "metoo.toml holds a secret" in said.said
    file.chmod(0o600)
    assert found(folder) == []


def test_a_site_that_others_can_reach_is_good_to_know(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METOO_WEB__HOST", "0.0.0.0")  # noqa: S104 - what is asked about
    (said,) = found(folder)
    assert (said.part, said.wrong) == ("web", False)


def test_a_list_of_support_that_is_old_is_good_to_know(folder: Path) -> None:
    (said,) = found(folder, TODAY + timedelta(days=500))
    assert (said.part, said.wrong) == ("support", False)
    assert "were looked at more than a year ago" in said.said


def test_without_matplotlib_it_says_why_digests_have_no_picture(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart, "find_spec", lambda _: None)
    (said,) = found(folder)
    assert (said.part, said.wrong) == ("chart", False)
    assert "matplotlib is not installed" in said.said


def test_a_serving_process_that_is_well_has_nothing_wrong() -> None:
    assert doctor.of_serving(WELL) == []


@pytest.mark.parametrize(
    ("told", "said", "wrong"),
    [
        ({"away": ["slack"]}, "Slack: the running metoo is not connected.", True),
        ({"silent": ["discord"]}, "Discord: nothing was heard for minutes", True),
        ({"heard": {"slack": []}}, "Type /metoo once", False),
        ({"heard": {"discord": [PRESS]}}, "Type /metoo once", False),
        ({"heard": {"slack": [COMMAND]}}, "no press has since metoo was started", False),
        ({"stuck": True, "late": 7200.0}, "Nothing is posted", True),
        ({"late": 7300.0}, "A post is 2 hours late", True),
        ({"faults": {"slack": [["The token is old.", True]]}}, "The token is old.", True),
        ({"faults": {"slack": [["One more was not asked.", False]]}}, "was not asked", False),
        ({"failing": ["digest"]}, "The job digest failed when it ran last", True),
    ],
)
def test_what_a_serving_process_lacks_is_a_sentence(told: dict[str, Any], said: str, wrong: bool) -> None:
    (finding,) = doctor.of_serving(WELL | told)
    assert said in finding.said
    assert finding.wrong is wrong
