"""Everything that is still open to a writer: the buttons of their mailbox."""

from __future__ import annotations

from bot.box import Box, State
from bot.conversation import Kind
from bot.flows.step import SUPPORT
from bot.i18n import Translator
from bot.model import Address, Button, Style


def ways(t: Translator, key: str, box: Box, *, files: bool, hold: bool) -> tuple[Button, ...]:
    """What can be done with a report now; `files` says that files may be added, `hold` that it may be held."""

    def button(label: str, action: str, style: Style = Style.PLAIN) -> Button:
        return Button(label, Address(action, key), style)

    everything = button(t("Everything in it"), "box.all")
    copy = button(t("My copy"), "copy")
    add = (button(t("Add a file"), "enclose"),) if files else ()
    since = button(t("Something happened since"), "box.since")
    proof = button(t("Proof of filing"), "proof")
    support = Button(t("Find support"), SUPPORT)
    if box.state is State.WITHDRAWN:  # nothing can be said to a desk that may read nothing
        undo = button(t("Undo taking it back"), "box.undo", Style.PRIMARY)
        return undo, everything, copy, proof, support
    if box.state is State.KEPT:
        return (
            button(t("Add to it"), "box.add", Style.PRIMARY),
            *add,
            since,
            button(t("Send it to HR"), "box.route"),
            *((button(t("Hold until others name the same person"), "box.hold"),) if hold else ()),
            everything,
            copy,
            proof,
            button(t("Delete it"), "box.back"),
            support,
        )
    if box.state is State.HELD:
        return (
            button(t("Add to it"), "box.add", Style.PRIMARY),
            *add,
            since,
            button(t("Release it now"), "box.route"),
            button(t("Make it a private record"), "box.free"),
            everything,
            copy,
            proof,
            button(t("Take it back"), "box.back"),
            support,
        )
    late = (button(t("Remind the desk"), "box.remind"),) if box.overdue else ()
    goes_on = box.elsewhere and box.refused < 2  # noqa: PLR2004 - one other desk, once
    other = (button(t("Send to another desk"), "box.route"),) if goes_on else ()
    plan = box.contact is not None and box.contact.answer is None
    answer = (button(t("Answer the desk's plan"), "box.plan"),) if plan else ()
    told = any(entry.said.kind is Kind.IDENTITY for entry in box.thread)
    who = (t("Meet with someone I trust"), "box.meet") if told else (t("Tell HR who I am"), "box.name")
    return (
        button(t("Add or answer"), "box.add", Style.PRIMARY),
        *answer,
        *add,
        *late,
        everything,
        copy,
        since,
        button(t("What colleagues may see"), "box.share"),
        *other,
        button(*who),
        proof,
        button(t("Take it back"), "box.back"),
        support,
    )
