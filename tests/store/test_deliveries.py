"""The outbox of webhooks, in real databases."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from docproc.store import deliveries, jobs, states
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.deliveries import Claimed
from docproc.store.face_tables import api_keys
from docproc.store.face_tables import deliveries as table
from docproc.store.leasing import Hold
from docproc.store.tables import jobs as job_table
from tests.store.fleet import Fleet

HOOK = "https://hooks.example/docproc"


@pytest.fixture
def fleet(database: Database) -> Fleet:
    return Fleet(database)


def submit(fleet: Fleet, url: str | None = HOOK, **more: Any) -> int:
    """A job of one page with a webhook."""
    job_id = fleet.job([("a", 1)])
    with fleet.database.write() as conn:
        conn.execute(update(job_table).where(job_table.c.id == job_id).values(webhook_url=url, **more))
    return job_id


def cancel(fleet: Fleet, job_id: int) -> None:
    with fleet.database.write() as conn:
        states.cancel(conn, job_id)
        states.sweep(conn, job_id)


def claim(fleet: Fleet, room: int = 10, lease: float = 60.0) -> list[Claimed]:
    hold = Hold(room, lease, fleet.hold(1).token, "host:1:worker")
    return fleet.database.insist(lambda conn: deliveries.claim(conn, hold))


def ended(fleet: Fleet, **more: Any) -> Claimed:
    cancel(fleet, submit(fleet, **more))
    (claimed,) = claim(fleet)
    return claimed


def test_the_end_of_a_job_with_a_webhook_is_to_be_told_once(fleet: Fleet) -> None:
    job_id = submit(fleet, reference="order 7", tags=["a", "b"])
    with fleet.database.read() as conn:
        assert not deliveries.due(conn)
    cancel(fleet, job_id)
    with fleet.database.write() as conn:
        assert jobs.finalise(conn) == []
        assert deliveries.due(conn)
    (claimed,) = claim(fleet)
    assert (claimed.job_id, claimed.event, claimed.url, claimed.attempt) == (job_id, "job.cancelled", HOOK, 1)
    told = json.loads(claimed.payload)
    assert told["type"] == "job.cancelled"
    assert told["timestamp"] == told["data"].pop("finished_at") > told["data"].pop("created_at")
    assert told["data"] == {
        "job_id": job_id,
        "reference": "order 7",
        "tags": ["a", "b"],
        "state": "cancelled",
        "documents": {"cancelled": 1},
        "pages": {"cancelled": 1},
    }
    assert claim(fleet) == []


def test_a_job_without_a_webhook_is_told_to_nobody(fleet: Fleet) -> None:
    cancel(fleet, submit(fleet, url=None))
    assert claim(fleet) == []


def test_nothing_is_told_of_an_end_that_was_rolled_back(fleet: Fleet) -> None:
    job_id = submit(fleet)

    class PowerCut(Exception):
        pass

    def cut_short() -> None:
        with fleet.database.write() as conn:
            states.cancel(conn, job_id)
            states.sweep(conn, job_id)
            raise PowerCut

    with pytest.raises(PowerCut):
        cut_short()
    assert claim(fleet) == []


def test_a_job_that_is_tried_again_is_told_again_under_another_id(fleet: Fleet) -> None:
    first = ended(fleet)
    with fleet.database.write() as conn:
        deliveries.delivered(conn, first, 200)
        assert states.retry(conn, first.job_id) == 1
    cancel(fleet, first.job_id)
    (second,) = claim(fleet)
    assert second.job_id == first.job_id
    assert second.message_id != first.message_id


def test_each_delivery_is_claimed_by_one_of_many_workers(fleet: Fleet) -> None:
    for _ in range(12):
        cancel(fleet, submit(fleet))
    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(lambda _: claim(fleet, room=2), range(12)))
    ids = [claimed.id for found in claims for claimed in found]
    assert len(ids) == len(set(ids)) == 12


def test_what_a_dead_worker_had_in_hand_is_claimed_again_and_its_own_word_comes_too_late(fleet: Fleet) -> None:
    cancel(fleet, submit(fleet))
    (lost,) = claim(fleet, lease=-1.0)
    with fleet.database.read() as conn:
        assert deliveries.due(conn)
    (held,) = claim(fleet)
    assert (held.id, held.message_id, held.attempt) == (lost.id, lost.message_id, 2)
    with fleet.database.write() as conn:
        assert not deliveries.delivered(conn, lost, 200)
        assert not deliveries.again(conn, lost, 1.0, None, "late")
        assert not deliveries.failed(conn, lost, 410, "late")
        assert deliveries.delivered(conn, held, 204)
        assert not deliveries.delivered(conn, held, 204)
    with fleet.database.read() as conn:
        found = deliveries.find(conn, held.id)
    assert found is not None
    assert (found.state, found.status_code, found.error, found.next_at) == ("delivered", 204, None, None)


def test_what_is_to_be_tried_later_is_claimed_later(fleet: Fleet) -> None:
    claimed = ended(fleet)
    with fleet.database.write() as conn:
        assert deliveries.again(conn, claimed, 3600.0, 503, "HTTP 503")
        assert not deliveries.due(conn)
    assert claim(fleet) == []
    with fleet.database.read() as conn:
        found = deliveries.find(conn, claimed.id)
    assert found is not None
    assert found.next_at is not None
    assert found.next_at > found.created_at + 3500
    with fleet.database.write() as conn:
        conn.execute(update(table).values(available_at=now()))
    (second,) = claim(fleet)
    assert second.attempt == 2


def test_a_delivery_that_was_given_up_can_be_made_once_more_but_not_while_it_is_in_hand(fleet: Fleet) -> None:
    claimed = ended(fleet)
    with fleet.database.write() as conn:
        assert not deliveries.redeliver(conn, claimed.id)
        assert not deliveries.redeliver(conn, 999)
        assert deliveries.failed(conn, claimed, 410, "gone")
        assert not deliveries.due(conn)
        assert deliveries.redeliver(conn, claimed.id)
    (held,) = claim(fleet)
    assert (held.message_id, held.attempt) == (claimed.message_id, 1)


def test_a_delivery_is_signed_with_the_secret_of_the_key_that_submitted_its_job(fleet: Fleet) -> None:
    key = {"name": "erp", "prefix": "abc", "hash": "0" * 64, "scopes": ["submit"], "webhook_secret": "whsec_MTIz"}
    with fleet.database.write() as conn:
        owner = conn.execute(insert(api_keys).values(**key, created_at=now()).returning(api_keys.c.id)).scalar_one()
        assert deliveries.secret_of(conn, owner) == "whsec_MTIz"
        assert deliveries.secret_of(conn, 999) is None
    assert ended(fleet, owner=owner).secret == "whsec_MTIz"
    assert ended(fleet).secret is None


def test_the_list_is_the_newest_first_by_job_and_state_and_goes_on_where_it_stopped(fleet: Fleet) -> None:
    made = [ended(fleet) for _ in range(5)]
    with fleet.database.write() as conn:
        deliveries.failed(conn, made[1], None, "no route")
        deliveries.delivered(conn, made[3], 200)
    with fleet.database.read() as conn:
        everything = [row.id for row in deliveries.listing(conn, 10)]
        first = [row.id for row in deliveries.listing(conn, 2)]
        rest = [row.id for row in deliveries.listing(conn, 10, before=first[-1])]
        assert first + rest == everything == sorted(everything, reverse=True)
        assert [row.id for row in deliveries.listing(conn, 10, state="failed")] == [made[1].id]
        assert [row.id for row in deliveries.listing(conn, 10, job_id=made[3].job_id)] == [made[3].id]
        assert (
            conn.execute(select(table.c.worker).where(table.c.finished_at.is_not(None))).scalars().all() == [None] * 2
        )
