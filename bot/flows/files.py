"""Files of a report that is not sent yet: added from the preview, listed there, and removed."""

from __future__ import annotations

from bot.attached import Attached
from bot.attachments import SWITCHED_OFF, Attachments
from bot.config import WorkspaceSettings
from bot.drafts import Drafts
from bot.errors import Refusal
from bot.flows.adding import Adding, Take, Ways
from bot.flows.filed import LOST
from bot.flows.step import Step, Steps
from bot.i18n import Translator, translator
from bot.model import Address, Button, Event, Reply, Upload, Workspace
from bot.workplaces import Workplaces


class Files:
    """Behind *Add a file* in the preview; `preview` shows that again."""

    def __init__(
        self, attachments: Attachments, drafts: Drafts, adding: Adding, settings: Workplaces, preview: Step
    ) -> None:
        self._attachments = attachments
        self._drafts = drafts
        self._adding = adding
        self._settings = settings
        self._preview = preview

    def steps(self) -> Steps:
        """The actions of this flow."""
        return {"file.add": self.add, "file.took": self.took, "file.drop": self.drop}

    async def add(self, event: Event) -> Reply:
        """How a file can be added here."""
        workspace = self._allowed(event).workspace
        account = await self._drafts.get(workspace, event.ref)
        t = translator(event.actor.locale)
        take = self._taking(workspace, event.ref)
        return self._adding.ask(event, len(account.files), take, _ways(t, event.ref))

    async def took(self, event: Event) -> Reply:
        """What became of the files of a form."""
        workspace = self._allowed(event).workspace
        t = translator(event.actor.locale)
        return await self._adding.took(event, self._taking(workspace, event.ref), _ways(t, event.ref))

    async def drop(self, event: Event) -> Reply:
        """Remove a file, or what says that one is missing."""
        workspace, file = event.actor.workspace, event.text("choice")
        if file == LOST:
            await self._attachments.forget_lost(workspace, event.ref)
        else:
            await self._attachments.remove(workspace, event.ref, file)
        return await self._preview(Event(event.actor, "tell.preview", event.ref))

    def _taking(self, workspace: Workspace, key: str) -> Take:
        async def take(upload: Upload) -> Attached:
            return await self._attachments.add(workspace, key, upload)

        return take

    def _allowed(self, event: Event) -> WorkspaceSettings:
        settings = self._settings.serving(event.actor.workspace)
        if not settings.attachments:
            raise Refusal(SWITCHED_OFF)
        return settings


def _ways(t: Translator, key: str) -> Ways:
    preview = Button(t("Back to the preview"), Address("tell.preview", key))
    return Ways(Address("file.took", key), Address("file.add", key), preview)
