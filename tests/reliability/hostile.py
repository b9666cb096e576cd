"""Texts that want to act, and both sources' answers with such texts in every place that takes one.

What must not come of them belongs in `test_security.py`.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from tests.loopback import Loopback

DIGEST_DAY, API_DAY = dt.date(2025, 6, 8), dt.date(2025, 6, 9)
"""A Sunday and the Monday after it: the dashboard shows the leading papers of each week."""
BAIT = "/bait/"
"""What every address in a text leads to, on the very server that serves the text."""
TEXTS = {
    "SQL": "'; DROP TABLE dim_paper; --",
    "SQL, quoted": "\"; ATTACH 'x.db'; SELECT $$ /*",
    "script": "</script><script>alert(1);fetch('BAIT/script')</script>",
    "picture": "\"'><img src=BAIT/picture onerror=alert(1)>",
    "frame": "<svg onload=alert(1)><iframe src=BAIT/frame></iframe>",
    "style": "</style><style>@import url(BAIT/style)</style><!--",
    "Markdown picture": "![seen](BAIT/markdown.png)",
    "Markdown link": "[here](javascript:alert(1)) <BAIT/link> ```",
    "colour": "\x1b[31mred\x1b[2J\x08\x7f",
    "OSC": "\x1b]0;title\x07 \x1b]8;;BAIT/osc\x1b\\here\x1b]8;;\x1b\\",
    "C1": "\x9b2J\x9d0;title\x9c\x90q\x9c",
    "markup": "[bold red]loud[/] [link=BAIT/rich]here[/link] :boom:",
    "hyperlink": '=HYPERLINK("BAIT/formula","here")',
    "command": "+cmd|' /C calc'!A0",
    "minus": "-2+3",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "wide": "＝1+1",
    "bidi": "\u202efdp.exe\u2066a\u2067b\u2069\u200f\u061c",
    "path": "../../../etc/passwd",
    "root": "/etc/passwd",
    "Windows": "C:\\..\\..\\Windows\\win.ini",
    "NUL": "a\x00b/../\x00c",
    "template": "{{7*7}} {% include 'page.html' %} ${7*7} #{7*7}",
    "format": "{date} {0.__class__} %(name)s %s",
    "shell": "$(touch acted) `touch acted`; touch acted",
    "entity": "&lt;script&gt;alert(1)&lt;/script&gt;&#x202e;",
    "prototype": "__proto__",
    "surrogate": "\ud83d alone",
}


def texts(bait: str) -> list[str]:
    """Return the texts, with addresses that lead to `bait`."""
    return [text.replace("BAIT", bait) for text in TEXTS.values()]


def serve(digests: Loopback, api: Loopback, folder: Path) -> None:
    """Let two servers serve a day each with a paper a text, whose addresses all lead back to them."""
    file = folder / f"{DIGEST_DAY:%Y/%m/%d}.md"
    file.parent.mkdir(parents=True)
    papers = [digest_of(number, text, digests.url + BAIT) for number, text in enumerate(texts(digests.url + "/bait"))]
    body = f"## Daily Papers ({DIGEST_DAY})\n\n{''.join(papers)}"
    file.write_bytes(body.encode("utf-8", "replace"))
    digests.serve_digests(folder)
    api.serve_papers(
        API_DAY, [item_of(number, text, api.url + BAIT) for number, text in enumerate(texts(api.url + "/bait"))]
    )


def digest_of(number: int, text: str, bait: str) -> str:
    """Return a paper of a digest; every other one prints its authors as a Python list."""
    names = [text, f"Ada {text}"]
    return (
        f"### [{text}](https://arxiv.org/abs/2506.{number:05})\n\n"
        f"![]({bait}thumbnail{number}.png)\n\n[Watch Video]({bait}video{number}.mp4)\n\nVote: {90 - number}\n\n"
        f"Authors: {names if number % 2 else ', '.join(names)}\n\n"
        f"- **{text}**: {text}\n- **What's New**: {text}\n\n"
    )


def item_of(number: int, text: str, bait: str) -> Any:
    """Return a paper of the API."""
    return {
        "title": text,
        "numComments": number,
        "thumbnail": f"{bait}thumbnail{number}.png",
        "mediaUrls": [f"{bait}video{number}.mp4"],
        "organization": {"name": f"{text} {number}", "fullname": text},
        "submittedBy": {"name": text},
        "paper": {
            "id": f"2507.{number:05}",
            "title": text,
            "summary": text,
            "upvotes": 90 - number,
            "publishedAt": "2025-06-09T00:00:00.000Z",
            "authors": [{"name": text, "user": {"user": text}}, {"name": f"Ada {text}", "hidden": True}],
            "submittedOnDailyBy": {"user": text},
            "githubRepo": f"{bait}repository{number}",
            "projectPage": f"{bait}project{number}",
            "ai_keywords": [text, "warehouse"],
            "ai_summary": text,
        },
    }
