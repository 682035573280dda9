"""Before somebody named is spoken with there is a plan, and its writer knows and can answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.contact import Contact
from bot.conversation import Kind
from bot.model import Card, Form
from tests.bot.letterbox import (
    COLLEAGUE,
    HANDLER,
    WRITER,
    come_back,
    deliver,
    everything,
    quotes,
    read,
    to_another_desk,
)
from tests.world import World, card, labels, said

HOURS, DAYS = timedelta(hours=5), timedelta(days=3)
PLAN = "planted-plan-90: she works elsewhere until then"
TOLD = "We would like to hear his side."


async def contact(w: World, user: str = HANDLER) -> Card:
    work = card(await w.press(user, await read(w, user), "Work on this case"))
    return card(await w.press(user, work, "Speak with the person named"))


async def announce(w: World, shown: Card, user: str = HANDLER, **values: str) -> Card:
    label = next(each for each in labels(shown) if each.startswith(("Make a plan", "Announce")))
    form = await w.press(user, shown, label)
    assert isinstance(form, Form)
    return await w.fill(user, form, **({"plan": PLAN, "reveals": "no", "text": TOLD} | values))


async def reply(w: World, receipt: str, **values: str) -> Card:
    form = await w.press(WRITER, await come_back(w, receipt), "Answer the desk's plan")
    assert isinstance(form, Form)
    return await w.fill(WRITER, form, **values)


async def test_the_writer_is_told_first_and_then_the_desk_waits(w: World) -> None:
    receipt = await deliver(w, named=("P30",))
    before = await contact(w)
    assert "The bot cannot keep anybody from speaking earlier." in said(before)
    assert "You can go ahead" not in said(before)
    shown = await announce(w, before)
    assert "Please wait until 2026-11-27, or until the writer answers." in said(shown)
    box = await come_back(w, receipt)
    assert "The desk wants to speak with the person named, not before 2026-11-27." in said(box)
    assert TOLD in quotes(box)
    assert PLAN not in str(quotes(await everything(w, box)))
    assert "Answer the desk's plan" in labels(box)
    await w.pass_time(DAYS)
    assert "The writer has not answered in time. You can go ahead" in said(await contact(w, COLLEAGUE))


async def test_the_plan_is_a_note_of_the_desk(w: World) -> None:
    await deliver(w)
    await announce(w, await contact(w))
    work = card(await w.press(COLLEAGUE, await read(w, COLLEAGUE), "Work on this case"))
    assert quotes(work) == [PLAN]


@pytest.mark.parametrize(
    ("answer", "says"),
    [("yes", "The writer agrees. You can go ahead"), ("no", "The writer asks you not to.")],
)
async def test_what_the_writer_answers_arrives_late_and_decides(w: World, answer: str, says: str) -> None:
    receipt = await deliver(w)
    await announce(w, await contact(w))
    added = await reply(w, receipt, answer=answer, text="Not before Friday.")
    assert "between 15 min and 4 h" in said(added)
    assert "Please wait until" in said(await contact(w))
    await w.pass_time(HOURS)
    assert says in said(await contact(w))
    assert "Not before Friday." in quotes(await read(w))
    box = await come_back(w, receipt)
    assert "Answer the desk's plan" not in labels(box)
    if answer == "no":
        await w.pass_time(DAYS)
        assert "You can go ahead" not in said(await contact(w))


async def test_what_could_reveal_the_writer_is_not_announced(w: World) -> None:
    receipt = await deliver(w)
    shown = await announce(w, await contact(w), reveals="maybe")
    assert "needs their yes first" in said(shown)
    assert "There is no answer from the desk yet." in said(await come_back(w, receipt))
    work = card(await w.press(HANDLER, await read(w), "Work on this case"))
    assert quotes(work) == [PLAN]


@pytest.mark.parametrize("values", [{"plan": "  "}, {"reveals": ""}, {"reveals": "x"}])
async def test_without_a_plan_or_the_answer_about_the_writer_nothing_is_sent(
    w: World, values: dict[str, str]
) -> None:
    await deliver(w)
    refused = await announce(w, await contact(w), **values)
    assert refused.title == "metoo"
    assert w.sql("SELECT count(*) FROM messages") == [(0,)]


async def test_another_desk_has_to_announce_anew(w: World) -> None:
    receipt = await deliver(w)
    await announce(w, await contact(w))
    await to_another_desk(w, await come_back(w, receipt))
    await w.pass_time(DAYS + HOURS)
    assert "You can go ahead" not in said(await contact(w, "P4"))
    assert "not before" not in said(await come_back(w, receipt))


async def test_two_who_announce_at_once_announce_once(w: World) -> None:
    await deliver(w)
    first, second = await contact(w), await contact(w, COLLEAGUE)
    forms = [await w.press(HANDLER, first, "Make a plan and tell the writer")]
    forms.append(await w.press(COLLEAGUE, second, "Make a plan and tell the writer"))
    shown = [
        await w.fill(user, form, plan=PLAN, reveals="no", text=TOLD)
        for user, form in zip((HANDLER, COLLEAGUE), forms, strict=True)
        if isinstance(form, Form)
    ]
    assert shown[1].title == "Somebody was faster"
    assert quotes(shown[1]) == [f"{PLAN}\n\n{TOLD}"]
    assert w.sql("SELECT count(*) FROM messages WHERE side = 'desk'") == [(1,)]


@pytest.mark.parametrize("action", ["contact", "contact.plan", "contact.announced"])
@pytest.mark.parametrize("user", ["P30", "P4", "P9"])
async def test_who_may_not_read_is_refused_in_the_same_words(w: World, action: str, user: str) -> None:
    await deliver(w, named=("P9",))
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports")
    values = {"plan": (PLAN,), "reveals": ("no",), "text": ("x",)}
    refused = card(await w.act(user, action, f"{report}.0-0.x", values))
    assert "cannot be opened from here" in said(refused)
    assert w.sql("SELECT count(*) FROM messages") == [(0,)]


@pytest.mark.parametrize(
    ("answer", "hours", "free"),
    [
        (None, 71, False),
        (None, 72, True),
        (Kind.AGREE, 1, True),
        (Kind.OBJECT, 1, False),
        (Kind.OBJECT, 99, False),
    ],
)
def test_a_desk_is_free_to_go_ahead_with_a_yes_or_after_silence_and_never_after_a_no(
    answer: Kind | None, hours: int, free: bool
) -> None:
    told = datetime(2026, 11, 24, 12, tzinfo=UTC)
    contact = Contact(told, told + DAYS, answer)
    assert contact.free(told + timedelta(hours=hours)) is free
