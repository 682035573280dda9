"""A Slack in which several workspaces and an organisation install the app, by OAuth, with tokens that end."""

from __future__ import annotations

import asyncio
import copy
import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from adapters.slack.connection import SlackConnection
from adapters.slack.serving import connected
from adapters.web import Site
from bot.config import Settings
from bot.means import Means
from bot.model import Workspace as Place
from tests.adapters.slack_methods import Json, Refused, Workspace
from tests.adapters.slack_server import Server
from tests.adapters.slack_stage import SlackStage
from tests.adapters.slack_wire import SECRET

CLIENT, CLIENT_SECRET = "100.200", "made-up-client-secret"
LIFE = 43_200
SCOPES = "commands,chat:write,groups:read,channels:read,files:write,users:read"


@dataclass
class Grant:
    """What one token may: of which workspaces, until it is revoked or its time is over."""

    teams: tuple[str, ...]
    org: str = ""
    refusal: str = ""


class Slack(Server):
    """The server of one workspace, and of others beside it; each call acts where its token says."""

    def __init__(self) -> None:
        super().__init__()
        self.teams: dict[str, Workspace] = {self.team: self}
        self.grants: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.refreshes: dict[str, Grant] = {}
        self.life = LIFE
        self.used_refreshes: list[str] = []

    def add_team(self, team: str) -> Workspace:
        """One more workspace on the same addresses."""
        made = Workspace(team)
        made._listening.close()
        made._listening = self._listening
        for name in ("urls", "files", "seen", "violations", "calls", "numbers", "clock"):
            setattr(made, name, getattr(self, name))
        self.teams[team] = made
        return made

    def agree(self, *teams: str, org: str = "") -> str:
        """An admin presses Allow; the code that Slack sends them back with."""
        code = f"code.{next(self.numbers)}"
        self.codes[code] = Grant(teams, org)
        return code

    def revoke(self, team: str, code: str = "token_revoked") -> None:
        """The tokens of a workspace are worth nothing from now on."""
        for each in self.grants.values():
            if team in each.teams:
                each.refusal = each.refusal or code

    def tokens(self, team: str) -> list[str]:
        """The tokens that act in a workspace."""
        return [name for name, each in self.grants.items() if team in each.teams and not each.refusal]

    def _answer(self, method: str, arguments: Json, request: web.Request) -> Json:
        if self.refusals.get(method):
            raise Refused(self.refusals[method].pop(0))
        if method == "oauth.v2.access":
            return self._access(arguments, request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        grant = self.grants.get(token)
        if grant is None:
            raise Refused("invalid_auth")
        if grant.refusal:
            raise Refused(grant.refusal)
        if method == "auth.teams.list":
            return self._teams(grant, arguments)
        return self._of(grant, method, arguments)

    def _of(self, grant: Grant, method: str, arguments: Json) -> Json:
        for team in (arguments.get("team_id"), *grant.teams):
            place = self.teams.get(str(team))
            if team in grant.teams and place is not None and _belongs(place, arguments):
                return dict(getattr(place, "do_" + method.replace(".", "_"))(arguments))
        raise Refused("channel_not_found")

    def _teams(self, grant: Grant, arguments: Json) -> Json:
        if not grant.org:
            raise Refused("missing_scope")
        at = int(arguments.get("cursor") or 0)
        after = str(at + 1) if at + 1 < len(grant.teams) else ""
        named = [{"id": each, "name": each} for each in grant.teams[at : at + 1]]
        return {"teams": named, "response_metadata": {"next_cursor": after}}

    def _access(self, arguments: Json, request: web.Request) -> Json:
        basic = request.headers.get("Authorization", "").removeprefix("Basic ")
        if b64decode(basic).decode() != f"{CLIENT}:{CLIENT_SECRET}":
            raise Refused("invalid_client_id")
        if arguments.get("grant_type") == "refresh_token":
            self.used_refreshes.append(str(arguments["refresh_token"]))
            grant = self.refreshes.pop(str(arguments["refresh_token"]), None)
            if grant is None:
                raise Refused("invalid_refresh_token")
        else:
            grant = self.codes.pop(str(arguments.get("code")), None)
            if grant is None:
                raise Refused("invalid_code")
        return self.granted(grant)

    def granted(self, grant: Grant) -> Json:
        """A fresh token for what was granted."""
        number = next(self.numbers)
        token, refresh = f"xoxe.xoxb-planted-{number}", f"xoxe-planted-refresh-{number}"
        self.grants[token] = Grant(grant.teams, grant.org)
        self.refreshes[refresh] = grant
        first = "" if grant.org else grant.teams[0]
        return {
            "app_id": "A0METOO",
            "authed_user": {"id": "U0INSTALLER"},
            "scope": SCOPES,
            "token_type": "bot",
            "access_token": token,
            "refresh_token": refresh,
            "expires_in": self.life,
            "bot_user_id": "UMETOOBOT",
            "team": {"id": first, "name": "Example"} if first else None,
            "enterprise": {"id": grant.org, "name": "Example"} if grant.org else None,
            "is_enterprise_install": bool(grant.org),
        }


def _belongs(place: Workspace, arguments: Json) -> bool:
    """Whether this workspace is the one that a call is about: a token of an organisation acts in several."""
    for name, known in (("channel", place.channels), ("view_id", place.views), ("user_id", place.people)):
        if name in arguments:
            return arguments[name] in known
    if "trigger_id" in arguments:
        return arguments["trigger_id"] in place.triggers
    return True


class InstalledStage(SlackStage):
    """A stage whose app was installed by whoever did; it keeps what it was given in a store."""

    def __init__(self, means: Means, server: Slack | None = None) -> None:
        super().__init__("http", server=server or Slack())
        self.means = means
        self.site = Site("127.0.0.1", 0)
        self.connection = self._connected(self.site)

    @property
    def slack(self) -> Slack:
        assert isinstance(self.server, Slack)
        return self.server

    def _connected(self, site: Site) -> SlackConnection:
        about: Json = {
            "client_id": CLIENT,
            "client_secret": SecretStr(CLIENT_SECRET),
            "signing_secret": SecretStr(SECRET),
            "api_url": f"{self.server.url}/api/",
        }
        given = {"slack": about, "web": {"public_url": "http://127.0.0.1:1"}}
        return connected(Settings.model_validate(given), [], site.route, self.means)

    def again(self) -> InstalledStage:
        """Another process of the same app, on the same store."""
        return InstalledStage(self.means, self.slack)

    def of(self, team: str) -> SlackStage:
        """The people of another workspace, reaching the same app."""
        other = copy.copy(self)
        other.server = self.slack.teams[team]  # type: ignore[assignment] # what people do needs no more of it
        other.workspace = Place("slack", team)
        return other

    async def install(self, *teams: str, org: str = "") -> tuple[int, str]:
        """An admin installs the app: our page, Slack's, and back to ours."""
        asked, cookie, _ = await self.page("/slack/install")
        assert asked == 200
        _, state = cookie.split("=", 1)
        code = self.slack.agree(*teams, org=org)
        status, _, body = await self.page(f"/slack/oauth_redirect?code={code}&state={state}", cookie)
        return status, body

    async def page(self, path: str, cookie: str = "") -> tuple[int, str, str]:
        """Open one of our pages: the status, the cookie it sets, and what it says."""
        base = self.http.address.removesuffix("/slack/events")
        headers = {"Cookie": cookie} if cookie else {}
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(base + path, headers=headers, allow_redirects=False) as answer,
        ):
            given = next((each.split(";")[0] for each in answer.headers.getall("Set-Cookie", ())), "")
            return answer.status, given, await answer.text()

    async def known(self, team: str) -> None:
        """Wait until the members of a workspace are known."""
        async with asyncio.timeout(20):
            while await self.connection.directory.population(Place("slack", team)) is None:
                await asyncio.sleep(0.005)

    async def _ready(self) -> bool:
        return bool(self.connection.connected)


def address_in(page: str) -> dict[str, Any]:
    """What the way to Slack on our page asks for."""
    link = page.partition('<a href="')[2].partition('"')[0].replace("&amp;", "&")
    return {
        "to": link.partition("?")[0],
        **{name: each[0] for name, each in parse_qs(urlsplit(link).query).items()},
    }


def uninstalled(team: str, kind: str = "app_uninstalled", **about: Any) -> Json:
    """What Slack sends when somebody takes the app away."""
    event = {"type": kind, **({"tokens": {"bot": ["UMETOOBOT"]}} if kind == "tokens_revoked" else {})}
    return json.loads(json.dumps({"type": "event_callback", "team_id": team, "event": event, **about}))  # type: ignore[no-any-return]
