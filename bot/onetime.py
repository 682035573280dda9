"""One-time pages: where a platform cannot take or hand over a file for one person alone, a page of ours can.

They are in memory only and die with the process. To look at one does not use it up, because programs that check
links look too; sending the page's form does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.attached import MOST_FILES
from bot.errors import PlatformError, Refusal, StoreError
from bot.i18n import N_, Translator, translator
from bot.limits import Limits
from bot.model import Actor, Address, Button, Card, Document, FileField, Form, Paragraph, Reply, Upload
from bot.ports import Clock, Random
from bot.vault import new_draft_key

LIFE = timedelta(minutes=10)

MOST = 500
"""Pages alive at the same time."""

FIELD = "files"

OVER = N_(
    "This page is over, or never was. Each page works once and for ten minutes. You can ask for a new one where you"
    " found this one."
)
OFF = N_(
    "Files are off here, because this bot has no public address. This platform would keep a copy of a file under your"
    " name, so a page outside it is needed. An admin can set one up."
)
_FULL = N_("There are too many open pages at this moment. Please try again in a few minutes.")
BROKEN_OFF = N_("The files did not arrive in full, so nothing of them was kept. Please try again.")
BUSY = N_("Several people are sending files at this moment. Please try again in a minute.")
NOTHING = N_("No file was picked. Please pick one and press Send again.")
TOO_MUCH = N_(
    "This is more than fits in one go: up to {most} files of {limit} MB each. Nothing of it was kept. Please send less."
)
_FAILED = N_("This did not work, on our side. Please ask for a new page and try again.")

Receive = Callable[[Sequence[Upload]], Awaitable[Card]]
Give = Callable[[], Awaitable[Document]]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """A page that waits to be used: it takes files or gives one. It is gone after its time, and with the process."""

    token: str
    ends: datetime
    locale: str
    receive: Receive | None
    give: Give | None


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """What a page shows, and in which language."""

    locale: str
    reply: Reply | Document
    live: bool = True


class Pages:
    """The pages that wait, and what they show. `address` is where the site can be reached; empty for nowhere."""

    def __init__(self, address: str, limits: Limits, clock: Clock, random: Random) -> None:
        self.address = address
        self._limits = limits
        self._clock = clock
        self._random = random
        self._live: dict[str, Page] = {}

    def open_at(self, address: str) -> None:
        """From now on pages can be reached at this address."""
        self.address = address

    def invite(self, actor: Actor, receive: Receive) -> str:
        """The address of a page that takes files. Raises Refusal."""
        return self._make(actor, receive, None)

    def offer(self, actor: Actor, give: Give) -> str:
        """The address of a page that gives a file; `give` asks again who may have it. Raises Refusal."""
        return self._make(actor, None, give)

    def look(self, token: str, locale: str = "en", why: str = "", **values: int) -> Shown:
        """What opening a page shows, which does not use it up; `why` says why it is shown again."""
        page = self._find(token)
        if page is None:
            t = translator(locale)
            return Shown(locale, Card(t("This page is over"), (Paragraph(t(OVER)),)), live=False)
        t = translator(page.locale)
        said = (Paragraph(t(why, **values)),) if why else ()
        if page.give:
            return Shown(page.locale, _giving(t, said))
        return Shown(page.locale, _taking(t, said[0].text if said else ""))

    def take(self, token: str) -> Page | None:
        """A page to use, which nobody else can now; None where there is none."""
        page = self._find(token)
        return self._live.pop(token) if page else None

    def put_back(self, page: Page) -> None:
        """A page that could not be used, because what was sent did not arrive."""
        self._live[page.token] = page

    async def use(self, page: Page, uploads: Sequence[Upload] = ()) -> Shown:
        """What comes of using a page that was taken; never raises."""
        t = translator(page.locale)
        try:
            return Shown(page.locale, await _used(page, uploads))
        except Refusal as refusal:
            said = t(refusal.text, **refusal.values)
        except (StoreError, PlatformError) as error:
            _log.warning("page failed", error=type(error).__name__)
            said = t(_FAILED)
        except Exception as error:  # noqa: BLE001 - the one entry point of every page
            _log.error("defect", error=type(error).__name__)
            said = t(_FAILED)
        return Shown(page.locale, Card(t("This did not work"), (Paragraph(said),)))

    def _make(self, actor: Actor, receive: Receive | None, give: Give | None) -> str:
        if not self.address:
            raise Refusal(OFF)
        self._limits.file(actor)
        now = self._clock.now()
        self._live = {token: page for token, page in self._live.items() if page.ends > now}
        if len(self._live) >= MOST:
            raise Refusal(_FULL)
        token = new_draft_key(self._random)
        self._live[token] = Page(token, now + LIFE, actor.locale, receive, give)
        return f"{self.address.rstrip('/')}/once/{token}"

    def _find(self, token: str) -> Page | None:
        page = self._live.get(token)
        if page is not None and page.ends <= self._clock.now():
            del self._live[token]
            return None
        return page


async def _used(page: Page, uploads: Sequence[Upload]) -> Card | Document:
    if page.give:
        return await page.give()
    assert page.receive is not None  # noqa: S101 - a page takes or gives
    return await page.receive(uploads)


def _taking(t: Translator, why: str) -> Form:
    hint = t(
        "Up to {most} files of 10 MB: pictures, PDF, plain text. They are cleaned of hidden data, and their names are"
        " dropped.",
        most=MOST_FILES,
    )
    field = FileField(FIELD, t("Files"), f"{why} {hint}".strip(), required=True, most=MOST_FILES)
    return Form(t("Send files"), Address("once"), (field,), t("Send"))


def _giving(t: Translator, said: tuple[Paragraph, ...]) -> Card:
    note = Paragraph(
        t("The file stays on the device on which you get it. On a work device, your employer may see it.")
    )
    return Card(t("Get a file"), (*said, note), (Button(t("Get the file"), Address("once")),))
