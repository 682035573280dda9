from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import click
import pytest
from click.shell_completion import BashComplete, FishComplete, ZshComplete
from click.testing import CliRunner, Result

from bot import passphrase
from bot.cli import Programs, command
from bot.config import Settings
from bot.control import Tell
from bot.envelope import key_id
from bot.errors import Misconfigured, StoreLocked
from bot.findings import Finding, Remark, findings
from bot.key_commands import KeyPrograms
from bot.key_commands import passphrase as typed_passphrase
from bot.keys import KeyFile, checksum
from bot.paper_key import sheets_of
from bot.proof import grouped
from bot.providers import Services, StoredKey
from tests.bot.surroundings import cleared, logging_put_back

TOKEN = "xoxb-made-up-1234567890"


async def nothing(*given: Any) -> None:
    """A program that ends at once."""


async def no_problem(settings: Settings, *given: Any) -> list[str]:
    return []


async def nothing_found(settings: Settings) -> list[Finding]:
    return []


async def root(settings: Settings, file: Path | None) -> bytes:
    return bytes(range(32))


def no_service(settings: Settings) -> Services:
    return {}


async def done(settings: Settings, asked: Mapping[str, str], tell: Tell) -> str:
    tell(1, 2)
    tell(2, 2)
    return " ".join(f"{name} {value}" for name, value in asked.items())


def manifest(settings: Settings) -> dict[str, Any]:
    return {"said": f"ü {len(settings.workspaces)}"}


KEYS = KeyPrograms(root, no_service, done, Random(1))
PROGRAMS = Programs(
    nothing,
    nothing_found,
    nothing,
    no_problem,
    no_problem,
    KEYS,
    no_problem,
    no_problem,
    nothing,
    no_problem,
    manifest,
    no_problem,
)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    cleared(monkeypatch, tmp_path)
    monkeypatch.delenv("PORT", raising=False)
    with logging_put_back():
        yield tmp_path


def call(*said: str, programs: Programs = PROGRAMS, typed: str = "") -> Result:
    return CliRunner().invoke(command(programs), said, input=typed)


