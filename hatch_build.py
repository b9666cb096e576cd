"""Puts into the package what it needs at run time and the repository keeps elsewhere: Vega, and `sql/`.

Vega is one file of JavaScript, made once a build of the package and not once a home.
"""

from importlib import metadata
from pathlib import Path
from typing import Any

import vl_convert
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VEGA = Path("dagster_project/dashboard/vega.js")


class BundleData(BuildHookInterface):
    """Writes Vega into the checkout, where an editable install finds it, and from there into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add Vega, and to a wheel `sql/` too, which an editable install finds in the checkout."""
        self._write_vega()
        build_data["artifacts"].append(str(VEGA))
        if version == "standard":
            build_data["force_include"]["sql"] = "dagster_project/sql"

    def _write_vega(self) -> None:
        """Write Vega, unless it is there already as this version of `vl-convert-python` makes it."""
        made_by = f"vl-convert-python {metadata.version('vl-convert-python')}"
        mark = f"// Vega, Vega-Lite and Vega-Embed, as bundled by {made_by}\n"
        file = Path(self.root) / VEGA
        if not file.exists() or not file.read_text(encoding="utf-8").startswith(mark):
            half = file.with_suffix(".tmp")
            half.write_text(mark + vl_convert.javascript_bundle(), encoding="utf-8")
            half.replace(file)
