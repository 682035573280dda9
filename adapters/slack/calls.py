"""Calls of Slack's Web API, every failure of which becomes one of our platform errors."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.quiet import sdk_logger
from bot.errors import Denied, Gone, PlatformError, RateLimited, Unreachable

TIMEOUT = 10
"""Seconds after which Slack counts as unreachable."""

DEFAULT_PAUSE = 30.0
"""Seconds to wait where Slack says "too fast" without saying for how long."""

PASSING = frozenset({
    "fatal_error",
    "internal_error",
    "request_timeout",
    "rollup_error",
    "service_unavailable",
    "team_added_to_org",
})  # fmt: skip
"""Errors of Slack's own that pass."""


def client(token: str, api_url: str) -> AsyncWebClient:
    """A Web API client that logs nothing of what it carries."""
    base = api_url if api_url.endswith("/") else f"{api_url}/"
    return AsyncWebClient(token=token, base_url=base, timeout=TIMEOUT, logger=sdk_logger())


async def ask(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Wait for one call; raises a `PlatformError` and nothing else."""
    try:
        return await call
    except SlackApiError as error:
        raise _refused(error.response) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreachable(f"Slack cannot be reached ({type(error).__name__})") from None
    except (AttributeError, RuntimeError, TypeError, ValueError) as error:
        # The SDK trips over answers that are no JSON object, and over a session closed meanwhile.
        raise Unreachable(f"Slack answered something unreadable ({type(error).__name__})") from None


def reason(error: PlatformError) -> str:
    """The error code Slack gave, or an empty string."""
    return error.code


def _refused(response: Any) -> PlatformError:
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    code = _code(response)
    if status == 429 or code in {"ratelimited", "rate_limited"}:  # noqa: PLR2004 - HTTP's "too many requests"
        return RateLimited(_pause(response))
    if code in PASSING or not code:
        return Unreachable(f"Slack failed (status {status}, {code or 'no reason'})")
    kind = Gone if code in {"message_not_found", "file_not_found"} else Denied
    refused = kind(f"Slack refused: {code}")
    refused.code = code
    return refused


def _code(response: Any) -> str:
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[a-z0-9_]{1,64}", code) else ""


def _pause(response: Any) -> float:
    headers = getattr(response, "headers", None) or {}
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(given) if re.fullmatch(r"\d{1,6}", str(given)) else DEFAULT_PAUSE
