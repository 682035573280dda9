from __future__ import annotations

import ast
import asyncio
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import structlog

from bot import logs
from bot.logs import ALLOWED, HELD_DOWN
from tests.bot.surroundings import logging_put_back
from tests.world import World, card, said

SECRET = "planted-payload-4711"
LIBRARIES = (
    "discord.http",
    "discord.gateway",
    "slack_sdk.web.async_client",
    "slack_bolt.AsyncApp",
    "aiohttp.access",
    "sqlalchemy.engine.Engine",
    "aiosqlite",
    "alembic.runtime.migration",
    "asyncio",
    "matplotlib.font_manager",
    "PIL.PngImagePlugin",
    "something.that.came.with.an.update",
)
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@pytest.fixture
def out() -> Iterator[StringIO]:
    with logging_put_back():
        yield StringIO()


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_librarys_record_shows_where_and_how_serious_and_none_of_its_words(
    out: StringIO, library: str
) -> None:
    logs.configure("DEBUG", out)
    logger = logging.getLogger(library)
    logger.warning("body: %s", SECRET, extra={"payload": SECRET})
    logger.error(SECRET)
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("%(a)s", {"a": SECRET}, stack_info=True)
    lines = [json.loads(each) for each in out.getvalue().splitlines()]
    assert [each["level"] for each in lines] == ["warning", "error", "error"]
    assert {each["library"] for each in lines} == {library}
    assert [each.get("error") for each in lines] == [None, None, "ValueError"]
    assert set().union(*lines) == {"level", "library", "at", "error"}
    assert all(each["at"].startswith("test_logs:") for each in lines)
    assert SECRET not in out.getvalue()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_libraries_are_silent_below_warning_at_every_level(out: StringIO, library: str, level: str) -> None:
    logs.configure(level, out)
    logger = logging.getLogger(library)
    kept = logger.level
    try:
        for own in (kept, logging.NOTSET, logging.DEBUG):  # an SDK may set its own loggers' level
            logger.setLevel(own)
            logger.debug(SECRET)
            logger.info(SECRET)
    finally:
        logger.setLevel(kept)
    assert out.getvalue() == ""


def test_a_level_above_warning_holds_for_libraries_too(out: StringIO) -> None:
    logs.configure("ERROR", out)
    for library in LIBRARIES:
        logging.getLogger(library).warning(SECRET)
    assert out.getvalue() == ""
    assert {logging.getLogger(each).level for each in HELD_DOWN} == {logging.ERROR}


def test_a_handler_that_somebody_put_there_before_is_gone(out: StringIO) -> None:
    before = StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(before))
    logs.configure("DEBUG", out)
    logging.getLogger("discord.http").warning(SECRET)
    assert before.getvalue() == ""
    assert len(logging.getLogger().handlers) == 1


def test_our_lines_are_json_with_an_event_and_a_level(out: StringIO) -> None:
    logs.configure("INFO", out)
    structlog.get_logger("x").warning("delivery waits", kind="report", outbox="00ff", error="Denied")
    assert json.loads(out.getvalue()) == {
        "event": "delivery waits",
        "level": "warning",
        "module": "x",
        "kind": "report",
        "outbox": "00ff",
        "error": "Denied",
    }


@pytest.mark.parametrize("level", LEVELS)
def test_our_own_lines_hold_no_field_that_is_not_allowed(out: StringIO, level: str) -> None:
    logs.configure(level, out)
    log = structlog.get_logger("x").bind(user=SECRET, platform="slack")
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("defect", text=SECRET, body={"a": SECRET}, args=(SECRET,))
        log.error("defect", exc_info=True, stack_info=True, message=SECRET, values=[SECRET])
    with structlog.contextvars.bound_contextvars(actor=SECRET):
        log.critical("defect", _record=SECRET, positional_args=(SECRET,))
    lines = [json.loads(each) for each in out.getvalue().splitlines()]
    assert len(lines) == 3
    assert all(set(each) == {"event", "level", "module", "platform"} for each in lines)
    assert SECRET not in out.getvalue()


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_below_the_level_is_not_said(out: StringIO, level: str) -> None:
    logs.configure(level, out)
    log = structlog.get_logger("x")
    for each in ("debug", "info", "warning", "error"):
        getattr(log, each)("event")
    written = [json.loads(each)["level"] for each in out.getvalue().splitlines()]
    assert written == [each.lower() for each in LEVELS[LEVELS.index(level) :]]


def test_no_field_for_a_person_or_a_text_is_allowed() -> None:
    configured = {"user", "actor", "text", "body", "value", "values", "message", "exc_info", "args", "ref"}
    assert not set(ALLOWED) & configured


HARMLESS = {
    "error": "Denied",
    "kind": "report",
    "outbox": "00ff",
    "at": "step:12 < handle:40",
    "platform": "slack",
    "duration": 1.5,
    "outcome": "stopped",
    "times": "5–9",
}


