from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot import chart
from bot.anonymity import BANDS, weeks_before

WEEKS = weeks_before("2027-W04", 12)
BANDS_OF_WEEKS = (0, 0, 1, 1, 2, 0, 1, 2, 3, 3, 2, 1)
BAR = (0x28, 0x59, 0x5B)
ROOT = Path(__file__).parents[2]


def t(message: str, **values: str | int) -> str:
    return message.format(**values)


def drawn(bands: tuple[int, ...] = BANDS_OF_WEEKS, title: str = "Me-toos, week by week") -> bytes:
    png = chart.draw(WEEKS, bands, BANDS, title)
    assert png is not None
    return png


def alone(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    left = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "XDG", "METOO"))}
    return subprocess.run(  # noqa: S603 - our own Python with our own words
        [sys.executable, "-c", code],
        env={**left, "HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_the_picture_is_a_small_png_of_the_promised_size() -> None:
    png = drawn()
    with Image.open(BytesIO(png)) as picture:
        assert (picture.format, picture.size) == ("PNG", (900, 420))
    assert len(png) < 60_000


def test_the_picture_has_its_own_opaque_light_ground() -> None:
    with Image.open(BytesIO(drawn())) as picture:
        lowest, highest = picture.convert("RGBA").getchannel("A").getextrema()
        corners = {picture.convert("RGB").getpixel(at) for at in ((0, 0), (899, 0), (0, 419), (899, 419))}
    assert (lowest, highest, corners) == (255, 255, {(255, 255, 255)})


def test_the_same_bands_make_the_same_bytes() -> None:
    assert drawn() == drawn()


def test_other_bands_make_another_picture() -> None:
    assert drawn() != drawn((*BANDS_OF_WEEKS[:-1], 2))


def test_the_picture_does_not_tell_the_time_or_the_machine() -> None:
    with Image.open(BytesIO(drawn())) as picture:
        assert set(picture.info) <= {"dpi"}


def test_a_week_of_the_lowest_band_is_drawn_as_something() -> None:
    with Image.open(BytesIO(drawn((0,) * 12))) as picture:
        bars = sum(pixel == BAR for pixel in picture.convert("RGB").get_flattened_data())
    assert bars > 1000


def test_bars_stand_out_from_their_ground_whatever_colours_somebody_sees() -> None:
    assert 1.05 / (_luminance(BAR) + 0.05) >= 4.5


def _luminance(colour: tuple[int, ...]) -> float:
    """Relative luminance as WCAG defines it: contrast of lightness needs no colour vision."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("band", range(len(BANDS)))
def test_every_band_can_be_drawn(band: int) -> None:
    assert drawn((band,) * 12).startswith(b"\x89PNG")


def test_no_weeks_give_no_picture_and_no_words() -> None:
    assert chart.draw((), (), BANDS, "Nothing yet") is None
    assert chart.describe((), (), BANDS, t) == ""


def test_without_matplotlib_there_is_no_picture(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from bot import chart\n"
        "print(chart.draw(['2027-W01'], [1], ['few', 'some'], 'Title'))"
    )
    assert alone(code, tmp_path).stdout.strip() == "None"


def test_importing_the_chart_does_not_import_matplotlib(tmp_path: Path) -> None:
    code = "import sys; from bot import chart; print('matplotlib' in sys.modules)"
    assert alone(code, tmp_path).stdout.strip() == "False"


def test_drawing_leaves_nothing_at_home_and_says_nothing(tmp_path: Path) -> None:
    code = (
        "import os; from bot import chart\n"
        "assert chart.draw(['2027-W01'], [1], ['few', 'some'], 'Title')\n"
        "print('MPLCONFIGDIR' in os.environ)"
    )
    done = alone(code, tmp_path)
    assert (done.stdout.strip(), done.stderr, list(tmp_path.rglob("*"))) == ("False", "", [])


def test_the_folder_an_operator_chose_for_matplotlib_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    drawn()
    assert os.environ["MPLCONFIGDIR"] == str(tmp_path)


def test_the_words_join_weeks_of_the_same_band() -> None:
    words = chart.describe(WEEKS[:4], (0, 0, 0, 1), BANDS, t)
    assert words == (
        "A bar for each of 4 weeks, in bands instead of exact numbers."
        " 2026-W46 to 2026-W48: fewer than five or none; 2026-W49: 5–9."
    )


def test_words_that_would_get_long_tell_the_outline() -> None:
    names = ["a band whose name takes many words in some language"] * len(BANDS)
    names[11], names[0], names[3] = "the highest", "the lowest", "the latest"
    words = chart.describe(WEEKS, (0, 11, 1, 2, 1, 2, 1, 2, 1, 2, 1, 3), names, t)
    assert len(words) <= chart.MAX_WORDS
    assert "Highest: the highest. Lowest: the lowest. Latest: the latest." in words


def test_the_words_are_never_longer_than_promised() -> None:
    names = ["word " * 60] * len(BANDS)
    assert len(chart.describe(WEEKS, (0, 1) * 6, names, t)) <= chart.MAX_WORDS
