"""The templates for notices and agreements say the numbers that the code has, and no others."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot import anonymity, drafts, opened
from bot.config import Deadlines, Delays, WorkspaceSettings

DEPLOY = Path(__file__).parents[1] / "deploy"
TEMPLATES = sorted((DEPLOY / "templates").glob("*.md"))
DELAYS, DEADLINES = Delays(), Deadlines()
SPOKEN = {"one": 1, "three": 3}
UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(7),
}


def length(found: re.Match[str]) -> timedelta | str:
    number = SPOKEN.get(found[1]) or int(found[1])
    unit = found[2].rstrip("s")
    return f"{number} months" if unit == "month" else number * UNITS[unit]


def spans(text: str) -> set[timedelta | str]:
    """Every length of time that a text says; what the reader has to fill in does not count."""
    free = re.sub(r"\[[^\]]*\]", "", text)
    return set(map(length, re.finditer(r"\b(\d+|one|three) (minute|hour|day|week|month)s?\b", free)))


KNOWN: set[timedelta | str] = {
    timedelta(days=WorkspaceSettings.model_fields["retention_days"].default),
    anonymity.SPREAD,
    anonymity.WARNED_BEFORE,
    anonymity.WINDOW,
    f"{anonymity.KEEP_MONTHS} months",
    *DELAYS.report,
    *DELAYS.statement,
    DELAYS.changes,
    DEADLINES.acknowledge,
    DEADLINES.contact,
    3 * drafts.SWEEP,
    opened.OPEN_FOR,
}
PEOPLE = {
    "fewer than 25 people": anonymity.POPULATION_FOR_NUMBERS,
    "50 or more work": anonymity.POPULATION_FOR_STATEMENTS,
    "among 5 or more alike": anonymity.ALIKE_FOR_CATEGORY,
    "Under 25 people": anonymity.POPULATION_FOR_NUMBERS,
    "from 50 people": anonymity.POPULATION_FOR_STATEMENTS,
    "at least 3 voices": anonymity.LEAST_CHANGED,
    "bands from 5 on": anonymity.LEAST_SHOWN,
    "among 5 reports of 3 different weeks": anonymity.ALIKE_FOR_CATEGORY,
    "of 3 different weeks": anonymity.WEEKS_FOR_CATEGORY,
    "nothing under 25 people": anonymity.POPULATION_FOR_NUMBERS,
    "statements from 50 people on": anonymity.POPULATION_FOR_STATEMENTS,
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_length_of_time_in_a_template_is_one_that_the_code_has(template: Path) -> None:
    said = spans(template.read_text("utf-8").replace("3 different weeks", "so many weeks"))
    assert said
    assert said - KNOWN == set()


def test_what_the_templates_must_say_stands_in_them() -> None:
    notice, agreement, assessment = (
        spans((DEPLOY / "templates" / f"{name}.md").read_text("utf-8"))
        for name in ("privacy-notice", "works-council-agreement", "impact-assessment")
    )
    ends = {timedelta(days=anonymity.KEEP_CLOSED), f"{anonymity.KEEP_MONTHS} months", anonymity.WINDOW}
    assert ends <= notice & agreement & assessment
    assert DEADLINES.acknowledge in agreement & assessment
    assert DELAYS.changes in agreement


@pytest.mark.parametrize("phrase", PEOPLE)
def test_every_number_of_people_is_the_one_of_the_code(phrase: str) -> None:
    every = " ".join(" ".join(path.read_text("utf-8").split()) for path in TEMPLATES)
    assert phrase in every
    assert (
        int(next(each for each in re.findall(r"\d+", phrase))) == PEOPLE[phrase]
        or str(PEOPLE[phrase]) in phrase
    )


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_says_that_it_is_no_legal_advice_and_is_linked(template: Path) -> None:
    assert "**not legal advice**" in template.read_text("utf-8")
    assert f"(templates/{template.name})" in (DEPLOY / "README.md").read_text("utf-8")


def test_another_number_would_be_found() -> None:
    assert spans("kept for 121 days") - KNOWN == {timedelta(days=121)}
    assert spans("[at most 90 days]") == set()
