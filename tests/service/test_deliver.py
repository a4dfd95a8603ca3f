"""Webhooks: what a receiver gets, and what becomes of a delivery that it does not take."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from docproc import wiring
from docproc.core.errors import Conflict, NotFound, UsageError
from docproc.service import webhooks
from docproc.service.addresses import Allowed, allowed
from docproc.service.deliver import WAITS, deliver_for
from docproc.service.fleet import Shift
from docproc.service.outgoing import Network, Outgoing
from docproc.service.parts import Parts
from docproc.service.signing import open_secret, signed
from docproc.store import deliveries, states
from docproc.store.clock import now
from docproc.store.deliveries import DeliveryRow
from docproc.store.face_tables import deliveries as table
from docproc.store.leasing import Hold
from docproc.store.tables import jobs
from tests.service.receiver import PUBLIC, Names, Receiver, receiving
from tests.store.fleet import Fleet

SHIFT = Shift(30.0, lambda: False)


@pytest.fixture
def parts(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.setenv("DOCPROC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCPROC_DATABASE_URL", database_url)
    monkeypatch.setenv("DOCPROC_WEBHOOK_ALLOW", "127.0.0.1")
    parts = wiring.assembled()
    with closing(parts.database):
        yield parts


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def end(parts: Parts, url: str, **more: Any) -> int:
    """A job that has ended, with a webhook."""
    job_id = Fleet(parts.database).job([("a", 1)])
    with parts.database.write() as conn:
        conn.execute(update(jobs).where(jobs.c.id == job_id).values(webhook_url=url, **more))
        states.cancel(conn, job_id)
        states.sweep(conn, job_id)
    return job_id


def only(parts: Parts) -> DeliveryRow:
    (found,) = webhooks.list_deliveries(parts, 10)
    return found


def hurry(parts: Parts) -> None:
    """Let all time pass that a delivery waits."""
    with parts.database.write() as conn:
        conn.execute(update(table).where(table.c.state == "ready").values(available_at=now()))


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    headers = signed(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_gets_the_end_of_a_job_signed_and_without_any_text_of_a_document(
    parts: Parts, receiver: Receiver
) -> None:
    job_id = end(parts, receiver.url(path="/hook?team=7"), reference="order 7")
    assert deliver_for(parts, SHIFT) == 1
    ((method, path, headers, body),) = receiver.seen
    assert (method, path, headers["content-type"]) == ("POST", "/hook?team=7", "application/json")
    assert headers["webhook-id"].startswith("msg_")
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    key = b64decode(open_secret(parts.home).removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    told = json.loads(body)
    assert (told["type"], told["data"]["job_id"], told["data"]["reference"]) == ("job.cancelled", job_id, "order 7")
    assert not {"cookie", "authorization"} & set(headers)
    assert (only(parts).state, only(parts).status_code) == ("delivered", 200)
    assert deliver_for(parts, SHIFT) == 0


def test_a_delivery_that_is_not_taken_is_tried_again_for_a_day_and_given_up_with_a_reason(
    parts: Parts, receiver: Receiver
) -> None:
    receiver.status = 503
    end(parts, receiver.url())
    for number, wait in enumerate(WAITS, 1):
        assert deliver_for(parts, SHIFT) == 1
        found = only(parts)
        assert (found.state, found.attempt, found.status_code, found.error) == ("ready", number, 503, "HTTP 503")
        assert found.next_at is not None
        assert 0.7 * wait < found.next_at - time.time() < 1.3 * wait
        hurry(parts)
    assert deliver_for(parts, SHIFT) == 1
    found = only(parts)
    assert (found.state, found.next_at, found.error) == ("failed", None, "given up after 8 tries: HTTP 503")
    assert len({headers["webhook-id"] for _, _, headers, _ in receiver.seen}) == 1
    assert sum(WAITS) > 24 * 3600


def test_a_receiver_that_asks_for_time_is_given_it_within_reason(parts: Parts, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "1000"}
    end(parts, receiver.url())
    deliver_for(parts, SHIFT)
    found = only(parts)
    assert found.next_at is not None
    assert 900 < found.next_at - time.time() < 1100
    receiver.headers = {"Retry-After": "99999999"}
    hurry(parts)
    deliver_for(parts, SHIFT)
    found = only(parts)
    assert found.next_at is not None
    assert found.next_at - time.time() < 3700


def test_a_receiver_that_wants_no_more_is_not_asked_again(parts: Parts, receiver: Receiver) -> None:
    receiver.status = 410
    end(parts, receiver.url())
    deliver_for(parts, SHIFT)
    assert (only(parts).state, only(parts).status_code) == ("failed", 410)


def test_a_redirect_counts_as_not_taken_and_is_not_followed(parts: Parts, receiver: Receiver) -> None:
    receiver.status, receiver.headers = 307, {"Location": receiver.url(path="/elsewhere")}
    end(parts, receiver.url())
    deliver_for(parts, SHIFT)
    assert [path for _, path, _, _ in receiver.seen] == ["/hook"]
    assert (only(parts).state, only(parts).error) == ("ready", "HTTP 307")


def test_a_webhook_that_has_come_to_lead_inside_is_refused_for_good(parts: Parts, receiver: Receiver) -> None:
    names = Names({"hooks.example": [[PUBLIC], ["127.0.0.1"]]})
    names("hooks.example", 80)  # as it was when the job was submitted
    inside = replace(parts, outgoing=Outgoing(hooks=Allowed(), network=Network(names)))
    end(parts, "http://hooks.example/hook")
    deliver_for(inside, SHIFT)
    found = only(parts)
    assert (found.state, found.status_code) == ("failed", None)
    assert found.error == "hooks.example is not on the public internet, and is not among the hosts that are allowed"
    assert not receiver.seen


def test_one_receiver_that_is_away_holds_up_no_other(parts: Parts, receiver: Receiver) -> None:
    with receiving() as gone:
        away = gone.url()
    for _ in range(20):
        end(parts, away)
    end(parts, receiver.url())
    assert deliver_for(parts, SHIFT) == 21
    assert len(receiver.seen) == 1
    reasons = {row.error for row in webhooks.list_deliveries(parts, 50, state="ready")}
    assert "the receiver did not answer a moment ago, and was left alone" in reasons


def test_many_workers_deliver_each_message_once(parts: Parts, receiver: Receiver) -> None:
    for _ in range(30):
        end(parts, receiver.url())
    with ThreadPoolExecutor(3) as pool:
        tried = sum(pool.map(lambda _: deliver_for(parts, SHIFT), range(3)))
    assert tried == 30
    ids = [headers["webhook-id"] for _, _, headers, _ in receiver.seen]
    assert len(ids) == len(set(ids)) == 30


def test_a_worker_that_is_told_to_leave_begins_nothing_more(parts: Parts, receiver: Receiver) -> None:
    end(parts, receiver.url())
    assert deliver_for(parts, Shift(30.0, lambda: True)) == 0
    assert deliver_for(parts, Shift(0.0, lambda: False)) == 0
    assert only(parts).state == "ready"


def test_a_delivery_is_made_once_more_with_the_same_id_but_not_while_it_is_in_hand(
    parts: Parts, receiver: Receiver
) -> None:
    end(parts, receiver.url())
    deliver_for(parts, SHIFT)
    found = only(parts)
    assert webhooks.redeliver(parts, found.id).state == "ready"
    deliver_for(parts, SHIFT)
    first, second = (headers["webhook-id"] for _, _, headers, _ in receiver.seen)
    assert first == second == found.message_id
    webhooks.redeliver(parts, found.id)
    parts.database.insist(lambda conn: deliveries.claim(conn, Hold(1, 60.0, "token", "host:1:worker")))
    with pytest.raises(Conflict, match="is being made now"):
        webhooks.redeliver(parts, found.id)
    with pytest.raises(NotFound):
        webhooks.redeliver(parts, 999)


def test_a_receiver_can_be_tried_without_a_job(parts: Parts, receiver: Receiver) -> None:
    said = webhooks.ping(parts, receiver.url(), None)
    assert (said.code, said.error) == (200, None)
    assert json.loads(receiver.seen[0][3])["type"] == "ping"
    receiver.status = 500
    assert webhooks.ping(parts, receiver.url(), None).error == "HTTP 500"
    with pytest.raises(UsageError, match="public internet"):
        webhooks.ping(replace(parts, outgoing=Outgoing(hooks=allowed("10.0.0.1"))), receiver.url(), None)


def test_the_secret_of_a_key_that_is_not_there_is_nobodys(parts: Parts) -> None:
    assert webhooks.secret_for(parts, None) == open_secret(parts.home)
    with pytest.raises(NotFound):
        webhooks.secret_for(parts, 7)
