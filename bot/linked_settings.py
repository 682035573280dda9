"""What the settings file says of a workplace on another platform that belongs to the same organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.i18n import LANGUAGES
from bot.model import Workspace


class LinkedSettings(BaseModel):
    """Walls, statements and digests are posted there too; everything else is kept by the workplace it is linked to."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    platform: Literal["slack", "discord", "sandbox"]
    id: str = Field(min_length=1, pattern=r"^[^:]+$")
    solidarity_channel: str = ""
    digest_channel: str = ""
    language: str = ""
    """Of what is posted there; empty for that of the workplace it is linked to."""

    @field_validator("language")
    @classmethod
    def _translated(cls, value: str) -> str:
        if value and value not in LANGUAGES:
            raise ValueError(f"must be one of {', '.join(LANGUAGES)}")
        return value

    @property
    def workspace(self) -> Workspace:
        """The workplace that is linked."""
        return Workspace(self.platform, self.id)


def each_once(served: Sequence[Workspace], linked: Sequence[Workspace]) -> None:
    """Refuse what is linked twice, or served on its own as well. Raises ValueError."""
    if len({*served, *linked}) != len(served) + len(linked):
        raise ValueError("a workspace is linked twice, or configured and linked")
