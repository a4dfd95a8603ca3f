"""The Celery application: `celery -A workers.app worker -Q gpu` asks, `-Q raster,io` draws and does the small rest.

Celery carries doorbells and starts processes; what there is to do, and who has it, stands in the database.
"""

from __future__ import annotations

from celery import Celery

from docproc import wiring
from docproc.queues import STAGES, bell

# Who is started with -Q gpu hears this one too: what waits for another engine would wake it for nothing.
OWN = bell("gpu", wiring.engine_name())

app = Celery("docproc", broker=wiring.broker(), include=["workers.tasks"])
app.conf.update(
    # A doorbell's answer interests nobody; its loss is made good by the reaper, its doubling would cost a look.
    result_backend=None,
    task_ignore_result=True,
    task_acks_late=False,
    task_publish_retry=False,
    # A process that has a doorbell in hand shall not keep others from hearing the next one.
    worker_prefetch_multiplier=1,
    # A child that hangs for this long, in seconds, is killed; a shift (see `tasks`) is much shorter.
    task_time_limit=900,
    # One process with the engine per worker, and one worker per GPU. Prefork survives crashes of C libraries, kills
    # what hangs, and answers pings while it works; solo and threads do not.
    worker_pool="prefork",
    worker_concurrency=1,
    # CUDA wants a process that was not forked, and none of what the parent has loaded.
    worker_pool_start_method="spawn",
    # With the default of 4 s a process that takes longer to start is killed, again and again, after the first death.
    worker_proc_alive_timeout=600,
    # SIGTERM ends a shift as soon as the engine has said what it was asked (see `process.leaving`). Celery's own soft
    # shutdown would sleep its whole time out without telling the shift: it is only in the way of SIGQUIT, which gives
    # what is in hand back at once.
    worker_soft_shutdown_timeout=0.0,
    # Redis may be away when a worker starts, and for as long as it likes afterwards.
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A connection lost says nothing of the work in hand: that is held by leases.
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_transport_options={
        "visibility_timeout": 3600,  # doorbells are acknowledged early, so nothing is ever delivered twice
        "socket_timeout": 30,  # a Redis that hangs is left
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 15,
    },
    # Nothing but names and numbers travels, and nothing that is received is executed.
    accept_content=["json"],
    task_serializer="json",
    # Events are for monitors that nobody has asked for.
    worker_send_task_events=False,
    # The queues exist by their names alone; a wrong one in -Q is refused.
    task_create_missing_queues=False,
    task_queues={stage: {"exchange": stage, "routing_key": stage} for stage in (*STAGES, OWN)},
    task_default_queue="io",
    # Logging is set up by the process that is started, as docproc does it everywhere.
    worker_hijack_root_logger=True,
)
