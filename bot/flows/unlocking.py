"""Inboxes locked by passphrases: unlocking one, locking it for the first time, and who has a passphrase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.desk import Desk
from bot.errors import Refusal
from bot.flows.step import MENU, Step, Steps, key_of, row_id
from bot.i18n import N_, Translator, translator
from bot.inbox import Door, Inboxes, InboxLocked
from bot.model import (
    Address,
    Block,
    Button,
    Card,
    Event,
    Form,
    Paragraph,
    People,
    PersonField,
    Quote,
    Reply,
    Style,
    TextField,
    Words,
)
from bot.records import DeskRow

_LONGEST = 200
_VISIBLE = N_("What you type can be seen on your screen, and passes the platform.")
_NOT_LOCKED = N_("This inbox is not locked by passphrases.")
_NOBODY = N_("Please pick somebody.")


class Unlocking:
    """The buttons around the lock of an inbox; `read` opens a report."""

    def __init__(self, desk: Desk, inboxes: Inboxes, read: Step) -> None:
        self._desk = desk
        self._inboxes = inboxes
        self._read = read

    def steps(self) -> Steps:
        """The actions of this flow; what they refer to is a report, or a desk."""
        return {
            "inbox": self.show,
            "inbox.unlock": self._form("inbox.unlocked", N_("Unlock the inbox"), _passphrase),
            "inbox.unlocked": self.unlocked,
            "inbox.begin": self._form("inbox.begun", N_("Lock this inbox"), _new_passphrase),
            "inbox.begun": self.begun,
            "inbox.choose": self._form("inbox.chosen", N_("Choose my passphrase"), _new_passphrase),
            "inbox.chosen": self.chosen,
            "inbox.recover": self._form("inbox.recovered", N_("Use the recovery key"), _recovery),
            "inbox.recovered": self.recovered,
            "inbox.admit": self._form("inbox.admitted", N_("Let somebody in"), _somebody),
            "inbox.admitted": self.admitted,
            "inbox.remove": self._form("inbox.removed", N_("Take a passphrase away"), _somebody),
            "inbox.removed": self.removed,
            "inbox.close": self.close,
        }

    def guarding(self, steps: Steps) -> Steps:
        """The same steps, which ask to unlock the inbox where they would need it."""
        return {action: self._guarded(step) for action, step in steps.items()}

    def _guarded(self, step: Step) -> Step:
        async def guarded(event: Event) -> Reply:
            try:
                return await step(event)
            except InboxLocked:
                return locked_card(translator(event.actor.locale), _report(event), event.text("text"))

        return guarded

    def _form(self, to: str, title: str, fields: Callable[[Translator], TextField | PersonField]) -> Step:
        async def form(event: Event) -> Reply:
            await self._there(event)
            t = translator(event.actor.locale)
            return Form(t(title), Address(to, event.ref), (fields(t),), t(title))

        return form

    async def _there(self, event: Event) -> DeskRow:
        return await self._desk.desk(event.actor, row_id(event.ref), event.place)

    async def show(self, event: Event) -> Reply:
        """Who has a passphrase, and what can be done about the lock."""
        desk, t = await self._there(event), translator(event.actor.locale)
        door = self._desk.door(desk)
        if door is Door.WANTED:
            return begin_card(t, event.ref)
        if door is Door.NONE:
            raise Refusal(_NOT_LOCKED)
        try:
            holders = await self._inboxes.holders(desk, event.actor)
            return lock_card(t, event.ref, holders, report=row_id(event.ref) != desk.id)
        except InboxLocked:
            return locked_card(t, event.ref)

    async def unlocked(self, event: Event) -> Reply:
        """Unlock the inbox, and go on to the report."""
        desk = await self._there(event)
        await self._inboxes.unlock(desk, event.actor, event.text("passphrase"))
        if row_id(event.ref) == desk.id:
            return await self.show(event)
        return await self._read(replace(event, action="desk.read", values={}))

    async def begun(self, event: Event) -> Reply:
        """Lock the inbox, and show the recovery key, once."""
        desk = await self._there(event)
        if self._desk.door(desk) is not Door.WANTED:
            return await self.show(event)
        recovery = await self._inboxes.lock(desk, event.actor, event.text("passphrase"))
        return recovery_card(translator(event.actor.locale), event.ref, recovery)

    async def chosen(self, event: Event) -> Reply:
        """Keep a passphrase of one's own."""
        await self._inboxes.choose(await self._there(event), event.actor, event.text("passphrase"))
        return await self.show(event)

    async def recovered(self, event: Event) -> Reply:
        """Open the inbox by the recovery key."""
        await self._inboxes.recover(await self._there(event), event.actor, event.text("key"))
        return await self.show(event)

    async def admitted(self, event: Event) -> Reply:
        """Let somebody choose a passphrase, who can read the desk."""
        desk, who = await self._there(event), event.text("who")
        if not who:
            raise Refusal(_NOBODY)
        await self._inboxes.let_in(desk, event.actor, who)
        t = translator(event.actor.locale)
        said = t(
            "Within 15 minutes they can choose their passphrase: they press Read privately on any card of this desk,"
            " then Choose my passphrase. Only people who can read this channel can do that."
        )
        return Card(
            t("Let somebody in"), (Paragraph(said),), (Button(t("Back"), Address("inbox", event.ref)),)
        )

    async def removed(self, event: Event) -> Reply:
        """Take somebody's passphrase away."""
        desk, who = await self._there(event), event.text("who")
        if not who:
            raise Refusal(_NOBODY)
        await self._inboxes.remove(desk, event.actor, who)
        return await self.show(event)

    async def close(self, event: Event) -> Reply:
        """Lock the inbox for oneself at once."""
        self._inboxes.close(await self._there(event), event.actor)
        return locked_card(translator(event.actor.locale), event.ref)


