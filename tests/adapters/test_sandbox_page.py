"""What the sandbox's server lets in and shows: its own page only, and what a person may see."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from importlib.resources import files

import pytest
from aiohttp import ClientSession

from adapters.sandbox.clock import SandboxClock
from adapters.sandbox.connection import SandboxConnection
from adapters.sandbox.workplace import WORKSPACE, Preparing, Workplace
from bot.errors import Denied, Gone, RateLimited, Unreachable
from bot.model import Address, Button, Card, Event, Image, Paragraph, Place, Reply, Standing
from storage.tables import METADATA, Moment
from tests.adapters.sandbox_stage import SandboxStage

MENU = Card("metoo", (Paragraph("Only you."),), (Button("Say", Address("say")),))
WALL = Card("Me too", (), (Button("Me too", Address("voice.stand", "aa")),), image=Image(b"png", "A bar."))
PAGE = files("adapters.sandbox.page")


class Script:
    """A core that remembers what it was asked."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def __call__(self, event: Event) -> Reply:
        self.events.append(event)
        return MENU


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
async def stage(script: Script) -> AsyncIterator[SandboxStage]:
    built = SandboxStage()
    built.add_person("person-001")
    built.add_person("person-002", guest=True)
    built.add_person("person-003", bot=True)
    built.add_channel("desk", readers=("person-002",))
    built.add_channel("wall", private=False)
    await built.open(script)
    yield built
    await built.close()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "10.0.0.1", "127.0.0.1.evil.example"])
async def test_a_name_that_was_rebound_to_loopback_gets_nothing(stage: SandboxStage, host: str) -> None:
    assert (await stage.get("/api/state?as=person-001", Host=host))[0] == 421
    assert (await stage.get("/", Host=host))[0] == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_other_sites_cannot_act_or_read(
    stage: SandboxStage, script: Script, headers: dict[str, str]
) -> None:
    assert (await stage.send("/api/command", {"user": "person-001"}, **headers))[0] == 403
    assert (await stage.get("/api/state?as=person-001", **headers))[0] == 403
    assert script.events == []


async def test_a_form_of_another_site_cannot_be_sent_as_json(stage: SandboxStage) -> None:
    status, _ = await stage.send("/api/command", {"user": "person-001"}, **{"Content-Type": "text/plain"})
    assert status == 415


async def test_the_page_of_the_same_origin_acts(stage: SandboxStage) -> None:
    same = {"Origin": stage.connection.address.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert (await stage.send("/api/command", {"user": "person-001"}, **same))[0] == 200


@pytest.mark.parametrize("path", ["/", "/page/main.js", "/page/none.js", "/api/state"])
async def test_every_answer_forbids_everything_that_is_not_ours(stage: SandboxStage, path: str) -> None:
    _, _, headers = await stage.get(path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["__init__.py", "..%2fapi.py", "%2e%2e%2fapi.py", "style", ".css"])
async def test_only_files_of_the_page_are_served(stage: SandboxStage, name: str) -> None:
    assert (await stage.get(f"/page/{name}"))[0] == 404


def test_the_page_asks_nothing_of_other_hosts_and_makes_no_markup_of_text() -> None:
    for each in PAGE.iterdir():
        if each.name.endswith((".js", ".html", ".css", ".svg")):
            text = each.read_text(encoding="utf-8")
            addresses = {*re.findall(r"https?://[\w./-]+", text)} - {"http://www.w3.org/2000/svg"}
            assert not addresses, each.name
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), (
                each.name
            )
            assert len(text.splitlines()) < 300, each.name


async def test_only_readers_of_a_private_channel_see_it(stage: SandboxStage) -> None:
    await stage.connection.platform.post(Place(WORKSPACE, "desk"), MENU, "n")
    _, outside, _ = await stage.get("/api/state?as=person-001")
    _, inside, _ = await stage.get("/api/state?as=person-002")
    _, nobody, _ = await stage.get("/api/state?as=person-999")
    assert [each["id"] for each in json.loads(outside)["channels"]] == ["wall"]
    assert [each["id"] for each in json.loads(inside)["channels"]] == ["desk", "wall"]
    assert json.loads(nobody)["channels"] == []


