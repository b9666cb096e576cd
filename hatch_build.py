"""Puts Vega, as one file of JavaScript, beside the page that it draws: once a build of the package, not once a home."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VEGA = Path("dagster_project/dashboard/vega.js")


class BundleVega(BuildHookInterface):
    """Writes the file into the checkout, where an editable install finds it, and from there into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Write it, unless it is there already as this version of `vl-convert-python` makes it."""
        mark = f"// Vega, Vega-Lite and Vega-Embed, as bundled by vl-convert-python {version('vl-convert-python')}\n"
        file = Path(self.root) / VEGA
        if not file.exists() or not file.read_text(encoding="utf-8").startswith(mark):
            half = file.with_suffix(".tmp")
            half.write_text(mark + vl_convert.javascript_bundle(), encoding="utf-8")
            half.replace(file)
        build_data["artifacts"].append(str(VEGA))
