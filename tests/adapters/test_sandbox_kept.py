"""The file of a kept workplace: everything in it comes back, and a damaged one is refused in one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sandbox.cards import packed, unpacked
from adapters.sandbox.kept import FILE, Keeper, Kept, encoded, read
from adapters.sandbox.workplace import WORKSPACE, Channel, Message, Workplace
from bot.errors import Misconfigured, Unreachable
from bot.model import (
    Address,
    Button,
    Card,
    Choice,
    Image,
    Link,
    Option,
    Paragraph,
    People,
    Place,
    Quote,
    Row,
    Style,
    Words,
)

AT = datetime(2026, 9, 28, 8, 0, 1, 250, tzinfo=UTC)
CARD = Card(
    "Title",
    (
        Paragraph("ours"),
        Quote("<b>theirs</b>\u202e"),
        Words("one two"),
        Row("a", "1"),
        People("who", ("person-001", "person-002")),
        Link("help", "https://example.org"),
    ),
    (Button("Go", Address("go", "ff"), Style.FINAL), Button("Stay", Address("stay"))),
    (Choice("Pick", Address("pick"), (Option("a", "A"),), "a"),),
    Image(bytes(range(256)), "A bar."),
    aside=True,
    here=Address("here", "00"),
)
DESK = Channel(
    "hr-desk",
    "Reports",
    private=True,
    external=False,
    bot=True,
    readers=frozenset({"person-001"}),
    messages=[Message("m-1", AT, CARD, nonce="n")],
)
TALK = Channel("general", messages=[Message("m-2", AT, None, "person-002", "Good morning.")])
KEPT = Kept(timedelta(days=7, seconds=1.5), AT, (DESK, TALK))


def test_a_card_comes_back_with_every_part_of_it() -> None:
    assert unpacked(packed(CARD)) == CARD


def test_a_workplace_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(encoded(KEPT))
    assert read(tmp_path / FILE) == KEPT
    assert read(tmp_path / "not there") is None


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda raw: raw[: len(raw) // 2],
    "cut in the head": lambda raw: raw[:9],
    "one bit": lambda raw: raw[:-40] + bytes([raw[-40] ^ 1]) + raw[-39:],
    "not text": lambda raw: b"\xff" * len(raw),
    "a list": lambda _: b"[]\n[]\n",
    "a number": lambda _: b"7",
    "no checksum": lambda raw: b'{"version": 1}\n' + raw.split(b"\n")[1],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    (tmp_path / FILE).write_bytes(damage(encoded(KEPT)))
    with pytest.raises(Misconfigured, match="is damaged"):
        read(tmp_path / FILE)


def test_a_file_of_another_version_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(encoded(KEPT).replace(b'"version": 1', b'"version": 2'))
    with pytest.raises(Misconfigured, match="another version"):
        read(tmp_path / FILE)


async def test_a_post_is_made_only_when_it_is_on_the_disk_and_its_repeat_is_the_same(tmp_path: Path) -> None:
    workplace, path = Workplace(lambda: AT), tmp_path / "folder" / FILE
    place = Place(WORKSPACE, "general")
    channels = tuple(workplace.channels.values())
    workplace.keep = Keeper(path, lambda: Kept(timedelta(0), AT, channels)).keep
    with pytest.raises(Unreachable):
        await workplace.post(place, CARD, "n")
    path.parent.mkdir()
    ref = await workplace.post(place, CARD, "n")
    assert [each.ref for each in _cards(_read(path))] == [ref]
    await workplace.update(place, ref, Card("Changed"))
    assert [each.card for each in _cards(_read(path))] == [Card("Changed")]
    await workplace.remove(place, ref)
    assert _cards(_read(path)) == []
    assert path.stat().st_mode & 0o777 == 0o600


async def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    workplace = Workplace(lambda: AT)
    channels = tuple(workplace.channels.values())
    workplace.keep = Keeper(tmp_path / FILE, lambda: Kept(timedelta(0), AT, channels)).keep
    place = Place(WORKSPACE, "general")
    refs = await asyncio.gather(*(workplace.post(place, CARD, f"n{n}") for n in range(30)))
    assert {each.ref for each in _cards(_read(tmp_path / FILE))} == set(refs)


def _read(path: Path) -> Kept:
    found = read(path)
    assert found
    return found


def _cards(kept: Kept) -> list[Message]:
    return [message for channel in kept.channels for message in channel.messages if message.card]
