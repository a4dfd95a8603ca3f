"""Receive webhooks: check the signature, answer at once, do the work later, and take the same message once.

python examples/api/receiver.py --port 9000

Needs nothing but Python. SECRET is the key's own, from `GET /v1/webhooks/secret`.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE = 300  # seconds that a message may be old


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The message. Raises ValueError where it is not from docproc, has been changed, or is an old one sent again."""
    sent = {name.lower(): value for name, value in headers.items()}
    message_id, stamp = sent["webhook-id"], sent["webhook-timestamp"]
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE:
        raise ValueError("too old, or from the future")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(made).decode()
    if not any(hmac.compare_digest(wanted, given) for given in sent["webhook-signature"].split()):
        raise ValueError("the signature is not docproc's")
    message: dict[str, Any] = json.loads(body)
    return message


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what is docproc's, 401 to what is not; anything else would be sent again."""

    seen: frozenset[str] = frozenset()  # in a database, where there are several of you

    def do_POST(self) -> None:
        """Take a message."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1_000_000))
        try:
            message = verified(os.environ["SECRET"], dict(self.headers), body)
        except (ValueError, KeyError, AttributeError) as error:
            self.send_error(401, str(error))
            return
        self.send_response(204)
        self.end_headers()
        message_id = self.headers["webhook-id"]
        if message_id not in Receiver.seen:  # the same message may come twice
            Receiver.seen |= {message_id}
            print(message["type"], json.dumps(message["data"]), flush=True)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9000)
    with ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Receiver) as server:
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
