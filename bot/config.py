"""Settings, from `metoo.toml`, the environment (METOO_…) and credential files; nothing else reads them."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.addresses import ApiUrl, PublicUrl
from bot.errors import Misconfigured
from bot.i18n import LANGUAGES
from bot.key_settings import KeysSettings
from bot.linked_settings import LinkedSettings, each_once
from bot.model import Place, Workspace
from bot.slack_settings import SlackSettings as SlackSettings

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FEWEST, _MOST = 2, 10
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+)\s*([smhd])\s*", value)
    if not found:
        raise ValueError('a duration is a number and one of s, m, h, d, such as "15m"')
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _range(value: tuple[timedelta, timedelta]) -> tuple[timedelta, timedelta]:
    if value[0] > value[1]:
        raise ValueError("the first of the two durations must not be the longer one")
    return value


def _digest_at(value: str) -> str:
    weekday_and_time(value)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no time zone is called {value!r}; an example is Europe/Berlin") from error
    return value


def _threshold(value: int) -> int:
    if value and not _FEWEST <= value <= _MOST:
        raise ValueError(f"escrow is 0 for none, or {_FEWEST} to {_MOST} people")
    return value


def _language(value: str) -> str:
    if re.split("[-_]", value)[0].lower() not in LANGUAGES:
        raise ValueError(f"must be one of {', '.join(LANGUAGES)}; there is no translation into {value!r}")
    return value


def _inbox(value: str | dict[str, str]) -> str | dict[str, str]:
    said = {value} if isinstance(value, str) else set(value.values())
    if said <= {"server", "passphrase"}:
        return value
    raise ValueError(
        'it is "server" or "passphrase", for all desks or for each channel, such as {C0HR = "passphrase"}'
    )


def weekday_and_time(value: str) -> tuple[int, int, int]:
    """Read "Mon 09:00" as weekday (Monday is 0), hour and minute. Raises ValueError."""
    found = re.fullmatch(r"\s*([A-Za-z]{3})[a-z]*\s+([01]?\d|2[0-3]):([0-5]\d)\s*", value)
    if not found or found[1].lower() not in _DAYS:
        raise ValueError('a weekly moment is a day and a time, such as "Mon 09:00"')
    return _DAYS.index(found[1].lower()), int(found[2]), int(found[3])


Duration = Annotated[timedelta, BeforeValidator(_duration)]
DurationRange = Annotated[tuple[Duration, Duration], AfterValidator(_range)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class WorkspaceSettings(_Part):
    """One workspace: where its reports, statements and digests go."""

    platform: Literal["slack", "discord", "sandbox"]
    id: str = Field(min_length=1)
    desks: tuple[str, ...] = Field(min_length=1)
    solidarity_channel: str = ""
    digest_channel: str = ""
    walls: Literal["automatic", "by hand"] = "automatic"
    """Whether a wall opens by itself where none is, or only when somebody opens one."""
    wall_group: str = ""
    """A private channel whose members may open and close walls, besides the admins."""
    desk_roles: tuple[str, ...] = ()
    """On Discord: ids of roles that open a desk and that only people have who handle reports."""
    digest_at: Annotated[str, AfterValidator(_digest_at)] = "Mon 09:00"
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    language: Annotated[str, AfterValidator(_language)] = "en"
    population: int | None = Field(default=None, ge=0)
    support: tuple[str, ...] = ()
    """Lines of the company's own support, shown above all others."""
    attachments: bool = False
    """Whether people may add files to what they tell."""
    deadlines: Literal["days", "working days"] = "days"
    """How a desk's promise to answer is counted (see `bot.deadlines`)."""
    noise: float | None = Field(default=None, ge=0.01, le=10)
    """From 5,000 members on: the budget (epsilon) of the noise in each weekly number of a digest (see `bot.noise`)."""
    inbox: Annotated[str | dict[str, str], AfterValidator(_inbox)] = "server"
    """What opens the inboxes of desks: the server's key, or passphrases of handlers; for all, or by channel."""
    escrow: Annotated[int, AfterValidator(_threshold)] = 0
    """How many different people must name the same person before held reports are released; 0 for no holding."""
    escalate: bool = False
    """Whether a report goes to the next desk that may have it, where nobody answered in time."""
    retention_days: int = Field(default=120, ge=30, le=3650)
    """How many days after its closing a report is erased (see `bot.retention`)."""
    linked: tuple[LinkedSettings, ...] = ()
    """Workplaces on other platforms whose people are served as those of this one (see `bot.joining`)."""

    @model_validator(mode="after")
    def _each_channel_for_one_thing(self) -> WorkspaceSettings:
        if len(set(self.desks)) != len(self.desks):
            raise ValueError("a channel is listed twice in desks")
        if not isinstance(self.inbox, str) and (unknown := set(self.inbox) - set(self.desks)):
            raise ValueError(f"inbox names {', '.join(sorted(unknown))}, which is not among desks")
        for name, channel in (("solidarity", self.solidarity_channel), ("digest", self.digest_channel)):
            if channel in self.desks:
                raise ValueError(
                    f"{name}_channel is also a desk; a desk is for the people who read reports, and for nobody else"
                )
        return self

    @property
    def workspace(self) -> Workspace:
        """The workspace these settings are for."""
        return Workspace(self.platform, self.id)

    def locks(self, channel: str) -> bool:
        """Whether the inbox of a desk is to be locked by passphrases."""
        kind = self.inbox if isinstance(self.inbox, str) else self.inbox.get(channel, "server")
        return kind == "passphrase"

    def place(self, channel: str) -> Place:
        """A channel of this workspace."""
        return Place(self.workspace, channel)


