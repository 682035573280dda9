"""Addresses in settings: https, or http where nobody is on the way."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def _api_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("an API address has no password, query or fragment")
    if parts.scheme == "https" and parts.hostname:
        return value
    if parts.scheme == "http" and loopback(parts.hostname or ""):
        return value
    raise ValueError("an API address must be https, or http on loopback; anything else could steal the token")


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("a public address has no password, query or fragment")
    if not value or (parts.scheme == "https" and parts.hostname):
        return value
    if parts.scheme == "http" and loopback(parts.hostname or ""):
        return value
    raise ValueError(
        "a public address must be https, or http on loopback; anybody on the way could read files sent over plain http"
    )


def loopback(host: str) -> bool:
    """Whether only this machine can reach a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


ApiUrl = Annotated[str, AfterValidator(_api_url)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
