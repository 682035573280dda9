from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.model import Card, Form
from bot.visits import NOT_FOUND, VISIT_OVER
from tests.bot.letterbox import (
    DAY,
    HOURS,
    WRITER,
    Elsewhere,
    answer,
    come_back,
    deliver,
    everything,
    keep,
    quotes,
    rows,
    send,
    withdraw,
)
from tests.world import World, card, labels, said

UNKNOWN = "acorn acorn acorn acorn acorn acorn acorn"


COST = (19 * 1024, 2, 1, 32)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int, int]]:
    """What every run of Argon2id cost: memory, passes, lanes, length. The runs themselves are real."""
    taken: list[tuple[int, int, int, int]] = []

    def counted(**given: Any) -> Argon2id:
        taken.append((given["memory_cost"], given["iterations"], given["lanes"], given["length"]))
        return Argon2id(**given)

    monkeypatch.setattr("bot.receipt.Argon2id", counted)
    return taken


@pytest.mark.parametrize(
    "typed",
    [
        lambda words: words.upper(),
        lambda words: words.title().replace(" ", "   "),
        lambda words: words.replace(" ", "-"),
        lambda words: words.replace(" ", " - "),
        lambda words: words.replace(" ", "\n"),
        lambda words: words.replace(" ", "\r\n\r\n"),
        lambda words: f"\n\n  {words}.  \t",
        lambda words: words.replace(" ", "\u00a0"),
        lambda words: words.replace(" ", " \u200b"),
        lambda words: ", ".join(f"{n}. {word}" for n, word in enumerate(words.split(), 1)),
        lambda words: "".join(chr(ord(each) + 0xFEE0) if each.isalpha() else each for each in words),
    ],
    ids=["upper", "title", "hyphens", "dashes", "lines", "windows", "around", "nbsp", "zero", "list", "wide"],
)
async def test_words_open_however_they_were_typed_or_pasted(w: World, typed: Callable[[str], str]) -> None:
    receipt = await send(w)
    assert "State: Not with HR yet." in said(await come_back(w, typed(receipt)))


@pytest.mark.parametrize(
    "typed",
    [
        lambda words: words[:-1],
        lambda words: words.replace(words.split()[0], "xyzzy", 1),
        lambda words: " ".join(reversed(words.split())),
        lambda words: " ".join(words.split()[:6]),
        lambda words: f"{words} {words.split()[0]}",
        lambda words: words.replace("a", "а").replace("e", "е").replace("o", "о"),  # Cyrillic
        lambda words: words + " " + "x" * 10_000,
        lambda _: "ы" * 10_000,
        lambda _: "das sind leider ganz und gar andere",
        lambda _: "这是七个不同的词",
        lambda _: "\ud83d",
        lambda _: "'; DROP TABLE reports; --",
        lambda _: "",
        lambda _: UNKNOWN,
    ],
    ids=[
        "letter", "word", "order", "six", "eight", "homoglyph", "10000", "10000 foreign", "german", "chinese",
        "half", "sql", "none", "other",
    ],
)  # fmt: skip
async def test_words_that_open_nothing_all_look_and_cost_alike(
    w: World, runs: list[tuple[int, int, int, int]], typed: Callable[[str], str]
) -> None:
    receipt = await send(w)
    runs.clear()
    expected = await come_back(w, UNKNOWN, "P21")
    before = rows(w, "drafts")
    refused = await come_back(w, typed(receipt))
    assert refused == expected
    assert NOT_FOUND in said(refused)
    assert runs == [COST] * 2
    assert rows(w, "drafts") == before


async def test_mistyped_withdrawn_and_erased_words_look_and_cost_alike(
    w: World, runs: list[tuple[int, int, int, int]]
) -> None:
    early, late = await send(w, "one"), ""
    await withdraw(w, await come_back(w, early))
    late = await deliver(w, "two")
    await withdraw(w, await come_back(w, late))
    await w.pass_time(9 * DAY)
    assert rows(w, "reports") == {"reports": 0}
    runs.clear()
    answers = [await come_back(w, each, "P30") for each in (early, late, UNKNOWN)]
    assert answers[0] == answers[1] == answers[2]
    assert NOT_FOUND in said(answers[0])
    assert runs == [COST] * 3


async def test_words_that_open_something_cost_the_same_one_step(
    w: World, runs: list[tuple[int, int, int, int]]
) -> None:
    receipt = await send(w)
    runs.clear()
    await come_back(w, receipt)
    assert runs == [COST]


async def test_after_five_tries_in_an_hour_a_sentence_says_to_wait_and_nothing_is_tried(
    w: World, runs: list[tuple[int, int, int, int]]
) -> None:
    receipt = await send(w)
    runs.clear()
    for _ in range(4):
        await come_back(w, UNKNOWN)
    assert "Your report" in said(await come_back(w, receipt))
    sixth = await come_back(w, receipt)
    assert "so these were not tried. You can try again in 60 min. Nothing is lost" in said(sixth)
    assert "Find support" in labels(sixth)
    assert runs == [COST] * 5
    assert "Your report" in said(await come_back(w, receipt, "P21"))
    await w.pass_time(timedelta(hours=1))
    assert "Your report" in said(await come_back(w, receipt))


async def test_anyone_who_holds_the_words_comes_back_from_any_account(w: World) -> None:
    receipt = await deliver(w, "From one account.")
    box = await come_back(w, receipt, "P33")
    assert quotes(card(await w.press("P33", box, "Everything in it"))) == ["From one account."]


