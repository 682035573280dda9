"""Which key services are set up."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.keyservices.kms import Kms
from adapters.keyservices.vault import VaultTransit
from bot.key_settings import KeysSettings
from bot.ports import Clock, KeyService


def services(settings: KeysSettings, clock: Clock) -> Mapping[str, KeyService]:
    """By the name that a key file calls them."""
    made: dict[str, KeyService] = {}
    if settings.vault.url:
        made["vault"] = VaultTransit(settings.vault)
    if settings.kms.key_id:
        made["kms"] = Kms(settings.kms, clock)
    return made
