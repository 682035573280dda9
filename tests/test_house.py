from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "adapters", "storage")

ALLOWED = {
    "cryptography",
    "click",
    "pydantic",
    "pydantic_settings",
    "structlog",
    "prometheus_client",
    "cronsim",
}
ALLOWED |= {"shamir_mnemonic"}
ALLOWED |= {"stamina", "PIL", "pikepdf"}  # pikepdf rebuilds PDFs, and only in the scrubbing process
LAZY = {"matplotlib", "fpdf", "opendp"}  # each costs much to import, and only some workplaces need it
"""Third-party packages of `bot` (DESIGN §4), and those that only a function may import."""

MOST_LINES = 300
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
TEXT = {
    ".py",
    ".toml",
    ".txt",
    ".md",
    ".cfg",
    ".sh",
    ".json",
    ".yaml",
    ".yml",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".po",
}
TEXT |= {"", ".example", ".mako"}

MACHINE = re.compile(r"(?<![\w.~:/])/(?:home|root|work|Users)/[\w.-]+")
INDEX = re.compile(
    r"--(?:extra-)?index-url\b|https?://\S*/simple/|https?://[\w.-]*(?:pypi\.|devpi|nexus|artifactory)"
)
HERE = Path(__file__)


def files() -> list[Path]:
    """What is, or is about to be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - fixed words
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def modules(*folders: str) -> list[Path]:
    return sorted(path for name in folders for path in (ROOT / name).rglob("*.py"))


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def found_in(paths: Iterable[Path], check: Callable[[str], list[str]]) -> dict[str, list[str]]:
    """What a check finds in each file, without the files in which it finds nothing."""
    found = {ids(path): check(path.read_text("utf-8")) for path in paths}
    return {path: each for path, each in found.items() if each}


def imports(tree: ast.AST, *, inside: bool = False) -> Iterator[tuple[str, bool]]:
    """Top-level names of what is imported, with whether a function or a type check is around it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((each.name.split(".")[0], inside) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], inside
        around = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        )
        yield from imports(node, inside=inside or around)


def strangers(source: str) -> list[str]:
    """Packages that `bot` must not import, or not at that place."""
    return [
        name
        for name, inside in imports(ast.parse(source))
        if name not in sys.stdlib_module_names
        and name not in {"bot", *ALLOWED}
        and not (name in LAZY and inside)
    ]


def bots(source: str) -> list[str]:
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and node.name == "Bot"
    ]


def overlong(source: str) -> list[str]:
    lines = len(source.splitlines())
    return [f"{lines} lines"] if lines > MOST_LINES else []


def vague(path: Path) -> bool:
    return bool(VAGUE & {*path.parts[:-1], path.stem})


def addresses(text: str) -> list[str]:
    return [found[0] for found in (*INDEX.finditer(text), *MACHINE.finditer(text))]


def unpinned(requirements: str) -> list[str]:
    """Requirements without an exact version and a hash, and lines that name an address."""
    joined = requirements.replace("\\\n", " ").splitlines()
    lines = [line.strip() for line in joined if line.strip() and not line.lstrip().startswith("#")]
    return [
        line.split()[0]
        for line in lines
        if not re.match(r"[\w.\[\]-]+==\S+", line) or "--hash=sha256:" not in line or "://" in line
    ]


def test_bot_imports_only_the_libraries_it_may() -> None:
    mine = [path for path in modules("bot") if path.name != "__main__.py"]
    assert found_in(mine, strangers) == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import aiohttp", ["aiohttp"]),
        ("from sqlalchemy.ext import asyncio", ["sqlalchemy"]),
        ("def f():\n    import discord", ["discord"]),
        ("import matplotlib", ["matplotlib"]),
        ("def f():\n    from matplotlib.figure import Figure", []),
        ("if TYPE_CHECKING:\n    from matplotlib.figure import Figure", []),
        ("if True:\n    import fpdf", ["fpdf"]),
        ("import json, click\nfrom bot.model import Card\nfrom . import ports", []),
        ("from adapters.slack import events", ["adapters"]),
    ],
)
def test_a_library_bot_may_not_import_would_be_found(source: str, found: list[str]) -> None:
    assert strangers(source) == found


def test_modules_are_short() -> None:
    assert found_in(modules(*PACKAGES), overlong) == {}


def test_an_overlong_module_would_be_found() -> None:
    assert overlong("x = 1\n" * MOST_LINES) == []
    assert overlong("x = 1\n" * (MOST_LINES + 1)) == [f"{MOST_LINES + 1} lines"]


def test_modules_are_named_for_what_they_hold() -> None:
    assert [ids(path) for path in modules(*PACKAGES, "tests") if vague(path.relative_to(ROOT))] == []


@pytest.mark.parametrize("name", ["bot/utils.py", "storage/common/rows.py", "tests/bot/helpers.py"])
def test_a_vague_name_would_be_found(name: str) -> None:
    assert vague(Path(name))


def test_no_class_is_called_bot() -> None:
    assert found_in(modules(*PACKAGES, "tests"), bots) == {}


def test_a_class_called_bot_would_be_found() -> None:
    assert bots("def f():\n    class Bot:\n        pass\nclass Robot: pass") == ["Bot"]


def test_no_package_hides_another_below_tests() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_folders_of_tests_mirror_the_packages() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder).is_dir()] == []


def test_no_file_names_a_package_index_or_a_place_on_a_machine() -> None:
    texts = [path for path in files() if path.suffix in TEXT and path != HERE]
    assert len(texts) > 20
    assert found_in(texts, addresses) == {}


@pytest.mark.parametrize(
    "text",
    [
        "/home/me/metoo",
        "x = '/root/.cache'",
        "cd /work/main",
        "(/Users/me)",
        "--index-url https://x",
        "--extra-index-url=y",
        "https://pypi.org/project/click",
        "http://devpi/x",
        "https://mirror.example/python/simple/click",
    ],
)
def test_a_package_index_or_a_place_on_a_machine_would_be_found(text: str) -> None:
    assert addresses(text)


@pytest.mark.parametrize("text", ["https://example.org/home/page", "docs/work/done", "/roots/of", "~/root/x"])
def test_what_only_looks_like_a_place_is_none(text: str) -> None:
    assert addresses(text) == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_by_hash_and_name_no_address(name: str) -> None:
    assert unpinned((ROOT / name).read_text("utf-8")) == []


def test_development_installs_all_that_runs() -> None:
    run, dev = ((ROOT / name).read_text("utf-8") for name in ("requirements.txt", "requirements-dev.txt"))
    assert set(re.findall(r"^\S+==\S+", run, re.MULTILINE)) <= set(
        re.findall(r"^\S+==\S+", dev, re.MULTILINE)
    )


@pytest.mark.parametrize(
    "line",
    [
        "click==8.5.1\n",
        "click>=8 --hash=sha256:00\n",
        "click @ https://example.org/click.whl --hash=sha256:00\n",
        "--find-links https://example.org\n",
    ],
)
def test_a_requirement_that_is_not_pinned_would_be_found(line: str) -> None:
    assert unpinned("idna==3.20 \\\n    --hash=sha256:00\n" + line) == [line.split(maxsplit=1)[0]]
