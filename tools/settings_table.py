"""The table of settings in the README, made from the settings themselves.

`python -m tools.settings_table` writes it; a test fails when it is not what this makes.
"""

from pathlib import Path

from pydantic import ByteSize, SecretStr

from dagster_project.config import CHECKOUT, Settings

README = CHECKOUT / "README.md"
BEGIN, END = "<!-- settings begin -->", "<!-- settings end -->"


def table():
    """Return the table as Markdown."""
    lines = ["| variable | default | what |", "|---|---|---|"]
    for name, setting in Settings.model_fields.items():
        variable = setting.validation_alias or f"PAPERS_{name.upper()}"
        lines.append(f"| `{variable}` | {shown(setting.default)} | {setting.description} |")
    return "\n".join(lines)


def shown(default):
    """Return a default as a reader should see it."""
    if default is None or isinstance(default, SecretStr):
        return ""
    if isinstance(default, Path):
        return f"`{default.relative_to(CHECKOUT)}/` in the checkout"
    if isinstance(default, ByteSize):
        return f"`{default.human_readable()}`"
    return f"`{default}`"


def with_table(text):
    """Return the README's text with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