async def test_a_message_is_reported_as_it_stands_with_its_author_and_place(
    stage: SandboxStage, script: Script
) -> None:
    await stage.quote("person-001", "wall", "person-002", "Some <b>words</b>")
    (event,) = script.events
    assert event.action == "quote"
    assert event.quoted
    assert (event.quoted.text, event.quoted.author, event.quoted.link) == (
        "Some <b>words</b>",
        "person-002",
        "",
    )
    assert event.place == Place(WORKSPACE, "wall")


async def test_only_a_colleague_s_message_where_one_can_read_can_be_reported(
    stage: SandboxStage, script: Script
) -> None:
    await stage.quote("person-002", "desk", "person-002", "Among us")
    await stage.connection.platform.post(Place(WORKSPACE, "wall"), WALL, "nonce")
    script.events.clear()
    (hidden,), (ours,) = stage.posts("desk"), stage.posts("wall")
    for user, channel, post, status in (
        ("person-001", "desk", hidden.ref, 403),
        ("person-001", "nowhere", hidden.ref, 403),
        ("person-003", "wall", hidden.ref, 403),
        ("person-001", "wall", hidden.ref, 409),
        ("person-001", "wall", ours.ref, 409),
        ("person-001", "wall", "", 409),
    ):
        body = {"user": user, "channel": channel, "post": post}
        assert (await stage.send("/api/report", body))[0] == status
    assert (await stage.send("/api/report", {"user": "person-001", "channel": ["wall"]}))[0] == 400
    assert script.events == []


async def test_who_acts_and_as_what_reaches_the_core(stage: SandboxStage, script: Script) -> None:
    await stage.command("person-001", "and more")
    await stage.command("person-002")
    assert [each.actor.standing for each in script.events] == [Standing.MEMBER, Standing.GUEST]
    assert script.events[0].action == "menu"
    for unknown in ("person-003", "person-999", ""):
        assert (await stage.send("/api/command", {"user": unknown}))[0] == 403


async def test_only_a_button_that_stands_on_a_post_can_be_pressed(
    stage: SandboxStage, script: Script
) -> None:
    place = Place(WORKSPACE, "wall")
    ref = await stage.connection.platform.post(place, WALL, "n")
    await stage.press_post("person-001", "wall", ref, "Me too")
    assert script.events[-1].place == place
    asked = {"user": "person-001", "channel": "wall", "post": ref, "action": "voice.stand", "ref": "bb"}
    assert (await stage.send("/api/act", asked))[0] == 409
    assert (await stage.send("/api/act", {**asked, "channel": "none"}))[0] == 403
    assert len(script.events) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"user": "person-001", "action": 7},
        {"user": "person-001", "action": "a", "values": ["x"]},
        {"user": "person-001", "action": "a", "values": {"x": "y"}},
        {"user": "person-001", "action": "a", "values": {"x": [1]}},
    ],
)
async def test_what_is_not_of_the_right_shape_is_refused(
    stage: SandboxStage, script: Script, body: dict[str, object]
) -> None:
    assert (await stage.send("/api/act", body))[0] == 400
    assert script.events == []


@pytest.mark.parametrize("minutes", [0, -5, "60", 1.5, None, 10**9])
async def test_time_is_moved_forward_by_whole_minutes_only(stage: SandboxStage, minutes: object) -> None:
    assert (await stage.send("/api/clock", {"minutes": minutes}))[0] == 400


async def test_a_picture_is_found_by_what_it_shows(stage: SandboxStage) -> None:
    await stage.connection.platform.post(Place(WORKSPACE, "wall"), WALL, "n")
    _, body, _ = await stage.get("/api/state?as=person-001")
    picture = json.loads(body)["channels"][0]["posts"][0]["card"]["image"]
    assert picture["alt"] == "A bar."
    status, png, headers = await stage.get(picture["src"])
    assert (status, png, headers["Content-Type"]) == (200, b"png", "image/png")
    assert (await stage.get("/image/none.png"))[0] == 404


async def test_changes_are_told_to_an_open_page_which_may_go_away(stage: SandboxStage) -> None:
    async with ClientSession(stage.connection.address) as session, session.get("/api/live") as stream:
        first = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        await stage.connection.platform.post(Place(WORKSPACE, "wall"), WALL, "n")
        await stream.content.readline()
        then = json.loads((await stream.content.readline()).removeprefix(b"data: "))
    assert then["version"] > first["version"]
    assert then["moving"] is None


