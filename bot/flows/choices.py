"""Which desk may get a report, and who must not read it: what the preview offers."""

from __future__ import annotations

from bot.account import UNSAID
from bot.i18n import N_, Translator, options
from bot.model import Address, Block, Button, Choice, Option, Paragraph
from bot.reports import Preview
from bot.routing import Look

HR = {
    UNSAID: N_("Rather not say"),
    "no": N_("No"),
    "yes": N_("Yes, or I am not sure"),
}
"""Whether somebody whose name stands in the text only works with HR."""

_HR_NOTE = N_(
    "A name in the text keeps no desk away. If somebody you wrote about works with HR, pick them under Change or under"
    " Somebody must not read this, or choose another desk."
)


ABROAD = N_(
    "The desks of your workplace are on another platform, and nobody can look up whether somebody whom you picked here"
    " reads them there. So nothing is sent before you say that none of them works with HR. If one does, or you are not"
    " sure: on the other platform you can pick them, and no desk that they can read gets your report."
)
ABROAD_NAMED = N_(
    "Who wrote it is filled in as the person named. HR is on another platform, where nobody can be looked up: before"
    " you send, you are asked whether they work with HR."
)
VOUCHED = N_(
    "You said that nobody you picked works with HR. That counts here, because nobody can be looked up on the platform"
    " where the desks are."
)
_MOST_NAMED = 8
"""Names of roles and members that are listed with a desk."""


def readers_of(t: Translator, look: Look) -> str:
    """A desk and how many people can read it now."""
    readers = look.facts.readers if look.facts else None
    if readers is None and look.facts and look.facts.openers:
        who = ", ".join(look.facts.openers[:_MOST_NAMED])
        return t("{desk}; read by {who}, and by whoever administers this server", desk=look.name, who=who)
    if readers is None:
        return t("{desk}; this platform does not say how many people can read it", desk=look.name)
    return t("{desk}; people who can read it now: {count}", desk=look.name, count=readers)


def desk_choices(t: Translator, key: str, preview: Preview) -> tuple[Choice, ...]:
    """The desks to choose from, where there is a choice; and the question that a name in the text raises."""
    asked = Choice(
        t("Does somebody you wrote about work with HR?"),
        Address("choose.hr", key),
        options(t, HR),
        preview.account.hr,
    )
    hr = (asked,) if preview.account.unseen or not preview.account.barred else ()
    if len(preview.able) < 2 or preview.first is None:  # noqa: PLR2004 - one is no choice
        return hr
    desks = tuple(Option(each.desk.id.hex(), readers_of(t, each)) for each in preview.able)
    goes = Choice(t("Desk"), Address("choose.desk", key), desks, preview.first.desk.id.hex())
    return (goes, *hr)


def hr_note(t: Translator, preview: Preview) -> tuple[Block, ...]:
    """What to do where somebody may work with HR who is not picked."""
    asked = preview.account.hr == "yes" and not preview.account.barred
    return (Paragraph(t(_HR_NOTE)),) if asked else ()


def away_button(t: Translator, key: str) -> Button:
    """The way to name further people who must not read it."""
    return Button(t("Somebody must not read this"), Address("choose.away", key))
