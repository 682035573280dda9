"""Discord on loopback: its REST API and gateway, refusing and recording what Discord would refuse.

`violations` is everything that was sent against Discord's rules or ours (an answer that others can see).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.adapters.discord_gateway import Gateway
from tests.adapters.discord_interactions import Interaction, Interactions, Message, Refused
from tests.adapters.discord_registry import Registry
from tests.adapters.discord_rules import post_problems
from tests.adapters.discord_world import APPLICATION, BOT, GUILD, LOBBY, SEND, VIEW, Payload, World

TOKEN = "made-up-token"
HANDED_OUT = "planted-kiebitz-5093"
"""In every interaction token, so that it is found where one is kept."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class DiscordServer:
    """Starts on a free port; `url` is what `DiscordSettings.api_url` has to be."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.violations: list[str] = []
        self.gateway = Gateway(world, TOKEN, self.violations)
        self.interactions = Interactions(world, self.violations)
        self.posts: dict[str, list[Message]] = {}
        self.registry = Registry(world.new_id)
        self.unsaid = False
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.failures: list[tuple[int, float | None]] = []
        self.application: dict[str, object] = {}
        self.failures_at: dict[str, list[tuple[int, float | None]]] = {}
        self.url = ""
        self.locale = "en-US"
        self.uploads: dict[str, bytes] = {}
        self.cdn: Callable[[web.Request, bytes], Awaitable[web.StreamResponse]] = _whole
        self._nonces: dict[tuple[str, str], Message] = {}
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(middlewares=[self._guard])
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/api/v10"
        self.gateway.address = f"ws://127.0.0.1:{port}/gateway"

    async def stop(self) -> None:
        await self.gateway.drop(1001)
        if self._runner is not None:
            await self._runner.cleanup()

    def keep_upload(self, content: bytes) -> Payload:
        """A file that somebody uploaded, as Discord tells of it."""
        known = self.world.new_id()
        self.uploads[known] = content
        address = f"{self.url.removesuffix('/api/v10')}/cdn/{known}"
        about = {"filename": "planted-name.png", "content_type": "image/png", "ephemeral": True}
        return {"id": known, "size": len(content), "url": address, "proxy_url": address, **about}

    async def deliver(
        self, kind: int, data: Payload, user: str, source: Message | None, channel: str = LOBBY
    ) -> Interaction:
        """Send an interaction down the gateway, as a member's client would cause it."""
        asked = self.interactions.begin(kind, self._interaction(kind, data, user, source, channel), source)
        await self.gateway.send("INTERACTION_CREATE", asked.payload)
        return asked

    def outside(self, user: str) -> Interaction:
        """A command typed in a direct message: no server, no member."""
        payload = self._interaction(2, {"id": "1", "name": "metoo", "type": 1}, user, None)
        for name in ("guild_id", "guild_locale", "member"):
            del payload[name]
        recipients = [self.world.user_payload(user)]
        payload["channel"] = {"id": LOBBY, "type": 1, "recipients": recipients, "last_message_id": None}
        return self.interactions.begin(2, payload | {"user": recipients[0], "context": 1}, None)

    def _interaction(
        self, kind: int, data: Payload, user: str, source: Message | None, channel: str = LOBBY
    ) -> Payload:
        known = self.world.new_id()
        channel = source.channel if source else channel
        made = {
            "id": known,
            "application_id": APPLICATION,
            "type": kind,
            "data": data,
            "guild_id": GUILD,
            "channel_id": channel,
            "channel": self.world.channel_payload(self.world.channels[channel]),
            "member": self.world.member_payload(user),
            "token": f"interaction-{known}-{HANDED_OUT}",
            "version": 1,
            "app_permissions": "0",
            "locale": self.locale,
            "guild_locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": GUILD},
            "context": 0,
            "attachment_size_limit": 10_485_760,
        }
        if source is not None:
            made["message"] = self.interactions.payload(source)
        return made

    def _routes(self) -> list[web.RouteDef]:
        bot, api = self._for_bot, "/api/v10"
        return [
            web.get("/gateway", self.gateway.listen),
            web.get("/cdn/{upload}", self._download),
            web.get(f"{api}/gateway", self._gateway),
            web.get(f"{api}/gateway/bot", bot(self._gateway_bot)),
            web.get(f"{api}/users/@me", bot(self._me)),
            web.get(f"{api}/oauth2/applications/@me", bot(self._application)),
            *self._command_routes(f"{api}/applications/{{app}}/commands"),
            *self._command_routes(f"{api}/applications/{{app}}/guilds/{{guild}}/commands"),
            web.get(f"{api}/guilds/{{guild}}", bot(self._guild)),
            web.get(f"{api}/guilds/{{guild}}/channels", bot(self._channels)),
            web.get(f"{api}/guilds/{{guild}}/members/{{user}}", bot(self._member)),
            web.get(f"{api}/guilds/{{guild}}/roles/member-counts", bot(self._role_counts)),
            web.get(f"{api}/channels/{{channel}}", bot(self._channel)),
            web.post(f"{api}/channels/{{channel}}/messages", bot(self._post)),
            web.patch(f"{api}/channels/{{channel}}/messages/{{message}}", bot(self._patch)),
            web.delete(f"{api}/channels/{{channel}}/messages/{{message}}", bot(self._delete)),
            web.post(f"{api}/interactions/{{id}}/{{token}}/callback", self._callback),
            web.patch(f"{api}/webhooks/{{app}}/{{token}}/messages/@original", self._edit),
            web.post(f"{api}/webhooks/{{app}}/{{token}}", self._follow),
        ]

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        here = (each for end, each in self.failures_at.items() if request.path.endswith(end))
        failures = next(here, self.failures)
        self.asked.append(request.path)
        if failures and request.path != "/gateway":
            status, after = failures.pop(0)
            body = {"message": "made to fail", "code": 0, "retry_after": after or 0.0, "global": False}
            if self.unsaid:  # a server in front of Discord refuses, and says neither that nor how long
                return _json({"message": "made to fail"}, status, {})
            return _json(body, status, {"Retry-After": str(after or 0), "Via": "1.1 loopback"})
        try:
            return await handler(request)
        except Refused as refused:
            return _json(refused.body, refused.status)
        except web.HTTPNotFound:
            self.violations.append(f"{request.method} {request.path} does not exist")
            raise

    def _for_bot(self, handler: Handler) -> Handler:
        async def checked(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != f"Bot {TOKEN}":
                raise Refused(401, 0, "401: Unauthorized")
            here = request.match_info.get("guild", GUILD) == GUILD and self.world.bot_is_here
            if not here and {"guild", "channel"} & set(request.match_info):
                self.refused.append(request.path)
                raise Refused(403, 50001, "Missing Access")
            return await handler(request)

        return checked

    async def _gateway_bot(self, _: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return _json(
            {"url": self.gateway.address, "shards": self.gateway.shard_count, "session_start_limit": limit}
        )

    async def _me(self, _: web.Request) -> web.Response:
        return _json(self.world.user_payload(BOT))

    async def _gateway(self, _: web.Request) -> web.Response:
        return _json({"url": self.gateway.address})

    async def _application(self, _: web.Request) -> web.Response:
        team = {"owner": self.world.user_payload(BOT), "icon": None, "verify_key": "", "summary": ""}
        flags = {"bot_public": False, "bot_require_code_grant": False, "description": ""}
        return _json({"id": APPLICATION, "name": "metoo", **team, **flags, **self.application})

    def _command_routes(self, path: str) -> list[web.RouteDef]:
        bot = self._for_bot
        return [
            web.get(path, bot(self._get_commands)),
            web.post(path, bot(self._add_command)),
            web.patch(f"{path}/{{command}}", bot(self._change_command)),
            web.delete(f"{path}/{{command}}", bot(self._remove_command)),
        ]

    async def _get_commands(self, request: web.Request) -> web.Response:
        localised = request.query.get("with_localizations") == "true"
        return _json(self.registry.listed(request.match_info.get("guild", ""), localised=localised))

    async def _add_command(self, request: web.Request) -> web.Response:
        return _json(self.registry.add(request.match_info.get("guild", ""), await request.json()), 201)

    async def _change_command(self, request: web.Request) -> web.Response:
        where, known = request.match_info.get("guild", ""), request.match_info["command"]
        return _json(self.registry.change(where, known, await request.json()))

    async def _remove_command(self, request: web.Request) -> web.Response:
        self.registry.remove(request.match_info.get("guild", ""), request.match_info["command"])
        return web.Response(status=204)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        found = self.uploads.get(request.match_info["upload"])
        if found is None:
            return web.Response(status=404)
        return await self.cdn(request, found)

    async def _guild(self, _: web.Request) -> web.Response:
        return _json(self.world.guild_payload())

    async def _channels(self, _: web.Request) -> web.Response:
        return _json(self.world.listed())

    async def _member(self, request: web.Request) -> web.Response:
        user = request.match_info["user"]
        if user not in self.world.people:
            raise Refused(404, 10007, "Unknown Member")
        return _json(self.world.member_payload(user))

    async def _role_counts(self, _: web.Request) -> web.Response:
        if not self.world.may_manage_roles:
            raise Refused(403, 50013, "Missing Permissions")
        people = self.world.people.values()
        return _json({role: sum(role in each.roles for each in people) for role in self.world.roles})

    async def _channel(self, request: web.Request) -> web.Response:
        channel = self.world.channels.get(request.match_info["channel"])
        if channel is None:
            raise Refused(404, 10003, "Unknown Channel")
        if not self.world.may(BOT, channel, VIEW):
            raise Refused(403, 50001, "Missing Access")
        return _json(self.world.channel_payload(channel))

    def _open(self, request: web.Request) -> str:
        known = request.match_info["channel"]
        channel = self.world.channels.get(known)
        if channel is None:
            raise Refused(404, 10003, "Unknown Channel")
        if not self.world.may(BOT, channel, VIEW):
            raise Refused(403, 50001, "Missing Access")
        if not self.world.may(BOT, channel, SEND):
            raise Refused(403, 50013, "Missing Permissions")
        return known

    async def _post(self, request: web.Request) -> web.Response:
        channel = self._open(request)
        body = await _body(request)
        nonce = str(body.get("nonce") or "")
        self._check_post(body)
        self.interactions.refuse(["a nonce of more than 25 characters"] * (len(nonce) > 25))
        self.interactions.refuse(["a nonce that is not enforced"] * (not body.get("enforce_nonce")))
        known = self._nonces.get((channel, nonce))
        if known is None:
            known = Message(self.world.new_id(), channel, body["flags"], body)
            self._nonces[channel, nonce] = known
            self.posts.setdefault(channel, []).append(known)
        return _json(self.interactions.payload(known))

    async def _patch(self, request: web.Request) -> web.Response:
        message = self._message(request)
        body = await _body(request)
        self._check_post(body, edit=True)
        message.body = body
        return _json(self.interactions.payload(message))

    async def _delete(self, request: web.Request) -> web.Response:
        message = self._message(request)
        self.posts[message.channel].remove(message)
        return web.Response(status=204)

    def _message(self, request: web.Request) -> Message:
        channel = self._open(request)
        for each in self.posts.get(channel, []):
            if each.id == request.match_info["message"]:
                return each
        raise Refused(404, 10008, "Unknown Message")

    def _check_post(self, body: Payload, *, edit: bool = False) -> None:
        self.interactions.refuse(post_problems(body.get("components") or []))
        self.interactions.check_message(body, private=False, edit=edit)

    async def _callback(self, request: web.Request) -> web.Response:
        made = self.interactions.callback(request.match_info["token"], await _body(request))
        return _json(made) if "with_response" in request.query else web.Response(status=204)

    async def _edit(self, request: web.Request) -> web.Response:
        message = self.interactions.edit(request.match_info["token"], await _body(request))
        return _json(self.interactions.payload(message))

    async def _follow(self, request: web.Request) -> web.Response:
        message = self.interactions.follow(request.match_info["token"], await _body(request))
        return _json(self.interactions.payload(message))


async def _whole(_: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(body=content)


async def _body(request: web.Request) -> Payload:
    """The JSON of a request; of one with files, their bytes by name under "files"."""
    if request.content_type == "application/json":
        return dict(await request.json())
    form = await request.post()
    outer: Payload = json.loads(str(form["payload_json"]))
    files = {each.filename: each.file.read() for each in form.values() if isinstance(each, web.FileField)}
    outer.get("data", outer)["files"] = files
    return outer


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # discord.py compares the whole header: a charset behind it would leave the body unread
    plain = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=plain)
