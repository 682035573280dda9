"""The digest's chart: weekly bands as bars, and the words that say what the picture says."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.i18n import Translator

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_WORDS = 500
"""Characters of the alt text."""

_SIZE = (9.0, 4.2)
_DOTS = 100
_STUB = 0.35
"""Height of the lowest band: it may hold four people, so it is not drawn as nothing."""

_BACK, _INK, _LINE, _BAR = "#ffffff", "#1e2628", "#ddd8cc", "#28595b"


def draw(weeks: Sequence[str], bands: Sequence[int], names: Sequence[str], title: str) -> bytes | None:
    """A PNG of one bar per week, as high as its band; None without matplotlib or without weeks.

    Nothing in it is finer than a band, and its bytes depend on the arguments alone. May take seconds the
    first time, so call it in a thread.
    """
    if not weeks:
        return None
    try:
        with _no_traces_at_home():
            from matplotlib import get_data_path  # noqa: PLC0415 - an optional extra
            from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - the same
            from matplotlib.figure import Figure  # noqa: PLC0415 - the same
            from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - the same
            from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415 - the same
    except ImportError:
        return None
    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
    figure = Figure(figsize=_SIZE, dpi=_DOTS, facecolor=_BACK, layout=layout)
    # Named by its file, the font is the same on every machine and no list of fonts is searched.
    font = FontProperties(fname=Path(get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size=11.5)
    FigureCanvasAgg(figure)
    _bars(figure, font, title, _labels(weeks), {band: names[band] for band in bands}, bands=bands)
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def lacking() -> str:
    """Why digests come without a picture here, in a sentence for the person who runs metoo; empty if they do not."""
    if find_spec("matplotlib") is not None:
        return ""
    return "matplotlib is not installed, so digests come as text without a chart: pip install 'metoo[chart]'."


def describe(weeks: Sequence[str], bands: Sequence[int], names: Sequence[str], t: Translator) -> str:
    """The chart in words: runs of weeks with the same band, or the outline where that gets too long."""
    if not weeks:
        return ""
    runs = "; ".join(_runs(weeks, bands, names, t))
    whole = t(
        "A bar for each of {count} weeks, in bands instead of exact numbers. {runs}.",
        count=len(weeks),
        runs=runs,
    )
    return whole if len(whole) <= MAX_WORDS else _outline(weeks, bands, names, t)


def _bars(
    figure: Figure,
    font: Any,
    title: str,
    labels: Sequence[str],
    ticks: dict[int, str],
    *,
    bands: Sequence[int],
) -> None:
    axes = figure.add_subplot(facecolor=_BACK)
    places = range(len(labels))
    axes.bar(places, [band + _STUB for band in bands], width=0.62, color=_BAR, zorder=2)
    axes.set_yticks([band + _STUB for band in ticks], list(ticks.values()), color=_INK, fontproperties=font)
    axes.set_xticks(places, labels, color=_INK, fontproperties=font, va="top")
    axes.set_ylim(0, max(*bands, 1) + 2 * _STUB)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.grid(axis="y", color=_LINE, linewidth=1, zorder=1)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.spines["bottom"].set(visible=True, color=_INK)
    larger = font.copy()
    larger.set_size(14)
    axes.set_title(title, loc="left", color=_INK, fontproperties=larger, pad=12)


def _labels(weeks: Sequence[str]) -> list[str]:
    """The week of each bar, with the year under the first one and wherever it changes."""
    labels, shown = [], ""
    for each in weeks:
        year, week = each.split("-")
        labels.append(week if year == shown else f"{week}\n{year}")
        shown = year
    return labels


def _runs(weeks: Sequence[str], bands: Sequence[int], names: Sequence[str], t: Translator) -> Iterator[str]:
    for band, run in groupby(zip(weeks, bands, strict=True), key=lambda pair: pair[1]):
        same = [week for week, _ in run]
        if len(same) == 1:
            yield t("{week}: {band}", week=same[0], band=names[band])
        else:
            yield t("{first} to {last}: {band}", first=same[0], last=same[-1], band=names[band])


def _outline(weeks: Sequence[str], bands: Sequence[int], names: Sequence[str], t: Translator) -> str:
    return t(
        "A bar for each of {count} weeks from {first} to {last}, in bands instead of exact numbers."
        " Highest: {highest}. Lowest: {lowest}. Latest: {latest}.",
        count=len(weeks),
        first=weeks[0],
        last=weeks[-1],
        highest=names[max(bands)],
        lowest=names[min(bands)],
        latest=names[bands[-1]],
    )[:MAX_WORDS]


@contextmanager
def _no_traces_at_home() -> Iterator[None]:
    """Let matplotlib build its list of fonts in a folder that goes away, unless the operator gave it one."""
    if "MPLCONFIGDIR" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="metoo-chart-", ignore_cleanup_errors=True) as folder:
        os.environ["MPLCONFIGDIR"] = folder
        try:
            yield
        finally:
            os.environ.pop("MPLCONFIGDIR", None)
