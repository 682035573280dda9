from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.account import TEXT_LIMIT
from bot.config import WorkspaceSettings
from bot.model import Actor, Card, Event, FileField, Form, PersonField, Standing, TextField, Workspace
from bot.service import Service
from tests.world import TUESDAY, WORKSPACE, World, card, labels, quoted, said, words, world

TABLES = ("drafts", "reports", "report_keys", "outbox")


def stored(w: World) -> dict[str, int]:
    return {table: w.sql(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}  # noqa: S608 - fixed names


async def opened(w: World, user: str = "P20") -> Form:
    menu = card(await w.act(user, "menu"))
    form = await w.press(user, card(await w.press(user, menu, "Tell what happened")), "Start writing")
    assert isinstance(form, Form)
    return form


async def delivered(w: World) -> int:
    await w.pass_time(timedelta(hours=5))
    return len(w.posts("hr-desk"))


async def test_nothing_is_stored_before_the_form_is_sent(w: World) -> None:
    before = stored(w)
    await opened(w)
    assert stored(w) == before


async def test_what_must_always_be_said_stands_before_the_form(w: World) -> None:
    told = said(card(await w.press("P20", card(await w.act("P20", "menu")), "Tell what happened")))
    for each in (
        "you see which desk, and how many",
        "log devices and networks",
        "not a legal complaint",
        "a union",
    ):
        assert each in told


async def test_only_the_text_has_to_be_filled_in_and_nothing_is_shared_by_default(w: World) -> None:
    form = await opened(w)
    assert [field.name for field in form.fields if field.required] == ["text"]
    preview = await w.fill("P20", form, text="It happened.")
    assert "Colleagues:" not in said(preview)
    assert "Kind:" not in said(preview)


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t \u3000\r\n", "x" * (TEXT_LIMIT + 7)], ids=["none", "blank", "spaces", "long"]
)
async def test_a_text_that_cannot_be_sent_comes_back_with_all_that_was_typed(w: World, text: str) -> None:
    typed: dict[str, str | tuple[str, ...]] = {
        "text": text,
        "category": "touch",
        "named": ("P9",),
        "when": "weeks",
        "share": "yes",
    }
    refused = await w.write("P20", **typed)
    assert labels(refused) == ["Change", "Throw away"]
    again = await w.press("P20", refused, "Change")
    assert isinstance(again, Form)
    assert {field.name: field.value for field in again.fields if not isinstance(field, FileField)} == typed
    assert stored(w)["reports"] == 0


async def test_how_much_too_long_a_text_is_gets_said(w: World) -> None:
    assert "This is 7 characters longer than fits." in said(await w.write("P20", text="ä" * (TEXT_LIMIT + 7)))


async def test_a_text_of_exactly_the_limit_is_sent(w: World) -> None:
    sent = await w.report("P20", text="ä" * TEXT_LIMIT)
    assert sent.title == "Your report is saved"


async def test_a_refused_draft_cannot_be_sent_by_pressing_an_older_send(w: World) -> None:
    preview = await w.write("P20", text="first")
    form = await w.press("P20", preview, "Change")
    assert isinstance(form, Form)
    await w.fill("P20", form, text=" ")
    refused = card(await w.press("P20", preview, "Send"))
    assert "There is no text yet" in said(refused)
    assert stored(w)["reports"] == 0


async def test_what_is_no_option_counts_as_unsaid_and_no_more_than_five_are_named(w: World) -> None:
    preview = await w.write("P20", text="x", category="<script>", when="yesterday", named=tuple("ABCDEFG"))
    assert "Kind:" not in said(preview)
    form = await w.press("P20", preview, "Change")
    assert isinstance(form, Form)
    (people,) = (field for field in form.fields if isinstance(field, PersonField))
    assert people.value == tuple("ABCDE")


async def test_the_receipt_after_send_has_the_words_of_the_preview(w: World) -> None:
    preview = await w.write("P20", text="x")
    sent = card(await w.press("P20", preview, "Send"))
    assert words(sent) == words(preview)
    assert len(words(sent).split()) == 7
    assert "A person should answer by 2026-12-01" in said(sent)
    assert stored(w) == {"drafts": 0, "reports": 1, "report_keys": 3, "outbox": 1}


async def test_a_second_send_is_the_same_report(w: World) -> None:
    preview = await w.write("P20", text="x")
    first, second = [card(await w.press("P20", preview, "Send")) for _ in range(2)]
    assert first == second
    assert stored(w)["reports"] == 1
    assert await delivered(w) == 1


async def test_ten_sends_at_once_are_one_report_with_the_same_words(w: World) -> None:
    preview = await w.write("P20", text="x")
    answers = await asyncio.gather(*(w.press("P20", preview, "Send") for _ in range(10)))
    assert {words(card(each)) for each in answers} == {words(preview)}
    assert stored(w)["reports"] == 1
    assert await delivered(w) == 1


async def test_sending_late_and_at_once_together_is_one_report(w: World) -> None:
    preview = await w.write("P20", text="x")
    hurry = card(await w.press("P20", preview, "Send without the delay"))
    await asyncio.gather(w.press("P20", preview, "Send"), w.press("P20", hurry, "Send now"))
    assert await delivered(w) == 1


async def test_a_send_whose_answer_got_lost_gives_its_receipt_after_delivery_too(w: World) -> None:
    preview = await w.write("P20", text="x")
    await w.press("P20", preview, "Send")
    assert await delivered(w) == 1
    await w.jump(timedelta(days=3))
    assert words(card(await w.press("P20", preview, "Send"))) == words(preview)
    assert stored(w)["reports"] == 1