def _report(event: Event) -> str:
    """The report that an event was about."""
    return event.text("choice")[:32] if event.action == "cases.open" else key_of(event.ref)


def _passphrase(t: Translator) -> TextField:
    return TextField("passphrase", t("Your passphrase"), t(_VISIBLE), required=True, limit=_LONGEST)


def _new_passphrase(t: Translator) -> TextField:
    hint = t("15 characters or more, such as five words. It shows on your screen, and passes the platform.")
    return TextField("passphrase", t("Your passphrase"), hint, required=True, limit=_LONGEST)


def _recovery(t: Translator) -> TextField:
    return TextField("key", t("The recovery key"), t(_VISIBLE), required=True, limit=_LONGEST)


def _somebody(t: Translator) -> PersonField:
    return PersonField("who", t("Who"), t("Somebody who reads this desk."), required=True)


def locked_card(t: Translator, ref: str, typed: str = "") -> Card:
    """What a handler sees who has to unlock the inbox first; what was typed is not lost with the screen."""
    blocks: list[Block] = [
        Paragraph(
            t(
                "You can read its reports after you have typed your passphrase. It then stays open for you for 15"
                " minutes. Meanwhile new reports are kept, and deadlines run on."
            )
        )
    ]
    if typed.strip():
        said = t("What you wrote was not sent. Please copy it, unlock the inbox, and send it then:")
        blocks += [Paragraph(said), Quote(typed)]
    buttons = (
        Button(t("Unlock"), Address("inbox.unlock", ref), Style.PRIMARY),
        Button(t("Choose my passphrase"), Address("inbox.choose", ref)),
        Button(t("Use the recovery key"), Address("inbox.recover", ref)),
        Button(t("Back to the menu"), MENU),
    )
    without = t(
        "If you have no passphrase yet, ask somebody who has one to let you in; then choose yours within 15 minutes. If"
        " nobody is left who has one, the recovery key that was printed opens it."
    )
    return Card(t("This inbox is locked"), (*blocks, Paragraph(without)), buttons)


def begin_card(t: Translator, ref: str) -> Card:
    """What to know before an inbox is locked."""
    said = (
        t(
            "Your workplace wants this inbox to be locked. Then its reports open only by a passphrase that one of you"
            " types, and not by the keys of the server alone: who takes the server away cannot read them."
        ),
        t(
            "You choose the first passphrase. After that you see a recovery key, once: have paper and a pen or a"
            " printer at hand. Without any passphrase and without that key, nobody can ever read these reports again."
        ),
        t(
            "This cannot be undone: a locked inbox stays locked. There is no field that hides what is typed: look"
            " around before you type, and know that the platform passes it on."
        ),
    )
    begin = Button(t("Choose the first passphrase"), Address("inbox.begin", ref), Style.PRIMARY)
    return Card(
        t("Lock this inbox"), tuple(map(Paragraph, said)), (begin, Button(t("Back to the menu"), MENU))
    )


def recovery_card(t: Translator, ref: str, recovery: str) -> Card:
    """The recovery key; the only time that it is shown."""
    said = (
        t("The inbox is locked, and open for you for 15 minutes. This is the recovery key of the desk:"),
        t(
            "Write it down or print it now; it is not shown again. Keep it away from the server, where two of you know"
            " it is. It opens the inbox when nobody has a passphrase any more."
        ),
    )
    body = (Paragraph(said[0]), Words(recovery), Paragraph(said[1]))
    return Card(t("The recovery key"), body, (Button(t("I have written it down"), Address("inbox", ref)),))


def lock_card(t: Translator, ref: str, holders: tuple[str, ...], *, report: bool) -> Card:
    """Who has a passphrase, and what can be changed."""
    said = t(
        "Taking a passphrase away changes no report. Who had one could have kept a copy of what they read, or of an old"
        " backup with their passphrase."
    )
    buttons = [
        Button(t("Change my passphrase"), Address("inbox.choose", ref)),
        Button(t("Let somebody in"), Address("inbox.admit", ref)),
        Button(t("Take a passphrase away"), Address("inbox.remove", ref)),
        Button(t("Lock it now"), Address("inbox.close", ref)),
    ]
    if report:
        buttons.append(Button(t("Back to the report"), Address("desk.read", ref)))
    people = (People(t("Have a passphrase"), holders),) if holders else ()
    return Card(t("The lock of this inbox"), (*people, Paragraph(said)), tuple(buttons))
