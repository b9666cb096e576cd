"""What of an address may be kept."""

import pytest

from dagster_project.sources.attempt import hide_secrets


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://host/x", "https://host/x"),
        ("https://me:word@host:8443/x", "https://host:8443/x"),
        ("https://word@host/x", "https://host/x"),
        ("https://me:wo@rd@host/x", "https://host/x"),
        ("https://me:word@[::1]/x", "https://[::1]/x"),
        ("https://host/@me/x", "https://host/@me/x"),
        ("https://host/x?token=word", "https://host/x?token=***"),
        ("https://host/x?date=2024-01-25&limit=100&p=0", "https://host/x?date=2024-01-25&limit=100&p=0"),
        ("https://host/x?Date=1&ACCESS_TOKEN=word&p=0", "https://host/x?Date=1&ACCESS_TOKEN=***&p=0"),
        (
            "https://host/x?X-Amz-Credential=word&X-Amz-Signature=word&sig=word&key=word",
            "https://host/x?X-Amz-Credential=***&X-Amz-Signature=***&sig=***&key=***",
        ),
        ("https://host/x?word", "https://host/x?***"),
        ("https://host/x?", "https://host/x?"),
        ("https://host/x#word", "https://host/x"),
        ("https://host?me:word@x", "https://host?***"),
        ("//me:word@host/x", "//host/x"),
        ("file:///a/b.md", "file:///a/b.md"),
        ("", ""),
    ],
)
def test_an_address_is_kept_without_its_secrets(address, kept):
    assert hide_secrets(address) == kept
