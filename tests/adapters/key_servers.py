"""Vault and AWS KMS on loopback: they speak the two calls that we use, and refuse what the real ones refuse."""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.made-up"
ACCESS, SECRET = "AKIDMADEUP", "made-up-secret"
KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234"
SKEW = timedelta(minutes=5)


class _Wrapping:
    """A key that wraps, and what was asked."""

    def __init__(self) -> None:
        self._key = AESGCM(secrets.token_bytes(32))
        self.url = ""
        self.asked: list[str] = []

    def wrapped(self, plain: bytes, bound: bytes = b"") -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._key.encrypt(nonce, plain, bound)

    def opened(self, wrapped: bytes, bound: bytes = b"") -> bytes | None:
        try:
            return self._key.decrypt(wrapped[:12], wrapped[12:], bound)
        except (InvalidTag, ValueError):
            return None


class VaultServer(_Wrapping):
    """The transit engine at `transit/`, with one key."""

    def __init__(self) -> None:
        super().__init__()
        self.sealed = False

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/{mount}/{what}/{key}", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        what, body = request.match_info["what"], await request.json()
        self.asked.append(what)
        if self.sealed:
            return _errors(503, "Vault is sealed")
        if request.headers.get("X-Vault-Token") != TOKEN:
            return _errors(403, "permission denied")
        if request.match_info["mount"] != "transit":
            return _errors(404, "no handler for route")
        if request.match_info["key"] != "metoo":
            return _errors(400, "encryption key not found")
        if what == "encrypt":
            return self._encrypted(body)
        return self._decrypted(body)

    def _encrypted(self, body: dict[str, Any]) -> web.Response:
        try:
            plain = b64decode(body["plaintext"], validate=True)
        except ValueError:
            return _errors(400, "failed to base64-decode plaintext")
        text = f"vault:v1:{b64encode(self.wrapped(plain)).decode()}"
        return web.json_response({"data": {"ciphertext": text, "key_version": 1}})

    def _decrypted(self, body: dict[str, Any]) -> web.Response:
        head, _, rest = body["ciphertext"].rpartition(":")
        plain = self.opened(b64decode(rest)) if head == "vault:v1" else None
        if plain is None:
            return _errors(400, "invalid ciphertext: could not decrypt")
        return web.json_response({"data": {"plaintext": b64encode(plain).decode()}})


def _errors(status: int, said: str) -> web.Response:
    return web.json_response({"errors": [said]}, status=status)


class KmsServer(_Wrapping):
    """One symmetric key in eu-central-1."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = ""
        self.token = ""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        content = await request.read()
        what = request.headers.get("X-Amz-Target", "").removeprefix("TrentService.")
        self.asked.append(what)
        if wrong := self.fails or self._unsigned(request, content):
            return _typed(wrong)
        body = json.loads(content)
        if body["KeyId"] != KEY_ARN:
            return _typed("NotFoundException")
        bound = json.dumps(body["EncryptionContext"], sort_keys=True).encode()
        if what == "Encrypt":
            blob = b64encode(self.wrapped(b64decode(body["Plaintext"]), bound)).decode()
            return _amazon({"CiphertextBlob": blob, "KeyId": KEY_ARN})
        plain = self.opened(b64decode(body["CiphertextBlob"]), bound)
        if plain is None:
            return _typed("InvalidCiphertextException")
        return _amazon({"Plaintext": b64encode(plain).decode(), "KeyId": KEY_ARN})

    def _unsigned(self, request: web.Request, content: bytes) -> str:
        """What KMS says of a request whose signature does not hold; empty where it does."""
        given = request.headers["Authorization"]
        fields = dict(part.split("=", 1) for part in given.removeprefix("AWS4-HMAC-SHA256 ").split(", "))
        access, scope = fields["Credential"].split("/", 1)
        if access != ACCESS or request.headers.get("X-Amz-Security-Token", "") != self.token:
            return "UnrecognizedClientException"
        moment = request.headers["X-Amz-Date"]
        when = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        names = fields["SignedHeaders"].split(";")
        known = {name.lower() for name in request.headers if name.lower().startswith("x-amz-")} | {"host"}
        if abs(datetime.now(UTC) - when) > SKEW or not known <= set(names):
            return "InvalidSignatureException"
        lines = [f"{name}:{request.headers[name]}" for name in names]
        said = ["POST", "/", "", *lines, "", ";".join(names), sha256(content).hexdigest()]
        digest = sha256("\n".join(said).encode()).hexdigest()
        key = b"AWS4" + SECRET.encode()
        for part in (moment[:8], "eu-central-1", "kms", "aws4_request"):
            key = hmac.new(key, part.encode(), sha256).digest()
        signed = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
        fits = hmac.new(key, signed.encode(), sha256).hexdigest() == fields["Signature"]
        return "" if fits else "InvalidSignatureException"


def _amazon(said: dict[str, str], status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(said), content_type="application/x-amz-json-1.1")


def _typed(kind: str) -> web.Response:
    return _amazon({"__type": kind, "message": "made up"}, 400)


@asynccontextmanager
async def serving(server: VaultServer | KmsServer) -> AsyncIterator[None]:
    """Let one of them listen on a free port."""
    app = web.Application()
    app.add_routes(server.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()
