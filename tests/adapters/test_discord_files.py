"""Reporting a message, sending files and being handed one, on Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import render
from adapters.discord.messages import plain, quoted
from adapters.discord.uploads import uploads
from bot.errors import PlatformError
from bot.model import Address, Button, Card, Document, FileField, Form, Paragraph, Upload
from tests.adapters import discord_rules as rules
from tests.adapters.discord_core import Core
from tests.adapters.discord_stage import DiscordStage
from tests.theatre import Theatre, receipt_words, theatre

FORM = Form("Add a file", Address("file.took", "k"), (FileField("files", "Files", most=5),), "Add")
ASK = Card("metoo", (Paragraph("Only you."),), (Button("Add a file", Address("file.add")),))
NOTE = b"Planted-Fenster-8812: what the screen said\n"
GUILD, CHANNEL, MESSAGE = "100", "200", "300"


@pytest.fixture
async def stage() -> AsyncIterator[DiscordStage]:
    built = DiscordStage()
    for n in (1, 2):
        built.add_person(built.person(n))
    yield built
    await built.close()


async def took(stage: DiscordStage, *contents: bytes, **attachments: Any) -> tuple[Upload, ...]:
    """The uploads that reach the core from a form with these files."""
    core = Core({"menu": ASK, "file.add": FORM, "file.took": Card("Your files")})
    await stage.open(core.handle)
    user = stage.person(1)
    form = await stage.press(user, await stage.command(user), "Add a file")
    await stage.upload(user, form, *contents, **attachments)
    return core.events[-1].files["files"]


# --- a message ---


def about(**message: Any) -> dict[str, Any]:
    return {"target_id": MESSAGE, "resolved": {"messages": {MESSAGE: message}}}


async def test_a_message_arrives_with_its_author_place_and_link_and_the_answer_is_private(
    stage: DiscordStage,
) -> None:
    core = Core({"quote": Card("Report this message")})
    await stage.open(core.handle)
    general = stage.channel(4)
    place = stage.add_channel(general, private=False)
    shown = await stage.quote(stage.person(1), general, stage.person(2), "Some words.")
    assert "Report this message" in shown.text
    (event,) = core.events
    assert (event.action, event.actor.user, event.place) == ("quote", stage.person(1), place)
    assert event.quoted is not None
    assert (event.quoted.text, event.quoted.author) == ("Some words.", stage.person(2))
    assert event.quoted.link.startswith(f"https://discord.com/channels/{stage.workspace.id}/{general}/")
    assert stage.posts(general) == []


def test_a_message_is_quoted_as_people_read_it() -> None:
    names = {"1": "Ash"}
    assert plain("<@1> <@!1> <@2> <@&3> <#4>", names) == "@Ash @Ash @2 @3 #4"
    assert plain("<:wave:123> <a:dance:456> <b> & *x*", names) == ":wave: :dance: <b> & *x*"
    message = {"content": "<@1>", "mentions": [{"id": "1", "username": "ash", "global_name": None}]}
    assert quoted(about(**message), GUILD, CHANNEL).text == "@ash"


def test_what_a_message_shows_in_embeds_only_is_quoted_too() -> None:
    message = {"content": "", "embeds": [{"title": "A title"}, {"description": "A text"}, 5]}
    assert quoted(about(**message), GUILD, CHANNEL).text == "A title\nA text"


def test_a_program_s_message_has_no_author() -> None:
    person = {"author": {"id": "9"}}
    assert quoted(about(**person), GUILD, CHANNEL).author == "9"
    assert quoted(about(author={"id": "9", "bot": True}), GUILD, CHANNEL).author == ""
    assert quoted(about(**person, webhook_id="8"), GUILD, CHANNEL).author == ""


@pytest.mark.parametrize(
    "ids", [("", CHANNEL), (GUILD, ""), (GUILD, "1/2"), ("٣", CHANNEL), (GUILD, "1" * 30)]
)
def test_there_is_no_link_where_a_part_of_it_is_no_id(ids: tuple[str, str]) -> None:
    assert quoted(about(), GUILD, CHANNEL).link == f"https://discord.com/channels/{GUILD}/{CHANNEL}/{MESSAGE}"
    assert quoted(about(), *ids).link == ""


KEYS = st.sampled_from(
    ["target_id", "resolved", "messages", "attachments", "300", "content", "author", "id", "url", "size"]
)
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=9) | st.just("300"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(KEYS, JSON, max_size=5))
def test_a_payload_of_any_shape_is_quoted_or_empty_and_its_files_can_be_asked_for(
    data: dict[str, Any],
) -> None:
    assert isinstance(quoted(data, GUILD, CHANNEL).text, str)
    (upload,) = uploads(data, ["300"])
    assert upload.size >= 0


async def test_only_what_everyone_can_read_counts_as_public(stage: DiscordStage) -> None:
    await stage.open(Core({}).handle)
    directory = stage.connection.directory
    assert (await directory.facts(stage.add_channel(stage.channel(7), private=False))).public
    assert not (await directory.facts(stage.add_channel(stage.channel(8)))).public


# --- files in a form ---


async def test_files_arrive_whole_and_without_their_names(stage: DiscordStage) -> None:
    one, two = await took(stage, b"one", b"twice two")
    assert (one.size, await one.read()) == (3, b"one")
    assert (two.size, await two.read()) == (9, b"twice two")
    assert "planted-name" not in f"{one!r}{two!r}"


async def test_no_more_is_read_than_one_byte_beyond_what_was_announced(stage: DiscordStage) -> None:
    (upload,) = await took(stage, b"x" * 500_000, size=1000)
    assert len(await upload.read()) == 1001


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://example.org/x"},
        {"url": "https://cdn.discordapp.com.example.org/x"},
        {"url": "https://user@example.org:cdn.discordapp.com/x"},
        {"url": "http://cdn.discordapp.com/x"},
        {"url": "file:///etc/passwd"},
        {"url": "http://169.254.169.254/latest"},
        {"url": "https://[broken"},
        {"url": ""},
        {"url": 5},
    ],
)
async def test_nothing_is_fetched_from_elsewhere(stage: DiscordStage, changed: dict[str, Any]) -> None:
    (upload,) = await took(stage, b"one", **changed)
    with pytest.raises(PlatformError):
        await upload.read()


async def _slow(_: web.Request, __: bytes) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("never")


async def _cut(request: web.Request, content: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": str(len(content) + 10)})
    await answer.prepare(request)
    await answer.write(content)
    assert request.transport is not None
    request.transport.close()
    return answer


async def _away(_: web.Request, __: bytes) -> web.StreamResponse:
    raise web.HTTPFound("http://127.0.0.1:1/elsewhere")


async def _gone(_: web.Request, __: bytes) -> web.StreamResponse:
    return web.Response(status=404)


@pytest.mark.parametrize("cdn", [_cut, _away, _gone])
async def test_a_file_that_discord_does_not_give_is_a_refusal_of_the_platform(
    stage: DiscordStage, cdn: Any
) -> None:
    stage.server.cdn = cdn
    (upload,) = await took(stage, b"one")
    with pytest.raises(PlatformError) as refused:
        await upload.read()
    assert "http" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_a_file_that_takes_too_long_is_given_up(stage: DiscordStage) -> None:
    await stage.server.start()
    stage.server.cdn = _slow
    known = stage.server.keep_upload(b"one")
    data = {"resolved": {"attachments": {known["id"]: known}}}
    (upload,) = uploads(data, [known["id"]], seconds=0.05)
    with pytest.raises(PlatformError):
        await upload.read()


@pytest.mark.parametrize("resolved", [{}, {"attachments": {}}, {"attachments": []}, [], None])
async def test_a_file_that_did_not_come_along_cannot_be_read(resolved: object) -> None:
    (upload,) = uploads({"resolved": resolved}, ["7"])
    with pytest.raises(PlatformError):
        await upload.read()


def test_a_field_for_files_is_what_discord_takes() -> None:
    rules.check_form(render.form(FORM))
    many = FileField("files", "Files", required=True, most=50)
    rules.check_form(render.form(Form("Add", Address("a"), (many,), "Add")))


# --- a file for one person ---


async def test_a_document_comes_with_the_private_answer_and_goes_with_the_next(stage: DiscordStage) -> None:
    card = Card(
        "Your file",
        (),
        (Button("Back", Address("back")),),
        document=Document("record.txt", "text/plain", NOTE),
    )
    core = Core({"menu": ASK, "file.add": card, "back": Card("Back again")})
    await stage.open(core.handle)
    user = stage.person(1)
    shown = await stage.press(user, await stage.command(user), "Add a file")
    assert stage.file_on(shown) == ("record.txt", NOTE)
    back = await stage.press(user, shown, "Back")
    assert back.raw.message.body["attachments"] == []


async def test_a_document_is_brought_to_an_answer_that_took_long_too(stage: DiscordStage) -> None:
    slow = DiscordStage(patience=0.0)
    core = Core({"menu": Card("Your file", document=Document("record.txt", "text/plain", NOTE))})
    core.wait.clear()
    slow.add_person(slow.person(1))
    await slow.open(core.handle)
    asked = asyncio.create_task(slow.command(slow.person(1)))
    await slow.deferred()
    core.wait.set()
    assert slow.file_on(await asked) == ("record.txt", NOTE)
    await slow.close()


def test_a_document_never_goes_into_a_channel() -> None:
    with pytest.raises(ValueError, match="never for a channel"):
        render.post(Card("A post", document=Document("record.txt", "text/plain", NOTE)))


# --- with the real core ---


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Theatre]:
    async with theatre(DiscordStage(), tmp_path, workspace={"attachments": True}) as built:
        yield built


async def add(play: Theatre, user: str, preview: Any, *contents: bytes, **about: Any) -> Any:
    stage: Any = play.stage
    return await stage.upload(user, await stage.press(user, preview, "Add a file"), *contents, **about)


async def test_a_file_goes_from_a_form_to_the_desk_and_into_the_writer_s_copy(play: Theatre) -> None:
    stage: Any = play.stage
    writer, handler = stage.person(9), stage.person(1)
    preview = await play.to_preview(writer, {"text": "It happened."})
    added = await add(play, writer, preview, NOTE)
    assert "added (Text" in added.text
    preview = await stage.press(writer, added, "Back to the preview")
    words = receipt_words((await stage.press(writer, preview, "Send")).text)
    await play.pass_time(timedelta(hours=5))
    (card,) = await play.arrived(play.desk, "A report arrived")
    reading = await play.read(handler, play.desk, card.ref)
    (option,) = (line for line in reading.text.splitlines() if line.startswith("File 1: "))
    opened = await stage.choose(handler, reading, "Open a file", option)
    assert stage.file_on(opened)[1] == NOTE

    copy = await stage.press(writer, await play.come_back(writer, words), "My copy")
    name, content = stage.file_on(await stage.press(writer, copy, "As a text file"))
    assert name == "record.txt"
    assert b"It happened." in content


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"url": "https://example.org/x"}, "Not added."),
        ({"size": 11 * 1024 * 1024}, "Not added."),
    ],
)
async def test_a_file_that_does_not_come_is_said_and_what_was_typed_stays(
    play: Theatre, about: dict[str, Any], said: str
) -> None:
    writer = play.stage.person(9)
    preview = await play.to_preview(writer, {"text": "It happened."})
    shown = await add(play, writer, preview, NOTE, **about)
    assert said in shown.text
    back = await play.stage.press(writer, shown, "Back to the preview")
    assert "It happened." in back.text


async def test_an_empty_file_is_refused_in_words(play: Theatre) -> None:
    writer = play.stage.person(9)
    shown = await add(play, writer, await play.to_preview(writer, {"text": "It happened."}), b"")
    assert "Not added." in shown.text
