"""Linking in chat: an admin of each side has to agree, nobody gets rights, and what ends leaves what was kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.abroad import abroad, comes_from, own_id
from bot.config import Settings
from bot.inspecting import idle_links
from bot.linking import LETTERS
from bot.model import Actor, Card, Event, Form, People, Place, Reply, Standing, Workspace
from bot.records import OpenWindows, PostsIn
from bot.routing import Routing
from bot.workplaces import Workplaces
from tests.bot.admins import ADMIN, done
from tests.world import TUESDAY, WORKSPACE, Silent, World, card, labels, said, settings, words, world

THERE = Workspace("discord", "77")
BOSS = "700"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY) as built:
        built.admin(ADMIN)
        yield built


async def act(
    w: World, action: str, ref: str = "", *, user: str = BOSS, admin: bool = True, **values: str
) -> Reply:
    """What somebody on the other side is answered."""
    actor = Actor(THERE, user, standing=Standing.MEMBER, admin=admin)
    given = {name: (value,) for name, value in values.items()}
    return await w.service.core.handle(Event(actor, action, ref, given))


async def code(w: World) -> str:
    return words(card(await w.act(ADMIN, "link.code")))


async def linked(w: World) -> Card:
    return card(await act(w, "link.entered", code=await code(w)))


async def test_an_admin_of_each_side_links_them_and_it_is_on_record(w: World) -> None:
    shown = await linked(w)
    assert "Linked to your workplace on Sandbox." in said(shown)
    assert w.service.workplaces.home_of(THERE) == WORKSPACE
    assert (f"{THERE}:{BOSS}", f"linked {THERE}") in await done(w)
    assert "Voices are one per person and platform" in said(shown)


@pytest.mark.parametrize("typed", ["", "BBB-BBB-BBB", "no", "\0", "b" * 9000])
async def test_another_code_links_nothing(w: World, typed: str) -> None:
    await code(w)
    assert "This code opens nothing." in said(card(await act(w, "link.entered", code=typed)))
    assert w.service.workplaces.home_of(THERE) is None


async def test_a_code_may_be_typed_without_care_and_works_once(w: World) -> None:
    shown = (await code(w)).lower().replace("-", " ")
    assert "Linked to" in said(card(await act(w, "link.entered", code=shown)))
    await act(w, "link.ended")
    assert "This code opens nothing." in said(card(await act(w, "link.entered", code=shown)))


async def test_a_code_lives_for_an_hour_and_only_the_last_one_shown(w: World) -> None:
    first, second = await code(w), await code(w)
    assert "This code opens nothing." in said(card(await act(w, "link.entered", code=first)))
    await w.jump(timedelta(hours=1))
    assert "This code opens nothing." in said(card(await act(w, "link.entered", code=second)))


async def test_tries_are_limited_however_many_admins_try(w: World) -> None:
    right = await code(w)
    for n in range(5):
        await act(w, "link.entered", user=f"70{n}", code="BBB-BBB-BBB")
    refused = said(card(await act(w, "link.entered", user="709", code=right)))
    assert "You have tried several times in this hour" in refused
    assert w.service.workplaces.home_of(THERE) is None


async def test_who_is_no_admin_links_and_unlinks_nothing(w: World) -> None:
    right = await code(w)
    for action in ("link", "link.code", "link.entered", "link.placed", "link.ended"):
        assert "Only admins" in said(card(await act(w, action, admin=False, code=right)))
        assert "Only admins" in said(card(await w.act("P20", action)))
    await linked(w)
    stranger = Actor(Workspace("discord", "88"), "1", admin=True)
    refused = await w.service.core.handle(Event(stranger, "link.ended", str(THERE)))
    assert "That workplace is not linked." in said(card(refused))
    assert w.service.workplaces.home_of(THERE) == WORKSPACE


async def test_a_workplace_with_desks_of_its_own_cannot_be_linked(w: World) -> None:
    right = await code(w)
    refused = card(await w.act(ADMIN, "link.entered", values={"code": (right,)}))
    assert "metoo already serves this workplace on its own" in said(refused)


async def test_an_admin_there_is_none_here(w: World) -> None:
    await linked(w)
    menu = card(await act(w, "menu"))
    assert "Linked workplaces" in labels(menu)
    assert not {"Set up", "Open or close the wall", "Preview of the digest"} & set(labels(menu))
    assert "Linked to" in said(card(await act(w, "setup")))
    assert card(await act(w, "setup.part", "desks")).title == "Linked workplaces"
    for action in ("walls.close", "digest.preview", "setup.started", "cases"):
        shown = card(await act(w, action))
        assert shown.title != "Set up metoo"
    assert w.service.workplaces.named(str(THERE)) is None


async def test_the_wall_comes_to_the_channel_there_and_goes_when_the_link_ends(w: World) -> None:
    await linked(w)
    await act(w, "link.placed", solidarity_channel="555", digest_channel="556")
    (wall,) = await w.store.read(OpenWindows())
    waiting = w.sql("SELECT kind, subject FROM outbox WHERE workspace = ?", str(THERE))
    assert waiting == [("wall", wall.id)]
    posting = w.service.workplaces.posting(str(THERE))
    assert posting is not None
    assert posting.place(posting.solidarity_channel) == Place(THERE, "555")
    await act(w, "link.ended")
    assert w.service.workplaces.posting(str(THERE)) is None
    assert w.sql("SELECT count(*) FROM outbox WHERE kind = 'unlinked'") == [(1,)]
    assert await w.store.read(PostsIn(str(THERE))) == ()


async def test_what_was_sent_before_a_link_ended_opens_where_the_desks_are(w: World) -> None:
    await linked(w)
    form = await act(w, "tell.form", card(await act(w, "tell")).buttons[0].to.ref)
    assert isinstance(form, Form)
    preview = card(await act(w, form.to.action, form.to.ref, text="It happened."))
    receipt = words(card(await act(w, "tell.send", preview.buttons[0].to.ref)))
    shown = card(await w.act(ADMIN, "link"))
    (choice,) = shown.choices
    asked = card(await w.act(ADMIN, choice.to.action, values={"choice": (choice.options[0].value,)}))
    assert "their seven words open it from the workplace where HR is" in said(asked)
    await w.press(ADMIN, asked, "Unlink")
    assert "not set up for this workplace yet" in said(card(await act(w, "menu")))
    opened = card(await w.act("P20", "receipt.open", values={"words": (receipt,)}))
    assert opened.title == "Your report"


async def test_a_press_there_is_another_voice_than_one_here_by_the_same_id(w: World) -> None:
    await linked(w)
    (wall,) = await w.store.read(OpenWindows())
    for _ in range(2):
        await act(w, "voice.stand", wall.id.hex(), user="P20")
        await w.act("P20", "voice.stand", wall.id.hex())
    assert w.sql("SELECT count(*), sum(value) FROM voices") == [(2, 2)]


async def test_a_link_survives_a_restart(tmp_path: Path) -> None:
    async with world(tmp_path, start=TUESDAY) as first:
        first.admin(ADMIN)
        await linked(first)
    async with world(tmp_path, start=TUESDAY, before=first) as second:
        assert second.service.workplaces.home_of(THERE) == WORKSPACE


async def test_what_the_file_says_of_links_cannot_be_changed_in_chat(tmp_path: Path) -> None:
    link = {"platform": "discord", "id": "77"}
    async with world(tmp_path, start=TUESDAY, workspace={"linked": (link,)}) as w:
        w.admin(ADMIN)
        assert w.service.workplaces.home_of(THERE) == WORKSPACE
        for refused in (await act(w, "link.ended"), await w.act(ADMIN, "link.code")):
            assert "The settings file of the program says this" in said(card(refused))


def test_a_link_of_the_file_that_is_not_in_force_is_said(tmp_path: Path) -> None:
    link = {"platform": THERE.platform, "id": THERE.id}
    file = settings(tmp_path, workspace={"linked": (link,)})
    workplaces = Workplaces(file)
    assert idle_links(workplaces) == []
    workplaces.choose(THERE, {"desks": ("d1",)})
    assert workplaces.home_of(THERE) is None
    (said,) = idle_links(workplaces)
    assert f"{THERE} is linked to {WORKSPACE}, and the link is not in force" in said


def test_a_workplace_is_linked_once_and_never_to_itself(tmp_path: Path) -> None:
    mine = {"platform": WORKSPACE.platform, "id": WORKSPACE.id}
    link = {"platform": "discord", "id": "77"}
    for wrong in ((mine,), (link, link)):
        with pytest.raises(ValidationError, match="a workspace is linked twice, or configured and linked"):
            Settings.model_validate(settings(tmp_path, workspace={"linked": wrong}).model_dump())


async def test_people_are_named_there_as_they_are_there_and_in_words_here(w: World) -> None:
    await linked(w)
    form = await act(w, "tell.form", card(await act(w, "tell")).buttons[0].to.ref)
    assert isinstance(form, Form)
    named = {"people.named": "4242"}
    shown = card(
        await act(w, form.to.action, form.to.ref, user=BOSS, admin=True, text="It happened.", **named)
    )
    assert People("Person named", ("4242",)) in shown.body


@pytest.mark.parametrize(("there", "counted"), [(None, 60), (10, 60), (400, 400)])
async def test_so_many_people_there_are_as_in_the_larger_workplace_and_never_as_in_both(
    w: World, monkeypatch: pytest.MonkeyPatch, there: int | None, counted: int
) -> None:
    await linked(w)
    usual = w.workplace.population

    async def population(workspace: Workspace) -> int | None:
        return there if workspace == THERE else await usual(workspace)

    monkeypatch.setattr(w.workplace, "population", population)
    both = {"sandbox": Silent(w.workplace), "discord": Silent(w.workplace)}
    assert await Routing(both, w.service.workplaces).population(WORKSPACE) == counted
    assert await Routing({"sandbox": Silent(w.workplace)}, w.service.workplaces).population(WORKSPACE) == 60


@pytest.mark.parametrize("user", ["U1", "1234", "P20", "", "a:b"])
def test_somebody_of_the_workplace_itself_comes_from_nowhere_else(user: str) -> None:
    assert comes_from(user) is None
    there = abroad(THERE, user)
    assert (comes_from(there), own_id(there)) == ((THERE, user) if user else (None, ""))


def test_a_code_has_forty_bits_and_no_letter_that_is_taken_for_another() -> None:
    assert len(LETTERS) ** 9 > 2**40
    assert not set("01OIAEU") & set(LETTERS)
