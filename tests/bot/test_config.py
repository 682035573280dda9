from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from bot.config import Settings, WorkspaceSettings, weekday_and_time
from bot.errors import Misconfigured, Refusal
from bot.model import Place, Workspace
from bot.workplaces import Workplaces
from tests.bot.surroundings import cleared

TOKEN = "xoxb-made-up-1234567890"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    cleared(monkeypatch, tmp_path)
    return tmp_path


def refused(folder: Path, toml: str) -> str:
    (folder / "metoo.toml").write_text(toml)
    with pytest.raises(ValidationError) as caught:
        Settings()
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in caught.value.errors())


def workspace(**changes: str) -> str:
    said = {"platform": '"slack"', "id": '"T1"', "desks": '["C1"]'} | changes
    return "[[workspaces]]\n" + "\n".join(f"{name} = {value}" for name, value in said.items())


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        ('[slack]\napi_url = "http://slack.example/api/"', "must be https, or http on loopback"),
        ('[slack]\napi_url = "http://127.0.0.1.example.org/api/"', "must be https, or http on loopback"),
        ('[slack]\napi_url = "http://localhost.example.org/"', "must be https, or http on loopback"),
        ('[slack]\napi_url = "http://0.0.0.0/"', "must be https, or http on loopback"),
        ('[slack]\napi_url = "http://10.0.0.1/"', "must be https, or http on loopback"),
        ('[slack]\napi_url = "ftp://127.0.0.1/"', "must be https, or http on loopback"),
        ('[slack]\napi_url = "//slack.com/api/"', "must be https, or http on loopback"),
        ('[slack]\napi_url = "https:///api/"', "must be https, or http on loopback"),
        ('[slack]\napi_url = ""', "must be https, or http on loopback"),
        ('[discord]\napi_url = "http://discord.example"', "must be https, or http on loopback"),
        ('[slack]\napi_url = "https://a:b@slack.com/api/"', "has no password, query or fragment"),
        ('[slack]\napi_url = "https://a@slack.com/api/"', "has no password, query or fragment"),
        ('[discord]\napi_url = "https://discord.com/api?x=1"', "has no password, query or fragment"),
        ('[discord]\napi_url = "https://discord.com/api#x"', "has no password, query or fragment"),
        (
            '[web]\npublic_url = "http://files.example/"',
            "a public address must be https, or http on loopback",
        ),
        ('[web]\npublic_url = "files.example"', "a public address must be https, or http on loopback"),
        ('[web]\npublic_url = "https://a:b@files.example/"', "a public address has no password"),
        ('[delays]\nreport = ["15", "4h"]', "a duration is a number and one of s, m, h, d"),
        ('[delays]\nreport = ["15 minutes", "4h"]', "a duration is a number and one of s, m, h, d"),
        ('[delays]\nreport = ["-1m", "4h"]', "a duration is a number and one of s, m, h, d"),
        ('[deadlines]\nacknowledge = "a week"', "a duration is a number and one of s, m, h, d"),
        ('[delays]\nbatch = ["15m", "5m"]', "the first of the two durations must not be the longer one"),
        ('[delays]\nreport = ["15m"]', "delays.report"),
        (workspace(timezone='"Mars/Olympus"'), "an example is Europe/Berlin"),
        (workspace(timezone='"../../etc/passwd"'), "an example is Europe/Berlin"),
        (workspace(digest_at='"Monday at nine"'), "a weekly moment is a day and a time"),
        (workspace(digest_at='"Mon 24:00"'), "a weekly moment is a day and a time"),
        (workspace(digest_at='"Xyz 09:00"'), "a weekly moment is a day and a time"),
        (workspace(platform='"teams"'), "workspaces.0.platform"),
        (workspace(id='""'), "workspaces.0.id"),
        (workspace(desks="[]"), "workspaces.0.desks"),
        (workspace(population="-1"), "workspaces.0.population"),
        (workspace(desk='"C1"'), "workspaces.0.desk: Extra inputs are not permitted"),
        ("[delay]\nreport = 1", "delay: Extra inputs are not permitted"),
        ('[slack]\ntoken = "x"', "slack.token: Extra inputs are not permitted"),
        (workspace() + "\n" + workspace(), "a workspace is configured twice"),
        ("[web]\nport = 65536", "web.port"),
        ("[limits]\nreports_a_day = 0", "limits.reports_a_day"),
        ('log_level = "TRACE"', "log_level"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_with_its_sentence(
    folder: Path, toml: str, sentence: str
) -> None:
    assert sentence in refused(folder, toml)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:1/", "https://x.gov/"]
)
def test_an_api_address_on_loopback_or_with_tls_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("METOO_SLACK__API_URL", url)
    monkeypatch.setenv("METOO_DISCORD__API_URL", url)
    settings = Settings()
    assert (settings.slack.api_url, settings.discord.api_url) == (url, url)


