"""What the pages say is so: paths exist, quoted sentences are said, orders are possible."""

from __future__ import annotations

import re
from pathlib import Path

import discord
import pytest

from adapters.discord.client import REASONS
from adapters.discord.commands import REPORT
from bot.delivery import DENIED_RETRY

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "deploy/README.md",
    "deploy/digest.md",
    "deploy/discord.md",
    "deploy/keeper.md",
)
MADE_LATER = {"metoo.toml", "metoo.key", "metoo.db"}
PATH = re.compile(
    r"`((?:bot|adapters|storage|tests|deploy)/[\w./-]*|[\w-]+\.(?:toml|md|cfg|txt))`|\]\(([^)#:]+)\)"
)


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_is_there(page: str) -> None:
    named = [first or second for first, second in PATH.findall((ROOT / page).read_text("utf-8"))]
    around = ((ROOT / page).parent, ROOT)
    assert [
        each
        for each in named
        if each not in MADE_LATER and not any((place / each).exists() for place in around)
    ] == []


def test_the_architecture_is_read_in_one_sitting() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= 220


def test_the_sentences_that_the_page_for_admins_quotes_are_said() -> None:
    page = (ROOT / "deploy/README.md").read_text("utf-8")
    quoted = re.findall(r"\*\*\"([^\"]+)\"\*\*", page.replace("\n", " "))
    code = "\n".join(
        path.read_text("utf-8")
        for name in ("bot", "adapters", "storage")
        for path in (ROOT / name).rglob("*.py")
    )
    assert len(quoted) >= 2
    pieces = [piece.strip() for each in quoted for piece in each.split("…")]
    assert [piece for piece in pieces if piece not in code] == []


def test_slack_over_http_is_set_up_in_an_order_that_is_possible() -> None:
    page = (ROOT / "deploy/README.md").read_text("utf-8").partition("**Slack over HTTP instead.**")[2]
    steps = (
        "Create the app from the manifest",
        "METOO_SLACK__SIGNING_SECRET",
        "metoo run",
        "App Manifest",
        "and save",
    )
    assert [page.index(step) for step in steps] == sorted(page.index(step) for step in steps)


def test_discord_is_set_up_with_the_permissions_and_reasons_that_the_page_names() -> None:
    page = (ROOT / "deploy/discord.md").read_text("utf-8")
    bits = {
        name: int(bit) for name, bit in re.findall(r"^\| ([A-Z][A-Za-z ]+) \| (\d+) \|", page, re.MULTILINE)
    }
    granted = {name: discord.Permissions(**{_flag(name): True}).value for name in bits}
    assert bits == granted
    for each in ("deploy/discord.md", "deploy/README.md"):
        assert f"permissions={sum(bits.values())}" in (ROOT / each).read_text("utf-8")
    table = page.partition("## When something is wrong")[2]
    assert set(re.findall(r"`([a-z]+(?:_[a-z]+)+|unauthorized)`", table)) - {"shard_count"} == set(REASONS)
    assert f"| *{REPORT}* | **Apps** of a person |" in page
    assert "fifteen minutes" in page
    assert DENIED_RETRY.total_seconds() == 15 * 60


def _flag(name: str) -> str:
    return {"View Channels": "view_channel"}.get(name, name.lower().replace(" ", "_"))


def test_discord_s_commands_are_registered_before_metoo_is_started() -> None:
    for each in ("deploy/discord.md", "deploy/README.md"):
        page = (ROOT / each).read_text("utf-8")
        start = page.partition("METOO_DISCORD__TOKEN=…")[2]
        steps = ("metoo discord sync", "metoo check", "metoo run")
        assert [start.index(step) for step in steps] == sorted(start.index(step) for step in steps)
