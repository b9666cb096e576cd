"""Writes what Superset holds back to `assets/`, so that a change made in the browser can be kept.

    uv run --project bi/superset bi/superset/export.py [--home DIR] [--to DIR]

It is Superset's own export, less what differs from one installation to the next: numbers in its database, times, the
place of the home, and what the warehouse itself says of its columns.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import click
import yaml
from start import ASSETS, CONNECTION, home_of, home_option, superset_of

Payload = dict[str, Any]
WORKED_OUT = (
    "chart_configuration",
    "chartsInScope",
    "color_scheme_domain",
    "global_chart_configuration",
    "map_label_colors",
    "shared_label_colors",
    "tabsInScope",
)
"""What the page stores with a dashboard and works out again when it is opened."""


class Dumper(yaml.SafeDumper):
    """Writes text of several lines as such, so that two versions of it can be compared."""


Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def portable_column(column: Payload) -> Payload | None:
    """Return what the warehouse does not say of a column: all of a computed one, else a label; None without one."""
    if column["expression"]:
        return column
    own = {name: value for name, value in column.items() if name not in ("type", "description", "expression")}
    return own if column["verbose_name"] else None


def portable_query(text: str | None) -> str | None:
    """Return the queries of a chart as they are saved with it, without the number of its dataset."""
    if text is None:
        return None
    queries = [{**query, "url_params": {}} for query in json.loads(text)["queries"]]
    return json.dumps({"force": False, "queries": queries}, indent=1, ensure_ascii=False, sort_keys=True)


def portable_dashboard(payload: Payload, numbers: dict[str, int]) -> None:
    """Number a dashboard's charts as `numbers` says by UUID, and leave out what Superset works out again."""
    parts = [
        part["meta"] for part in payload["position"].values() if isinstance(part, dict) and part["type"] == "CHART"
    ]
    new = {part["chartId"]: numbers[part["uuid"]] for part in parts if part.get("uuid") in numbers}
    for part in parts:
        part["chartId"] = new.get(part["chartId"])
    metadata = payload["metadata"]
    for worked_out in WORKED_OUT:
        metadata.pop(worked_out, None)
    for narrowing in metadata.get("native_filter_configuration", []):
        for worked_out in WORKED_OUT:
            narrowing.pop(worked_out, None)
        scope = narrowing.get("scope", {})
        scope["excluded"] = sorted(new[number] for number in scope.get("excluded", []) if number in new)


def portable(files: dict[str, Payload]) -> dict[str, Payload]:
    """Return the files of an export, by path, as they would be from any other installation."""
    numbered = re.compile(r"^(charts|dashboards|datasets|queries)(/.+)_\d+\.yaml$")
    files = {numbered.sub(r"\1\2.yaml", name): payload for name, payload in files.items()}
    charts = sorted(name for name in files if name.startswith("charts/"))
    numbers = {files[name]["uuid"]: number for number, name in enumerate(charts, 1)}
    for name, payload in files.items():
        match name.partition("/")[0]:
            case "metadata.yaml":
                del payload["timestamp"]
            case "databases":
                payload["sqlalchemy_uri"] = CONNECTION
            case "datasets":
                payload["description"] = payload["description"] if payload["sql"] else None
                columns = filter(None, map(portable_column, payload["columns"]))
                payload["columns"] = sorted(columns, key=lambda column: column["column_name"])
            case "charts":
                for number in ("datasource", "slice_id", "dashboards", "dashboardId"):
                    payload["params"].pop(number, None)
                payload["query_context"] = portable_query(payload["query_context"])
            case "dashboards":
                portable_dashboard(payload, numbers)
    return files


@click.command()
@home_option
@click.option("--to", type=click.Path(path_type=Path), default=ASSETS, help="Folder to make, in place of assets/.")
def main(home: Path | None, to: Path) -> None:
    """Replace assets/ by what Superset holds."""
    home = home_of(home)
    if not (home / "superset" / "superset.db").exists():
        raise click.ClickException(f"{home} holds no Superset; start.py makes it")
    if to != ASSETS and to.exists():
        raise click.ClickException(f"{to} is there already")
    with superset_of(home).app_context():
        from superset import security_manager
        from superset.commands.export.assets import ExportAssetsCommand
        from superset.utils.core import override_user

        with override_user(security_manager.find_user("admin")):
            exported = {name: yaml.safe_load(content()) for name, content in ExportAssetsCommand().run()}
    files = portable(exported)
    if len(files) < len(exported):
        raise click.ClickException("two charts, or two dashboards, have the same name; give one another")
    shutil.rmtree(to, ignore_errors=True)
    for name, payload in files.items():
        file = to / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.dump(payload, Dumper=Dumper, allow_unicode=True, width=120))


if __name__ == "__main__":
    main()
