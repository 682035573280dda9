"""Settings about keys: where the root key is, and what wraps it."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from bot.addresses import ApiUrl


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class VaultSettings(_Part):
    """HashiCorp Vault's transit engine, which wraps the root key."""

    url: ApiUrl = ""
    token: SecretStr = SecretStr("")
    mount: str = "transit"
    key: str = "metoo"
    namespace: str = ""


class KmsSettings(_Part):
    """A key of AWS KMS, which wraps the root key."""

    key_id: str = ""
    region: str = ""
    access_key_id: str = ""
    secret_access_key: SecretStr = SecretStr("")
    session_token: SecretStr = SecretStr("")
    api_url: ApiUrl = ""

    @model_validator(mode="after")
    def _whole(self) -> KmsSettings:
        if self.key_id and not (self.region and self.access_key_id and self.secret_access_key):
            raise ValueError("keys.kms needs region, access_key_id and secret_access_key beside key_id")
        return self


class KeysSettings(_Part):
    """Where keys are. `perishable` are two folders outside the database and its backups."""

    file: Path | None = None
    """The key file, of any kind that `metoo keys new` makes."""
    credential: str = ""
    """Instead of a file: the name of a credential that systemd hands over."""
    passphrase: SecretStr = SecretStr("")
    """What opens a key file with a passphrase, where nobody is there to type it: belongs into a credential file."""
    vault: VaultSettings = VaultSettings()
    kms: KmsSettings = KmsSettings()
    socket: Path | None = None
    """Where a running metoo takes commands about keys; beside the store unless set."""
    perishable: tuple[Path, Path] = (Path("metoo-months"), Path("metoo-months-copy"))


def in_credential_file(variable: str) -> bool:
    """Whether a secret comes from a credential file, where no other program and no list of processes shows it."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return variable not in os.environ and bool(folder) and Path(str(folder), variable).is_file()
