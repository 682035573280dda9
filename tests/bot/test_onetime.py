"""One-time pages, as the core knows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from structlog.testing import capture_logs

from bot import onetime
from bot.config import Limits as LimitSettings
from bot.errors import Refusal, StoreError
from bot.limits import Limits
from bot.model import Actor, Card, Document, FileField, Form, Paragraph, Upload
from bot.onetime import OFF, OVER, Pages
from tests.world import WORKSPACE, World, card, said

SOMEBODY = Actor(WORKSPACE, "P20")
DOCUMENT = Document("1.txt", "text/plain", b"mine")


async def give() -> Document:
    return DOCUMENT


async def receive(uploads: Sequence[Upload]) -> Card:
    return Card("Got", (Paragraph(str(len(uploads))),))


def make(w: World, address: str = "https://files.example/x/", **limits: int) -> Pages:
    return Pages(address, Limits(LimitSettings(**limits), w.clock, Random(1)), w.clock, Random(2))


def token(url: str) -> str:
    return url.rpartition("/")[2]


async def test_looking_uses_nothing_up_and_using_does(w: World) -> None:
    pages = make(w)
    url = pages.offer(SOMEBODY, give)
    assert url.startswith("https://files.example/x/once/")
    assert len(token(url)) == 43
    for _ in range(3):
        assert pages.look(token(url)).live
    taken = pages.take(token(url))
    assert taken is not None
    assert (await pages.use(taken)).reply == DOCUMENT
    assert pages.take(token(url)) is None
    assert not pages.look(token(url)).live


async def test_used_late_and_unknown_pages_say_one_and_the_same(w: World) -> None:
    pages = make(w)
    used, late = token(pages.offer(SOMEBODY, give)), token(pages.offer(SOMEBODY, give))
    pages.take(used)
    await w.jump(timedelta(minutes=10))
    shown = [pages.look(each) for each in (used, late, "unknown", "")]
    assert len({(each.locale, said(card_of(each))) for each in shown}) == 1
    assert OVER in said(card_of(shown[0]))
    assert [pages.take(each) for each in (used, late, "unknown", "")] == [None] * 4


def card_of(shown: onetime.Shown) -> Card:
    assert isinstance(shown.reply, Card)
    return card(shown.reply)


async def test_a_page_lives_nearly_ten_minutes(w: World) -> None:
    pages = make(w)
    url = pages.invite(SOMEBODY, receive)
    await w.jump(timedelta(minutes=9, seconds=59))
    assert pages.take(token(url)) is not None


async def test_an_upload_page_asks_for_five_files_and_says_what_became_of_them(w: World) -> None:
    pages = make(w)
    found = token(pages.invite(SOMEBODY, receive))
    form = pages.look(found).reply
    assert isinstance(form, Form)
    (field,) = form.fields
    assert isinstance(field, FileField)
    assert field.most == 5
    taken = pages.take(found)
    assert taken is not None
    assert said(card_of(await pages.use(taken, ()))) == "Got\n0"


async def test_what_did_not_arrive_does_not_count(w: World) -> None:
    pages = make(w)
    found = token(pages.invite(SOMEBODY, receive))
    taken = pages.take(found)
    assert taken is not None
    assert pages.take(found) is None
    pages.put_back(taken)
    assert pages.take(found) is not None


async def test_without_an_address_there_are_no_pages_and_it_says_why(w: World) -> None:
    with pytest.raises(Refusal) as caught:
        make(w, "").offer(SOMEBODY, give)
    assert caught.value.text == OFF


async def test_pages_are_limited_for_each_person(w: World) -> None:
    pages = make(w, files_an_hour=2)
    pages.offer(SOMEBODY, give)
    pages.invite(SOMEBODY, receive)
    with pytest.raises(Refusal):
        pages.offer(SOMEBODY, give)
    assert pages.offer(Actor(WORKSPACE, "P21"), give)


async def test_pages_in_all_are_limited_and_old_ones_make_room(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onetime, "MOST", 2)
    pages = make(w)
    pages.offer(SOMEBODY, give)
    pages.offer(SOMEBODY, give)
    with pytest.raises(Refusal, match="too many open pages"):
        pages.offer(SOMEBODY, give)
    await w.jump(timedelta(minutes=11))
    assert pages.offer(SOMEBODY, give)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refusal("A calm no."), "A calm no."),
        (StoreError("planted"), "on our side"),
        (RuntimeError("planted"), "on our side"),
    ],
)
async def test_whatever_goes_wrong_is_one_calm_sentence(w: World, error: Exception, words: str) -> None:
    async def broken() -> Document:
        raise error

    pages = make(w)
    taken = pages.take(token(pages.offer(SOMEBODY, broken)))
    assert taken is not None
    with capture_logs() as logs:
        shown = await pages.use(taken)
    assert words in said(card_of(shown))
    assert "planted" not in f"{logs}{said(card_of(shown))}"


async def test_a_page_knows_nobody(w: World) -> None:
    pages = make(w)
    taken = pages.take(token(pages.invite(Actor(WORKSPACE, "person-unique-77"), receive)))
    assert taken is not None
    assert "person-unique-77" not in f"{taken!r}{[getattr(taken, each) for each in taken.__slots__]}"