def test_two_workspaces_of_one_id_on_two_platforms_are_two(folder: Path) -> None:
    (folder / "metoo.toml").write_text(workspace() + "\n" + workspace(platform='"discord"'))
    assert [str(each.workspace) for each in Settings().workspaces] == ["slack:T1", "discord:T1"]


def test_the_example_of_issue_2_says_what_it_says(folder: Path) -> None:
    (folder / "metoo.toml").write_text(
        """
        [[workspaces]]
        platform = "slack"
        id = "T0123"
        desks = ["C0HR"]
        solidarity_channel = "C0SOLIDARITY"
        digest_channel = "C0GENERAL"
        digest_at = "Mon 09:00"
        timezone = "Europe/Berlin"
        population = 60

        [delays]
        report = ["15m", "4h"]
        batch = ["5m", "15m"]
        statement = ["7d", "21d"]
        """
    )
    settings = Settings()
    (only,) = settings.workspaces
    assert only.workspace == Workspace("slack", "T0123")
    assert only.place("C0HR") == Place(only.workspace, "C0HR")
    assert (only.population, weekday_and_time(only.digest_at)) == (60, (0, 9, 0))
    assert settings.delays.report == (timedelta(minutes=15), timedelta(hours=4))
    assert settings.delays == type(settings.delays)()
    assert Workplaces(settings).for_workspace(Workspace("slack", "T0123")) is only


def test_delays_of_nothing_are_allowed(folder: Path) -> None:
    (folder / "metoo.toml").write_text('[delays]\nreport = ["0s", "0s"]')
    assert Settings().delays.report == (timedelta(0), timedelta(0))


def test_a_workspace_that_is_not_ours_is_refused_kindly() -> None:
    with pytest.raises(Refusal, match="not set up for this workplace"):
        Workplaces(Settings()).serving(Workspace("slack", "T9"))


NAMES: dict[str, tuple[str, Callable[[Settings], object]]] = {
    "METOO_SLACK__BOT_TOKEN": ("xoxb-1", lambda s: s.slack.bot_token.get_secret_value()),
    "METOO_SLACK__APP_TOKEN": ("xapp-1", lambda s: s.slack.app_token.get_secret_value()),
    "METOO_SLACK__SIGNING_SECRET": ("signed", lambda s: s.slack.signing_secret.get_secret_value()),
    "METOO_SLACK__API_URL": ("https://slack-gov.com/api/", lambda s: s.slack.api_url),
    "METOO_DISCORD__TOKEN": ("discord-1", lambda s: s.discord.token.get_secret_value()),
    "METOO_DISCORD__API_URL": ("http://127.0.0.1:1/api", lambda s: s.discord.api_url),
    "METOO_STORAGE__URL": ("sqlite:////srv/store.db", lambda s: s.storage.url),
    "METOO_KEYS__FILE": ("/srv/root.key", lambda s: str(s.keys.file)),
    "METOO_WEB__HOST": ("::1", lambda s: s.web.host),
    "METOO_WEB__PORT": ("1234", lambda s: str(s.web.port)),
}


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_that_is_documented_works(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    value, read = NAMES[name]
    assert read(Settings()) != value
    monkeypatch.setenv(name, value)
    assert read(Settings()) == value


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lower", [False, True])
def test_every_variable_can_be_a_credential_file(
    monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, lower: bool
) -> None:
    value, read = NAMES[name]
    credentials = folder / "credentials"
    credentials.mkdir()
    (credentials / (name.lower() if lower else name)).write_text(value + "\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert read(Settings()) == value


def test_a_credential_of_another_service_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "db_password").write_text("whatever")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert Settings() == Settings(log_level="INFO")


def test_a_credentials_directory_that_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder / "nowhere"))
    with pytest.raises(SettingsError, match="does not exist"):
        Settings()


