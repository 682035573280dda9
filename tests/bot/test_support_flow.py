from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from bot import support
from bot.flows.step import SUPPORT
from bot.model import Actor, Card, Choice, Event, Link, Paragraph, Standing, Workspace
from tests.world import TUESDAY, World, card, labels, said, world

COUNTRIES = support.load().countries()


async def opened(w: World, user: str = "P20") -> Card:
    return card(await w.press(user, card(await w.act(user, "menu")), "Find support"))


async def picked(w: World, shown: Card, code: str, user: str = "P20") -> Card:
    (choice,) = shown.choices
    return card(await w.act(user, choice.to.action, choice.to.ref, {"choice": (code,)}))


async def test_danger_comes_first_and_international_help_is_always_shown(w: World) -> None:
    shown = await opened(w)
    assert shown.body[0] == Paragraph("In danger now? Call your local emergency number.")
    for entry in support.load().international:
        assert entry.name in said(shown)
        assert Link(entry.name, entry.address or "") in shown.body
    assert shown.here == SUPPORT


async def test_every_listed_country_can_be_chosen_by_name(w: World) -> None:
    (choice,) = (await opened(w)).choices
    assert [(each.value, each.label) for each in choice.options] == list(COUNTRIES)


async def test_a_country_shows_all_it_has_with_date_and_source(w: World) -> None:
    assert len(COUNTRIES) >= 12
    for code, name in COUNTRIES:
        _shows_all(await picked(w, await opened(w), code), code, name)


def _shows_all(shown: Card, code: str, name: str) -> None:
    assert shown.title == f"Support in {name}"
    told = said(shown)
    for entry in support.load().of(code):
        assert entry.name in told
        assert f"Checked: {entry.checked}" in told
        assert (urlsplit(entry.source).hostname or "nowhere") in told
        for each in (entry.phone, entry.text, entry.hours, entry.note):
            assert each is None or each in told
    (choice,) = shown.choices
    assert choice.value == code
    assert "In many countries" in labels(shown)


async def test_a_country_shown_again_is_the_same_card(w: World) -> None:
    shown = await picked(w, await opened(w), COUNTRIES[0][0])
    assert shown.here is not None
    assert await w.act("P20", shown.here.action, shown.here.ref) == shown


async def test_another_country_can_be_picked_from_a_country(w: World) -> None:
    first = await picked(w, await opened(w), COUNTRIES[0][0])
    assert (await picked(w, first, COUNTRIES[1][0])).title == f"Support in {COUNTRIES[1][1]}"
    assert await w.press("P20", first, "In many countries") == await opened(w)


async def test_a_country_nobody_lists_leads_to_the_international_help(w: World) -> None:
    shown = await opened(w)
    for code in ("XX", "", "de", "../etc", "\0", "DE" * 300):
        assert await picked(w, shown, code) == shown
        assert await w.act("P20", "support.in", code) == shown


async def test_nothing_unverified_is_ever_shown(w: World) -> None:
    international, countries = support.read(support.FILE)
    first, hidden = await opened(w), 0
    cards = [(first, international)]
    cards += [(await picked(w, first, each.code), each.entries) for each in countries]
    for shown, entries in cards:
        lines = said(shown).splitlines()
        wrong = [f"{entry.name}: {entry.purpose}" for entry in entries if not entry.verified]
        assert not set(wrong) & set(lines)
        hidden += len(wrong)
    assert hidden, "without an unverified entry this test proves nothing"


async def test_without_lines_of_its_own_the_workplace_is_not_mentioned(w: World) -> None:
    assert "From your workplace:" not in said(await opened(w))


async def test_the_companys_own_lines_stand_above_all_others(tmp_path: Path) -> None:
    lines = ("Confidential advice: extension 1234", "Works council: room B 12")
    async with world(tmp_path, start=TUESDAY, workspace={"support": lines}) as w:
        body = (await opened(w)).body
        heading = body.index(Paragraph("From your workplace:"))
        assert body[heading + 1 : heading + 3] == tuple(Paragraph(each) for each in lines)
        assert body.index(Paragraph("In many countries:")) == heading + 3
        assert heading == 1


async def test_it_is_the_same_for_everybody_and_never_remembered(w: World) -> None:
    await w.settle()
    before = _stored(w)
    first = await opened(w)
    for standing in Standing:
        guest = Actor(Workspace("sandbox", "practice"), "X", "en", standing)
        assert await w.service.core.handle(Event(guest, "support")) == first
    await picked(w, first, COUNTRIES[0][0])
    for _ in range(60):
        assert await opened(w) == first
    assert _stored(w) == before


def _stored(w: World) -> dict[str, list[tuple[object, ...]]]:
    tables = [name for (name,) in w.sql("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {name: sorted(w.sql(f"SELECT * FROM {name}"), key=repr) for name in tables}  # noqa: S608 - the file's own names


async def test_it_works_where_nothing_is_set_up_and_while_the_platform_is_down(w: World) -> None:
    first = await opened(w)
    elsewhere = Actor(Workspace("slack", "T0ELSE"), "U1", "en", Standing.UNKNOWN)
    w.workplace.fail(5)
    assert await w.service.core.handle(Event(elsewhere, "support")) == first
    assert isinstance(first.choices[0], Choice)
