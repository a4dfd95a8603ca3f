"""What a published Qwen-VL model needs: bytes of weights and of keys and values, visual tokens of a page; what fits.

The shapes are those of the published configurations; parameters are counted from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from docproc.core.tiles import Policy, Tiling, plan

HEAD = 128  # width of an attention head in every model below
MERGED = 4  # patches of the vision tower that become one visual token
BF16 = 2  # bytes of a number
A4_INCHES = (8.27, 11.69)
A4_POLICY_DPI: tuple[Policy, int] = ("tiles", 150)  # what docproc does where nothing is set
AROUND = 60  # tokens of the instructions and of a chat's marks before the page
OF_ASK = 160  # tokens of a short question and its reply
SET = 8  # questions of the set for which is reckoned
CONTEXT = 10**9  # bytes that CUDA and its libraries take for themselves
SHARE = 0.85  # of the free memory is used (DOCPROC_QWEN_MEMORY)
LAYERS_ALIVE = 12  # hidden states that are held at once while a page is taken in, as in `engines.qwen.memory`


@dataclass(frozen=True, slots=True)
class Tower:
    """A vision transformer. `gated`: its MLP has three matrices instead of two (Qwen2.5-VL), and no learned positions.
    `deep`: how many of its layers feed the language model besides the last (Qwen3-VL).
    """

    depth: int
    hidden: int
    inner: int
    patch: int
    gated: bool = False
    deep: int = 0
    places: int = 0  # learned positions

    def parameters(self, out: int) -> int:
        """Their number, with the layers that bring its features to the width `out` of the language model."""
        width = self.hidden
        norm = width if self.gated else 2 * width
        attention = 4 * (width * width + width)
        matrices = 3 * width * self.inner + 2 * self.inner + width
        plain = 2 * width * self.inner + self.inner + width
        block = attention + (matrices if self.gated else plain) + 2 * norm
        merger = (MERGED * width) ** 2 + MERGED * width + MERGED * width * out + out
        embedding = 3 * 2 * self.patch**2 * width + (0 if self.gated else width) + self.places * width
        deep = self.deep * (merger + 2 * MERGED * width)
        return embedding + self.depth * block + merger + norm + deep


@dataclass(frozen=True, slots=True)
class Model:
    """A published model. `inner` is the width of the MLP, of one expert where there are `experts`. `tied`: the
    embeddings are the output layer as well.
    """

    name: str
    layers: int
    hidden: int
    inner: int
    heads: int
    kv_heads: int
    tower: Tower
    vocabulary: int = 151_936
    tied: bool = False
    experts: int = 0
    active: int = 0  # experts that see a token
    biased: bool = False  # queries, keys and values have a bias instead of a norm (Qwen2.5)

    @property
    def factor(self) -> int:
        """A visual token is `factor` x `factor` pixels."""
        return 2 * self.tower.patch

    @property
    def parameters(self) -> int:
        """Of the whole model."""
        embeddings = self.vocabulary * self.hidden * (1 if self.tied else 2)
        experts = self.experts * 3 * self.hidden * self.inner + self.experts * self.hidden
        mlp = experts if self.experts else 3 * self.hidden * self.inner
        layers = self.layers * (self._attention + mlp + 2 * self.hidden)
        return embeddings + layers + self.hidden + self.tower.parameters(self.hidden)

    @property
    def text_parameters_used(self) -> int:
        """Those of the language model's layers that a token meets; without embeddings and output layer."""
        mlp = 3 * self.hidden * self.inner * (self.active or 1)
        return self.layers * (self._attention + mlp)

    @property
    def _attention(self) -> int:
        queries, keys = self.heads * HEAD, self.kv_heads * HEAD
        extra = queries + 2 * keys if self.biased else 2 * HEAD
        return 2 * self.hidden * (queries + keys) + extra

    @property
    def weights(self) -> int:
        """Bytes in bfloat16."""
        return self.parameters * BF16

    @property
    def token_bytes(self) -> int:
        """Bytes of the keys and values of one token, in bfloat16."""
        return 2 * self.layers * self.kv_heads * HEAD * BF16


_SMALL_TOWER = Tower(24, 1024, 4096, 16, deep=3, places=2304)
_TOWER = Tower(27, 1152, 4304, 16, deep=3, places=2304)
_GATED = Tower(32, 1280, 3420, 14, gated=True)
_GATED_WIDE = replace(_GATED, inner=3456)
MODELS = (
    Model("Qwen/Qwen3-VL-2B-Instruct", 28, 2048, 6144, 16, 8, _SMALL_TOWER, tied=True),
    Model("Qwen/Qwen3-VL-4B-Instruct", 36, 2560, 9728, 32, 8, _SMALL_TOWER, tied=True),
    Model("Qwen/Qwen3-VL-8B-Instruct", 36, 4096, 12288, 32, 8, _TOWER),
    Model("Qwen/Qwen3-VL-30B-A3B-Instruct", 48, 2048, 768, 32, 4, _TOWER, experts=128, active=8),
    Model("Qwen/Qwen3-VL-32B-Instruct", 64, 5120, 25600, 64, 8, _TOWER),
    Model("Qwen/Qwen2.5-VL-3B-Instruct", 36, 2048, 11008, 16, 2, _GATED, tied=True, biased=True),
    Model("Qwen/Qwen2.5-VL-7B-Instruct", 28, 3584, 18944, 28, 4, _GATED, 152_064, biased=True),
    Model("Qwen/Qwen2.5-VL-32B-Instruct", 64, 5120, 27648, 40, 8, _GATED_WIDE, 152_064, biased=True),
    Model("Qwen/Qwen2.5-VL-72B-Instruct", 80, 8192, 29568, 64, 8, _GATED_WIDE, 152_064, biased=True),
)
# The best reader first, as far as one model serves everyone: a newer and a larger one reads better.
PREFERRED = tuple(f"Qwen/Qwen3-VL-{size}-Instruct" for size in ("32B", "8B", "4B", "2B"))


def a4_tokens(model: Model, policy: Policy, dpi: int) -> int:
    """Visual tokens of an A4 page without blank pieces, drawn at `dpi`, shown by this policy with default settings.

    Of second_look those of the first look.
    """
    width, height = (round(side * dpi) for side in A4_INCHES)
    tiling = Tiling(policy=policy, factor=model.factor)
    return sum(tile.tokens(model.factor) for tile in plan(1, (width, height), tiling))


def page_bytes(model: Model, tokens: int) -> int:
    """Bytes of the keys and values of one page in flight with a set of eight short questions; the page stands once."""
    return (AROUND + tokens + SET * OF_ASK) * model.token_bytes


def pages_in_flight(model: Model, memory: int, tokens: int) -> int:
    """How many pages of so many visual tokens are answered together on a device with `memory` free bytes.

    0 where the model or a single page does not fit.
    """
    room = (memory - CONTEXT - model.weights) * SHARE
    moment = tokens * LAYERS_ALIVE * (model.hidden + model.inner * (model.active or 1)) * BF16
    return max(0, int((room - moment) // page_bytes(model, tokens)))


def largest(memory: int, least_pages: int = 2) -> Model | None:
    """The best of the preferred models of which at least `least_pages` A4 pages are in flight; None where none is."""
    by_name = {model.name: model for model in MODELS}
    policy, dpi = A4_POLICY_DPI
    for name in PREFERRED:
        model = by_name[name]
        if pages_in_flight(model, memory, a4_tokens(model, policy, dpi)) >= least_pages:
            return model
    return None
