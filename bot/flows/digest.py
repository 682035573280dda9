"""Around the digest: kinds behind its button, its preview, and the words that HR writes for it."""

from __future__ import annotations

from bot.bulletin import kinds_card
from bot.digest import Digest
from bot.errors import Refusal
from bot.flows.step import CASES, MENU, PREVIEW, WORDS, Steps, once, row_id
from bot.i18n import N_, Translator, translator
from bot.model import Address, Button, Card, Event, Form, Paragraph, Quote, Reply, TextField
from bot.ports import Random
from bot.remarks import LIMIT, Remarks
from bot.workplaces import Workplaces

_NOT_HERE = N_("This digest cannot be opened any more.")
_OTHER_WEEK = N_(
    "The digest of that week is decided by now, so nothing was kept. You can write for the next one."
)


class DigestFlow:
    """The buttons of digests, of a desk's own digest, and below *Cases*."""

    def __init__(self, digest: Digest, remarks: Remarks, settings: Workplaces, random: Random) -> None:
        self._digest = digest
        self._remarks = remarks
        self._settings = settings
        self._random = random

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {
            "digest.kinds": self.kinds,
            PREVIEW.action: self.preview,
            WORDS.action: self.words,
            "digest.worded": self.worded,
        }

    async def kinds(self, event: Event) -> Reply:
        """What kinds of harassment a digest tells, as it was decided."""
        digest = await self._digest.decided(row_id(event.ref))
        if digest is None or digest.workspace != str(event.actor.workspace):
            raise Refusal(_NOT_HERE)
        return kinds_card(translator(event.actor.locale), digest.week, digest.numbers)

    async def preview(self, event: Event) -> Reply:
        """The digest of the last closed week, for people at the first desk and for admins."""
        settings = self._settings.serving(event.actor.workspace)
        if not event.actor.admin:
            await self._remarks.admit(event.actor)
        card, decided = await self._digest.preview(settings)
        t = translator(event.actor.locale)
        said = Paragraph(
            t(
                "This is the digest of the last week that has ended, as it was posted. Showing it here posts nothing."
            )
            if decided
            else t(
                "This is a preview of the last week that has ended. It is posted nowhere, and may still change."
            )
        )
        back = _back(t)[-1:] if event.actor.admin else _back(t)
        return Card(card.title, (said, *card.body), back, image=card.image)

    async def words(self, event: Event) -> Reply:
        """The form for what everybody reads under *What changed here*."""
        week = await self._remarks.week(event.actor)
        t = translator(event.actor.locale)
        hint = t(
            "Everybody reads this, exactly as you write it, in the digest for week {week}. Nothing that could point at"
            " a person or a report. Empty it to write nothing.",
            week=week,
        )
        kept = await self._remarks.of(str(event.actor.workspace), week)
        field = TextField("text", t("What changed here"), hint, long=True, limit=LIMIT, value=kept)
        to = Address("digest.worded", once(week, self._random))
        return Form(t("Write what changed here"), to, (field,), t("Keep"))

    async def worded(self, event: Event) -> Reply:
        """Keep it, unless that digest was decided meanwhile."""
        week = await self._remarks.week(event.actor)
        if event.ref.partition(".")[0] != week:
            raise Refusal(_OTHER_WEEK)
        text = event.text("text")
        await self._remarks.write(event.actor, week, text)
        t = translator(event.actor.locale)
        if not text.strip():
            said = t("The digest for week {week} will say that HR wrote nothing.", week=week)
            return Card(t("Kept"), (Paragraph(said),), _back(t))
        said = t("The digest for week {week} will say, as HR's words:", week=week)
        return Card(t("Kept"), (Paragraph(said), Quote(text)), _back(t))


def _back(t: Translator) -> tuple[Button, ...]:
    return (
        Button(t("Write what changed here"), WORDS),
        Button(t("Cases"), CASES),
        Button(t("Back to the menu"), MENU),
    )
