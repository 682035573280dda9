"""Cases of handlers who left are freed by themselves, on the record, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.audit import Audit
from bot.errors import Unreachable
from bot.model import Card, People
from bot.records import AuditOf
from bot.vault import Vault
from tests.bot.letterbox import COLLEAGUE, HANDLER, close, deliver, read
from tests.world import WORKSPACE, World, card, labels, said

HOUR = timedelta(hours=1, minutes=1)


async def work(w: World, user: str) -> Card:
    return card(await w.press(user, await read(w, user), "Work on this case"))


async def take(w: World, user: str = HANDLER) -> None:
    shown = await work(w, user)
    await w.press(user, shown, shown.buttons[0].label)


async def assigned(w: World, user: str = COLLEAGUE) -> list[str]:
    blocks = (await work(w, user)).body
    return [each.ids[0] for each in blocks if isinstance(each, People) and each.label == "Works on it"]


async def log(w: World) -> list[tuple[str, str]]:
    audit = Audit(Vault(w.means.keyring, w.means.random), w.means.random)
    return [(act.who, act.what) for act in map(audit.act, await w.store.read(AuditOf(str(WORKSPACE))))]


async def test_the_case_of_a_handler_who_left_the_desk_is_free_within_the_hour(w: World) -> None:
    await deliver(w)
    await take(w)
    await w.pass_time(HOUR)
    assert await assigned(w) == [HANDLER]
    w.workplace.channels["hr-desk"].readers -= {HANDLER}
    await w.pass_time(HOUR)
    assert await assigned(w) == []
    assert "Works on it: nobody" in said(await work(w, COLLEAGUE))
    assert ("", "freed") in await log(w)
    await take(w, COLLEAGUE)
    assert await assigned(w) == [COLLEAGUE]


async def test_a_case_is_taken_over_from_a_colleague_and_the_button_says_so(w: World) -> None:
    await deliver(w)
    assert labels(await work(w, COLLEAGUE))[0] == "I work on it"
    await take(w)
    assert labels(await work(w, COLLEAGUE))[0] == "Take it over"
    await take(w, COLLEAGUE)
    assert await assigned(w, HANDLER) == [COLLEAGUE]
    assert [each for each in await log(w) if each[1] == "took over"] == [
        (HANDLER, "took over"),
        (COLLEAGUE, "took over"),
    ]


async def test_while_a_platform_does_not_say_nobody_is_taken_for_gone(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await deliver(w)
    await take(w)

    async def silent(*_: object) -> bool:
        raise Unreachable("nobody answers")

    with monkeypatch.context() as patch:
        patch.setattr(w.workplace, "can_read", silent)
        await w.pass_time(HOUR)
    assert ("", "freed") not in await log(w)


async def test_a_closed_case_keeps_who_closed_it(w: World) -> None:
    await deliver(w)
    await take(w)
    await close(w, "Done.")
    w.workplace.channels["hr-desk"].readers -= {HANDLER}
    await w.pass_time(HOUR)
    assert await assigned(w) == [HANDLER]


async def test_without_any_reader_a_desk_gets_nothing_and_the_next_one_does_after_a_day(w: World) -> None:
    w.workplace.channels["hr-desk"].readers = frozenset()
    await deliver(w)
    assert "A report arrived" not in [each.title for each in (*w.posts("hr-desk"), *w.posts("ombuds"))]
    await w.pass_time(timedelta(hours=25))
    assert "A report arrived" not in [each.title for each in w.posts("hr-desk")]
    assert [each.title for each in w.posts("ombuds")] == ["A report arrived"]
