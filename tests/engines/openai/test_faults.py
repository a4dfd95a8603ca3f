"""Whose matter a refusal is, in the words of real servers."""

from __future__ import annotations

import pytest

from docproc.engines.openai.faults import Fault, judge, message_of, waiting

CONTEXT = (
    "This model's maximum context length is 4096 tokens. However, you requested 5200 tokens (5104 in the messages, "
    "96 in the completion). Please reduce the length of the messages or completion."
)


@pytest.mark.parametrize(
    ("status", "message", "matter", "named"),
    [
        (429, "Rate limit reached", "busy", ""),
        (503, "overloaded", "busy", ""),
        (429, "You exceeded your current quota, please check your plan and billing details.", "away", ""),
        (402, "Insufficient credits", "away", ""),
        (500, "Internal Server Error", "again", ""),
        (502, "", "again", ""),
        (401, "Incorrect API key provided", "setting", "DOCPROC_OPENAI_API_KEY"),
        (403, "no access", "setting", "DOCPROC_OPENAI_API_KEY"),
        (403, "You are not allowed to request logprobs from this model", "setting", "DOCPROC_OPENAI_LOGPROBS"),
        (404, "The model `qwen` does not exist.", "setting", "DOCPROC_OPENAI_MODEL"),
        (400, "Server is pinned to 'a'; requested 'b'.", "setting", "DOCPROC_OPENAI_MODEL"),
        (404, "Not Found", "setting", "DOCPROC_OPENAI_BASE_URL"),
        (405, "Method Not Allowed", "setting", "DOCPROC_OPENAI_BASE_URL"),
        (307, "", "setting", "DOCPROC_OPENAI_BASE_URL"),
        (400, CONTEXT, "page", "DOCPROC_OPENAI_PAGE_TOKENS"),
        (400, "'max_tokens' is too large: 4096. " + CONTEXT, "page", "DOCPROC_OPENAI_MAX_TOKENS"),
        (400, "At most 4 image(s) may be provided in one prompt.", "page", "DOCPROC_OPENAI_TILES"),
        (413, "", "page", "DOCPROC_OPENAI_PAGE_TOKENS"),
        (400, "cannot identify image file", "page", ""),
        (400, "tiny is not a multimodal model", "setting", "DOCPROC_OPENAI_MODEL"),
        (400, "Unsupported parameter: response_format", "setting", "DOCPROC_OPENAI_RESPONSE_FORMAT"),
        (400, "Invalid grammar: xgrammar failed", "setting", "DOCPROC_OPENAI_RESPONSE_FORMAT"),
        (422, "Unexpected fields in the request: {'logprobs'}", "setting", "DOCPROC_OPENAI_LOGPROBS"),
        (400, "Unknown field stream_options", "setting", "DOCPROC_OPENAI_EXTRA"),
        (
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model, use 'max_completion_tokens'.",
            "setting",
            "max_completion_tokens",
        ),
        (422, "Unexpected fields in the request: {'mm_processor_kwargs'}", "setting", "mm_processor_kwargs"),
    ],
)
def test_a_refusal_is_the_moments_the_pages_or_a_settings_matter(
    status: int, message: str, matter: str, named: str
) -> None:
    fault = judge(status, {"error": {"message": message}}, ("mm_processor_kwargs",))
    assert fault.matter == matter
    assert named in fault.message
    assert message[:100] in fault.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "no", "param": "logprobs"}}, "no (logprobs)"),
        ({"error": "no"}, "no"),
        ({"object": "error", "message": "no"}, "no"),
        ({"detail": "no"}, "no"),
        ({"detail": [{"loc": ["body", "model"], "msg": "missing", "input": {"secret": 1}}]}, "body.model: missing"),
        ("no", "no"),
        ("<html>Bad Gateway</html>", ""),
        (None, ""),
        ({"error": {"message": ["odd", {"msg": "deep"}]}}, "odd; deep"),
    ],
)
def test_the_message_is_found_in_every_servers_form(body: object, said: str) -> None:
    assert message_of(body) == said


def test_a_message_is_short_and_without_images_and_the_key() -> None:
    image = "data:image/png;base64," + "QUJD" * 500
    said = message_of({"error": {"message": f"bad key sk-secret for {image} " + "very " * 200}}, "sk-secret")
    assert said.startswith("bad key *** for (data) very")
    assert len(said) <= 300


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:02:00 GMT"}, 20.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({}, None),
    ],
)
def test_the_time_to_wait_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert waiting(Fault("busy", "is busy"), headers, now=100.0).after == seconds
