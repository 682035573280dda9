"""The two pages of installing: what the app asks for and why, and that it is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from html import escape

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth import RedirectUriPageRenderer

from adapters.slack.calls import client
from adapters.slack.kept import SealedInstallations, SealedTickets
from adapters.slack.quiet import sdk_logger
from adapters.slack.scopes import WHY, scopes
from bot.config import SlackSettings
from bot.errors import Misconfigured
from bot.ports import Ticketing

_log = structlog.get_logger(__name__)

START = "/slack/install"
END = "/slack/oauth_redirect"

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Ask = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


class Install(AsyncOAuthFlow):
    """Slack's OAuth flow with our stores and our words."""

    def __init__(
        self, settings: SlackSettings, public_url: str, kept: SealedInstallations, tickets: Ticketing
    ) -> None:
        if not public_url:
            raise Misconfigured(
                "Where every workspace may install the Slack app, METOO_WEB__PUBLIC_URL has to say under which https"
                " address this site can be reached: Slack sends people back there."
            )
        oauth = AsyncOAuthSettings(
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
            scopes=scopes(settings),
            user_scopes=[],
            redirect_uri=public_url.rstrip("/") + END,
            install_path=START,
            redirect_uri_path=END,
            authorization_url=_authorization(settings.api_url),
            installation_store=kept,
            installation_store_bot_only=True,
            state_store=SealedTickets(tickets),
            logger=sdk_logger(),
        )
        oauth.redirect_uri_page_renderer = Pages(install_path=START, redirect_uri_path=END)
        super().__init__(client=client("", settings.api_url), logger=sdk_logger(), settings=oauth)

    def routes(self) -> tuple[web.RouteDef, ...]:
        """What a site has to answer."""
        return web.get(START, self.start, allow_head=False), web.get(END, self.end, allow_head=False)

    async def start(self, request: web.Request) -> web.StreamResponse:
        """What the app asks for, with the way to Slack."""
        # Nothing of the address is taken over: whoever made a link could put words into it.
        return await _page(self.handle_installation, request, "")

    async def end(self, request: web.Request) -> web.StreamResponse:
        """Where Slack sends an admin back to."""
        return await _page(self.handle_callback, request, request.query_string)

    async def build_install_page_html(self, url: str, request: AsyncBoltRequest) -> str:  # noqa: ARG002 - as in bolt
        """Each permission and what it is for."""
        asked = "".join(
            f"<dt><code>{each}</code></dt><dd>To {escape(WHY[each])}</dd>"
            for each in self.settings.scopes or ()
        )
        return _html(
            "Install metoo",
            f"<p>metoo asks Slack for this, and for nothing else:</p><dl>{asked}</dl>"
            "<p>It reads no messages, except one that somebody reports. It acts in no person's name.</p>"
            f'<p><a href="{escape(url)}">Go on to Slack</a></p>',
        )


class Pages(RedirectUriPageRenderer):
    """The last page."""

    def render_success_page(
        self,
        app_id: str,
        team_id: str | None,
        is_enterprise_install: bool | None = None,  # noqa: FBT001 - the signature of bolt's
        enterprise_url: str | None = None,
    ) -> str:
        """It is there, and what comes next."""
        if is_enterprise_install and enterprise_url:
            url = f"{enterprise_url}manage/organization/apps/profile/{app_id}/workspaces/add"
            on = f'<p>Now <a href="{escape(url)}">choose the workspaces</a> of your organisation.</p>'
        else:
            url = f"slack://app?team={team_id}&id={app_id}"
            on = f'<p><a href="{escape(url)}">Back to Slack</a></p>'
        said = (
            "<p>An admin of the workspace now types <code>/metoo setup</code> in Slack. Until then the app says that"
            " it is not set up yet.</p>"
        )
        return _html("metoo is installed", said + on)

    def render_failure_page(self, reason: str) -> str:
        """It is not there, and why."""
        return _html(
            "metoo was not installed",
            f"<p>Nothing was changed ({escape(reason)}).</p>"
            f'<p><a href="{escape(self.install_path)}">Begin again</a></p>',
        )


async def _page(answer: Ask, request: web.Request, query: str) -> web.StreamResponse:
    headers: dict[str, str | Sequence[str]] = {"cookie": request.headers.get("Cookie", "")}
    try:
        made = await to_aiohttp_response(
            await answer(AsyncBoltRequest(body="", query=query, headers=headers))
        )
    except Exception as error:  # noqa: BLE001 - the entry point: what somebody sends or Slack answers is not logged
        _log.warning("slack installation failed", error=type(error).__name__)
        text = _html("metoo was not installed", f'<p>Please <a href="{START}">begin again</a>.</p>')
        made = web.Response(status=503, text=text, content_type="text/html")
    made.headers.update(HEADERS)
    return made


def _html(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><style>body{font:1.1em/1.5 sans-serif;'
        "max-width:40em;margin:2em auto;padding:0 1em}dd{margin:0 0 .8em 1em}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )


def _authorization(api_url: str) -> str:
    """Slack's page of permissions, on the host of its API: GovSlack has one of its own."""
    return f"{api_url.rstrip('/').removesuffix('/api')}/oauth/v2/authorize"