async def test_a_form_that_arrives_again_after_send_answers_with_the_receipt(w: World) -> None:
    form = await opened(w)
    preview = await w.fill("P20", form, text="x")
    await w.press("P20", preview, "Send")
    again = await w.fill("P20", form, text="x")
    assert (again.title, words(again)) == ("Your report is saved", words(preview))
    assert stored(w) == {"drafts": 0, "reports": 1, "report_keys": 3, "outbox": 1}


async def test_change_after_send_shows_the_receipt_instead_of_an_empty_form(w: World) -> None:
    preview = await w.write("P20", text="x")
    await w.press("P20", preview, "Send")
    assert words(card(await w.press("P20", preview, "Change"))) == words(preview)


async def test_throwing_away_leaves_nothing(w: World) -> None:
    preview = await w.write("P20", text="x")
    gone = card(await w.press("P20", card(await w.press("P20", preview, "Throw away")), "Throw it away"))
    assert "Nothing was sent" in said(gone)
    assert stored(w)["drafts"] == 0
    assert "This draft is gone" in said(card(await w.press("P20", preview, "Send")))
    assert await delivered(w) == 0


async def test_throwing_away_after_send_never_says_that_nothing_was_sent(w: World) -> None:
    preview = await w.write("P20", text="x")
    await w.press("P20", preview, "Send")
    assert words(card(await w.press("P20", preview, "Throw away"))) == words(preview)
    assert await delivered(w) == 1


async def test_throwing_away_during_send_tells_the_truth(w: World) -> None:
    preview = await w.write("P20", text="x")
    assert preview.here is not None
    actions = ("tell.send", "tell.dropped", "tell.dropped")
    answers = await asyncio.gather(*(w.act("P20", each, preview.here.ref) for each in actions))
    answers = [card(each) for each in answers]
    sent = stored(w)["reports"] == 1
    assert [each.title == "Your report is saved" for each in answers] == [sent] * 3


async def test_a_draft_is_gone_after_an_hour_and_what_was_shown_says_so(w: World) -> None:
    preview = await w.write("P20", text="x")
    await w.pass_time(timedelta(minutes=39))
    assert stored(w)["drafts"] == 1
    await w.pass_time(timedelta(minutes=21))
    assert stored(w)["drafts"] == 0
    for label in ("Send", "Change"):
        answer = await w.press("P20", preview, label)
        if isinstance(answer, Form):
            (text,) = (field.value for field in answer.fields if isinstance(field, TextField))
            assert text == ""
        else:
            assert "nothing was sent, and you can write it again" in said(answer)
    assert stored(w)["reports"] == 0


@pytest.mark.parametrize(
    "key", ["", "x", "A" * 43, "Ä" * 43, "A" * 64, "=" * 43, "../../etc/passwd", "\0" * 43]
)
@pytest.mark.parametrize("action", ["tell.form", "tell.preview", "tell.send", "tell.sendnow", "tell.drop"])
async def test_a_forged_draft_key_never_becomes_a_report(w: World, action: str, key: str) -> None:
    reply = await w.act("P20", action, key)
    if isinstance(reply, Card):
        assert "went wrong on our side" not in said(reply)
    else:
        assert key == "A" * 43  # a key like ours: an empty form, as for a new one
        assert [field.value for field in reply.fields if isinstance(field, TextField)] == [""]
    assert stored(w) == {"drafts": 0, "reports": 0, "report_keys": 0, "outbox": stored(w)["outbox"]}


async def test_a_draft_of_one_workspace_cannot_be_read_or_sent_from_another(tmp_path: Path) -> None:
    other = WorkspaceSettings(platform="discord", id="77", desks=("hr-desk",))
    async with world(tmp_path, start=TUESDAY) as w:
        twice = w.means.settings.model_copy(update={"workspaces": (*w.means.settings.workspaces, other)})
        flows = Service(replace(w.means, settings=twice), {})
        preview = await w.write("P20", text="only here")
        stranger = Actor(Workspace("discord", "77"), "U1", "en", Standing.MEMBER)
        for button in preview.buttons:
            if button.label in {"Send", "Change"}:
                answer = card(await flows.core.handle(Event(stranger, button.to.action, button.to.ref)))
                assert "cannot be opened" in said(answer)
        assert stored(w)["reports"] == 0
        assert words(card(await w.press("P20", preview, "Send"))) == words(preview)


@pytest.mark.parametrize("standing", [Standing.BOT, Standing.EXTERNAL])
async def test_who_does_not_work_here_is_told_so_and_shown_support(w: World, standing: Standing) -> None:
    for action in ("tell", "tell.preview", "tell.send"):
        event = Event(Actor(WORKSPACE, "X", "en", standing), action, "A" * 43, {"text": ("x",)})
        answer = card(await w.service.core.handle(event))
        assert "people who work in this workplace" in said(answer)
        assert "Find support" in labels(answer)
    assert stored(w)["drafts"] == 0


async def test_no_word_of_who_wrote_gets_into_the_file(w: World) -> None:
    w.workplace.people["canary-person-77"] = w.workplace.people.pop("P20")
    await w.report("canary-person-77", text="plain canary text", named=("P9",))
    await delivered(w)
    w.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    everything = w.file.read_bytes()
    assert b"desk.read" not in everything
    assert b"hr-desk" in everything  # the search finds what is there
    for each in (b"canary-person", b"plain canary", b'P9"'):
        assert each not in everything


async def test_the_reader_sees_exactly_what_was_previewed(w: World) -> None:
    preview = await w.write("P20", text="exact\r\n words ", category="bullying", named=("P9",), when="days")
    await w.press("P20", preview, "Send")
    await delivered(w)
    reading = await w.read("P1", w.posts("hr-desk")[0])
    assert quoted(reading) == quoted(preview) == "exact\r\n words "
    assert "Kind: Bullying" in said(reading)
    assert "When, roughly: In the last days" in said(reading)