def paths(group: click.Command, so_far: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield so_far
    if isinstance(group, click.Group):
        for name, each in group.commands.items():
            yield from paths(each, (*so_far, name))


@pytest.mark.parametrize("path", list(paths(command(PROGRAMS))), ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_says_what_it_does(path: tuple[str, ...], option: str) -> None:
    result = call(*path, option)
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")
    assert result.output.split("\n\n")[1].rstrip().endswith(".")


def test_the_commands_are_those_the_documents_name() -> None:
    assert {" ".join(path) for path in paths(command(PROGRAMS))} >= {
        "run",
        "check",
        "sandbox",
        "keys new",
        "verify",
    }


def test_a_new_key_is_readable_by_its_owner_alone_and_is_not_shown(folder: Path) -> None:
    result = call("keys", "new", "root.key")
    assert result.exit_code == 0
    assert stat.S_IMODE((folder / "root.key").stat().st_mode) == 0o400
    assert len(KeyFile(folder / "root.key").root()) == 32
    assert KeyFile(folder / "root.key").root().hex() not in result.output
    assert "keep a copy offline" in result.output


def test_a_key_is_never_overwritten(folder: Path) -> None:
    call("keys", "new", "root.key")
    before = (folder / "root.key").read_bytes()
    result = call("keys", "new", "root.key")
    assert result.exit_code == 1
    assert "already, and it was left as it is" in result.output
    assert (folder / "root.key").read_bytes() == before


def test_a_new_key_goes_where_the_settings_say(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("METOO_KEYS__FILE", str(folder / "set.key"))
    assert call("keys", "new").exit_code == 0
    assert (folder / "set.key").exists()


def test_a_new_key_without_a_place_asks_for_one() -> None:
    result = call("keys", "new")
    assert result.exit_code == 2
    assert "Say where" in result.output


def test_a_key_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    result = call("keys", "new", str(folder / "missing" / "root.key"))
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert "cannot be written" in result.output


def test_a_key_under_a_passphrase_is_asked_for_twice_and_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passphrase, "MEMORY", 64)
    said = "three small grey stones"
    result = call("keys", "new", "root.key", "--passphrase", typed=f"{said}\n{said}\n")
    assert result.exit_code == 0, result.output
    assert said not in result.output + (folder / "root.key").read_text()
    assert len(StoredKey(KeyFile(folder / "root.key"), lambda: said, {}).root()) == 32


def test_a_weak_passphrase_makes_no_file(folder: Path) -> None:
    result = call("keys", "new", "root.key", "--passphrase", typed="short\nshort\n")
    assert result.exit_code == 1
    assert "at least 15 characters" in result.output
    assert not (folder / "root.key").exists()


def test_nobody_chooses_a_passphrase_for_a_file_that_is_there(folder: Path) -> None:
    call("keys", "new", "root.key")
    result = call("keys", "new", "root.key", "--passphrase")
    assert "already, and it was left as it is" in result.output
    assert "Passphrase" not in result.output


@pytest.mark.parametrize("name", ["vault", "kms"])
def test_a_service_that_is_not_set_up_makes_no_file(folder: Path, name: str) -> None:
    result = call("keys", "new", "root.key", f"--{name}")
    assert result.exit_code == 1
    assert f"keys.{name} is not set" in result.output
    assert not (folder / "root.key").exists()


def test_the_key_comes_back_from_two_printed_sheets(folder: Path) -> None:
    printed = call("keys", "paper")
    assert printed.exit_code == 0
    sheets = [" ".join(sheet.split("\n\n")[1].split()) for sheet in printed.output.split("\f")]
    result = call("keys", "from-paper", "root.key", typed=f"{sheets[2]}\n{sheets[0]}\n")
    assert result.exit_code == 0, result.output
    assert KeyFile(folder / "root.key").root() == bytes(range(32))
    known = f"The key: id {key_id(bytes(range(32))).hex()}, checksum {checksum(bytes(range(32)))}"
    assert known in result.output
    assert printed.output.count(known) == 3
    assert not any(word in result.output for word in sheets[0].split()[1::2] if len(word) > 7)


def test_a_mistyped_sheet_is_asked_for_again_and_makes_no_file(folder: Path) -> None:
    result = call("keys", "from-paper", "root.key", typed="one two\n\nacademic acid\n")
    assert result.exit_code == 1
    assert "No sheet has such a word: number 1, 2. Please type this sheet again." in result.output
    assert "These are 2 words, and a sheet has 33. Please type this sheet again." in result.output
    assert "(2 of 2)" not in result.output
    assert not (folder / "root.key").exists()


def test_sheets_of_two_keys_make_no_file(folder: Path) -> None:
    other, one = sheets_of(b"k" * 32)[0], sheets_of(bytes(32))[0]
    result = call("keys", "from-paper", "root.key", typed=f"{one}\n{other}\n")
    assert result.exit_code == 1
    assert "Look at each word again" in result.output
    assert not (folder / "root.key").exists()


def test_nobody_types_sheets_for_a_file_that_is_there(folder: Path) -> None:
    call("keys", "new", "root.key")
    result = call("keys", "from-paper", "root.key")
    assert "already, and it was left as it is" in result.output
    assert "Words of one sheet" not in result.output


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (("list",), "do list"),
        (("rotate",), "do rotate"),
        (("rotate", "--root", "next.key"), f"do rewrap root {bytes(range(32)).hex()}"),
        (("retire", "--yes"), "do retire"),
    ],
)
def test_changes_of_keys_are_asked_of_whoever_has_the_store_open(said: tuple[str, ...], asked: str) -> None:
    result = call("keys", *said)
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == asked


def test_old_keys_are_destroyed_only_after_a_yes() -> None:
    result = call("keys", "retire", typed="n\n")
    assert result.exit_code == 1
    assert "Reports in backups from before metoo keys rotate cannot be read any more" in result.output
    assert "do retire" not in result.output
    assert "do retire" in call("keys", "retire", typed="y\n").output


def test_a_passphrase_is_taken_from_a_credential_file_without_a_word_and_from_elsewhere_with_a_warning(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "METOO_KEYS__PASSPHRASE").write_text("three small grey stones")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert typed_passphrase(Settings().keys) == "three small grey stones"
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("METOO_KEYS__PASSPHRASE", "three small brown stones")
    assert typed_passphrase(Settings().keys) == "three small brown stones"
    said = capsys.readouterr().err
    assert "stands in the environment or in metoo.toml" in said
    assert "stones" not in said


def test_a_passphrase_that_nobody_can_type_is_a_sentence() -> None:
    with pytest.raises(Misconfigured, match="nobody is there to type it"):
        typed_passphrase(Settings().keys)


def test_check_lists_what_is_wrong_and_exits_with_1() -> None:
    async def two(settings: Settings) -> list[Finding]:
        return findings("slack", ["The token is wrong.", "The desk is public."])

    result = call("check", programs=replace(PROGRAMS, check=two))
    assert (result.exit_code, result.output) == (1, "- The token is wrong.\n- The desk is public.\n")


