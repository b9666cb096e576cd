# /// script
# requires-python = ">=3.11"
# dependencies = ["mcp==2.3.0"]
# [tool.uv]
# exclude-newer = "2026-11-20T00:00:00Z"
# ///
"""What an assistant can do through the server of mcp.json, and what it cannot; or the answers to other statements."""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

QUESTIONS = sys.argv[1:] or [
    "SELECT arxiv_id, title, score FROM search('reinforcement learning') LIMIT 2",
    "DELETE FROM dim_paper",
    "COPY dim_paper TO 'papers.csv'",
    "FROM read_text('README.md')",
]


async def ask(server: StdioServerParameters, log: TextIO) -> None:
    """Start a server, as an assistant would, and ask it; what it says besides goes to `log`."""
    async with stdio_client(server, errlog=log) as streams, ClientSession(*streams) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        print("tools:", ", ".join(sorted(tool.name for tool in tools)))
        for question in QUESTIONS:
            answer = (await session.call_tool("execute_query", {"sql": question})).content[0].text
            result = json.loads(answer[answer.index("{") :])
            print(f"\n> {question}")
            print(*(result["rows"] if result["success"] else [result["error"].splitlines()[0]]), sep="\n")


config = json.loads(Path(__file__).with_name("mcp.json").read_text())["mcpServers"]["papers"]
config["env"] = os.environ | config["env"]
with tempfile.TemporaryFile("w+") as log:
    try:
        asyncio.run(ask(StdioServerParameters(**config), log))
    except Exception:
        log.seek(0)
        sys.stderr.write(log.read())
        raise
