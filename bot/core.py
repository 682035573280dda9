"""The core: finds the step that answers an event, and lets nothing but a card or a form come out."""

from __future__ import annotations

import traceback

import structlog

from bot.errors import PlatformError, Refusal, StoreError, UnsealError
from bot.flows.step import MENU, RECEIPT, SUPPORT, Steps
from bot.i18n import N_, Translator, translator
from bot.joining import Joining
from bot.model import MAX_REF, Address, Button, Card, Event, Paragraph, Reply

_log = structlog.get_logger(__name__)

_OLD_BUTTON = N_("This button is from an earlier version. /metoo opens the menu.")
_DEFECT = N_(
    "Something went wrong on our side, and this was not done. Nothing you saved before is lost."
    " Please try again; Find support still works."
)
_NOT_SAVED = N_(
    "This could not be saved just now. Nothing you saved before is lost. Please try again in a moment."
)
_PLATFORM = N_(
    "The platform does not answer just now, so this could not be checked. Please try again in a moment."
)
_UNREADABLE = N_(
    "This record cannot be opened: it was changed or its key is missing. Its number is {record}."
)


_ASKED_ANEW = {"receipt.open": RECEIPT}
"""Forms that nothing was kept of: to try again is to be asked once more."""


class Core:
    """Answers events by the steps of all flows."""

    def __init__(self, *flows: Steps, joining: Joining | None = None) -> None:
        self._steps = {action: step for flow in flows for action, step in flow.items()}
        self._joining = joining

    async def handle(self, event: Event) -> Reply:
        """Answer an event; never raises, and never lets an error's words out."""
        if self._joining is None:
            return await self._answer(event)
        return self._joining.shown(await self._answer(self._joining.met(event)), event.actor)

    async def _answer(self, event: Event) -> Reply:
        t = translator(event.actor.locale)
        try:
            step = self._steps.get(event.action)
            if step is None:
                return _sorry(t, t(_OLD_BUTTON))
            return await step(event)
        except Refusal as refusal:
            return _sorry(t, t(refusal.text, **refusal.values), event)
        except UnsealError as error:
            _log.error("record cannot be opened", table=error.table, record=error.row.hex())
            return _sorry(t, t(_UNREADABLE, record=error.row.hex()[:8]))
        except StoreError as error:
            _log.error("store failed", error=type(error).__name__)
            return _sorry(t, t(_NOT_SAVED), event)
        except PlatformError as error:
            _log.warning("platform failed", error=type(error).__name__)
            return _sorry(t, t(_PLATFORM), event)
        except Exception as error:  # noqa: BLE001 - the one entry point of every event
            _log.error("defect", error=type(error).__name__, at=_where(error))
            return _sorry(t, t(_DEFECT), event)


def _sorry(t: Translator, said: str, event: Event | None = None) -> Card:
    """A sentence with ways on; what was being written is one press away, and not lost with the screen."""
    ways: tuple[Button, ...] = (Button(t("Find support"), SUPPORT), Button(t("Back to the menu"), MENU))
    if event is not None and event.action in _ASKED_ANEW:
        ways = (Button(t("Try again"), _ASKED_ANEW[event.action]), *ways)
    elif event is not None and 0 < len(event.ref) <= MAX_REF:
        again = Button(t("Try again"), Address(event.action, event.ref))
        preview = Button(t("Back to the preview"), Address("tell.preview", event.ref))
        writing = event.action.startswith("tell.") and event.action != "tell.preview"
        ways = (again, preview, *ways) if writing else (again, *ways)
    return Card(t("metoo"), (Paragraph(said),), ways, aside=True)


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
