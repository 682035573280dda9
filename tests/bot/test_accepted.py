"""Before a handler reads for the first time, they accept not to try to find out who wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.accepted import Accepted
from bot.audit import Audit
from bot.errors import UnsealError
from bot.model import Card
from bot.records import AuditOf, PutSetup, SetupRow
from bot.vault import Vault
from tests.bot.letterbox import COLLEAGUE, deliver, quotes
from tests.world import TUESDAY, WORKSPACE, World, card, labels, said, world

NEW = "P61"
TEXT = "Planted-Wegwarte-1188"
ACCEPT = "I will not try to find out who wrote"


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, start=TUESDAY, people=70) as built:
        built.workplace.channels["hr-desk"].readers |= {NEW}
        yield built


def arrived(w: World) -> Card:
    """The card of the report; the desk is told of its new reader too."""
    return next(each for each in w.posts("hr-desk") if each.title == "A report arrived")


async def press(w: World, user: str, shown: Card, label: str) -> Card:
    return card(await w.press(user, shown, label))


async def done(w: World) -> list[tuple[str, str]]:
    audit = Audit(Vault(w.means.keyring, w.means.random), w.means.random)
    acts = [audit.act(row) for row in await w.store.read(AuditOf(str(WORKSPACE)))]
    return [(each.who, each.what) for each in acts if each.who]


async def test_who_reads_for_the_first_time_accepts_first_and_is_never_asked_again(w: World) -> None:
    await deliver(w, TEXT)
    asked = await press(w, NEW, arrived(w), "Read privately")
    assert labels(asked) == [ACCEPT]
    assert TEXT not in str(quotes(asked))
    assert w.sql("SELECT opened FROM reports") == [(None,)]
    front = await press(w, NEW, asked, ACCEPT)
    assert TEXT not in str(quotes(front))
    assert quotes(await press(w, NEW, front, "Show the words")) == [TEXT]
    assert quotes(await w.read(NEW, arrived(w))) == [TEXT]
    acts = ["accepted not to seek the writer", "opened", "read", "opened", "read"]
    assert await done(w) == [(NEW, each) for each in acts]


async def test_accepting_twice_is_once(w: World) -> None:
    await deliver(w)
    asked = await press(w, NEW, arrived(w), "Read privately")
    await press(w, NEW, asked, ACCEPT)
    await press(w, NEW, asked, ACCEPT)
    assert [what for _, what in await done(w)].count("accepted not to seek the writer") == 1


async def test_who_may_not_read_is_refused_and_not_asked(w: World) -> None:
    await deliver(w, named=(NEW,))
    ((report,),) = w.sql("SELECT lower(hex(id)) FROM reports")
    for user in (NEW, "P69", "P30"):
        for action in ("desk.read", "desk.accept"):
            assert "cannot be opened from here" in said(card(await w.act(user, action, report)))
    assert await done(w) == []


async def test_the_list_of_cases_asks_too(w: World) -> None:
    await deliver(w, TEXT)
    listed = card(await w.act(NEW, "cases"))
    (choice,) = listed.choices
    asked = card(await w.act(NEW, choice.to.action, "", {"choice": (choice.options[0].value,)}))
    assert labels(asked) == [ACCEPT]


async def test_it_is_kept_sealed_across_a_restart_for_one_workspace(w: World) -> None:
    await w.service.accepted.add(str(WORKSPACE), NEW)
    again = Accepted(w.store, Vault(w.means.keyring, w.means.random))
    assert await again.has(str(WORKSPACE), NEW)
    assert await again.has(str(WORKSPACE), COLLEAGUE)
    assert not await again.has("slack:T2", NEW)
    assert not await again.has(str(WORKSPACE), "P99")
    content = w.file.read_bytes() + w.file.with_name(f"{w.file.name}-wal").read_bytes()
    assert NEW.encode() not in content


async def test_what_was_moved_to_another_workspace_does_not_open(w: World) -> None:
    await w.service.accepted.add(str(WORKSPACE), NEW)
    ((sealed,),) = w.sql("SELECT sealed FROM setups")
    await w.store.write(PutSetup(SetupRow("slack:T2", sealed)))
    again = Accepted(w.store, Vault(w.means.keyring, w.means.random))
    with pytest.raises(UnsealError):
        await again.has("slack:T2", NEW)
