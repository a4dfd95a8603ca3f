"""Sessions of browsers: a signed cookie that says which key opened it, and a token that its pages send back."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request, Response

from docproc.core.errors import Unauthorized
from docproc.service.serving import Serving

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

COOKIE = "docproc_session"
_SALT = "docproc session"
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Session:
    """An open session: the number of the key, and the token against forged requests."""

    key_id: int
    csrf: str


def open_session(request: Request, response: Response, serving: Serving, key_id: int) -> Session:
    """Give a browser a session; the cookie is not to be read by scripts, nor sent along by other sites."""
    opened = Session(key_id, secrets.token_urlsafe(24))
    response.set_cookie(
        COOKIE,
        str(_signer(serving).dumps([opened.key_id, opened.csrf])),
        max_age=serving.session_seconds,
        path="/",
        secure=request.url.scheme == "https" or serving.url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )
    return opened


def close_session(response: Response) -> None:
    """Take a browser's session away."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


def read(serving: Serving, cookie: str) -> Session:
    """The session of a cookie. Raises Unauthorized where it is none of ours, or too old."""
    from itsdangerous import BadData  # noqa: PLC0415 - where it is used

    try:
        if len(cookie) > _LONGEST:
            raise Unauthorized("this session is none of ours; sign in again")
        key_id, csrf = _signer(serving).loads(cookie, max_age=serving.session_seconds)
    except BadData as error:
        raise Unauthorized("this session has ended; sign in again") from error
    return Session(key_id, csrf)


def matches(opened: Session, token: str) -> bool:
    """Whether a page of that session sent this token; in constant time."""
    return hmac.compare_digest(opened.csrf.encode(), token.encode("utf-8", "replace"))


def _signer(serving: Serving) -> URLSafeTimedSerializer:
    from itsdangerous import URLSafeTimedSerializer  # noqa: PLC0415 - where it is used

    return URLSafeTimedSerializer(serving.secret, salt=_SALT)
