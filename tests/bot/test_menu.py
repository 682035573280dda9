from __future__ import annotations

from bot.model import Actor, Card, Event, Form, Paragraph, Standing, Style, Workspace
from tests.world import World, card, labels, said

FIRST = (
    "In danger now? Call your local emergency number. Nobody watches this bot. "
    "Thinking of hurting yourself? Help is in Find support."
)


async def menu(w: World, user: str = "P20") -> Card:
    return card(await w.act(user, "menu"))


def stored(w: World) -> dict[str, list[tuple[object, ...]]]:
    tables = [name for (name,) in w.sql("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {name: sorted(w.sql(f"SELECT * FROM {name}"), key=repr) for name in tables}  # noqa: S608 - the file's own names


async def test_the_first_line_is_the_one_about_danger(w: World) -> None:
    first = (await menu(w)).body[0]
    assert first == Paragraph(FIRST)


async def test_it_says_that_text_after_the_command_is_ignored(w: World) -> None:
    assert "Anything typed after /metoo is ignored, except" in said(await menu(w))


async def test_the_doors_stand_in_their_order_and_none_is_pushed_on_anybody(w: World) -> None:
    shown = await menu(w)
    doors = ["Say me too", "Tell what happened", "I have a receipt", "Find support", "Who can read what"]
    assert labels(shown) == doors
    assert {button.style for button in shown.buttons} == {Style.PLAIN}


DOORS = [
    ("Say me too", "Say me too"),
    ("Tell what happened", "Before you write"),
    ("I have a receipt", "I have a receipt"),
    ("Find support", "Find support"),
    ("Who can read what", "Who can read what"),
]


async def test_every_door_leads_where_it_says(w: World) -> None:
    for door, title in DOORS:
        behind = await w.press("P20", await menu(w), door)
        assert behind.title == title
        if not isinstance(behind, Form):
            assert await w.press("P20", behind, "Back to the menu") == await menu(w)


async def test_the_menu_is_the_same_for_everybody(w: World) -> None:
    assert await menu(w, "P1") == await menu(w, "P20") == await menu(w, "nobody we know")


async def test_opening_it_stores_nothing(w: World) -> None:
    await w.settle()
    before = stored(w)
    for label in ("Say me too", "Tell what happened", "Find support", "Who can read what"):
        await w.press("P20", await menu(w), label)
    assert stored(w) == before


async def test_everything_that_must_be_said_stands_on_its_page(w: World) -> None:
    told = said(card(await w.press("P20", await menu(w), "Who can read what")))
    for each in (
        "people who can read the HR desk's private channel",
        "We do not keep who wrote it",
        "Of when you wrote only the week is kept",
        "We cannot promise that nobody can find out",
        "Your employer may log devices and networks",
        "Writing style, facts and small teams identify people",
        "not a legal complaint and stops no deadline",
        "colleagues, a union, a lawyer or authorities",
        "HR may have to act on what it reads",
        "not an emergency call",
    ):
        assert each in told


async def test_nothing_is_promised_that_cannot_be_kept(w: World) -> None:
    told = said(card(await w.press("P20", await menu(w), "Who can read what"))).lower()
    for never in ("end-to-end", "untraceable", "zero-knowledge", "impossible to identify", "anonymous even"):
        assert never not in told


async def test_an_unknown_button_is_answered_calmly(w: World) -> None:
    for action in ("", "no.such.step", "menu ", "desk", "__init__", "voice"):
        answer = card(await w.act("P20", action))
        assert "/metoo opens the menu" in said(answer)
        assert labels(answer) == ["Find support", "Back to the menu"]


async def test_a_workspace_that_is_not_set_up_is_told_so_and_shown_support(w: World) -> None:
    stranger = Actor(Workspace("slack", "T0ELSE"), "U1", "en", Standing.MEMBER)
    for action in ("menu", "say"):
        answer = card(await w.service.core.handle(Event(stranger, action)))
        assert "not set up for this workplace yet" in said(answer)
        assert "Find support" in labels(answer)
