"""The README's table of settings, made from the settings themselves.

`python -m tools.settings_table` writes it; a test fails when the README holds another. What a setting means belongs in
its description in `dagster_project/config.py`, or in the registry of sources for an address.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ByteSize, SecretStr
from pydantic_core import PydanticUndefined

from dagster_project.config import CHECKOUT, Settings, name_variable
from dagster_project.sources.registry import SOURCES

README = CHECKOUT / "README.md"
BEGIN, END = "<!-- settings begin -->", "<!-- settings end -->"


class Setting(NamedTuple):
    """A row of the table."""

    variable: str
    default: object
    description: str


def main() -> None:
    """Write the table into the README."""
    README.write_text(replace_table(README.read_text(encoding="utf-8")), encoding="utf-8")


def replace_table(text: str) -> str:
    """Return the README's text with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{write_table(list_settings())}\n{END}{after}"


def write_table(settings: Iterator[Setting]) -> str:
    """Return the table as Markdown."""
    rows = [f"| `{one.variable}` | {format_default(one.default)} | {one.description} |" for one in settings]
    return "\n".join(["| variable | default | what |", "|---|---|---|", *rows])


def list_settings() -> Iterator[Setting]:
    """Yield the settings in the order of the table."""
    for name, field in Settings.model_fields.items():
        if name == "addresses":
            for source in SOURCES.values():
                for address in source.addresses:
                    yield Setting(address.variable, address.default, address.description)
            continue
        yield Setting(name_variable(name), field.default, field.description or "")


def format_default(default: object) -> str:
    """Return a default as a reader should see it: nothing where the description says it in words, as for a folder."""
    if default in (None, "", PydanticUndefined) or isinstance(default, Path | SecretStr):
        return ""
    return f"`{default.human_readable() if isinstance(default, ByteSize) else default}`"


if __name__ == "__main__":
    main()