def test_check_says_that_all_is_well_and_exits_with_0() -> None:
    result = call("check")
    assert result.exit_code == 0
    assert "Everything that can be tried from here works." in result.output


def test_what_is_only_good_to_know_is_said_and_is_no_mistake() -> None:
    async def remark(settings: Settings) -> list[Finding]:
        return findings("support", [Remark("The list is old.")])

    result = call("check", programs=replace(PROGRAMS, check=remark))
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Not a mistake, but good to know: The list is old.",
        "Everything that can be tried from here works.",
    ]


def test_check_says_the_same_as_json_with_the_part_it_is_about() -> None:
    async def both(settings: Settings) -> list[Finding]:
        return [*findings("slack", ["The desk is “open”."]), *findings("support", [Remark("Old.")])]

    result = call("check", "--json", programs=replace(PROGRAMS, check=both))
    assert result.exit_code == 1
    assert json.loads(result.output) == {
        "ok": False,
        "findings": [
            {"part": "slack", "wrong": True, "said": "The desk is “open”."},
            {"part": "support", "wrong": False, "said": "Old."},
        ],
    }
    well = call("check", "--json")
    assert (well.exit_code, json.loads(well.output)) == (0, {"ok": True, "findings": []})


def test_settings_that_cannot_be_read_are_json_too_and_nothing_was_tried(folder: Path) -> None:
    (folder / "metoo.toml").write_text(f'[slack]\nbot_tokn = "{TOKEN}"')
    result = call("check", "--json")
    told = json.loads(result.output)
    assert (result.exit_code, told["ok"], told["findings"][0]["part"]) == (2, False, "settings")
    assert TOKEN not in result.output


def test_settings_that_this_user_may_not_read_are_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "metoo.toml").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder / "missing"))
    result = call("check")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["run", "check", "sandbox"])
@pytest.mark.parametrize("error", [Misconfigured("No key."), StoreLocked("Somebody has it.")])
def test_an_expected_error_is_one_sentence_and_exit_code_1(name: str, error: Exception) -> None:
    async def fails(*given: Any) -> Any:
        raise error

    result = call(name, programs=replace(PROGRAMS, run=fails, check=fails, sandbox=fails))
    assert (result.exit_code, result.output) == (1, f"Error: {error}\n")


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (f'[slack]\napi_url = "http://{TOKEN}.example/"', "slack.api_url"),
        (f'[slack]\nbot_token = ["{TOKEN}"]', "slack.bot_token"),
        (f'[slack]\nbot_tokn = "{TOKEN}"', "slack.bot_tokn"),
        (f'[web]\nport = "{TOKEN}"', "web.port"),
        (f'[delays]\nreport = ["{TOKEN}", "4h"]', "delays.report"),
    ],
)
@pytest.mark.parametrize("name", ["run", "check"])
def test_a_setting_that_is_refused_is_named_without_its_value(
    folder: Path, name: str, toml: str, told: str
) -> None:
    (folder / "metoo.toml").write_text(toml)
    result = call(name)
    assert result.exit_code == (2 if name == "check" else 1)
    assert result.output.startswith("Error: The settings cannot be used.")
    assert told in result.output
    assert TOKEN not in result.output
    assert "Value error" not in result.output


@pytest.mark.parametrize(
    "content",
    [f'[slack\nbot_token = "{TOKEN}"'.encode(), f"bot_token = {TOKEN}".encode(), b"\xff\xfe[slack]"],
)
def test_a_file_that_is_no_toml_is_a_sentence_without_its_content(folder: Path, content: bytes) -> None:
    (folder / "metoo.toml").write_bytes(content)
    result = call("check")
    assert result.exit_code == 2
    assert result.output.startswith("Error: The settings cannot be read: ")
    assert TOKEN not in result.output
    assert "Traceback" not in result.output


