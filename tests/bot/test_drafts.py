from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from bot.account import Account
from bot.drafts import DRAFT_GONE, Drafts
from bot.errors import Refusal, UnsealError
from bot.model import Workspace
from bot.vault import Vault
from tests.world import WORKSPACE, World

ACCOUNT = Account("what happened", "touch", ("P9",), "days", shared=True)


@pytest.fixture
def drafts(w: World) -> Drafts:
    return Drafts(w.store, Vault(w.means.keyring, Random(3)), w.clock, Random(4))


async def test_a_draft_comes_back_as_it_was_typed(w: World, drafts: Drafts) -> None:
    key = drafts.new_key()
    assert await drafts.find(WORKSPACE, key) is None
    assert w.sql("SELECT count(*) FROM drafts") == [(0,)]
    await drafts.keep(WORKSPACE, key, ACCOUNT)
    assert await drafts.find(WORKSPACE, key) == await drafts.get(WORKSPACE, key) == ACCOUNT
    await drafts.keep(WORKSPACE, key, Account("changed"))
    assert await drafts.get(WORKSPACE, key) == Account("changed")
    assert w.sql("SELECT count(*) FROM drafts") == [(1,)]


async def test_a_draft_in_the_store_says_nothing_and_all_short_ones_are_equally_long(
    w: World, drafts: Drafts
) -> None:
    for text in ("", "x" * 3000, "ä🦜"):
        await drafts.keep(WORKSPACE, drafts.new_key(), Account(text, named=("P9",)))
    rows = w.sql("SELECT * FROM drafts")
    assert len({len(row[1]) for row in rows}) == 1
    assert all(b"xxx" not in row[1] and b"P9" not in row[1] for row in rows)
    assert {len(row) for row in rows} == {3}  # an id, what is sealed, and how many sweeps: no person, no time


async def test_another_key_or_workspace_opens_no_draft(w: World, drafts: Drafts) -> None:
    key, other = drafts.new_key(), drafts.new_key()
    await drafts.keep(WORKSPACE, key, ACCOUNT)
    with pytest.raises(Refusal, match="This draft is gone"):
        await drafts.get(WORKSPACE, other)
    with pytest.raises(UnsealError):
        await drafts.get(Workspace("slack", "T1"), key)
    with pytest.raises(Refusal, match="This draft is gone"):
        await drafts.get(WORKSPACE, key[:-1])


async def test_a_changed_draft_or_one_in_anothers_place_does_not_open(w: World, drafts: Drafts) -> None:
    one, other = drafts.new_key(), drafts.new_key()
    await drafts.keep(WORKSPACE, one, ACCOUNT)
    await drafts.keep(WORKSPACE, other, Account("other"))
    w.sql("UPDATE drafts SET sealed = (SELECT sealed FROM drafts WHERE id = ?)", drafts.keys(other).id)
    with pytest.raises(UnsealError, match=drafts.keys(one).id.hex()):
        await drafts.find(WORKSPACE, one)
    assert await drafts.get(WORKSPACE, other) == Account("other")


async def test_the_words_follow_from_the_key_and_differ_for_each(drafts: Drafts) -> None:
    key = drafts.new_key()
    assert drafts.words(key) == drafts.words(key)
    assert len(drafts.words(key)) == 7
    assert len({drafts.words(drafts.new_key()) for _ in range(20)}) == 20


async def test_a_dropped_draft_is_gone_and_dropping_it_again_is_nothing(w: World, drafts: Drafts) -> None:
    key = drafts.new_key()
    await drafts.keep(WORKSPACE, key, ACCOUNT)
    await drafts.drop(key)
    await drafts.drop(key)
    with pytest.raises(Refusal) as caught:
        await drafts.get(WORKSPACE, key)
    assert caught.value.text == DRAFT_GONE


async def test_typing_again_keeps_a_draft_young_and_others_go(w: World, drafts: Drafts) -> None:
    young, old = drafts.new_key(), drafts.new_key()
    await drafts.keep(WORKSPACE, old, ACCOUNT)
    for _ in range(6):
        await drafts.keep(WORKSPACE, young, ACCOUNT)
        await w.pass_time(timedelta(minutes=20))
    assert await drafts.find(WORKSPACE, young) == ACCOUNT
    assert await drafts.find(WORKSPACE, old) is None
    await w.pass_time(timedelta(hours=1))
    assert await drafts.find(WORKSPACE, young) is None


async def test_a_sent_draft_cannot_be_kept_again(w: World, drafts: Drafts) -> None:
    preview = await w.write("P20", text="x")
    await w.press("P20", preview, "Send")
    key = next(button.to.ref for button in preview.buttons if button.label == "Send")
    with pytest.raises(Refusal, match="This draft is gone"):
        await drafts.keep(WORKSPACE, key, ACCOUNT)
    assert w.sql("SELECT count(*) FROM drafts") == [(0,)]
