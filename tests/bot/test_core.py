from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from bot import i18n, logs
from bot.core import Core
from bot.errors import (
    Denied,
    Gone,
    Misconfigured,
    RateLimited,
    Refusal,
    StoreError,
    StoreLocked,
    Unreachable,
    UnsealError,
)
from bot.model import Actor, Card, Event, Form, Reply, Standing, TextField, Workspace
from tests.bot.surroundings import logging_put_back
from tests.world import WORKSPACE, World, card, labels, said

SECRET = "words of a person"
RECORD = bytes(range(16))


@pytest.fixture
def lines() -> Iterator[StringIO]:
    out = StringIO()
    with logging_put_back():
        logs.configure("DEBUG", out)
        yield out


def event(action: str = "step", ref: str = "", locale: str = "en") -> Event:
    return Event(Actor(WORKSPACE, "P20", locale, Standing.MEMBER), action, ref, {"text": (SECRET,)})


def raising(error: BaseException) -> Core:
    async def step(event: Event) -> Reply:
        raise error

    return Core({"step": step, "tell.send": step})


class Nameless(Exception):
    """An error that cannot even be printed."""

    def __str__(self) -> str:
        raise RuntimeError(SECRET)

    __repr__ = __str__


async def test_a_step_answers_with_what_it_says() -> None:
    form = Form("metoo", card(await Core().handle(event())).buttons[0].to, (TextField("text", "x"),), "Send")

    async def step(event: Event) -> Reply:
        return form

    assert await Core({}, {"step": step}).handle(event()) is form


@pytest.mark.parametrize("action", ["", "unknown", "step.", "STEP", "__init__", "a" * 5000, "\0", "🦜"])
async def test_an_action_that_nobody_knows_is_an_old_button(action: str, lines: StringIO) -> None:
    answer = card(await Core().handle(event(action, "x" * 5000)))
    assert "This button is from an earlier version" in said(answer)
    assert labels(answer) == ["Find support", "Back to the menu"]
    assert lines.getvalue() == ""


