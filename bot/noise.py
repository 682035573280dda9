"""Noise between a number and what is shown of it: discrete Laplace, drawn by OpenDP, an optional extra."""

from __future__ import annotations

from importlib.util import find_spec


def lacking() -> str:
    """Why no noise can be drawn here, in a sentence for the person who runs metoo; empty if it can."""
    if find_spec("opendp") is not None:
        return ""
    return "noise is set for a workspace, but OpenDP is not installed: pip install 'metoo[noise]'."


def draw(budget: float) -> int:
    """A draw for a count that one event changes by one, at this budget (epsilon): its scale is the inverse of it.

    From the operating system's randomness, whatever ours is: OpenDP gives no other.
    """
    import opendp.prelude as dp  # noqa: PLC0415 - an optional extra

    dp.enable_features("contrib")
    counts = dp.atom_domain(T=int), dp.absolute_distance(T=int)
    return int(dp.m.make_laplace(*counts, scale=1 / budget)(0))