async def test_the_words_open_on_another_platform_of_the_same_bot(w: World) -> None:
    receipt = await deliver(w, "From the first workspace.")
    await answer(w, "We have read it.")
    there = Elsewhere(w)
    form = await there.press(card(await there.act("menu")), "I have a receipt")
    assert isinstance(form, Form)
    box = card(await there.act(form.to.action, form.to.ref, words=receipt))
    assert quotes(box) == ["We have read it."]
    whole = card(await there.press(box, "Everything in it"))
    assert quotes(whole) == ["From the first workspace.", "We have read it."]
    form = await there.press(box, "Add or answer")
    assert isinstance(form, Form)
    added = card(await there.act(form.to.action, form.to.ref, text="From far away."))
    assert added.title == "Added"
    await w.pass_time(HOURS)
    assert "From far away." in quotes(await everything(w, await come_back(w, receipt)))
    assert len(w.posts("hr-desk")) == 2


async def test_from_another_workplace_nobody_is_told_a_name_that_means_nothing_there(w: World) -> None:
    there, receipt = Elsewhere(w), await deliver(w)
    box = card(await there.act("receipt.open", words=receipt))
    elsewhere = card(await there.press(box, "Tell HR who I am"))
    assert "The desk is in another workplace" in said(elsewhere)
    assert labels(elsewhere) == ["Meet with someone I trust instead", "Back to your report"]
    mine = await come_back(w, receipt)
    ask = card(await w.press(WRITER, mine, "Tell HR who I am"))
    (final,) = (each for each in ask.buttons if each.label == "Tell HR who I am")
    forged = final.to.ref.replace(final.to.ref.partition(".")[0], box.here.ref if box.here else "")
    assert "The desk is in another workplace" in said(card(await there.act("box.named", forged)))
    assert rows(w, "messages") == {"messages": 0}


async def test_a_visit_cannot_be_used_in_another_workspace(w: World) -> None:
    box = await come_back(w, await deliver(w, "Only here."))
    there = Elsewhere(w)
    for button in box.buttons:
        if button.to.action.startswith("box."):
            assert "cannot be opened" in said(card(await there.act(button.to.action, button.to.ref)))


async def test_a_visit_ends_and_its_buttons_say_so(w: World) -> None:
    receipt = await deliver(w)
    box = await come_back(w, receipt)
    form = await w.press(WRITER, box, "Add or answer")
    assert isinstance(form, Form)
    await w.pass_time(timedelta(minutes=61))
    for label in ("Everything in it", "What colleagues may see", "Take it back", "Tell HR who I am"):
        assert VISIT_OVER in said(card(await w.press(WRITER, box, label)))
    for label in ("Add or answer", "Something happened since"):
        assert VISIT_OVER in said(card(await w.press(WRITER, box, label)))
    assert "What you may have typed just now was not kept." in said(
        await w.fill(WRITER, form, text="too late")
    )
    assert rows(w, "messages", "drafts") == {"messages": 0, "drafts": 0}
    assert "Your report" in said(await come_back(w, receipt))


async def test_a_visit_lasts_while_it_is_used(w: World) -> None:
    box = await come_back(w, await deliver(w))
    for _ in range(6):
        await w.pass_time(timedelta(minutes=30))
        assert card(await w.press(WRITER, box, "Everything in it")).title == "Everything in it"


@pytest.mark.parametrize(
    "key", ["", "x", "A" * 43, "Ä" * 43, "A" * 64, "../../etc", "\0" * 43, "A" * 43 + ".x"]
)
async def test_a_forged_visit_opens_nothing(w: World, key: str) -> None:
    await deliver(w)
    before = rows(w, "reports", "messages", "outbox", "drafts")
    for action in (
        "box", "box.all", "box.added", "box.happened", "box.met", "box.share", "box.share.yes", "box.share.no",
        "box.name", "box.named", "box.back", "box.withdraw", "box.undo", "box.remind", "box.route", "box.send",
    ):  # fmt: skip
        reply = await w.act(WRITER, action, key, {"text": ("x",)})
        assert isinstance(reply, Card)
        assert VISIT_OVER in said(reply), action
    assert rows(w, "reports", "messages", "outbox", "drafts") == before


async def test_a_visit_is_no_draft_and_a_draft_is_no_visit(w: World) -> None:
    box = await come_back(w, await keep(w))
    assert box.here is not None
    before = rows(w, "reports", "messages", "outbox")
    for action in ("tell.form", "tell.preview", "tell.send", "tell.keep"):
        assert "cannot be opened" in said(card(await w.act(WRITER, action, box.here.ref)))
    preview = await w.write(WRITER, text="a draft")
    assert preview.here is not None
    assert "cannot be opened" in said(card(await w.act(WRITER, "box", preview.here.ref)))
    assert rows(w, "reports", "messages", "outbox") == before


async def test_a_visit_row_names_nobody_and_no_report(w: World) -> None:
    receipt = await deliver(w)
    await come_back(w, receipt)
    ((report,),) = w.sql("SELECT id FROM reports")
    ((sealed,),) = w.sql("SELECT sealed FROM drafts")
    assert report not in sealed
    assert report.hex().encode() not in sealed
    await w.write("P22", text="x")
    assert {len(row[0]) for row in w.sql("SELECT sealed FROM drafts")} == {len(sealed)}
