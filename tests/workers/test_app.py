"""The Celery application: what it listens for, what it accepts, and what its parent process loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from docproc.queues import STAGES, WAKE

ASK = """
import json, sys
from workers.app import app
app.loader.import_default_modules()
names = ("accept_content", "task_acks_late", "worker_pool_start_method", "result_backend")
conf = {name: app.conf[name] for name in names}
tasks = sorted(name for name in app.tasks if not name.startswith("celery."))
queues = sorted(app.amqp.queues)
print(json.dumps({"conf": conf, "queues": queues, "tasks": tasks, "modules": sorted(sys.modules)}))
"""


def test_it_listens_for_every_doorbell_and_its_parent_loads_no_model_and_no_renderer() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["tasks"] == sorted(WAKE.values())
    assert told["queues"] == sorted([*STAGES, "gpu.ocr"])
    assert told["conf"] == {
        "accept_content": ["json"],
        "task_acks_late": False,
        "worker_pool_start_method": "spawn",
        "result_backend": None,
    }
    assert not {"torch", "transformers", "pymupdf", "rapidocr", "onnxruntime"} & set(told["modules"])


HEAR = """
import json, sys
from celery import signals
from workers.app import app
app.loader.import_default_modules()
worker = app.Worker(queues=sys.argv[1:])
signals.celeryd_after_setup.send(sender=worker.hostname, instance=worker, conf=app.conf)
print(json.dumps(sorted(app.amqp.queues.consume_from)))
"""


@pytest.mark.parametrize(
    ("queues", "heard"), [(["gpu"], ["gpu", "gpu.scripted"]), (["raster", "io"], ["io", "raster"])]
)
def test_who_asks_hears_the_doorbell_of_its_own_engine_as_well(queues: list[str], heard: list[str]) -> None:
    environment = {**os.environ, "DOCPROC_ENGINE": "scripted"}
    done = subprocess.run(
        [sys.executable, "-c", HEAR, *queues], capture_output=True, text=True, check=True, env=environment
    )
    assert json.loads(done.stdout.splitlines()[-1]) == heard
