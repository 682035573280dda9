"""The scenes in which every step of every flow is walked; a new step has to be walked in one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.flows.step import PREVIEW, WORDS
from bot.model import Card, Facts, Form, Place, Workspace
from tests.bot import hostile
from tests.bot.filed import upload
from tests.bot.letterbox import COLLEAGUE, HANDLER, OTHER_HANDLER, WRITER
from tests.golden.walk import HOURS, Walk
from tests.world import words

ADMIN, ACCUSED = "P30", "P40"
ONE, TWO = "three small grey stones", "eleven quiet green boats"
HOLD = "Hold until others name the same person"
NOTE = b"a note"


async def doors(g: Walk) -> None:
    """The menu, the pages behind it and support."""
    g.w.admin(ADMIN)
    for user in (WRITER, ADMIN):
        await g.act(user, "menu")
    await g.each(WRITER, ("help", "promises", "say", "support", "gone"), "")
    await g.pick(WRITER, g.card(await g.act(WRITER, "support")), "Choose a country", 3)
    for user in (WRITER, HANDLER, ADMIN):
        await g.act(user, "home")


async def walls(g: Walk) -> None:
    """Standing under a wall, closing it and opening another."""
    g.w.admin(ADMIN)
    wall = g.post("Me too", "solidarity")
    for label in ("Me too", "Take back"):
        await g.go(WRITER, wall, label)
    await g.menu(ADMIN, "Open or close the wall", "Close it early", "Close the wall")
    await g.act(WRITER, "say")
    shown = g.card(await g.act(ADMIN, "walls"))
    await g.go(ADMIN, await g.pick(ADMIN, shown, shown.choices[0].label, 1), "Open the wall")


async def telling(g: Walk) -> None:
    """From the menu to a receipt, with everything that the preview offers."""
    shown = await g.menu(WRITER, "Tell what happened", "Start writing", {"text": ""})
    shown = await g.go(
        WRITER, shown, "Change", {"text": "Mr Named pushed me.", "named": "P1", "share": "yes"}
    )
    for label in [each.label for each in shown.choices]:
        shown = await g.pick(WRITER, shown, label)
    key = shown.buttons[0].to.ref
    shown = await g.pick(WRITER, g.card(await g.act(WRITER, "tell.preview", key)), "Who tells", 1)
    await g.act(WRITER, "choose.desk", key, choice="")
    await g.act(WRITER, "choose.hr", key, choice="no")
    away = await g.act(WRITER, "choose.away", key)
    await g.go(WRITER, away, {"away": "P4"})
    await g.go(WRITER, await g.act(WRITER, "choose.away", key), {"away": ()})
    await g.act(WRITER, "tell.drop", key)
    await g.go(WRITER, await g.act(WRITER, "tell.preview", key), "Send without the delay", "Send now")
    await g.menu("P21", "Tell what happened", "Start writing", {"text": "It happened."}, "Send")
    shown = await g.menu("P22", "Tell what happened", "Start writing", {"text": "It happened."})
    await g.go("P22", shown, "Throw away", "Throw it away")
    await g.menu("P23", "Tell what happened", "Start writing", {"text": "It happened."}, "Keep it for now")
    await g.act("P24", "record")


async def quoting(g: Walk) -> None:
    """A message that is reported, and a person."""
    shown = await g.quote(WRITER)
    key = next(each.to.ref for each in shown.buttons if each.to.action == "tell.form")
    await g.act(WRITER, "quote.show", key)
    shown = await g.go(WRITER, shown, "Start writing", {"text": "This was said.", "named": ()})
    await g.act(WRITER, "quote.name", key)
    await g.act(WRITER, "quote.drop", key)
    await g.quote("P1", "hr-desk")
    await g.act(WRITER, "name", named="P8")


async def opening(g: Walk) -> None:
    """A desk of which a platform says who opens it, and not how many those are."""
    facts, openers = g.w.workplace.facts, ["HR"]

    async def told(place: Place) -> Facts:
        return replace(await facts(place), readers=None, openers=tuple(openers))

    g.w.workplace.facts = told  # type: ignore[method-assign]
    await g.w.jump(HOURS)
    openers.append("Managers")
    await g.w.jump(HOURS)


async def filing(g: Walk) -> None:
    """Files that go with a report, and with a message later."""
    g.w.service.pages.open_at("https://metoo.example.org")
    shown = await g.menu(WRITER, "Tell what happened", "Start writing", {"text": "It happened."})
    key = shown.buttons[0].to.ref
    await g.act(WRITER, "file.add", key)
    if g.files:
        await g.act(WRITER, "file.took", key, (upload(hostile.jpeg()), upload(NOTE), upload(b"\0\1\2")))
        shown = g.card(await g.act(WRITER, "tell.preview", key))
        await g.pick(WRITER, shown, "Remove a file")
    else:
        await g.act(WRITER, "file.took", key)
        await g.act(WRITER, "file.drop", key, choice="lost")
    receipt = words(await g.go(WRITER, g.card(await g.act(WRITER, "tell.preview", key)), "Send"))
    await g.w.jump(HOURS)
    reading = await g.go(HANDLER, g.post("A report arrived"), "Read privately", "Show the words")
    if g.files:
        await g.pick(HANDLER, reading, "Open a file")
    else:
        await g.act(HANDLER, "desk.file", _ref(reading, "case.work"), choice="0")
    box = await _back(g, receipt)
    await g.go(WRITER, box, "Add a file", "Write something with it", {"text": "And this."})
    visit = box.here.ref if box.here else ""
    await g.act(WRITER, "enclose.add", visit)
    await g.act(WRITER, "enclose.took", visit, (upload(NOTE),) if g.files else ())
    await g.act(WRITER, "enclose.drop", visit, choice="lost")
    await g.go(WRITER, await g.act(WRITER, "enclose", visit), "Send")
    await g.act(WRITER, "enclose.off", visit)


async def coming_back(g: Walk) -> None:
    """Everything that a receipt opens."""
    receipt = words(await g.menu(WRITER, "Tell what happened", "Start writing", _named(share="yes"), "Send"))
    await _back(g, "seven words that open nothing at all")
    await _back(g, receipt)
    await g.w.jump(HOURS)
    box = await _back(g, receipt)
    visit = box.here.ref if box.here else ""
    await g.each(
        WRITER, ("box.all", "copy", "copy.text", "copy.pdf", "copy.file", "proof", "box.meet"), visit
    )
    await g.go(WRITER, box, "Add or answer", {"text": "One more thing."})
    await g.go(WRITER, box, "Something happened since", {"text": "Again today."})
    await g.go(WRITER, box, "What colleagues may see", "Add words of my own", {"text": "I said no."})
    await g.w.jump(HOURS)
    box = await _back(g, receipt, "P27")
    visit = box.here.ref if box.here else ""
    await _reading(g, receipt, visit)
    await g.go(WRITER, await g.act(WRITER, "box.share", visit), "Take my words back")
    for label in ("Share nothing", "Share that it happened"):
        await g.go(WRITER, await g.act(WRITER, "box.share", visit), label)
    await g.go(WRITER, box, "Tell HR who I am", "Tell HR who I am")
    await g.go(WRITER, await g.act(WRITER, "box.meet", visit), {"text": "With somebody from the council."})
    await g.later(12)
    box = await _back(g, receipt)
    visit = box.here.ref if box.here else ""
    await g.act(WRITER, "proof", visit)
    await g.each(WRITER, ("proof.file", "proof.record"), visit)
    await g.go(WRITER, box, "Remind the desk")
    await g.go(WRITER, await _back(g, receipt), "Take it back", "Take it back")
    await g.go(WRITER, await _back(g, receipt, "P25"), "Undo taking it back")
    await g.go(WRITER, await _back(g, receipt, "P26"), "Send to another desk", "Send")
    await g.w.jump(HOURS)


async def _reading(g: Walk, receipt: str, visit: str) -> None:
    """What the desk does with words for colleagues and with a plan, and what the writer answers."""
    reading = await g.go(HANDLER, g.post("A report arrived"), "Read privately", "Show the words")
    label = "Words for colleagues to approve"
    await g.go(HANDLER, reading, label, "Ask for other words", {"text": "Shorter, please."})
    shown = await g.act(HANDLER, "words.show", _ref(reading, "words.show"))
    await g.go(
        HANDLER, shown, next(each.label for each in g.card(shown).buttons if each.to.action == "words.yes")
    )
    plan = {"plan": "She works elsewhere.", "reveals": "no", "text": "We would like to hear his side."}
    shown = await g.act(HANDLER, "contact", _ref(reading, "case.work"))
    await g.go(
        HANDLER,
        shown,
        next(each.label for each in g.card(shown).buttons if each.to.action == "contact.plan"),
        plan,
    )
    await g.go(WRITER, await g.act(WRITER, "box", visit), "Answer the desk's plan", {"answer": "yes"})


async def records(g: Walk) -> None:
    """A private record, from its words to its end."""
    kept = words(await g.menu(WRITER, "Tell what happened", "Start writing", _named(), "Keep it for now"))
    box = await _back(g, kept)
    await g.go(WRITER, box, "Add to it", {"text": "More."})
    await g.go(WRITER, box, "Something happened since", {"text": "Again."})
    await g.go(WRITER, box, HOLD)
    visit = box.here.ref if box.here else ""
    await g.act(WRITER, "box.hold.other", visit)
    await g.go(WRITER, box, HOLD, "Hold it")
    await g.go(WRITER, await _back(g, kept), "Make it a private record", "Make it a private record")
    await g.go(WRITER, await _back(g, kept, "P25"), "Delete it", "Delete it")
    await g.act(WRITER, "box.hold.outside", visit)


async def handling(g: Walk) -> None:
    """A case, from its card to its end."""
    receipt = words(await g.menu(WRITER, "Tell what happened", "Start writing", _named(), "Send"))
    await g.menu("P21", "Tell what happened", "Start writing", {"text": "It happened too."}, "Send")
    await g.w.jump(HOURS)
    g.w.workplace.channels["hr-desk"].readers |= {"P61"}
    g.w.workplace.people["P61"] = g.w.workplace.people["P2"]
    posts = g.posts("A report arrived", "hr-desk")
    for stranger in (OTHER_HANDLER, "P61"):
        await g.go(stranger, posts[0], "Read privately")
    shown = g.card(await g.act("P61", "desk.read", posts[0].buttons[0].to.ref))
    await g.go("P61", shown, "I will not try to find out who wrote")
    reading = await g.go(HANDLER, posts[0], "Read privately", "Show the words")
    reading = await g.go(HANDLER, reading, "We are looking into it")
    await g.go(HANDLER, reading, "Answer", {"text": "We read it.", "phrase": "thanks", "signed": "name"})
    key = _ref(reading, "case.work")
    await g.act(HANDLER, "desk.ask", key)
    cases = await g.menu(HANDLER, "Cases")
    await g.pick(HANDLER, cases, "Open a case")
    await g.act(HANDLER, "numbers")
    await g.act(HANDLER, WORDS.action)
    await _working(g, key)
    await g.act(HANDLER, "export", key)
    await g.act(HANDLER, "export.file", key)
    await g.go(WRITER, await _back(g, receipt), "Add or answer", {"text": "Thank you."})
    await g.w.jump(HOURS)
    reading = await g.go(HANDLER, posts[0], "Read privately", "Show the words")
    await g.go(HANDLER, reading, "Close the report", {"text": "We spoke with everybody."})
    await _back(g, receipt)
    await g.later(35)
    await _back(g, receipt)
    other = await g.act(COLLEAGUE, "desk.words", posts[1].buttons[0].to.ref)
    await g.go(COLLEAGUE, other, "Work on this case", "Step back from this case", "Step back")


async def _working(g: Walk, key: str) -> None:
    work = await g.act(HANDLER, "case.work", key)
    work = await g.go(HANDLER, work, "I work on it")
    work = await g.go(HANDLER, work, "Write a note", {"text": "Ask about the room."})
    for label in (
        "Mark a safety concern",
        "Remove the safety mark",
        "Fewer posts about this case",
        "Posts about all news again",
    ):
        work = await g.go(HANDLER, work, label)
    shown = await g.go(HANDLER, work, "Same matter as another")
    work = await g.pick(HANDLER, shown, "The same matter as")
    for ways in (("Legal hold", "Lay a legal hold"), ("End the legal hold", "End the legal hold")):
        work = await g.go(HANDLER, work, *ways)
    await g.go(HANDLER, work, "Hand over", {"to": COLLEAGUE})


async def holding(g: Walk) -> None:
    """Held reports that become a match."""
    shown = await g.menu(WRITER, "Tell what happened", "Start writing", _named())
    await g.act(WRITER, "hold.other", shown.buttons[0].to.ref)
    await g.act(WRITER, "hold.outside", shown.buttons[0].to.ref)
    for user in ("P21", "P22"):
        shown = await g.menu(user, "Tell what happened", "Start writing", _named(), HOLD)
        receipt = words(await g.go(user, shown, "Hold it"))
    await _back(g, receipt)
    await g.w.jump(HOURS)
    post = g.post("Held reports that name the same person")
    g.w.sql("DELETE FROM setups")
    for user in (HANDLER, OTHER_HANDLER):
        await g.go(user, post, post.buttons[0].label)
    await g.act(HANDLER, "match.accept", post.buttons[0].to.ref)
    await g.later(1)


async def locks(g: Walk) -> None:
    """An inbox that opens by passphrases."""
    await g.menu(WRITER, "Tell what happened", "Start writing", {"text": "It happened."}, "Send")
    await g.w.jump(HOURS)
    post = g.post("A report arrived")
    reading = await g.go(HANDLER, post, "Read privately", "Show the words")
    shown = await g.go(
        HANDLER, reading, "Lock this inbox", "Choose the first passphrase", {"passphrase": ONE}
    )
    recovery = words(shown)
    lock = await g.go(HANDLER, shown, "I have written it down")
    await g.go(HANDLER, lock, "Let somebody in", {"who": COLLEAGUE})
    shown = await g.go(COLLEAGUE, post, "Read privately")
    await g.go(COLLEAGUE, shown, "Choose my passphrase", {"passphrase": TWO})
    await g.go(HANDLER, lock, "Take a passphrase away", {"who": COLLEAGUE})
    shown = await g.go(HANDLER, lock, "Lock it now")
    await g.go(HANDLER, shown, "Unlock", {"passphrase": "not this one at all"})
    await g.go(HANDLER, shown, "Unlock", {"passphrase": ONE})
    await g.go(COLLEAGUE, shown, "Use the recovery key", {"key": recovery})


async def digests(g: Walk) -> None:
    """Three weeks in which people stand with each other, and what is told of them."""
    g.w.admin(ADMIN)
    receipt = words(await g.menu(WRITER, "Tell what happened", "Start writing", _named(share="yes"), "Send"))
    await g.w.stand(g.post("Me too", "solidarity"), *range(5, 20))
    await g.w.jump(HOURS)
    await g.go(HANDLER, g.post("A report arrived"), "Read privately", "Show the words")
    await g.go(HANDLER, await g.act(HANDLER, WORDS.action), {"text": "There is a second person on call now."})
    await g.act(ADMIN, PREVIEW.action)
    await g.later(20)
    await g.go(WRITER, g.post("Digest for week {week}", "general"), "Kinds of harassment")
    statement = g.post("Someone spoke up", "solidarity")
    for label in ("I stand with you", "I saw it too", "It happened to me too", "Take back"):
        await g.go(WRITER, statement, label)
    await g.w.stand(statement, *range(5, 20))
    await g.later(4)
    await g.act(HANDLER, "desk.words", g.post("A report arrived").buttons[0].to.ref)
    box = await _back(g, receipt)
    await g.go(WRITER, await g.go(WRITER, box, "What colleagues may see"), "Share nothing")
    await g.later(1)


async def ending(g: Walk) -> None:
    """A report that nobody answers goes to the next desk, is closed there, and ends."""
    await g.menu(WRITER, "Tell what happened", "Start writing", {"text": "It happened."}, "Send")
    await g.w.jump(HOURS)
    await g.later(9)
    post = g.post("A report arrived", "ombuds")
    reading = await g.go(OTHER_HANDLER, post, "Read privately", "Show the words")
    await g.go(OTHER_HANDLER, reading, "Close the report", {"text": "We spoke with everybody."})
    await g.later(26, 1)


async def setting_up(g: Walk) -> None:
    """Set-up in chat, from nothing to a test report, and a change that waits."""
    g.w.admin(ADMIN)
    await g.act(WRITER, "menu")
    await g.act(WRITER, "setup")
    shown = await g.menu(ADMIN, "Set up", "Desks", "Add a desk", {"channel": "general"})
    for desk in ("hr-desk", "ombuds"):
        shown = await g.go(ADMIN, shown, "Add a desk", {"channel": desk})
    shown = g.card(await g.act(ADMIN, "setup.part", "desks"))
    shown = await g.pick(ADMIN, shown, shown.choices[0].label, 1)
    await g.act(ADMIN, "setup.vouch", "ombuds.old")
    places = {"solidarity_channel": "solidarity", "digest_channel": "general"}
    for label, filled in (
        ("Channels for everybody", places),
        ("Time of the digest", {"timezone": "Indiana"}),
        ("Language, people, files", {"population": "60"}),
        ("How long reports are kept", {"retention_days": "180"}),
        ("Your own support", {"support": "Council, room 3"}),
    ):
        shown = await g.go(ADMIN, await g.act(ADMIN, "setup"), label, "Change", filled)
        if shown.choices:
            await g.pick(ADMIN, shown, "Which time zone?")
    await g.go(ADMIN, await g.act(ADMIN, "setup"), "Start metoo here", "Start")
    await g.go(ADMIN, await g.act(ADMIN, "setup"), "Send a test report")
    await g.w.jump(HOURS)
    post = g.posts("Test: a report would arrive here", "ombuds", "hr-desk")[0]
    for user in (HANDLER, OTHER_HANDLER):
        await g.go(user, post, post.buttons[0].label)
    shown = await g.go(ADMIN, await g.act(ADMIN, "setup"), "Desks")
    await g.pick(ADMIN, shown, shown.choices[1].label)
    await g.w.jump(HOURS)
    await g.go(ADMIN, await g.act(ADMIN, "setup"), "Take back what waits")
    await g.later(1)


async def linking(g: Walk) -> None:
    """A code, and the screens of a workplace that joins by it; it cannot join itself."""
    g.w.admin(ADMIN)
    await g.act(WRITER, "link")
    shown = await g.menu(ADMIN, "Set up", "Linked workplaces", "Show a code")
    await g.go(ADMIN, await g.act(ADMIN, "link.enter"), {"code": words(shown)})
    await g.each(ADMIN, ("link.places", "link.placed", "link.end", "link.ended"), "")


async def joined(g: Walk) -> None:
    """The other side: a code is typed, channels are picked, a person is picked who cannot be looked up, and the end."""
    code = words(g.card(await g.act(ADMIN, "link.code")))
    g.away = Workspace("discord", "77")
    shown = await g.go("7", await g.act("7", "link"), "I have a code", {"code": code})
    await g.go("7", shown, "Channels here", {"solidarity_channel": "", "digest_channel": ""})
    await g.menu("7")
    told = {"text": "It happened.", "people.named": "8"}
    shown = await g.menu("7", "Tell what happened", "Start writing", told)
    shown = await g.pick("7", shown, "Does somebody you wrote about work with HR?", 1)
    await g.go("7", shown, "Send")
    await g.w.jump(HOURS)
    g.away = None
    await g.go(HANDLER, g.post("A report arrived"), "Read privately", "Show the words")
    shown = g.card(await g.act(ADMIN, "link"))
    await g.go(ADMIN, await g.pick(ADMIN, shown, "End a link"), "Unlink")
    await g.later(1)


def _named(**more: str) -> dict[str, str]:
    return {"text": "It happened.", "named": ACCUSED, "category": "touch", **more}


def _ref(shown: Card, action: str) -> str:
    return next(each.to.ref for each in shown.buttons if each.to.action == action).partition(".")[0]


async def _back(g: Walk, receipt: str, user: str = WRITER) -> Card:
    form = await g.act(user, "receipt")
    assert isinstance(form, Form)
    return await g.go(user, form, {"words": receipt})


Scene = Callable[[Walk], Awaitable[None]]

SCENES: dict[str, tuple[Scene, ...]] = {
    "usual": (doors, walls, telling),
    "quoting": (quoting, opening),
    "files": (filing,),
    "mailbox": (coming_back,),
    "record": (records,),
    "desk": (handling,),
    "held": (holding,),
    "locked": (locks,),
    "digest": (digests,),
    "ends": (ending,),
    "new": (setting_up,),
    "links": (linking, joined),
}
"""By world; scenes of one world follow each other."""

ABOUT: dict[str, dict[str, object] | None] = {
    "files": {"attachments": True},
    "record": {"escrow": 2},
    "held": {"escrow": 2},
    "locked": {"inbox": {"hr-desk": "passphrase"}},
    "ends": {"escalate": True, "retention_days": 30, "digest_channel": ""},
    "new": None,
}
"""What a world's settings say beside the usual."""

TWICE = frozenset({"files", "mailbox", "desk"})
"""Worlds in which it matters whether a platform takes files."""