async def test_while_the_past_is_prepared_the_page_says_how_far_and_nobody_can_act(
    stage: SandboxStage, script: Script
) -> None:
    assert json.loads((await stage.get("/api/state"))[1])["preparing"] is None
    stage.workplace.prepare(Preparing(3, 8))
    assert json.loads((await stage.get("/api/state"))[1])["preparing"] == {"week": 3, "weeks": 8}
    acting = {"user": "person-001", "action": "a", "minutes": 60}
    for path in ("command", "act", "clock"):
        assert (await stage.send(f"/api/{path}", acting))[0] == 409
    assert script.events == []
    stage.workplace.prepare(None)
    assert (await stage.send("/api/command", {"user": "person-001"}))[0] == 200


async def test_an_open_page_hears_that_the_past_is_complete(stage: SandboxStage) -> None:
    stage.workplace.prepare(Preparing(8, 8))
    async with ClientSession(stage.connection.address) as session, session.get("/api/live") as stream:
        first = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        stage.workplace.prepare(None)
        await stream.content.readline()
        then = json.loads((await stream.content.readline()).removeprefix(b"data: "))
    assert (first["preparing"], then["preparing"]) == ({"week": 8, "weeks": 8}, None)


async def _no_rows() -> tuple[()]:
    return ()


async def test_a_taken_port_is_left_to_who_has_it_and_serving_again_finds_a_place(script: Script) -> None:
    clock = SandboxClock()
    one = SandboxConnection(clock, _no_rows, port=0)
    first = asyncio.create_task(one.serve(script))
    address = await asyncio.wait_for(one.opened(), 60)
    other = SandboxConnection(clock, _no_rows, port=int(address.rsplit(":", 1)[1].rstrip("/")))
    second = asyncio.create_task(other.serve(script))
    assert await asyncio.wait_for(other.opened(), 60) != address
    for task in (first, second):
        task.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    again = asyncio.create_task(one.serve(script))
    async with ClientSession(await asyncio.wait_for(one.opened(), 60)) as session, session.get("/") as page:
        assert page.status == 200
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)


async def test_the_workplace_refuses_as_a_platform_would() -> None:
    workplace = Workplace(SandboxClock().now)
    wall, nowhere = Place(WORKSPACE, "solidarity"), Place(WORKSPACE, "nowhere")
    ref = await workplace.post(wall, MENU, "n")
    await workplace.update(wall, ref, WALL)
    await workplace.remove(wall, ref)
    await workplace.remove(wall, ref)
    with pytest.raises(Gone):
        await workplace.update(wall, ref, WALL)
    with pytest.raises(Gone):
        await workplace.facts(nowhere)
    workplace.channels["solidarity"].bot = False
    with pytest.raises(Denied):
        await workplace.post(wall, MENU, "n")
    for status, error in ((500, Unreachable), (429, RateLimited), (403, Denied)):
        workplace.fail(1, status, 2.5)
        with pytest.raises(error):
            await workplace.population(WORKSPACE)
    assert await workplace.population(WORKSPACE) == 60


async def test_the_practice_workplace_has_two_private_desks_with_few_readers() -> None:
    workplace = Workplace(SandboxClock().now)
    for name, readers in (("hr-desk", 3), ("ombuds", 2)):
        facts = await workplace.facts(Place(WORKSPACE, name))
        assert facts.safe
        assert facts.readers == readers
    assert not (await workplace.facts(Place(WORKSPACE, "general"))).private
    assert not await workplace.can_read(Place(WORKSPACE, "hr-desk"), "person-001")
    assert await workplace.can_read(Place(WORKSPACE, "general"), "person-001")


def test_every_table_is_explained_and_every_moment_is_shown_as_one() -> None:
    said = dict(
        re.findall(r'^  (\w+): "(.+)",$', PAGE.joinpath("tables.js").read_text("utf-8"), re.MULTILINE)
    )
    kept = METADATA.tables.values()
    assert {each.name for each in kept} <= said.keys()
    (listed,) = re.findall(r"MOMENTS = new Set\((\[.+\])\)", PAGE.joinpath("stored.js").read_text("utf-8"))
    moments = {column.name for each in kept for column in each.c if isinstance(column.type, Moment)}
    assert set(json.loads(listed)) == moments
