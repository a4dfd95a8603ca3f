"""A tokenizer trained here: byte-level BPE with the pre-tokenizer of Qwen2 (every digit is a token of its own)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

END = "<|im_end|>"
PAD = "<|endoftext|>"
QWEN_TOKENS = (
    "<|im_start|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>",
    "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip

CORPUS = """You read pages of documents and answer questions about them in JSON.
Say only what is printed on the page, never guess: null says that the page does not tell.
Question: what is the invoice number, date and total amount on this page?
Reply: {"value": "", "quote": null} {"count": 3, "value": ["", ""]} "image": 1, "bbox_2d": [10, 20, 30, 40]
It may be labelled: Invoice No, Total, Date, Customer, Amount due. system user assistant thumbnail tile Page
Transcribe all text of the page. Вопрос: какой номер счёта и дата? Ответ. Сумма итого. Rechnung Datum Betrag
0 1 2 3 4 5 6 7 8 9 true false null "answers": [ ] , EUR USD net gross tax quantity price""".splitlines()


def tokenizer(
    vocabulary: int = 512,
    special: Sequence[str] = QWEN_TOKENS,
    named: Mapping[str, str] | None = None,
    template: str | None = None,
) -> Any:
    """A `Qwen2Tokenizer` of at most `vocabulary` ordinary tokens (at least 256) and the special ones; it pads left.

    `named` are special tokens that a processor reads as attributes (`image_token`, …).
    """
    from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, trainers
    from tokenizers.models import BPE
    from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX, Qwen2Tokenizer

    raw = Tokenizer(BPE())
    raw.normalizer = normalizers.NFC()
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, initial_alphabet=alphabet, show_progress=False)
    raw.train_from_iterator(CORPUS, trainer)
    model = json.loads(raw.to_str())["model"]
    extra: Any = dict(named) if named else [token for token in special if token not in (END, PAD)]
    made = Qwen2Tokenizer(
        vocab=model["vocab"],
        merges=[tuple(pair) for pair in model["merges"]],
        unk_token=None,
        bos_token=None,
        eos_token=END,
        pad_token=PAD,
        extra_special_tokens=extra,
        model_max_length=32768,
    )
    if named:
        made.add_special_tokens({"additional_special_tokens": list(special)}, replace_extra_special_tokens=False)
    made.padding_side = "left"
    made.chat_template = template
    return made
