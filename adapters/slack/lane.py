"""The fast lane for presses that come by HTTP, in front of bolt: in a surge there is little else.

Half of bolt's time goes into reading the form, and more into asking one listener after another. The signature
has been checked, by the SDK's own verifier, before anything is read here. Whatever is not plainly a press is
bolt's, which reads it again.
"""

from __future__ import annotations

from typing import Any

import orjson
from yarl import query_to_pairs

from adapters.slack import inbound
from adapters.slack.inbound import Arrival
from adapters.slack.members import Known

_FORM = b"payload="
_PRESS = "block_actions"
_FIELDS = 20


def press(content: bytes, known: Known) -> Arrival | None:
    """A pressed button or a pick from a list; None for everything else, and for what is broken."""
    if not content.startswith(_FORM) or _PRESS.encode() not in content:
        return None
    try:
        payload: Any = orjson.loads(dict(query_to_pairs(content.decode(), max_fields=_FIELDS))["payload"])
    except ValueError:
        return None
    if not isinstance(payload, dict) or payload.get("type") != _PRESS:
        return None
    return inbound.press(payload, known)
