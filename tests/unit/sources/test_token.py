"""Where the token may be sent."""

import httpx
import pytest

from dagster_project.sources.registry import SOURCES
from dagster_project.sources.token import describe_withheld_token, may_carry_token

HIDDEN = "hf_hidden"


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://huggingface.co/api/daily_papers", True),
        ("https://HuggingFace.co:443/api", True),
        ("http://huggingface.co/api", False),
        ("https://huggingface.co:8443/api", False),
        ("https://huggingface.co.example.org/api", False),
        ("https://huggingface.co@example.org/api", False),
        ("https://example.org/huggingface.co", False),
        ("https://example.org/?huggingface.co", False),
        ("https://cdn.huggingface.co/api", False),
        ("https://hf.co/api", False),
        ("http://127.0.0.1/api", False),
        ("file://localhost/huggingface.co", False),
    ],
)
def test_the_token_is_for_hugging_faces_own_host_over_https(address, may):
    assert may_carry_token(httpx.URL(address)) is may


@pytest.mark.parametrize(
    ("address", "token", "said"),
    [
        (
            "https://me:word@mirror.example/api",
            HIDDEN,
            "HF_TOKEN was not sent to mirror.example: it goes to https://huggingface.co alone",
        ),
        ("https://mirror.example/api", None, None),
        ("https://huggingface.co/api", HIDDEN, None),
        ("file:///captures", HIDDEN, None),
    ],
)
def test_a_token_that_is_not_sent_is_said_to_be(settings_for, address, token, said):
    settings = settings_for(huggingface_url=address, hf_token=token)
    assert describe_withheld_token(settings, SOURCES.values()) == said


def test_nothing_is_said_where_no_source_uses_it(settings_for):
    settings = settings_for(huggingface_url="https://mirror.example/api", hf_token=HIDDEN)
    assert describe_withheld_token(settings, [SOURCES["digest"]]) is None
