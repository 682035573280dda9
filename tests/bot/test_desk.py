from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.desk import NOT_YOURS
from bot.model import Actor, Card, Event, Form, Place, Standing, Workspace
from bot.ports import Store
from bot.records import MarkDelivered
from tests.world import WORKSPACE, World, card, labels, quoted, said


async def arrived(w: World, **values: Any) -> Card:
    await w.report("P20", **({"text": "what happened"} | values))
    await w.jump(timedelta(hours=5))
    (posted,) = [each for each in w.posts("hr-desk") if each.title == "A report arrived"]
    return posted


def ref(posted: Card) -> str:
    return posted.buttons[0].to.ref


async def test_who_can_read_the_desk_reads_the_report_and_the_first_time_is_kept(w: World) -> None:
    posted = await arrived(w)
    assert w.sql("SELECT opened FROM reports") == [(None,)]
    for user in ("P1", "P3"):
        assert quoted(await w.read(user, posted)) == "what happened"
    first = w.sql("SELECT opened FROM reports")
    await w.jump(timedelta(days=1))
    await w.read("P2", posted)
    assert w.sql("SELECT opened FROM reports") == first == [(int(w.clock.now().timestamp()) - 86400,)]


async def test_every_reason_not_to_open_is_refused_in_the_very_same_words(w: World) -> None:
    posted = await arrived(w, named=("P9",))
    desk = w.workplace.channels["hr-desk"]
    refused: list[Card] = []

    async def press(user: str, report: str = "", workspace: Workspace = WORKSPACE) -> None:
        actor = Actor(workspace, user, "en", Standing.MEMBER)
        for action in ("desk.read", "desk.words"):
            event = Event(actor, action, report or ref(posted), {}, Place(workspace, "hr-desk"))
            refused.append(card(await w.service.core.handle(event)))

    await press("P30")  # cannot read the desk
    await press("P4")  # reads another desk
    desk.readers |= {"P9"}
    await press("P9")  # is named in it
    desk.readers -= {"P9"}
    desk.readers -= {"P3"}
    await press("P3")  # could read it until now
    await press("P1", "ab" * 16)  # there is no such report
    await press("P1", "no id at all")
    for name, value in (("private", False), ("external", True)):
        before = getattr(desk, name)
        setattr(desk, name, value)
        await press("P1")  # everybody could read the desk
        setattr(desk, name, before)
    assert {said(each) for each in refused} == {said(refused[0])}
    assert {tuple(labels(each)) for each in refused} == {tuple(labels(refused[0]))}
    assert {each.title for each in refused} == {refused[0].title}
    assert NOT_YOURS in said(refused[0])
    assert w.sql("SELECT opened FROM reports") == [(None,)]
    await press("P1")
    assert quoted(refused[-1]) == "what happened"


async def test_a_report_of_another_workspace_is_refused_in_the_same_words(w: World) -> None:
    posted = await arrived(w)
    here = said(await w.read("P30", posted))
    w.sql("UPDATE reports SET workspace = 'slack:T1'")
    assert said(await w.read("P1", posted)) == here


@pytest.mark.parametrize("action", ["desk.answered", "desk.closed", "desk.review", "desk.ask"])
async def test_who_cannot_read_the_desk_cannot_write_from_it_either(w: World, action: str) -> None:
    posted = await arrived(w, named=("P2",)) if action == "" else await arrived(w)
    for user in ("P30", "P4"):
        answer = card(await w.act(user, action, f"{ref(posted)}.x", {"text": ("planted",)}))
        assert NOT_YOURS in said(answer)
    assert w.sql("SELECT * FROM messages") == []
    assert w.sql("SELECT reviewing, closed FROM reports") == [(None, None)]


class Late:
    """A store that does not get to keep that a report was delivered."""

    def __init__(self, store: Store) -> None:
        self.read = store.read
        self.compact = store.compact
        self.close = store.close
        self._write = store.write

    async def write(self, *changes: Any) -> tuple[bool, ...]:
        if any(isinstance(each, MarkDelivered) for each in changes):
            raise TimeoutError
        return await self._write(*changes)


async def test_before_delivery_is_saved_only_the_posted_channel_opens_it(w: World) -> None:
    late = Late(w.store)
    w.service._store._write = late.write
    posted = await arrived(w)
    assert w.sql("SELECT delivered, desk FROM reports") == [(None, None)]

    async def press(user: str, channel: str | None) -> Card:
        place = Place(WORKSPACE, channel) if channel else None
        actor = Actor(WORKSPACE, user, "en", Standing.MEMBER)
        return card(await w.service.core.handle(Event(actor, "desk.words", ref(posted), {}, place)))

    assert quoted(await press("P1", "hr-desk")) == "what happened"
    for user, channel in (("P1", None), ("P1", "ombuds"), ("P30", "hr-desk"), ("P1", "general"), ("P1", "x")):
        assert NOT_YOURS in said(await press(user, channel)), (user, channel)


async def test_a_decoy_opens_nothing_from_the_desk_that_was_skipped(w: World) -> None:
    await w.report("P20", text="about a handler", named=("P2",))
    await w.jump(timedelta(hours=5))
    (posted,) = w.posts("ombuds")
    assert quoted(await w.read("P4", posted)) == "about a handler"
    for user in ("P1", "P2", "P3"):
        actor = Actor(WORKSPACE, user, "en", Standing.MEMBER)
        event = Event(actor, "desk.words", ref(posted), {}, Place(WORKSPACE, "hr-desk"))
        assert NOT_YOURS in said(card(await w.service.core.handle(event)))
    (skipped,) = w.sql("SELECT id FROM desks WHERE channel = 'hr-desk'")[0]
    w.sql("UPDATE reports SET desk = ?", skipped)
    answer = await w.read("P1", posted)
    assert "cannot be opened" in said(answer)
    assert "about a handler" not in said(answer)


async def test_an_answer_sent_twice_is_one_message_and_the_form_needs_text(w: World) -> None:
    posted = await arrived(w)
    reading = await w.read("P1", posted)
    form = await w.press("P1", reading, "Answer")
    assert isinstance(form, Form)
    for _ in range(2):
        await w.fill("P1", form, text="we read it")
    assert w.sql("SELECT count(*) FROM messages") == [(1,)]
    other = await w.press("P1", reading, "Answer")
    assert isinstance(other, Form)
    assert "There is no text yet" in said(await w.fill("P1", other, text="  "))
    assert w.sql("SELECT count(*) FROM messages") == [(1,)]


async def test_every_configured_desk_has_one_inbox_of_its_own(w: World) -> None:
    before = w.sql("SELECT * FROM desks ORDER BY channel")
    assert [row[2] for row in before] == ["hr-desk", "ombuds"]
    await w.service.prepare()
    assert w.sql("SELECT * FROM desks ORDER BY channel") == before
