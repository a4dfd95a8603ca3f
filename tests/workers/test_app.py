"""The Celery application: what it listens for, what it accepts, and what its parent process loads."""

from __future__ import annotations

import json
import subprocess
import sys

from docproc.queues import STAGES, WAKE

ASK = """
import json, sys
from workers.app import app
app.loader.import_default_modules()
names = ("accept_content", "task_acks_late", "worker_pool_start_method", "result_backend")
conf = {name: app.conf[name] for name in names}
tasks = sorted(name for name in app.tasks if not name.startswith("celery."))
print(json.dumps({"conf": conf, "queues": sorted(app.amqp.queues), "tasks": tasks, "modules": sorted(sys.modules)}))
"""


def test_it_listens_for_every_doorbell_and_its_parent_loads_no_model_and_no_renderer() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["tasks"] == sorted(WAKE.values())
    assert told["queues"] == sorted(STAGES)
    assert told["conf"] == {
        "accept_content": ["json"],
        "task_acks_late": False,
        "worker_pool_start_method": "spawn",
        "result_backend": None,
    }
    assert not {"torch", "transformers", "pymupdf", "rapidocr", "onnxruntime"} & set(told["modules"])