@pytest.mark.parametrize(
    ("error", "told", "kind"),
    [
        (ValueError(SECRET), "Something went wrong on our side, and this was not done.", "ValueError"),
        (KeyError(SECRET), "Something went wrong on our side", "KeyError"),
        (AssertionError(SECRET), "Something went wrong on our side", "AssertionError"),
        (RecursionError(SECRET), "Something went wrong on our side", "RecursionError"),
        (TimeoutError(SECRET), "Something went wrong on our side", "TimeoutError"),
        (StopAsyncIteration(SECRET), "Something went wrong on our side", ""),
        (ExceptionGroup(SECRET, [OSError(SECRET)]), "Something went wrong on our side", "ExceptionGroup"),
        (Nameless(), "Something went wrong on our side", "Nameless"),
        (Misconfigured(SECRET), "Something went wrong on our side", "Misconfigured"),
        (StoreError(SECRET), "This could not be saved just now", "StoreError"),
        (StoreLocked(SECRET), "This could not be saved just now", "StoreLocked"),
        (Unreachable(SECRET), "The platform does not answer just now", "Unreachable"),
        (RateLimited(7), "The platform does not answer just now", "RateLimited"),
        (Denied(SECRET), "The platform does not answer just now", "Denied"),
        (Gone(SECRET), "The platform does not answer just now", "Gone"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
async def test_whatever_a_step_raises_the_answer_is_one_calm_sentence(
    lines: StringIO, error: Exception, told: str, kind: str
) -> None:
    answer = card(await raising(error).handle(event()))
    assert told in said(answer)
    assert {"Find support", "Back to the menu"} <= set(labels(answer))
    assert answer.aside
    (line,) = [json.loads(each) for each in lines.getvalue().splitlines()]
    assert line["error"] == kind or not kind
    for where in (lines.getvalue(), repr(answer), said(answer)):
        assert SECRET not in where
        assert "P20" not in where


async def test_a_defect_is_logged_with_where_it_happened_and_no_more(lines: StringIO) -> None:
    await raising(ValueError(SECRET)).handle(event())
    (line,) = [json.loads(each) for each in lines.getvalue().splitlines()]
    assert set(line) == {"event", "level", "module", "error", "at"}
    assert line["at"].startswith("step:")


async def test_an_unreadable_record_is_named_by_its_number_only(lines: StringIO) -> None:
    answer = card(await raising(UnsealError("reports", "body", RECORD)).handle(event(ref="00" * 16)))
    assert "cannot be opened" in said(answer)
    assert RECORD.hex()[:8] in said(answer)
    (line,) = [json.loads(each) for each in lines.getvalue().splitlines()]
    assert line == {
        "event": "record cannot be opened",
        "level": "error",
        "module": "bot.core",
        "table": "reports",
        "record": RECORD.hex(),
    }


async def test_a_refusal_is_translated_and_leaves_no_line(
    lines: StringIO, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    catalogue = Catalog()
    catalogue.add("Only {n} more.", "Nur noch {n}.")
    (tmp_path / "qaa" / "LC_MESSAGES").mkdir(parents=True)
    with (tmp_path / "qaa" / "LC_MESSAGES" / "metoo.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    refusing = raising(Refusal("Only {n} more.", n=7))
    assert "Only 7 more." in said(card(await refusing.handle(event())))
    assert "Nur noch 7." in said(card(await refusing.handle(event(locale="qaa-QA"))))
    assert lines.getvalue() == ""


@pytest.mark.parametrize("action", ["step", "tell.send"])
@pytest.mark.parametrize("ref", ["x" * 64, "x" * 65, "x" * 5000, "🦜" * 64])
@pytest.mark.parametrize("error", [Refusal("No."), StoreError(), Unreachable(), ValueError()], ids=repr)
async def test_a_reference_that_no_button_can_carry_raises_nothing(
    lines: StringIO, error: Exception, ref: str, action: str
) -> None:
    answer = card(await raising(error).handle(event(action, ref)))
    assert "Find support" in labels(answer)
    assert all(len(button.to.ref) <= 64 for button in answer.buttons)


async def test_what_failed_can_be_tried_again_with_the_same_reference(lines: StringIO) -> None:
    answer = card(await raising(StoreError()).handle(event("tell.send", "A" * 43)))
    again = {button.label: button.to for button in answer.buttons}["Try again"]
    assert (again.action, again.ref) == ("tell.send", "A" * 43)


async def test_being_stopped_is_no_defect(lines: StringIO) -> None:
    with pytest.raises(asyncio.CancelledError):
        await raising(asyncio.CancelledError()).handle(event())
    assert lines.getvalue() == ""


ODD = (
    "",
    "de",
    "de-DE",
    "de_AT",
    "DE-de",
    "pt-BR",
    "zh-Hant-TW",
    "es-419",
    "x",
    "../../../etc",
    "de/../../x",
    "\0",
    "de\0",
    "🦜",
    "C.UTF-8",
    "{locale}",
    "de" * 5000,
    " de",
    "de\n",
)


async def test_a_locale_however_odd_gets_an_answer(w: World) -> None:
    for locale in ODD:
        for action in ("menu", "tell", "support", "nothing"):
            answer = card(await w.act("P20", action, locale=locale))
            assert answer.title
            assert "went wrong" not in said(answer)


async def test_a_workspace_that_is_not_ours_is_told_so(w: World, lines: StringIO) -> None:
    actions = ("menu", "say", "tell", "tell.preview", "tell.send", "voice.stand", "desk.read")
    assert set(actions) <= set(w.service.core._steps)
    for platform in ("slack", "nowhere", ""):
        actor = Actor(Workspace(platform, "T1"), "P20", "en", Standing.MEMBER)
        for action in actions:
            reply = await w.service.core.handle(Event(actor, action, "A" * 43, {"text": (SECRET,)}))
            assert "is not set up for this workplace yet" in said(card(reply)), action
    assert lines.getvalue() == ""


async def test_no_step_has_a_defect_however_empty_or_odd_its_event_is(w: World, lines: StringIO) -> None:
    for standing in (Standing.MEMBER, Standing.UNKNOWN):
        actor = Actor(WORKSPACE, "P20", "en", standing)
        for action in w.service.core._steps:
            for ref in ("", "A" * 43, "ff" * 16, "🦜\0"):
                for values in ({}, {"text": ()}, {"text": ("x",), "choice": ("zz",), "words": ("\0",)}):
                    reply = await w.service.core.handle(Event(actor, action, ref, values))
                    assert isinstance(reply, Card | Form)
    assert lines.getvalue() == ""
