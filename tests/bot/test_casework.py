"""What handlers do with a case beside talking to its writer, one at a time, on the record, unseen by the writer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.audit import Audit
from bot.flows.cases import CHANGED
from bot.model import Card, ChoiceField, Form, People, Style
from bot.records import AuditOf
from bot.vault import Vault
from tests.bot.letterbox import (
    COLLEAGUE,
    HANDLER,
    OTHER_HANDLER,
    come_back,
    deliver,
    desk_card,
    everything,
    fill_in,
    left,
    quotes,
    to_another_desk,
    withdraw,
)
from tests.world import WORKSPACE, World, card, labels, said

HOURS = timedelta(hours=5)
REFUSED = "cannot be opened from here"
NOTE = "planted-note-55: she was with me that day"


async def read(w: World, user: str = HANDLER, channel: str = "hr-desk", n: int = 0) -> Card:
    post = [each for each in w.posts(channel) if each.title == "A report arrived"][n]
    return await w.read(user, post)


async def work(w: World, user: str = HANDLER) -> Card:
    return card(await w.press(user, await read(w, user), "Work on this case"))


async def press(w: World, user: str, shown: Card, *ways: str) -> Card:
    for label in ways:
        shown = card(await w.press(user, shown, label))
    return shown


async def fill(w: World, user: str, shown: Card, label: str, **values: str | tuple[str, ...]) -> Card:
    form = await w.press(user, shown, label)
    assert isinstance(form, Form), form
    return await w.fill(user, form, **values)


def people(shown: Card) -> dict[str, tuple[str, ...]]:
    return {each.label: each.ids for each in shown.body if isinstance(each, People)}


async def done(w: World) -> list[tuple[str, str]]:
    audit = Audit(Vault(w.means.keyring, w.means.random), w.means.random)
    acts = [audit.act(row) for row in await w.store.read(AuditOf(str(WORKSPACE)))]
    return [(each.who, each.what) for each in acts if each.who and each.what not in {"opened", "read"}]


async def close(w: World, user: str, outcome: str, text: str = "Our reason.") -> Card:
    return await fill(w, user, await read(w, user), "Close the report", text=text, outcome=outcome)


async def test_a_case_is_taken_and_handed_over_without_a_reason(w: World) -> None:
    await deliver(w)
    shown = await work(w)
    assert "Works on it: nobody" in said(shown)
    shown = await press(w, HANDLER, shown, "I work on it")
    assert people(shown) == {"Works on it": (HANDLER,)}
    shown = await fill(w, HANDLER, shown, "Hand over", to=COLLEAGUE)
    assert people(shown) == {"Works on it": (COLLEAGUE,)}
    assert people(await read(w)) == {"Works on it": (COLLEAGUE,)}
    assert await done(w) == [(HANDLER, "took over"), (HANDLER, "handed over")]


@pytest.mark.parametrize("to", [OTHER_HANDLER, "P30", "nobody", ""])
async def test_a_case_is_not_handed_to_somebody_who_cannot_read_the_desk(w: World, to: str) -> None:
    await deliver(w)
    refused = await fill(w, HANDLER, await work(w), "Hand over", to=to)
    assert "This person cannot read the desk" in said(refused)
    assert await done(w) == []


async def test_a_case_is_not_handed_to_somebody_named_in_it(w: World) -> None:
    await deliver(w, named=("P9",))
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    assert "This person cannot read the desk" in said(
        await fill(w, HANDLER, await work(w), "Hand over", to="P9")
    )


async def test_of_two_who_act_at_once_the_second_sees_what_changed_and_nothing_is_done(w: World) -> None:
    await deliver(w)
    first, second = await work(w), await work(w, COLLEAGUE)
    await press(w, HANDLER, first, "I work on it")
    shown = await press(w, COLLEAGUE, second, "I work on it")
    assert CHANGED in said(shown)
    assert people(shown) == {"Works on it": (HANDLER,)}
    assert await done(w) == [(HANDLER, "took over")]
    shown = await press(w, COLLEAGUE, shown, "Take it over")
    assert people(shown) == {"Works on it": (COLLEAGUE,)}


async def test_who_stepped_back_is_refused_like_a_stranger_and_asked_once_before(w: World) -> None:
    await deliver(w)
    shown = await press(w, HANDLER, await work(w), "I work on it")
    asked = await press(w, HANDLER, shown, "Step back from this case")
    assert [each.label for each in asked.buttons if each.style is Style.FINAL] == ["Step back"]
    gone = await press(w, HANDLER, asked, "Step back")
    assert gone.title == "Stepped back"
    stranger = await w.read("P30", desk_card(w))
    assert said(await read(w)) == said(stranger)
    assert REFUSED in said(stranger)
    shown = await work(w, COLLEAGUE)
    assert "Works on it: nobody" in said(shown)
    assert "stepped back" not in said(shown).lower().replace("step back from this case", "")


async def test_who_stepped_back_cannot_open_it_at_another_desk_either(w: World) -> None:
    w.workplace.channels["ombuds"].readers = frozenset({"P4", HANDLER})
    receipt = await deliver(w)
    await press(w, HANDLER, await work(w), "Step back from this case", "Step back")
    await to_another_desk(w, await come_back(w, receipt))
    await w.pass_time(timedelta(hours=5))
    moved = w.posts("ombuds")[-1]
    assert REFUSED in said(card(await w.press(HANDLER, moved, "Read privately")))
    assert REFUSED not in said(card(await w.press("P4", moved, "Read privately")))


async def test_a_desk_whose_channel_is_gone_does_not_hide_the_cases_of_others(w: World) -> None:
    await deliver(w)
    del w.workplace.channels["ombuds"]
    await read(w)
    assert "Open a case" in [each.label for each in card(await w.act(HANDLER, "cases")).choices]


async def test_notes_are_for_the_desk_alone_and_their_bytes_are_gone_when_it_goes_elsewhere(w: World) -> None:
    receipt = await deliver(w)
    shown = await fill(w, HANDLER, await work(w), "Write a note", text=NOTE)
    assert quotes(shown) == [NOTE]
    assert people(shown)["By"] == (HANDLER,)
    assert quotes(await work(w, COLLEAGUE)) == [NOTE]
    box = await come_back(w, receipt)
    assert NOTE not in str(quotes(await everything(w, box)))
    assert "There is no answer from the desk yet." in said(box)
    await to_another_desk(w, box)
    await w.pass_time(HOURS)
    other = card(await w.press(OTHER_HANDLER, await read(w, OTHER_HANDLER, "ombuds"), "Work on this case"))
    assert quotes(other) == []
    assert w.sql("SELECT count(*) FROM messages WHERE side = 'note'") == [(0,)]
    assert NOTE.encode() not in await left(w)


async def test_a_note_sent_twice_is_one_and_an_empty_one_is_none(w: World) -> None:
    await deliver(w)
    form = await w.press(HANDLER, await work(w), "Write a note")
    assert isinstance(form, Form)
    assert "There is no text yet" in said(await w.fill(HANDLER, form, text=" "))
    assert "characters longer than fits" in said(await w.fill(HANDLER, form, text="x" * 40_001))
    for _ in range(2):
        shown = await w.fill(HANDLER, form, text=NOTE)
    assert quotes(shown) == [NOTE]


async def test_a_safety_concern_stands_above_the_text_with_what_to_do(w: World) -> None:
    await deliver(w)
    shown = await press(w, HANDLER, await work(w), "Mark a safety concern")
    assert "The writer cannot be traced, by nobody" in said(shown)
    assert "agree on a plan for the safety" in said(shown)
    assert said(await read(w, COLLEAGUE)).splitlines()[1].startswith("A safety concern is marked.")
    shown = await press(w, HANDLER, shown, "Remove the safety mark")
    assert "Safety concern" not in said(shown)


async def test_two_cases_about_the_same_matter_are_linked_and_no_writer_learns_of_it(w: World) -> None:
    receipt = await deliver(w)
    await deliver(w)
    listed = card(await w.press(HANDLER, await work(w), "Same matter as another"))
    (choice,) = listed.choices
    (other,) = choice.options
    shown = card(await w.act(HANDLER, choice.to.action, choice.to.ref, {"choice": (other.value,)}))
    assert f"The same matter as: {other.label}" in said(shown)
    theirs = card(await w.act(HANDLER, "case.work", other.value))
    assert "The same matter as: " in said(theirs)
    again = card(await w.press(HANDLER, shown, "Same matter as another"))
    assert "There is no other open case at this desk." in said(again)
    assert other.label not in said(await everything(w, await come_back(w, receipt)))


async def test_a_case_is_not_linked_with_one_of_another_desk_or_with_itself(w: World) -> None:
    await deliver(w)
    await deliver(w, named=("P1",))
    shown = await work(w)
    ((mine,), (theirs,)) = w.sql(
        "SELECT lower(hex(r.id)) FROM reports r JOIN desks d ON r.desk = d.id ORDER BY d.channel"
    )
    ref = next(each.to.ref for each in shown.buttons if each.label == "Same matter as another")
    for other in (mine, theirs, "", "zz"):
        refused = card(await w.act(HANDLER, "case.linked", ref, {"choice": (other,)}))
        assert "There is no other open case of that number" in said(refused)


async def test_a_legal_hold_keeps_what_its_writer_takes_back_until_it_ends(w: World) -> None:
    receipt = await deliver(w)
    shown = await press(w, HANDLER, await work(w), "Legal hold", "Lay a legal hold")
    assert "Legal hold: since" in said(shown)
    box = await come_back(w, receipt)
    assert "A legal hold applies" in said(box)
    await withdraw(w, box)
    await w.pass_time(timedelta(days=12))
    assert w.sql("SELECT count(*) FROM reports") == [(1,)]
    assert ("P1", "laid a legal hold") in await done(w)


async def test_a_hold_ends_by_who_may_and_is_asked_once(w: World) -> None:
    await deliver(w)
    shown = await press(w, HANDLER, await work(w), "Legal hold", "Lay a legal hold")
    asked = await press(w, COLLEAGUE, shown, "End the legal hold")
    assert w.sql("SELECT held IS NULL FROM reports") == [(0,)]
    await press(w, COLLEAGUE, asked, "End the legal hold")
    assert w.sql("SELECT held IS NULL FROM reports") == [(1,)]


async def test_a_case_is_closed_with_what_came_of_it_which_its_writer_does_not_read(w: World) -> None:
    receipt = await deliver(w)
    form = await w.press(HANDLER, await read(w), "Close the report")
    assert isinstance(form, Form)
    assert [each.name for each in form.fields if isinstance(each, ChoiceField)] == ["signed", "outcome"]
    await close(w, HANDLER, "acted")
    box = await come_back(w, receipt)
    assert "Closed" in said(box)
    assert "Our reason." in quotes(await everything(w, box))
    assert "Something was done" not in said(await everything(w, box))


async def test_closing_as_no_report_needs_a_second_handler_and_a_reason(w: World) -> None:
    receipt = await deliver(w)
    for _ in range(2):
        assert "needs a second handler" in said(await close(w, HANDLER, "no_report"))
    assert "Closed" not in said(await come_back(w, receipt))
    assert people(await work(w, COLLEAGUE))["Wants to close it as not a report"] == (HANDLER,)
    await close(w, COLLEAGUE, "no_report", "It is about parking.")
    box = await come_back(w, receipt)
    assert "Closed" in said(box)
    assert "It is about parking." in quotes(await everything(w, box))


async def test_one_handler_alone_can_still_close_it_for_another_reason(w: World) -> None:
    receipt = await deliver(w)
    await close(w, HANDLER, "no_report")
    await close(w, HANDLER, "other")
    assert "Closed" in said(await come_back(w, receipt))


async def test_cases_are_listed_by_when_an_answer_is_due_for_those_who_can_open_them(w: World) -> None:
    await deliver(w)
    await w.pass_time(timedelta(days=2))
    await deliver(w)
    await deliver(w, named=("P1",))
    shown = await press(w, HANDLER, await work(w), "Cases")
    rows = said(shown).splitlines()[1:]
    assert len(rows) == 2
    assert [row.partition("due on ")[2][:10] for row in rows] == sorted(
        row.partition("due on ")[2][:10] for row in rows
    )
    (choice,) = shown.choices
    opened = card(await w.act(HANDLER, choice.to.action, "", {"choice": (choice.options[0].value,)}))
    assert opened.title.startswith("Report ")
    assert "There is no open case" in said(card(await w.act("P30", "cases")))
    assert len(said(card(await w.act(OTHER_HANDLER, "cases"))).splitlines()) == 2


async def test_closed_cases_and_those_one_stepped_back_from_are_not_listed(w: World) -> None:
    await deliver(w)
    await press(w, COLLEAGUE, await work(w, COLLEAGUE), "Step back from this case", "Step back")
    assert "There is no open case" in said(card(await w.act(COLLEAGUE, "cases")))
    await close(w, HANDLER, "other")
    assert "There is no open case" in said(card(await w.act(HANDLER, "cases")))


async def test_the_menu_offers_cases_to_those_who_opened_one_and_to_nobody_else(w: World) -> None:
    await deliver(w)
    assert "Cases" not in labels(card(await w.act(HANDLER, "menu")))
    await read(w)
    assert "Cases" in labels(card(await w.act(HANDLER, "menu")))
    await w.read("P30", desk_card(w))
    assert "Cases" not in labels(card(await w.act("P30", "menu")))


ACTIONS = [
    "work",
    "take",
    "give",
    "given",
    "note",
    "noted",
    "danger",
    "safe",
    "link",
    "linked",
    "held",
    "freed",
    "gone",
]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("user", ["P30", "P9", OTHER_HANDLER])
async def test_every_step_asks_anew_who_may_and_refuses_all_in_the_same_words(
    w: World, action: str, user: str
) -> None:
    """A stranger, somebody named who came into the desk since, and a handler of another desk."""
    await deliver(w, named=("P9",))
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports")
    refused = card(await w.act(user, f"case.{action}", f"{report}.0", {"text": ("x",), "to": (HANDLER,)}))
    assert REFUSED in said(refused)
    assert await done(w) == []


async def test_a_handler_who_lost_access_between_opening_and_acting_is_refused(w: World) -> None:
    await deliver(w)
    shown = await work(w)
    w.workplace.channels["hr-desk"].readers -= {HANDLER}
    assert REFUSED in said(await press(w, HANDLER, shown, "I work on it"))
    assert REFUSED in said(
        card(await w.act(HANDLER, "desk.answered", shown.buttons[0].to.ref, {"text": ("x",)}))
    )


@pytest.mark.parametrize("ref", ["", ".", "zz.1", "00.x", "00.٣", "00.99999999999999999999", "00.-1"])
async def test_a_reference_that_is_none_is_refused_in_words(w: World, ref: str) -> None:
    assert REFUSED in said(card(await w.act(HANDLER, "case.take", ref)))


async def test_nothing_of_a_case_is_in_clear_in_the_store(w: World) -> None:
    await deliver(w)
    shown = await press(w, HANDLER, await work(w), "I work on it", "Mark a safety concern")
    await fill(w, HANDLER, shown, "Write a note", text=NOTE)
    content = w.file.read_bytes() + w.file.with_name(f"{w.file.name}-wal").read_bytes()
    for each in (NOTE.encode(), b'"assigned"', b'"P1"', b"safety"):
        assert each not in content


async def test_answers_and_the_mailbox_go_on_beside_casework(w: World) -> None:
    receipt = await deliver(w)
    await press(w, HANDLER, await work(w), "I work on it")
    await fill_in(w, await read(w), "Answer", "We have read it.", HANDLER, signed="desk")
    assert "We have read it." in quotes(await everything(w, await come_back(w, receipt)))
