"""A small model of how Discord's clients read a text: what they show, and what comes alive in it.

After the rules of the clients' parser: the first rule that matches at a place wins, and a backslash before
any sign but a letter, a digit or a space shows that sign.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Read(NamedTuple):
    """The characters a person sees, and the names of the rules that made something else of others."""

    shown: str
    alive: frozenset[str]


_START = [
    ("heading", re.compile(r" *(#{1,3}) +(?=\S)")),
    ("small", re.compile(r" *-# +(?=\S)")),
    ("quote", re.compile(r" *>(>>)? +")),
    ("list", re.compile(r"[^\S\n]*([-*]|\d+\.) +(?=\S)")),
]
_ANYWHERE = [
    ("code block", re.compile(r"```(?:[a-z0-9_+\-.#]+?\n)?\n*([^\n].*?)\n*```", re.DOTALL | re.IGNORECASE)),
    ("code", re.compile(r"(`+)(.*?[^`])\1(?!`)", re.DOTALL)),
    ("mention", re.compile(r"<(?:@[!&]?\d+|#\d+|id:\w+|/[^>]+:\d+)>")),
    ("time", re.compile(r"<t:-?\d+(?::\w)?>")),
    ("emoji", re.compile(r"<a?:\w+:\d+>|:[^\s:]+?:")),
    ("everyone", re.compile(r"@(?:everyone|here)\b")),
    ("address", re.compile(r"<((?:https?|discord|mailto|tel):[^\s<>]+)>|<(\+\d+)>")),
    ("unfurling address", re.compile(r"(?:https?|steam)://[^\s<]+[^<.,:;\"'\]\s]")),
    ("invitation", re.compile(r"(?:discord\.gg|discord\.com/invite)/\w+")),
    ("masked link", re.compile(r"\[([^\]\n]+)\]\(<?[^\s)]+>?\)")),
    ("bold", re.compile(r"\*\*(?=.+?\*\*)|\*\*", re.DOTALL)),
    ("underline", re.compile(r"__")),
    ("italics", re.compile(r"\*(?=\S.*?\*)|_(?=\S.*?_\b)", re.DOTALL)),
    ("struck", re.compile(r"~~")),
    ("spoiler", re.compile(r"\|\|")),
]


def read(content: str) -> Read:
    """Read a whole text display."""
    shown: list[str] = []
    alive: set[str] = set()
    at = 0
    while at < len(content):
        escaped = re.compile(r"\\([^0-9A-Za-z\s])").match(content, at)
        if escaped:
            shown.append(escaped[1])
            at = escaped.end()
            continue
        name, words, at = _rule(content, at)
        shown.append(words)
        if name:
            alive.add(name)
    return Read("".join(shown), frozenset(alive))


def _rule(content: str, at: int) -> tuple[str, str, int]:
    at_start = at == 0 or content[at - 1] == "\n"
    for name, pattern in (*(_START if at_start else ()), *_ANYWHERE):
        found = pattern.match(content, at)
        if found:
            kept = {"code block": 1, "code": 2, "address": 1, "masked link": 1}.get(name)
            stays = name in {"mention", "time", "emoji", "everyone", "unfurling address", "invitation"}
            words = found[kept] or "" if kept else found[0] if stays else ""
            return name, words, found.end()
    return "", content[at], at + 1