class Delays(_Part):
    """How long things wait: a random time between two durations, or one duration."""

    report: DurationRange = (timedelta(minutes=15), timedelta(hours=4))
    batch: DurationRange = (timedelta(minutes=5), timedelta(minutes=15))
    few: Duration = timedelta(minutes=160)
    """How long a number waits in the mean that three voices would move: so nobody sees who was the third."""
    statement: DurationRange = (timedelta(days=7), timedelta(days=21))
    changes: Duration = timedelta(hours=72)
    """How long a change of desks, their order or what is kept waits, once a workspace is set up in chat."""


class Deadlines(_Part):
    """What a desk promises, from the moment a report's card is posted."""

    acknowledge: Duration = timedelta(days=7)
    contact: Duration = timedelta(days=3)
    """How long a desk waits for the writer's answer before it speaks with somebody named."""


class Limits(_Part):
    """How much one person may do, kept in memory without a name."""

    reports_a_day: int = Field(default=3, ge=1)
    presses_an_hour: int = Field(default=30, ge=1)
    drafts_an_hour: int = Field(default=40, ge=1)
    receipts_an_hour: int = Field(default=5, ge=1)
    passphrases_an_hour: int = Field(default=5, ge=1)
    messages_a_day: int = Field(default=20, ge=1)
    files_an_hour: int = Field(default=30, ge=1)
    """Forms with files, and one-time pages; each takes up to five files."""
    reports_a_day_in_all: int = Field(default=100, ge=1)
    """The circuit breaker of a workspace."""


class DiscordSettings(_Part):
    """One Discord application. With `shards` this process serves only those of `shard_count`, others the rest."""

    token: SecretStr = SecretStr("")
    shards: tuple[Annotated[int, Field(ge=0)], ...] = ()
    shard_count: int = Field(default=0, ge=0)
    api_url: ApiUrl = "https://discord.com/api/v10"


class StorageSettings(_Part):
    """Where the store is: a path of an SQLite file, sqlite:///path, or postgresql://user@host/database."""

    url: str = Field(default="sqlite:///metoo.db", repr=False)
    password: SecretStr = SecretStr("")
    """The password of PostgreSQL, if it is not in the address; best as the credential METOO_STORAGE__PASSWORD."""


class KeeperSettings(_Part):
    """Where the keeper of escrow is: a Unix socket, or an address with mutual TLS; none for no separate one.

    `file` or `credential` and `budget` are for `metoo keeper` itself: its key, kept as `KeysSettings` says, and how
    many people may be asked about in a day.
    """

    socket: Path | None = None
    address: str = ""
    certificate: Path | None = None
    key: Path | None = None
    authority: Path | None = None
    file: Path | None = None
    credential: str = ""
    budget: int = Field(default=20, ge=2)

    @property
    def separate(self) -> bool:
        """Whether there is a keeper of its own."""
        return self.socket is not None or bool(self.address)


class WebSettings(_Part):
    """The one web site: health, metrics, Slack over HTTP."""

    host: str = "127.0.0.1"
    port: int = Field(default=8766, ge=0, le=65535)
    public_url: PublicUrl = ""
    """The https address under which this site can be reached from outside, for one-time pages; empty for none."""


class Settings(BaseSettings):
    """Everything that can be set. The environment wins over credential files, both over `metoo.toml`."""

    model_config = SettingsConfigDict(
        env_prefix="METOO_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # what is wrong may be half a token
        toml_file="metoo.toml",
    )

    workspaces: tuple[WorkspaceSettings, ...] = ()
    delays: Delays = Delays()
    deadlines: Deadlines = Deadlines()
    limits: Limits = Limits()
    slack: SlackSettings = SlackSettings()
    discord: DiscordSettings = DiscordSettings()
    storage: StorageSettings = StorageSettings()
    keys: KeysSettings = KeysSettings()
    web: WebSettings = WebSettings()
    keeper: KeeperSettings = KeeperSettings()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _each_workspace_once(self) -> Settings:
        names = [each.workspace for each in self.workspaces]
        if len(set(names)) != len(names):
            raise ValueError("a workspace is configured twice")
        each_once(names, [place.workspace for each in self.workspaces for place in each.linked])
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - we read no .env files
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then credential files, then the file.

        Credential files have the names of the variables and lie in CREDENTIALS_DIRECTORY, which systemd sets.
        """
        named = os.environ.get("METOO_CONFIG")
        if named and not Path(named).is_file():
            raise Misconfigured(f"METOO_CONFIG names {named}, and there is no such file.")
        file = TomlConfigSettingsSource(settings_cls, toml_file=Path(named or "metoo.toml"))
        credentials = NestedSecretsSettingsSource(
            file_secret_settings, os.environ.get("CREDENTIALS_DIRECTORY"), secrets_dir_missing="error"
        )
        return init_settings, env_settings, credentials, file
