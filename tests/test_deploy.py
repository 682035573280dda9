"""What deploy/ ships is what the program needs: checked by the tools that are here, and by reading it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from adapters.slack.scopes import WHY
from bot import doctor
from bot.config import Settings
from bot.logs import ALLOWED, held
from bot.process import GONE_WITHIN
from tests.bot.surroundings import cleared
from tests.test_house import ROOT
from tests.world import World
from tests.world import world as built

DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "chart"
OPERATING = (DEPLOY / "operating.md").read_text("utf-8")
UNITS = ("metoo.service", "metoo-keeper.service")
VERSION = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
assert VERSION
SETTING = re.compile(r"\bMETOO_[A-Z][A-Z_]+\b")


def said(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def loaded(name: str) -> Any:
    return yaml.safe_load(said(name))


def tool(name: str) -> str | None:
    """A program on the PATH or beside this Python."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def run(*command: str) -> tuple[int, str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return done.returncode, done.stdout + done.stderr


def ours() -> list[Path]:
    kinds = {".yaml", ".service", ".md", ".example", ".tpl"}
    return [each for each in DEPLOY.rglob("*") if each.suffix in kinds or each.name.startswith("Dockerfile")]


# --- everything ------------------------------------------------------------------------------------------


def test_every_setting_that_is_named_exists() -> None:
    known = {*doctor.variables(), "METOO_CONFIG"}
    named = {(path.name, name) for path in ours() for name in SETTING.findall(path.read_text("utf-8"))}
    assert len(named) > 20
    assert {each for each in named if each[1] not in known} == set()


def test_images_are_named_by_version_and_ours_by_that_of_the_program() -> None:
    assert VERSION
    images = re.findall(r"^FROM (\S+)", said("Dockerfile"), re.MULTILINE)
    services = {**loaded("compose.yaml")["services"], **loaded("compose.postgres.yaml")["services"]}
    images += [each["image"] for each in services.values() if "image" in each]
    images.append(loaded("compose.yaml")["services"]["metoo"]["image"])
    assert all(re.fullmatch(r"[\w/-]+:\d+\.\d+[\w.-]*", each) for each in images), images
    assert f"metoo:{VERSION[1]}" in images
    chart = loaded("chart/Chart.yaml")
    assert chart["version"] == chart["appVersion"] == VERSION[1]


# --- the image -------------------------------------------------------------------------------------------


def instructions(stage: int) -> list[tuple[str, str]]:
    joined = said("Dockerfile").replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    stages: list[list[tuple[str, str]]] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, " ".join(rest.split())))
    return stages[stage]


def test_the_image_runs_as_a_number_without_pip_and_says_whether_it_is_alive() -> None:
    first, last = instructions(0), instructions(-1)
    assert len(first) > 1
    assert ("USER", "10001:10001") in last
    assert not any(word == "RUN" for word, _ in last)
    assert any("--require-hashes -r requirements.txt" in rest for word, rest in first if word == "RUN")
    (health,) = (rest for word, rest in last if word == "HEALTHCHECK")
    assert "http://127.0.0.1:8766/livez" in health
    assert Settings.model_fields["web"].default.port == 8766
    assert ("CMD", '["run"]') in last


def test_what_the_image_copies_is_there_and_nothing_else_reaches_the_builder() -> None:
    copied = {rest.split()[0] for word, rest in instructions(0) if word == "COPY"} | {"pyproject.toml"}
    allowed = {line[1:] for line in said("Dockerfile.dockerignore").splitlines() if line.startswith("!")}
    assert copied <= allowed
    assert said("Dockerfile.dockerignore").splitlines()[0] == "*"
    assert [each for each in sorted(allowed) if not (ROOT / each).exists()] == []


def test_the_dockerfile_passes_its_linter(tmp_path: Path) -> None:
    linter = tool("hadolint")
    assert linter, "it is among the development requirements"
    assert run(linter, "deploy/Dockerfile") == (0, "")
    worse = tmp_path / "Dockerfile"
    worse.write_text(said("Dockerfile").replace("WORKDIR /", "WORKDIR "))
    status, found = run(linter, str(worse))
    assert status == 1
    assert "DL3000" in found


# --- what admins see ---


