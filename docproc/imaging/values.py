"""What goes into rendering and what comes out: frozen, picklable, without pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from docproc.core.pack import unpack
from docproc.core.types import Reading

RendererName = Literal["pymupdf", "pdfium"]
PACKAGES: Mapping[str, str] = {"pymupdf": "pymupdf", "pdfium": "pypdfium2"}
REVISION = 1  # of what docproc itself does to a page: raise it when images or text layers come out differently
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How pages become images. `dpi` is lowered for a page of more than `max_pixels` pixels or `max_inches` a side.

    `fallback`: whether PDFium is tried where PyMuPDF fails. `password` opens encrypted documents.
    """

    dpi: float = 150.0
    max_pixels: int = 40_000_000
    max_inches: float = 200.0
    jpeg_quality: int = 85
    renderer: RendererName = "pymupdf"
    fallback: bool = True
    password: str | None = field(default=None, repr=False)

    @property
    def order(self) -> tuple[RendererName, ...]:
        """The renderers in the order in which they are tried. Who chooses PDFium does without PyMuPDF altogether."""
        return ("pymupdf", "pdfium") if self.renderer == "pymupdf" and self.fallback else (self.renderer,)

    @property
    def fingerprint(self) -> str:
        """Changes whenever images or text layers may come out differently: 16 hexadecimal digits."""
        from importlib.metadata import version  # noqa: PLC0415 - slow to load, and no child needs it

        facts = asdict(replace(self, password=None))
        told = [f"{name}={value}" for name, value in sorted(facts.items()) if name != "password"]
        told += [f"{name}@{version(PACKAGES[name])}" for name in self.order]
        return hashlib.sha256("\n".join([f"revision={REVISION}", *told]).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost. `max_pages` None: no limit. Seconds are wall time; `memory` is bytes of a child."""

    max_bytes: int = 500 * MEGABYTE
    max_pages: int | None = None
    probe_seconds: float = 60.0
    page_seconds: float = 30.0
    memory: int | None = 2 << 30


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file is. `meta` is what the file says of itself (title, author, …; dates in ISO 8601), cleaned.

    `renderer` is the one that could open it; `repaired` says that it was damaged, and read all the same.
    """

    media_type: str
    bytes: int
    page_count: int
    repaired: bool = False
    warnings: tuple[str, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    renderer: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page image, stored under the name `image`: `width` x `height` pixels at `dpi` dots per inch, colour or gray.

    `blank`: there is nothing on it but, at most, specks. `degraded`: something should be there and no renderer draws
    it. `packed` is the text layer as it is stored: words travel between processes in one piece, and are unpacked only
    where somebody wants them. `layer_trusted`: it can stand for the page's text. `picture`: the share of the page, in
    [0, 1], that raster images cover.
    """

    image: str
    width: int
    height: int
    dpi: float
    renderer: str
    blank: bool = False
    degraded: bool = False
    downscaled: bool = False
    packed: bytes | None = None
    layer_trusted: bool = False
    picture: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def layer(self) -> Reading | None:
        """The visible text layer of a PDF, None where there is none. Unpacked anew at each call: keep it."""
        return None if self.packed is None else unpack(self.packed)
