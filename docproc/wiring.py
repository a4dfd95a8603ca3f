"""The composition root: settings in, parts out."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from docproc import config
from docproc.core.errors import UsageError
from docproc.engines import Engine, create_engine
from docproc.imaging import Renderer
from docproc.imaging.remote import Remote
from docproc.imaging.store import ImageStore
from docproc.imaging.values import Limits, RenderSettings
from docproc.queues import Queue, create_queue
from docproc.service import log
from docproc.service.addresses import allowed
from docproc.service.metrics import metered
from docproc.service.outgoing import Outgoing
from docproc.service.parts import Parts, uncounted
from docproc.service.serving import Serving, kept_secret
from docproc.service.target import Targets
from docproc.store.database import open_database

DEFAULT_ENGINE = "ocr"
_SECRET = 32  # characters of a secret that is set


@contextmanager
def opened(images: Path | None = None) -> Iterator[Parts]:
    """The parts, with the database's schema brought up to date; closed at the end. `images`: see `assembled`."""
    parts = assembled(images)
    # A page is a thousand small tuples without cycles. With the default thresholds the collector looks through those of
    # all pages in hand again and again: half of the main process's time.
    gc.set_threshold(100_000, 50, 100)
    try:
        if not parts.database.current():
            parts.database.upgrade()
        yield parts
    finally:
        parts.database.close()


def set_folders() -> tuple[Path, ...]:
    """The folders with people's own question sets."""
    return tuple(Path(name) for name in config.load().question_sets.split(os.pathsep) if name)


def broker() -> str:
    """The address of the Redis that wakes the fleet."""
    return config.load().redis_url


def serving() -> Serving:
    """What a server is told. Raises UsageError, Unavailable."""
    settings = config.load()
    secret = settings.api_secret.encode()
    if 0 < len(secret) < _SECRET:
        raise UsageError(f"DOCPROC_API_SECRET: at least {_SECRET} characters, which nobody can guess")
    return Serving(
        secret=secret or kept_secret(settings.home.absolute()),
        url=settings.api_url.rstrip("/"),
        hosts=tuple(host.strip().lower() for host in settings.api_hosts.split(",") if host.strip()),
        proxies=settings.api_proxies,
        file_bytes=settings.max_file_mb * 1_000_000,
        request_bytes=settings.api_upload_mb * 1_000_000,
        files=settings.api_files,
        pages=min(filter(None, (settings.api_pages, settings.max_pages)), default=None),
        rate=settings.api_rate,
        burst=settings.api_burst,
        session_seconds=settings.api_session_hours * 3600,
    )


def faces_queue(parts: Parts) -> Queue:
    """The queue of what a server or a watched folder takes in: a fleet's, or of this machine's resident worker."""
    return parts.queue("local" if config.load().queue == "inline" else None)


def engine_settings(name: str) -> dict[str, str]:
    """An engine's own settings, as the environment has them."""
    return config.engine_settings(name, os.environ)


def engine_name() -> str:
    """The engine that is configured, else the default."""
    return config.load().engine or DEFAULT_ENGINE


def log_settings() -> tuple[log.Form, log.Level]:
    """How lines are logged, and from which level on."""
    settings = config.load()
    return settings.log, settings.log_level


def evaluation_folder() -> Path:
    """Where evaluations are kept that are told no other place."""
    return config.load().home.absolute() / "evaluations"


def assembled(images: Path | None = None) -> Parts:
    """The parts, with the database as it is; the caller closes it. `images`: a folder for page images of their own."""
    settings = config.load()
    if images is not None:
        settings = settings.model_copy(update={"images": str(images.absolute())})
    home = settings.home.absolute()
    if not settings.database_url:
        home.mkdir(parents=True, exist_ok=True)
    store = _images(settings, home)
    workers = settings.workers or config.cores()
    if settings.engine:
        default = (settings.engine, "as DOCPROC_ENGINE says")
    else:
        default = (DEFAULT_ENGINE, "the default: it needs no model and no server")
    engine = partial(_engine, store, workers)
    return Parts(
        home=home,
        database=open_database(settings.database_url or f"sqlite:///{home / 'docproc.db'}"),
        images=store,
        set_folders=set_folders(),
        renderer=partial(_renderer, settings, store, workers),
        renderer_name=settings.renderer,
        engine=engine,
        default_engine=default,
        reader="ocr" if settings.verify == "ocr" else None,
        queue=partial(_queue, settings),
        targets=Targets(engine),
        settings={name: os.environ.get(name, default) for name, default, _ in config.described()},
        meter=partial(metered, settings.metrics) if settings.metrics else uncounted,
        outgoing=_outgoing(settings),
    )


def _outgoing(settings: config.Settings) -> Outgoing:
    return Outgoing(
        hooks=allowed(settings.webhook_allow),
        sources=allowed(settings.api_fetch_allow) if settings.api_fetch else None,
        file_bytes=settings.max_file_mb * 1_000_000,
    )


def _images(settings: config.Settings, home: Path) -> ImageStore:
    if "://" not in settings.images:
        return ImageStore(settings.images or home / "images")
    return ImageStore(Remote(settings.images, home / "image-cache", settings.images_cache_mb * 1_000_000))


def _renderer(settings: config.Settings, images: ImageStore, workers: int) -> Renderer:
    drawing = RenderSettings(
        dpi=settings.dpi,
        max_pixels=int(settings.max_megapixels * 1e6),
        max_inches=settings.max_inches,
        jpeg_quality=settings.jpeg_quality,
        renderer=settings.renderer,
        password=settings.password or None,
    )
    limits = Limits(
        max_bytes=settings.max_file_mb * 1_000_000,
        max_pages=settings.max_pages or None,
        probe_seconds=settings.probe_seconds,
        page_seconds=settings.page_seconds,
        memory=settings.memory_mb << 20,
    )
    return Renderer(drawing, limits, images.root, workers)


def _engine(images: ImageStore, workers: int, name: str) -> Engine:
    own = {"workers": str(workers), **config.engine_settings(name, os.environ)}
    return create_engine(name, own, images)


def _queue(settings: config.Settings, name: str | None) -> Queue:
    return create_queue(name or settings.queue, settings.redis_url)
