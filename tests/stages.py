"""Every stage there is; a new platform adds a line, and every journey is played on it too."""

from __future__ import annotations

from collections.abc import Callable

from tests.adapters.discord_stage import DiscordStage
from tests.adapters.sandbox_stage import SandboxStage
from tests.adapters.slack_stage import SlackStage
from tests.stage import Stage

STAGES: dict[str, Callable[[], Stage]] = {
    "slack by socket": lambda: SlackStage("socket"),
    "slack by http": lambda: SlackStage("http"),
    "discord": DiscordStage,
    "sandbox": SandboxStage,
}