def test_the_guide_to_slack_names_each_scope_and_no_other_as_asked_for() -> None:
    guide = said("slack.md")
    table = guide.partition("## What an admin sees, and why")[2].partition("## Where people find it")[0]
    assert set(re.findall(r"^\|[^|]+\| `([a-z:.]+)` \|", table, re.MULTILINE)) == set(WHY)
    never = re.findall(r"`(\S+?:\S+?)`", table.partition("It asks for no permission")[2])
    assert never == ["*:history", "im:write"]


# --- compose ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "name"), [("compose.yaml", "metoo"), ("compose.postgres.yaml", "db")])
def test_services_of_compose_have_no_rights_and_write_only_to_their_volumes(file: str, name: str) -> None:
    service = loaded(file)["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])
    assert "ports" not in service
    assert "privileged" not in service


def test_what_compose_refers_to_is_declared() -> None:
    base, more = loaded("compose.yaml"), loaded("compose.postgres.yaml")
    for kind in ("secrets", "volumes", "networks"):
        declared = {*base.get(kind, {}), *more.get(kind, {}), "default"}
        used = set()
        for service in (*base["services"].values(), *more["services"].values()):
            used |= {str(each).split(":")[0] for each in service.get(kind, ())}
        assert used <= declared, kind
    assert more["networks"]["store"]["internal"] is True
    assert int(base["services"]["metoo"]["stop_grace_period"][:-1]) > GONE_WITHIN
    assert set(more["services"]["metoo"]["depends_on"]) <= set(more["services"])


def test_secrets_as_compose_and_kubernetes_hand_them_over_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kubernetes shows files as links into a folder that changes at once."""
    cleared(monkeypatch, tmp_path)
    real = tmp_path / "handed" / "..2026_11_30"
    real.mkdir(parents=True)
    for name in ("METOO_SLACK__BOT_TOKEN", "METOO_STORAGE__URL", "metoo-root-key"):
        (real / name).write_text(f"{name}\n")
    (real.parent / "..data").symlink_to(real.name)
    for path in real.iterdir():
        (real.parent / path.name).symlink_to(f"..data/{path.name}")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(real.parent))
    monkeypatch.setenv("METOO_KEYS__CREDENTIAL", "metoo-root-key")
    settings = Settings()
    assert settings.slack.bot_token.get_secret_value() == "METOO_SLACK__BOT_TOKEN"
    assert settings.storage.url == "METOO_STORAGE__URL"
    assert list(doctor.unread(settings)) == []


# --- units of systemd ------------------------------------------------------------------------------------


def unit(name: str) -> list[tuple[str, str]]:
    lines = [line for line in said(name).splitlines() if "=" in line and not line.startswith("#")]
    return [(each.partition("=")[0], each.partition("=")[2]) for each in lines]


HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "MemoryDenyWriteExecute": "yes",
    "CapabilityBoundingSet": "",
    "MemorySwapMax": "0",
    "LimitCORE": "0",
    "UMask": "0077",
    "RestrictNamespaces": "yes",
    "SystemCallArchitectures": "native",
}


@pytest.mark.parametrize("name", UNITS)
def test_units_are_hardened_and_give_the_program_time_to_finish(name: str) -> None:
    told = unit(name)
    assert {each for each in HARDENED.items() if each not in told} == set()
    (stop,) = (int(value) for key, value in told if key == "TimeoutStopSec")
    assert stop > GONE_WITHIN


def test_the_unit_hands_secrets_over_as_credentials_and_none_in_the_environment() -> None:
    told = unit("metoo.service")
    handed = {value.partition(":")[0] for key, value in told if key == "LoadCredential"}
    assert {"metoo-root-key", "METOO_SLACK__BOT_TOKEN"} <= handed
    plain = " ".join(value for key, value in told if key == "Environment")
    assert not re.search(r"TOKEN|SECRET|PASSPHRASE", plain)


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong_with_a_unit_and_the_score_is_the_one_that_is_stated(name: str) -> None:
    (stated,) = re.findall(r"how exposed it is: ([\d.]+) of 10", said(name))
    assert float(stated) < 2
    analyze = tool("systemd-analyze")
    if analyze is None:
        return
    code, wrong = run(analyze, "verify", f"deploy/{name}")
    left = [line for line in wrong.splitlines() if "is not executable" not in line]
    assert [line for line in left if name in line] == [], code
    _, told = run(analyze, "security", "--offline=true", f"deploy/{name}")
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert (
        found is None or float(found[1]) <= float(stated) + 0.3
    )  # systemd's own weights change with its version


# --- the chart -------------------------------------------------------------------------------------------


def templates() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted((CHART / "templates").iterdir())}


def test_every_value_that_the_chart_uses_has_a_default() -> None:
    values = loaded("chart/values.yaml")
    used = {each for text in templates().values() for each in re.findall(r"\.Values\.([\w.]+)", text)}
    assert len(used) > 15
    for name in used:
        here = values
        for part in name.split("."):
            assert part in here, name
            here = here[part]


def test_blocks_of_templates_are_closed() -> None:
    for name, text in templates().items():
        opened = re.findall(r"\{\{-?\s*(?:if|range|with|define)\b", text)
        assert len(opened) == len(re.findall(r"\{\{-?\s*end\b", text)), name
        assert text.count("{{") == text.count("}}"), name


def test_the_chart_has_what_keeps_a_pod_small_and_people_served() -> None:
    workload = templates()["workload.yaml"]
    for needed in (
        "runAsNonRoot: true",
        "runAsUser: 10001",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "drop: [ALL]",
        "automountServiceAccountToken: false",
        "path: /livez",
        "path: /readyz",
        "secretName: {{ required",
    ):
        assert needed in workload, needed
    assert "kind: NetworkPolicy" in templates()["network.yaml"]
    assert templates()["budget.yaml"].startswith("{{- if .Values.postgres.enabled }}")
    assert "kind: Secret" not in "".join(templates().values())
    assert loaded("chart/values.yaml")["terminationGracePeriodSeconds"] > GONE_WITHIN


@pytest.mark.parametrize("shape", ["false", "true"])
def test_helm_renders_the_chart_where_there_is_one(shape: str) -> None:
    helm = tool("helm")
    if helm is None:
        return
    given = ("--set", "existingSecret=metoo", "--set", f"postgres.enabled={shape}")
    code, text = run(helm, "template", "demo", "deploy/chart", *given)
    assert code == 0, text
    kinds = {each["kind"] for each in yaml.safe_load_all(text) if each}
    assert ("PodDisruptionBudget" in kinds) == (shape == "true")


# --- monitoring ------------------------------------------------------------------------------------------


@pytest.fixture
async def measured(tmp_path: Path) -> set[str]:
    from bot.serving import Serving  # noqa: PLC0415 - only this part needs a whole world
    from tests.bot.test_measures import Link  # noqa: PLC0415 - likewise

    held.to(sys.stderr)
    async with built(tmp_path) as w:
        return await _names(Serving(w.means, w.service, {"sandbox": _link(w, Link)}))


def _link(w: World, kind: Any) -> Any:
    return kind(w.workplace, {"connected": 1.0, "heard": 1.0})


async def _names(serving: Any) -> set[str]:
    await serving.measures.run()
    text = (await serving.measures.shown()).decode()
    return {each.name for each in text_string_to_metric_families(text)}


def expressions() -> list[str]:
    rules = [rule["expr"] for group in loaded("alerts.yaml")["groups"] for rule in group["rules"]]
    panels = json.loads(said("grafana-dashboard.json"))["panels"]
    return rules + [target["expr"] for panel in panels for target in panel["targets"]]


async def test_alerts_and_panels_speak_of_measures_that_exist_and_of_all_of_them(measured: set[str]) -> None:
    used = {name for each in expressions() for name in re.findall(r"\bmetoo_\w+", each)}
    assert used == measured
    assert {name for name in measured if f"`{name}`" not in OPERATING} == set()


def test_every_alert_says_how_bad_it_is_and_operating_says_what_to_do() -> None:
    rules = [rule for group in loaded("alerts.yaml")["groups"] for rule in group["rules"]]
    for rule in rules:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"]
        assert f"`{rule['alert']}`" in OPERATING
    assert len({rule["alert"] for rule in rules}) == len(rules)


def test_prometheus_takes_the_rules_where_its_tool_is() -> None:
    promtool = tool("promtool")
    assert promtool is None or run(promtool, "check", "rules", "deploy/alerts.yaml")[0] == 0


def test_operating_names_every_field_of_the_log() -> None:
    assert {name for name in ALLOWED if f"`{name}`" not in OPERATING} == set()