@pytest.mark.parametrize(
    "value",
    [
        "words of a person, as they were typed",
        ValueError(SECRET),
        {"a": SECRET},
        [SECRET],
        (SECRET,),
        SECRET.encode(),
        f"first\n{SECRET}",
        "\u202e\x1b[31m",
        True,
        None,
        "x" * 1000,
        type("Sly", (str,), {})("Denied"),
        type("SlyNumber", (int,), {"__repr__": lambda _: SECRET, "__str__": lambda _: SECRET})(1),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_field_that_is_allowed_takes_only_what_looks_as_it_should(out: StringIO, value: object) -> None:
    logs.configure("DEBUG", out)
    assert set(HARMLESS) < set(ALLOWED)
    structlog.get_logger("x").error("defect", **HARMLESS)
    structlog.get_logger("x").error(
        "defect", **dict.fromkeys(set(ALLOWED) - {"event", "level", "module"}, value)
    )
    good, bad = (json.loads(each) for each in out.getvalue().splitlines())
    assert good == {"event": "defect", "level": "error", "module": "x"} | HARMLESS
    assert {name: bad[name] for name in bad if name not in {"event", "level", "module"}} == {}
    assert SECRET not in out.getvalue()


def test_what_is_said_instead_of_an_event_is_no_event(out: StringIO) -> None:
    logs.configure("DEBUG", out)
    structlog.get_logger("x").error(f"{SECRET}\n{{}}")
    structlog.get_logger("x").error(ValueError(SECRET))
    structlog.get_logger("x").error("%s", SECRET)
    assert {json.loads(each)["event"] for each in out.getvalue().splitlines()} == {"unnamed"}
    assert SECRET not in out.getvalue()


def test_what_a_persons_action_ran_into_is_said_later_together_and_in_no_order(out: StringIO) -> None:
    logs.configure("INFO", out)
    log = structlog.get_logger("x")
    logs.held.begin()
    for _ in range(7):
        log.error("store failed", error="StoreError")
    log.error("defect", error="LookupError", at="b:2")
    log.error("defect", error="LookupError", at="a:1")
    log.warning("connection failed", platform="slack")
    assert [json.loads(each)["event"] for each in out.getvalue().splitlines()] == ["connection failed"]
    logs.held.tell()
    told = [json.loads(each) for each in out.getvalue().splitlines()[1:]]
    assert [each.get("at", "") for each in told] == ["a:1", "b:2", ""]
    assert [each.get("times") for each in told] == [None, None, "5–9"]
    logs.held.tell()
    log.error("defect", error="KeyError")
    logs.held.end()
    log.error("defect", error="KeyError")
    assert len(out.getvalue().splitlines()) == 6


def test_however_much_goes_wrong_what_is_held_stays_small(out: StringIO) -> None:
    logs.configure("INFO", out)
    logs.held.begin()
    for n in range(logs.MOST_HELD + 500):
        structlog.get_logger("x").error("defect", at=f"step:{n}")
    logs.held.end()
    assert len(out.getvalue().splitlines()) == logs.MOST_HELD


def test_every_line_that_is_held_back_is_one_of_ours() -> None:
    ours = {str(call.args[0].value) for _, call in calls() if isinstance(call.args[0], ast.Constant)}
    assert ours >= logs.HELD_BACK
    assert all(logs.ALLOWED["event"].fullmatch(each) for each in ours if logs.ALLOWED["event"])


def calls() -> list[tuple[str, ast.Call]]:
    root = Path(logs.__file__).parent.parent
    found = []
    for package in ("bot", "adapters", "storage"):
        for file in sorted((root / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "_log"
                ):
                    found.append((f"{file.relative_to(root)}:{node.lineno}", node))
    return found


def test_every_line_of_ours_is_a_fixed_sentence_so_that_no_text_can_get_in() -> None:
    found = calls()
    assert len(found) > 10
    for where, call in found:
        assert len(call.args) == 1, where
        assert isinstance(call.args[0], ast.Constant), where
        assert all(each.arg is not None for each in call.keywords), f"{where} passes fields nobody can see"


def test_no_error_is_put_into_a_line_itself() -> None:
    """Of an error only its kind may be said; an error's words may be a payload."""
    for where, call in calls():
        for each in call.keywords:
            bare = isinstance(each.value, ast.Name) and each.value.id in {"error", "e", "exc"}
            words = isinstance(each.value, ast.Call) and ast.unparse(each.value.func) in {"str", "repr"}
            assert not bare, where
            assert not (words and "error" in ast.unparse(each.value)), where
            assert each.arg not in {"exc_info", "stack_info"}, where


async def test_nothing_that_a_person_does_writes_a_line_even_at_debug(w: World, out: StringIO) -> None:
    logs.configure("DEBUG", out)
    for level in ("", *HELD_DOWN):
        assert logging.getLogger(level).getEffectiveLevel() in {logging.DEBUG, logging.WARNING}
    sent = await w.report("P20", text=SECRET, category="touch", named=("P9",))
    assert sent.title == "Your report is saved"
    say = card(await w.press("P21", card(await w.act("P21", "menu")), "Say me too"))
    kept = card(await w.press("P21", say, "Me too"))
    assert "Your choice is kept" in said(kept)
    back = card(await w.press("P21", kept, "Take back"))
    assert said(back) == said(kept)
    await w.act("P21", "support")
    await w.act("P21", "promises")
    await w.act("P21", "receipt")
    await asyncio.gather(*(w.press(f"P{n}", say, "Me too") for n in range(22, 40)))
    for forged in ("nothing", "voice.stand", "tell.send", "desk.read"):
        await w.act("P40", forged, "ff" * 16)
    await w.write("P41", text="")
    await w.pass_time(timedelta(hours=5))
    assert len(w.posts("hr-desk")) == 1
    await w.read("P30", w.posts("hr-desk")[0])
    assert out.getvalue() == ""
