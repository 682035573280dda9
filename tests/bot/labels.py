"""Every label of a derivation, a hash or a format, found in the compiled code; and the same code with one changed."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import bot

_LABEL = re.compile(r"metoo[ /][a-z0-9 /=]*[\n\0]?")
"""Lower case without marks: what people read has some."""

_JOINS = "bot.__main__"


@dataclass(frozen=True)
class Site:
    """A label, and the function in whose code it stands, or the name of the constant that holds it."""

    label: str
    where: FunctionType | str


def sites() -> tuple[Site, ...]:
    """Every label of the program."""
    found = {site for module in _modules() for site in (*_constants(module), *_in_code(module))}
    return tuple(sorted(found, key=lambda site: (site.label, str(site.where))))


@contextmanager
def changed(site: Site) -> Iterator[None]:
    """The program as if this label were another one."""
    if isinstance(site.where, FunctionType):
        code = site.where.__code__
        site.where.__code__ = _other(code, site.label)
        try:
            yield
        finally:
            site.where.__code__ = code
        return
    holding = [each for each in _modules() if _text(vars(each).get(site.where)) == site.label]
    value = vars(holding[0])[site.where]
    try:
        for each in holding:
            setattr(each, site.where, _mark(value))
        yield
    finally:
        for each in holding:
            setattr(each, site.where, value)


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(bot.__path__, "bot."):
        if found.name != _JOINS:
            yield importlib.import_module(found.name)


def _constants(module: ModuleType) -> Iterator[Site]:
    for name, value in vars(module).items():
        if _LABEL.fullmatch(_text(value)):
            yield Site(_text(value), name)


def _in_code(module: ModuleType) -> Iterator[Site]:
    mine = [each for each in vars(module).values() if getattr(each, "__module__", None) == module.__name__]
    methods = [found for each in mine if isinstance(each, type) for found in vars(each).values()]
    for each in (*mine, *methods):
        function = getattr(each, "__func__", getattr(each, "fget", each))
        function = inspect.unwrap(function) if callable(function) else function
        if isinstance(function, FunctionType):
            for label in _said(function.__code__):
                yield Site(label, function)


def _said(code: CodeType) -> Iterator[str]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _said(each)
        elif _LABEL.fullmatch(_text(each)):
            yield _text(each)


def _other(code: CodeType, label: str) -> CodeType:
    consts = tuple(
        _other(each, label) if isinstance(each, CodeType) else _mark(each) if _text(each) == label else each
        for each in code.co_consts
    )
    return code.replace(co_consts=consts)


def _mark(value: Any) -> Any:
    """The same length, because persons of hashes have at most 16 bytes."""
    return b"other" + value[5:] if isinstance(value, bytes) else f"other{value[5:]}"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, str) else ""
