"""Signatures after Standard Webhooks, so that a receiver knows who speaks. https://www.standardwebhooks.com"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from pathlib import Path

from docproc.service.serving import kept_secret

PREFIX = "whsec_"


def signed(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that go with a body. `secret` is whsec_ and base64; `timestamp` seconds since 1970, now."""
    key = b64decode(secret.removeprefix(PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    made = b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{made}"}


def open_secret(home: Path) -> str:
    """The secret of jobs that nobody's key submitted: made of the home folder's own secret, the same for all who work
    on that folder. Raises Unavailable.
    """
    made = hmac.new(kept_secret(home), b"docproc webhooks", hashlib.sha256).digest()
    return PREFIX + b64encode(made).decode()
