"""Reporting somebody from where their name stands."""

from __future__ import annotations

import pytest

from bot.model import Actor, Card, Event, Form, People, PersonField, Standing
from tests.world import WORKSPACE, World, card, labels, said


async def name(w: World, *person: str, standing: Standing = Standing.MEMBER) -> Card:
    actor = Actor(WORKSPACE, "P20", standing=standing)
    return card(await w.service.core.handle(Event(actor, "name", values={"named": person})))


def people(shown: Card) -> list[tuple[str, ...]]:
    return [each.ids for each in shown.body if isinstance(each, People)]


async def start(w: World, shown: Card) -> Form:
    form = await w.press("P20", shown, "Start writing")
    assert isinstance(form, Form)
    return form


def filled(form: Form) -> tuple[str, ...]:
    (named,) = (each for each in form.fields if isinstance(each, PersonField))
    return named.value


async def test_who_would_be_named_is_shown_with_all_that_must_be_known_before_writing(w: World) -> None:
    shown = await name(w, "P8")
    assert people(shown) == [("P8",)]
    for each in ("you see which desk", "log devices", "not a legal complaint", "Nothing is sent yet"):
        assert each in said(shown)
    assert labels(shown)[0] == "Start writing"


async def test_the_form_has_them_filled_in_and_sends_nothing_without_words(w: World) -> None:
    form = await start(w, await name(w, "P8"))
    assert filled(form) == ("P8",)
    assert "Send" not in labels(await w.fill("P20", form, text=""))


@pytest.mark.parametrize("person", [(), ("P20",)])
async def test_nobody_and_oneself_are_not_filled_in(w: World, person: tuple[str, ...]) -> None:
    shown = await name(w, *person)
    assert people(shown) == []
    assert filled(await start(w, shown)) == ()


async def test_a_report_about_a_handler_goes_past_the_desk_they_read(w: World) -> None:
    w.workplace.channels["hr-desk"].readers = frozenset({"P1", "P2", "P3"})
    kept, passed = [
        await w.fill("P20", await start(w, await name(w, who)), text="It happened.") for who in ("P8", "P1")
    ]
    assert "hr-desk" in said(kept)
    assert "hr-desk" not in said(passed)


async def test_somebody_from_outside_is_told_where_help_is(w: World) -> None:
    shown = await name(w, "P8", standing=Standing.EXTERNAL)
    assert "for people who work in this workplace" in said(shown)
    assert people(shown) == []