def test_a_variable_that_is_no_json_is_a_sentence_without_its_content(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("METOO_SLACK", TOKEN)
    result = call("run")
    assert result.exit_code == 1
    assert TOKEN not in result.output
    assert result.output.startswith("Error: The settings cannot be")


def test_run_gets_the_settings(folder: Path) -> None:
    (folder / "metoo.toml").write_text("[web]\nport = 1234")
    given: list[Settings] = []

    async def run(settings: Settings) -> None:
        given.append(settings)

    assert call("run", programs=replace(PROGRAMS, run=run)).exit_code == 0
    assert [each.web.port for each in given] == [1234]


@pytest.mark.parametrize(
    ("said", "environment", "expected"),
    [
        ((), {}, (None, None)),
        (("--port", "0"), {}, (0, None)),
        ((), {"PORT": "81"}, (81, None)),
        (("--port", "80", "--data", "kept"), {"PORT": "81"}, (80, Path("kept"))),
    ],
)
def test_the_sandbox_gets_its_port_and_its_folder(
    monkeypatch: pytest.MonkeyPatch,
    said: tuple[str, ...],
    environment: dict[str, str],
    expected: tuple[int | None, Path | None],
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    given: list[tuple[int | None, Path | None]] = []

    async def sandbox(port: int | None, data: Path | None) -> None:
        given.append((port, data))

    assert call("sandbox", *said, programs=replace(PROGRAMS, sandbox=sandbox)).exit_code == 0
    assert given == [expected]


def test_a_port_that_cannot_be_is_refused() -> None:
    assert call("sandbox", "--port", "65536").exit_code == 2


def test_the_sandbox_needs_no_settings_and_reads_none(folder: Path) -> None:
    (folder / "metoo.toml").write_text("nonsense =")
    assert call("sandbox").exit_code == 0


# --- audit verify ---


def test_a_log_that_holds_is_said_to_and_one_that_does_not_is_an_exit_code() -> None:
    assert call("audit", "verify").output == "It holds: no entry is missing or changed.\n"

    async def broken(settings: Settings, head: bytes | None) -> list[str]:
        return ["slack:T1: Entry 2 is missing."]

    result = call("audit", "verify", programs=replace(PROGRAMS, audit=broken))
    assert (result.exit_code, result.output) == (1, "- slack:T1: Entry 2 is missing.\n")


def test_a_head_is_read_as_the_digest_shows_it_and_nothing_else() -> None:
    asked: list[bytes | None] = []

    async def remember(settings: Settings, head: bytes | None) -> list[str]:
        asked.append(head)
        return []

    programs = replace(PROGRAMS, audit=remember)
    typed = grouped(bytes(range(32)))
    for given in (typed, typed.upper(), typed.replace(" ", "")):
        assert call("audit", "verify", "--head", given, programs=programs).exit_code == 0
    assert asked == [bytes(range(32))] * 3
    assert call("audit", "verify", "--head", "abc", programs=programs).exit_code == 2


# --- verify ---

PROVEN: dict[str, Any] = json.loads(Path(__file__).with_name("vectors.json").read_text())["proof"]
HEAD = grouped(bytes.fromhex(PROVEN["root"]))


@pytest.fixture
def proof(folder: Path) -> Path:
    """A folder with a proof, and the record that it is about."""
    (folder / "proof.json").write_text(PROVEN["file"])
    (folder / "record.txt").write_bytes(PROVEN["record_text"].encode())
    (folder / "metoo.toml").write_text("nonsense =")  # it reads no settings
    return folder


def changed(proof: Path, **fields: Any) -> None:
    (proof / "proof.json").write_text(json.dumps(json.loads(PROVEN["file"]) | fields))


@pytest.mark.parametrize("typed", [HEAD, HEAD.upper(), HEAD.replace(" ", ""), f"  {HEAD}\n"])
def test_a_proof_holds_for_the_root_of_its_digest_however_it_is_typed(proof: Path, typed: str) -> None:
    result = call("verify", "proof.json", "--root", typed)
    assert result.exit_code == 0
    assert result.output == (
        f"It holds: a record with the digest {PROVEN['record']} existed when the digest of week 2026-W48 was made.\n"
    )


def test_without_a_root_it_says_what_to_compare_with_which_digest(proof: Path) -> None:
    result = call("verify", "proof.json")
    assert result.exit_code == 0
    assert "Compare this root with the one in the digest of week 2026-W48" in result.output
    assert f"  {HEAD}\n" in result.output
    assert "It holds" not in result.output


def test_a_proof_does_not_hold_for_another_root(proof: Path) -> None:
    other = sha256(b"of another week or workplace").hexdigest()
    result = call("verify", "proof.json", "--root", other)
    assert result.exit_code == 1
    assert result.output.startswith("It does not hold: the proof leads to another root.")


@pytest.mark.parametrize(
    "fields",
    [{"week": "2026-W47"}, {"index": 1}, {"opening": "ab" * 32}, {"record": "ab" * 32}, {"root": "ab" * 32}],
)
@pytest.mark.parametrize("more", [(), ("--root", HEAD)])
def test_a_proof_that_was_changed_does_not_hold(
    proof: Path, fields: dict[str, Any], more: tuple[str, ...]
) -> None:
    changed(proof, **fields)
    result = call("verify", "proof.json", *more)
    assert result.exit_code == 1
    assert result.output == "It does not hold: the proof was changed or is damaged.\n"


def test_a_proof_holds_for_its_record_byte_for_byte_and_for_no_other(proof: Path) -> None:
    given = ("verify", "proof.json", "--root", HEAD, "--record", "record.txt")
    result = call(*given)
    assert result.exit_code == 0
    assert "It holds: the record in that file existed when" in result.output
    record = (proof / "record.txt").read_bytes()
    for other in (record + b"\n", record[:-1], record.replace(b"\r\n", b"\n"), b"", bytes(10 * 1024 * 1024)):
        (proof / "record.txt").write_bytes(other)
        result = call(*given)
        assert result.exit_code == 1
        assert "the proof is about another record, or the file was changed since" in result.output


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cut off, damaged or something else"),
        (PROVEN["file"].encode()[:500], "cut off, damaged or something else"),
        (bytes(10 * 1024 * 1024), "too large"),
        (PROVEN["file"].encode().replace(b'"version": 1', b'"version": 7'), "has version 7"),
        (b"\x89PNG\r\n\x1a\n", "cut off, damaged or something else"),
    ],
)
def test_what_is_no_proof_is_one_sentence_and_exit_code_2(proof: Path, content: bytes, told: str) -> None:
    (proof / "proof.json").write_bytes(content)
    result = call("verify", "proof.json", "--root", HEAD)
    assert result.exit_code == 2
    assert len(result.output.splitlines()) == 1
    assert told in result.output


