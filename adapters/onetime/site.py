"""One-time pages over HTTP: what is sent stays in memory, bounded, and nothing of a request is logged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, MultipartReader, web

from adapters.onetime.markup import HEADERS, page
from bot.attached import MOST_FILES
from bot.model import Document, Upload
from bot.onetime import BROKEN_OFF, BUSY, FIELD, NOTHING, TOO_MUCH, Page, Pages, Shown
from bot.scrubbing.sentences import LIMIT

PATH = "/once/{token}"

MARGIN = 1024 * 1024
LARGEST = MOST_FILES * LIMIT + MARGIN
"""Bytes of a request's body."""

MOST_PARTS = 100
"""Parts of one body: more files than fit are answered in words, and empty parts without end fill no memory."""

SLOWEST = 300.0
"""Seconds in which all of a body has to arrive."""

AT_ONCE = 4
"""Bodies that are read at the same time."""

_CHUNK = 64 * 1024
_LONGEST_TOKEN = 64
_FORM = "multipart/form-data"


class _TooMuch(Exception):
    """More came than fits."""


class OneTime:
    """Answers for one-time pages; `pages` knows what they show."""

    def __init__(self, pages: Pages, slowest: float = SLOWEST) -> None:
        self._pages = pages
        self._slowest = slowest
        self._reading = 0

    def routes(self) -> tuple[web.RouteDef, ...]:
        """What a site has to answer."""
        return web.get(PATH, self.look, allow_head=False), web.post(PATH, self.use)

    async def look(self, request: web.Request) -> web.Response:
        """Show a page without using it up."""
        shown = self._pages.look(_token(request), _locale(request))
        return _html(shown, 200 if shown.live else 404)

    async def use(self, request: web.Request) -> web.StreamResponse:
        """Use a page up; what did not arrive in full does not count."""
        if not self._from_itself(request):
            return _html(self._pages.look("", _locale(request)), 403)
        taken = self._pages.take(_token(request))
        if taken is None:
            return _html(self._pages.look("", _locale(request)), 404)
        if taken.give:
            return _answer(await self._pages.use(taken))
        uploads = await self._read(request, taken)
        if isinstance(uploads, web.Response):
            return uploads
        return _answer(await self._pages.use(taken, uploads))

    async def _read(self, request: web.Request, taken: Page) -> Sequence[Upload] | web.Response:
        """What was sent; or, where it did not arrive, the page once more."""
        if self._reading >= AT_ONCE:
            return self._again(taken, 503, BUSY)
        if (request.content_length or 0) > LARGEST:
            return self._again(taken, 413, TOO_MUCH, most=MOST_FILES, limit=LIMIT >> 20)
        self._reading += 1
        try:
            async with asyncio.timeout(self._slowest):
                uploads = [each async for each in _uploads(request)]
        except _TooMuch:
            return self._again(taken, 413, TOO_MUCH, most=MOST_FILES, limit=LIMIT >> 20)
        except asyncio.CancelledError:
            self._pages.put_back(taken)
            raise
        except Exception:  # noqa: BLE001 - a body breaks off, or is none, in any way that a network has
            return self._again(taken, 400, BROKEN_OFF)
        finally:
            self._reading -= 1
        return uploads or self._again(taken, 400, NOTHING)

    def _again(self, taken: Page, status: int, why: str, **values: int) -> web.Response:
        self._pages.put_back(taken)
        return _html(self._pages.look(taken.token, taken.locale, why, **values), status)

    def _from_itself(self, request: web.Request) -> bool:
        """The token alone lets nobody else send this; browsers say besides where a request comes from.

        Without a referrer the origin of a form is "null", so that "same-origin" has to be said elsewhere.
        """
        address = urlsplit(self._pages.address)
        ours = f"{address.scheme}://{address.netloc}"
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        return origin in {None, "null", ours} and site in {None, "same-origin", "none"}


async def _uploads(request: web.Request) -> AsyncIterator[Upload]:
    if request.content_type != _FORM:
        raise ValueError("no form")
    left, parts = LARGEST, 0
    async for part in MultipartReader(request.headers, request.content):
        parts += 1
        if parts > MOST_PARTS:
            raise _TooMuch
        if not isinstance(part, BodyPartReader):
            raise TypeError("a form in a form")
        data, size = await _held(part, left)
        left -= size
        if part.name == FIELD and part.filename:  # a field in which nothing was picked has an empty one
            yield _upload(data, size)


async def _held(part: BodyPartReader, left: int) -> tuple[bytes, int]:
    """What is in a part, of which no more is held than a file may have, and how long it was."""
    held, size = bytearray(), 0
    while chunk := await part.read_chunk(_CHUNK):
        size += len(chunk)
        if size > left:
            raise _TooMuch
        if size <= LIMIT:
            held += chunk
        else:
            held.clear()
    return bytes(held), size


def _upload(data: bytes, size: int) -> Upload:
    async def read() -> bytes:
        return data

    return Upload(size, read)


def _token(request: web.Request) -> str:
    return request.match_info["token"][:_LONGEST_TOKEN]


def _locale(request: web.Request) -> str:
    """What a browser asks for; only for pages that know of no person."""
    return request.headers.get("Accept-Language", "en").split(",")[0].split(";")[0].strip()


def _html(shown: Shown, status: int = 200) -> web.Response:
    text = page(shown)
    return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)


def _answer(shown: Shown) -> web.Response:
    if not isinstance(shown.reply, Document):
        return _html(shown)
    document = shown.reply
    handed = {"Content-Disposition": f'attachment; filename="{document.name}"', "Content-Type": document.kind}
    return web.Response(body=document.data, headers={**HEADERS, **handed})
