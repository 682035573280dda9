"""Which desk gets a report, and who must not read it: chosen before Send, and held to afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.account import Account, Quotation
from bot.flows.choices import readers_of
from bot.i18n import translator
from bot.model import Card, Choice, Facts, Form, People, PersonField
from bot.records import DeskRow
from bot.routing import Look
from tests.bot.letterbox import (
    HANDLER,
    OTHER_HANDLER,
    come_back,
    desk_card,
    fill_in,
    quotes,
    to_another_desk,
)
from tests.world import World, card, labels, said, words

HOURS = timedelta(hours=5)
BUTTON = "Somebody must not read this"
HR = "Does somebody you wrote about work with HR?"
NOTE = "A name in the text keeps no desk away."


def choice(shown: Card, label: str) -> Choice:
    (found,) = (each for each in shown.choices if each.label == label)
    return found


async def pick(w: World, shown: Card, label: str, option: str) -> Card:
    listed = choice(shown, label)
    (value,) = (each.value for each in listed.options if each.label.startswith(option))
    return card(await w.act("P20", listed.to.action, listed.to.ref, {"choice": (value,)}))


async def keep_away(w: World, shown: Card, *people: str) -> Card:
    form = await w.press("P20", shown, BUTTON)
    assert isinstance(form, Form)
    return await w.fill("P20", form, away=people)


def picked(shown: Card) -> set[str]:
    """Everybody who is shown on a card."""
    return {each for block in shown.body if isinstance(block, People) for each in block.ids}


async def arrived(w: World, shown: Card) -> list[str]:
    await w.press("P20", shown, "Send")
    await w.pass_time(HOURS)
    return [name for name in ("hr-desk", "ombuds") if w.posts(name)]


async def test_every_desk_is_listed_with_its_readers_and_the_first_is_chosen(w: World) -> None:
    listed = choice(await w.write("P20", text="x"), "Desk")
    assert [each.label for each in listed.options] == [
        "#hr-desk; people who can read it now: 3",
        "#ombuds; people who can read it now: 1",
    ]
    assert listed.value == listed.options[0].value


async def test_the_chosen_desk_gets_it_and_no_other(w: World) -> None:
    shown = await pick(w, await w.write("P20", text="x"), "Desk", "#ombuds")
    assert "Goes to: #ombuds" in said(shown)
    assert await arrived(w, shown) == ["ombuds"]
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports")
    refused = card(await w.act(HANDLER, "desk.read", report))
    assert "cannot be opened from here" in said(refused)


async def test_while_the_chosen_desk_is_no_private_place_the_report_waits_for_it(w: World) -> None:
    shown = await pick(w, await w.write("P20", text="x"), "Desk", "#ombuds")
    w.workplace.channels["ombuds"].private = False
    assert await arrived(w, shown) == []
    await w.pass_time(timedelta(hours=40))
    assert w.posts("hr-desk") == []
    w.workplace.channels["ombuds"].private = True
    await w.pass_time(timedelta(hours=1))
    assert len(w.posts("ombuds")) == 1


async def test_a_chosen_desk_that_somebody_picked_can_read_is_not_chosen_any_more(w: World) -> None:
    shown = await pick(w, await w.write("P20", text="x"), "Desk", "#ombuds")
    shown = await keep_away(w, shown, "P4")
    assert "Goes to: #hr-desk" in said(shown)
    assert [each.label for each in shown.choices] == ["Who tells"]


async def test_past_the_first_desk_nothing_is_shared_and_the_form_says_so(w: World) -> None:
    shown = await pick(w, await w.write("P20", text="x", share="yes"), "Desk", "#ombuds")
    assert "Nothing is shared: the first desk does not get this" in said(shown)
    assert await arrived(w, shown) == ["ombuds"]
    assert w.sql("SELECT count(*) FROM outbox WHERE kind = 'statement'") == [(0,)]


async def test_who_must_not_read_it_is_kept_from_every_desk_and_the_desk_is_not_told_who(w: World) -> None:
    shown = await keep_away(w, await w.write("P20", text="x"), "P1", "P40")
    assert ("Must not read it", ("P1", "P40")) in [
        (each.label, each.ids) for each in shown.body if isinstance(each, People)
    ]
    assert await arrived(w, shown) == ["ombuds"]
    reading = await w.read(OTHER_HANDLER, desk_card(w, "ombuds"))
    assert not {"P1", "P40"} & picked(reading)


async def test_who_must_not_read_it_cannot_even_where_they_come_into_the_desk_later(w: World) -> None:
    shown = await keep_away(w, await w.write("P20", text="x"), "P9")
    assert await arrived(w, shown) == ["hr-desk"]
    w.workplace.channels["hr-desk"].readers |= {"P9"}
    assert "cannot be opened from here" in said(await w.read("P9", desk_card(w)))


async def test_nobody_can_be_chosen_again_and_the_form_shows_who_was(w: World) -> None:
    shown = await keep_away(w, await w.write("P20", text="x"), "P1", "P4")
    assert "Every desk here can be read by somebody you picked" in said(shown)
    assert BUTTON in labels(shown)
    form = await w.press("P20", shown, BUTTON)
    assert isinstance(form, Form)
    (field,) = form.fields
    assert isinstance(field, PersonField)
    assert field.value == ("P1", "P4")
    assert "Goes to: #hr-desk" in said(await w.fill("P20", form, away=()))


async def test_a_name_in_the_text_only_raises_a_question_and_its_answer_a_note(w: World) -> None:
    shown = await w.write("P20", text="x")
    assert NOTE not in said(shown)
    assert NOTE in said(await pick(w, shown, HR, "Yes"))
    assert NOTE not in said(await pick(w, shown, HR, "No"))
    picked = await w.write("P21", text="x", named=("P30",))
    assert HR not in [each.label for each in picked.choices]


async def test_what_was_chosen_stays_when_the_words_are_changed(w: World) -> None:
    shown = await pick(w, await keep_away(w, await w.write("P20", text="x"), "P40"), "Desk", "#ombuds")
    form = await w.press("P20", shown, "Change")
    assert isinstance(form, Form)
    shown = await w.fill("P20", form, text="other words")
    assert "Goes to: #ombuds" in said(shown)
    assert "P40" in picked(shown)


async def test_a_choice_that_is_none_of_those_offered_changes_nothing_for_the_worse(w: World) -> None:
    listed = choice(await w.write("P20", text="x"), "Desk")
    for value in ("", "00" * 16, "x" * 500):
        shown = card(await w.act("P20", listed.to.action, listed.to.ref, {"choice": (value,)}))
        assert "Goes to: #hr-desk" in said(shown)


async def test_a_private_record_keeps_who_must_not_read_it_for_the_day_it_is_sent(w: World) -> None:
    shown = await keep_away(w, await w.write("P20", text="x"), "P1")
    receipt = words(card(await w.press("P20", shown, "Keep it for now")))
    box = await come_back(w, receipt)
    await w.press("P20", card(await w.press("P20", box, "Send it to HR")), "Send")
    await w.pass_time(HOURS)
    assert [bool(w.posts(name)) for name in ("hr-desk", "ombuds")] == [False, True]


def test_an_account_comes_back_as_it_was_kept() -> None:
    account = Account("a", named=("P1",), away=("P2",), desk="ab", hr="yes")
    assert Account.from_json(account.to_json()) == account
    quoting = replace(account, quoted=Quotation("b", "P3", "https://example.org/", cut=True, few=False))
    assert Account.from_json(quoting.to_json()) == quoting
    assert account.barred == ("P1", "P2")


async def test_where_the_chosen_desk_stays_away_its_writer_sends_it_to_another(w: World) -> None:
    shown = await pick(w, await w.write("P20", text="x"), "Desk", "#ombuds")
    w.workplace.channels["ombuds"].private = False
    receipt = words(card(await w.press("P20", shown, "Send")))
    await fill_in(w, await come_back(w, receipt), "Add or answer", "More.")
    await w.pass_time(timedelta(hours=30))
    await to_another_desk(w, await come_back(w, receipt))
    await w.pass_time(timedelta(minutes=14))
    assert w.posts("hr-desk") == []
    await w.pass_time(HOURS)
    assert [each.title for each in w.posts("hr-desk")] == ["A report arrived"]
    front = card(await w.press(HANDLER, desk_card(w), "Read privately"))
    assert quotes(card(await w.press(HANDLER, front, "Show the words"))) == ["x", "More."]
    w.workplace.channels["ombuds"].private = True
    await w.pass_time(HOURS)
    assert w.posts("ombuds") == []
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports")
    assert "cannot be opened from here" in said(card(await w.act(OTHER_HANDLER, "desk.read", report)))


async def test_a_writer_is_told_when_somebody_picked_comes_into_the_desk_they_chose(w: World) -> None:
    shown = await pick(w, await w.write("P20", text="x", named=("P9",)), "Desk", "#ombuds")
    receipt = words(card(await w.press("P20", shown, "Send")))
    assert "Send to another desk" in labels(await come_back(w, receipt))
    assert "somebody you picked can read the desk" not in said(await come_back(w, receipt))
    await w.pass_time(HOURS)
    w.workplace.channels["ombuds"].readers |= {"P9"}
    await w.pass_time(timedelta(hours=2))
    assert w.posts("hr-desk") == []
    assert "A report arrived" not in [each.title for each in w.posts("ombuds")]
    box = await come_back(w, receipt)
    assert "somebody you picked can read the desk that it was sent to" in said(box)
    await to_another_desk(w, box)
    await w.pass_time(HOURS)
    assert [each.title for each in w.posts("hr-desk")] == ["A report arrived"]


def test_a_desk_that_roles_open_is_listed_with_their_names_where_nobody_counts_them() -> None:
    row = DeskRow(bytes(16), "discord:1", "7", b"", b"")
    facts = Facts("#hr", private=True, external=False, bot=True, openers=("HR", "Ombuds"))
    said_of = readers_of(translator("en"), Look(row, facts, read_by_named=False))
    assert said_of == "#hr; read by HR, Ombuds, and by whoever administers this server"