def test_the_environment_beats_credentials_and_both_beat_the_file(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "metoo.toml").write_text(
        '[slack]\nbot_token = "file"\napp_token = "file"\nsigning_secret = "file"'
    )
    credentials = folder / "credentials"
    credentials.mkdir()
    for name in ("METOO_SLACK__BOT_TOKEN", "METOO_SLACK__APP_TOKEN"):
        (credentials / name).write_text("credential")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("METOO_SLACK__BOT_TOKEN", "environment")
    slack = Settings().slack
    found = [each.get_secret_value() for each in (slack.bot_token, slack.app_token, slack.signing_secret)]
    assert found == ["environment", "credential", "file"]


def test_the_file_is_where_metoo_config_says(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "other.toml").write_text('log_level = "ERROR"')
    (folder / "metoo.toml").write_text('log_level = "WARNING"')
    assert Settings().log_level == "WARNING"
    monkeypatch.setenv("METOO_CONFIG", str(folder / "other.toml"))
    assert Settings().log_level == "ERROR"
    monkeypatch.setenv("METOO_CONFIG", str(folder / "missing.toml"))
    with pytest.raises(Misconfigured, match="there is no such file"):
        Settings()


def test_a_dotenv_file_is_not_read(folder: Path) -> None:
    (folder / ".env").write_text("METOO_LOG_LEVEL=ERROR\n")
    assert Settings().log_level == "INFO"


@pytest.mark.parametrize(
    "name", ["METOO_SLACK__BOT_TOKEN", "METOO_SLACK__SIGNING_SECRET", "METOO_DISCORD__TOKEN"]
)
def test_a_token_is_in_no_representation(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, TOKEN)
    settings = Settings()
    assert TOKEN not in repr(settings) + str(settings) + settings.model_dump_json() + str(
        settings.model_dump()
    )


@pytest.mark.parametrize(
    "toml",
    [
        f'[slack]\nbot_token = ["{TOKEN}"]',
        f'[slack]\ntoken = "{TOKEN}"',
        f'slack = "{TOKEN}"',
        f'[discord]\ntoken = {{ value = "{TOKEN}" }}',
        f'[slack]\napi_url = "https://x:{TOKEN}@slack.com/"',
        f'[slack]\napi_url = "{TOKEN}"',
        f'[delays]\nreport = "{TOKEN}"',
        f'token = "{TOKEN}"',
    ],
)
def test_a_token_in_the_wrong_place_is_in_no_error(folder: Path, toml: str) -> None:
    (folder / "metoo.toml").write_text(toml)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert TOKEN not in str(caught.value) + repr(caught.value)


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(Settings(), "log_level", "DEBUG")  # noqa: B010 - the point of it


@pytest.mark.parametrize(
    "address", ["", "https://files.example/", "http://127.0.0.1:8766/", "http://localhost/"]
)
def test_a_public_address_is_https_or_loopback_or_none(folder: Path, address: str) -> None:
    (folder / "metoo.toml").write_text(f'[web]\npublic_url = "{address}"\n{workspace()}')
    settings = Settings()
    assert settings.web.public_url == address
    assert not settings.workspaces[0].attachments


@pytest.mark.parametrize(
    ("inbox", "locked"),
    [
        ("server", set()),
        ("passphrase", {"C1", "C2"}),
        ({"C2": "passphrase"}, {"C2"}),
        ({"C1": "server", "C2": "server"}, set()),
    ],
)
def test_inboxes_are_locked_for_all_desks_or_for_some(inbox: object, locked: set[str]) -> None:
    given = {"platform": "slack", "id": "T1", "desks": ["C1", "C2"], "inbox": inbox}
    settings = WorkspaceSettings.model_validate(given)
    assert {channel for channel in settings.desks if settings.locks(channel)} == locked


@pytest.mark.parametrize(
    ("inbox", "said"),
    [
        ("password", 'it is "server" or "passphrase"'),
        ({"C1": "yes"}, 'it is "server" or "passphrase"'),
        ({"C9": "passphrase"}, "inbox names C9, which is not among desks"),
    ],
)
def test_a_lock_that_cannot_be_is_a_sentence(inbox: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        WorkspaceSettings.model_validate({"platform": "slack", "id": "T1", "desks": ["C1"], "inbox": inbox})
