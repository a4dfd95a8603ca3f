"""Doorbells: they reach Redis where it is there, and hold nobody up where it is not."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import closing

import pytest
import redis

from docproc.core.errors import UsageError
from docproc.queues import STAGES, WAKE, create_queue, queue_names
from docproc.queues.celery import MOST, CeleryQueue
from tests.servers_redis import redis_url


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with redis_url() as url:
        yield url


@pytest.fixture
def broker(url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(url) as client:
        client.delete(*STAGES, "gpu.ocr")
        yield client


@pytest.mark.parametrize("name", queue_names())
def test_a_queue_is_made_by_its_name_and_takes_rings(name: str, url: str, broker: redis.Redis) -> None:
    with closing(create_queue(name, url)) as queue:
        assert queue.name == name
        for stage in STAGES:
            queue.ring(stage)


def test_an_unknown_queue_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match="celery, inline"):
        create_queue("pigeon", "")


def test_a_ring_is_an_empty_message_for_the_stages_task_that_expires(url: str, broker: redis.Redis) -> None:
    with closing(CeleryQueue(url)) as queue:
        queue.ring("gpu")
    assert broker.llen("gpu") == 1
    assert broker.llen("raster") == 0
    (text,) = broker.lrange("gpu", 0, -1)
    headers = json.loads(text)["headers"]
    assert headers["task"] == WAKE["gpu"]
    assert headers["argsrepr"] == "()"
    assert headers["expires"] is not None


def test_a_ring_for_an_engine_is_heard_by_those_alone_who_ask_it(url: str, broker: redis.Redis) -> None:
    with closing(CeleryQueue(url)) as queue:
        queue.ring("gpu", "ocr")
    assert broker.llen("gpu.ocr") == 1
    assert broker.llen("gpu") == 0


def test_rings_that_nobody_hears_do_not_pile_up(url: str, broker: redis.Redis) -> None:
    for _ in range(MOST + 2):
        with closing(CeleryQueue(url)) as queue:
            queue.ring("io")
    assert broker.llen("io") == MOST


def test_rings_in_a_row_are_few(url: str, broker: redis.Redis) -> None:
    with closing(CeleryQueue(url)) as queue:
        for _ in range(1000):
            queue.ring("raster")
    assert 1 <= broker.llen("raster") <= 3


def test_a_redis_that_is_away_is_told_of_and_no_reason_to_fail(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), closing(CeleryQueue("redis://127.0.0.1:1/0")) as queue:
        queue.ring("gpu")
    assert "were not woken" in caplog.text


def test_no_address_of_redis_is_a_usage_error_that_names_the_setting() -> None:
    with pytest.raises(UsageError, match="DOCPROC_REDIS_URL"):
        CeleryQueue("")
