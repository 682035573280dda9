"""AWS Signature Version 4: a request that says who sends it and cannot be changed on the way."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, repr=False)
class Signer:
    """What signs: an access key, its secret, and for which service in which region."""

    access_key_id: str
    secret: str
    region: str
    service: str

    def authorization(
        self, call: str, headers: Mapping[str, str], body: bytes, moment: datetime, *, query: str = ""
    ) -> str:
        """The value of the header Authorization; `headers`, lower case, are all that is signed.

        `call` is method and path, such as "POST /"; path and `query` are canonical already. `headers` has to hold
        x-amz-date of that moment.
        """
        method, path = call.split(" ")
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in sorted(headers))
        request = "\n".join((method, path, query, lines, names, sha256(body).hexdigest()))
        scope = f"{moment:%Y%m%d}/{self.region}/{self.service}/aws4_request"
        to_sign = "\n".join((_ALGORITHM, stamp(moment), scope, sha256(request.encode()).hexdigest()))
        signature = hmac.new(self.key(moment), to_sign.encode(), sha256).hexdigest()
        credential = f"Credential={self.access_key_id}/{scope}"
        return f"{_ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"

    def key(self, moment: datetime) -> bytes:
        """The signing key of one day, region and service."""
        key = f"AWS4{self.secret}".encode()
        for part in (f"{moment:%Y%m%d}", self.region, self.service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key


def stamp(moment: datetime) -> str:
    """A moment as x-amz-date says it."""
    return f"{moment:%Y%m%dT%H%M%SZ}"
