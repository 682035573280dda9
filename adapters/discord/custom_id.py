"""An address as Discord's custom_id, and back: what a button still says after a restart."""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.model import MAX_ACTION, MAX_REF, Address

_SHAPE = re.compile(rf"(?:([ps])(\d{{1,3}})/)?([^:/]{{0,{MAX_ACTION}}}):(.{{0,{MAX_REF}}})", re.DOTALL)

MAX_PAGE = 999
"""The last page a custom_id can name."""


class Target(NamedTuple):
    """Where a press goes, and which page of a long card it wants to see."""

    to: Address
    page: int = 1


def plain(to: Address) -> str:
    """The custom_id of an address."""
    return f"{to.action}:{to.ref}"


def paged(to: Address, page: int) -> str:
    """The custom_id of one page of a card."""
    return f"p{page}/{plain(to)}"


def again(to: Address, n: int) -> str:
    """The custom_id of the n-th component with the same address: within a message each must differ."""
    return f"s{n}/{plain(to)}"


def read(custom_id: object) -> Target:
    """What a custom_id asks for; one that is not ours is the empty action, which the core refuses."""
    found = _SHAPE.fullmatch(custom_id) if isinstance(custom_id, str) else None
    if found is None:
        return Target(Address(""))
    page = int(found[2]) if found[1] == "p" else 1
    return Target(Address(found[3], found[4]), max(1, page))