@pytest.mark.parametrize("typed", ["", "ab", HEAD[:-1], HEAD + " 00"])
def test_what_is_no_root_is_one_sentence_and_exit_code_2(proof: Path, typed: str) -> None:
    result = call("verify", "proof.json", "--root", typed)
    assert (result.exit_code, len(result.output.splitlines())) == (2, 1)
    assert "A root has 64 digits" in result.output


@pytest.mark.parametrize("said", [("gone.json",), ("proof.json", "--record", "gone.txt"), (".",), ()])
def test_a_file_that_is_not_there_is_exit_code_2(proof: Path, said: tuple[str, ...]) -> None:
    result = call("verify", *said)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_file_that_breaks_while_it_is_read_is_one_sentence(
    proof: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Path, mode: str) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", broken)
    result = call("verify", "proof.json")
    assert (result.exit_code, result.output) == (2, "Error: The file cannot be read: Input/output error.\n")


# --- digest ---


def test_the_digest_is_shown_only_as_a_dry_run() -> None:
    async def two(settings: Settings) -> list[str]:
        return ["one workspace", "another"]

    programs = replace(PROGRAMS, digest=two)
    assert call("digest", "--dry-run", programs=programs).output == "one workspace\n\nanother\n"
    refused = call("digest", programs=programs)
    assert refused.exit_code == 2
    assert "Say: metoo digest --dry-run" in refused.output


def test_the_manifest_of_the_slack_app_is_printed_as_json() -> None:
    said = call("slack", "manifest")
    assert (said.exit_code, json.loads(said.output)) == (0, {"said": "ü 0"})


def test_the_readme_shows_what_the_program_says_about_itself() -> None:
    shown = CliRunner().invoke(command(PROGRAMS), ["--help"], prog_name="metoo", terminal_width=80).output
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"```\n$ metoo --help\n{shown}```\n" in readme


def test_every_command_that_the_readme_names_exists() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    known = {" ".join(path) for path in paths(command(PROGRAMS))}
    named = re.findall(r"^metoo ((?:[a-z-]+ ?)+).* # ", readme, re.MULTILINE)
    assert len(named) > 8
    for each in named:
        first, _, second = each.strip().partition(" ")
        assert first in known
        assert not second or f"{first} {second.split()[0]}" in known or first not in {"keys", "audit"}


@pytest.mark.parametrize(("typed", "found"), [("ch", "check"), ("ver", "verify"), ("ba", "backup")])
def test_a_shell_completes_commands(typed: str, found: str) -> None:
    for kind in (BashComplete, ZshComplete, FishComplete):
        shell = kind(command(PROGRAMS), {}, "metoo", "_METOO_COMPLETE")
        assert [each.value for each in shell.get_completions([], typed)] == [found]
    assert "--json" in [each.value for each in shell.get_completions(["check"], "--")]


@pytest.mark.parametrize("path", list(paths(command(PROGRAMS))), ids=" ".join)
def test_help_fits_a_terminal_and_every_option_says_what_it_is(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(command(PROGRAMS), [*path, "--help"], terminal_width=80)
    assert max(map(len, result.output.splitlines())) <= 80
    for line in result.output.partition("Options:")[2].partition("Commands:")[0].splitlines():
        assert not re.fullmatch(r"  -\S+( [A-Z]+)?", line), line
