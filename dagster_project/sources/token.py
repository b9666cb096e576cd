"""Decides where HF_TOKEN may be sent, and says what a host means that refuses it or wants one. It sends nothing."""

from collections.abc import Iterable

import httpx

from dagster_project.config import Settings
from dagster_project.sources.source import Source

HOST = "huggingface.co"


def may_carry_token(url: httpx.URL) -> bool:
    """Return whether HF_TOKEN may be sent to an address: to Hugging Face's own host, over HTTPS, and nowhere else."""
    return url.scheme == "https" and url.host == HOST and url.port is None


def explain_denial(url: httpx.URL, *, has_token: bool) -> dict[int, str]:
    """Return what the statuses mean that refuse a token or want one."""
    if has_token and may_carry_token(url):
        why = f"{url.host} refuses HF_TOKEN; set one that is valid, or unset it"
        return {401: why, 403: why}
    if has_token:
        return {401: f"{url.host} wants a token, but HF_TOKEN is sent to https://{HOST} alone"}
    return {401: f"{url.host} wants a token; set HF_TOKEN" if may_carry_token(url) else f"{url.host} wants a token"}


def describe_withheld_token(settings: Settings, sources: Iterable[Source]) -> str | None:
    """Return a line on a token that is set, but not for the host of a source that uses it; otherwise None."""
    if settings.hf_token is None:
        return None
    for source in sources:
        url = httpx.URL(source.address(settings)) if source.uses_token else None
        if url and url.host and not may_carry_token(url):
            return f"HF_TOKEN was not sent to {url.host}: it goes to https://{HOST} alone"
    return None
