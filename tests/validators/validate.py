"""Runs the validators of Frictionless and Croissant on a data package, and reads all of its rows by both.

It prints what they find as JSON: errors, warnings, and the rows that each read of every table.
"""

import json
import logging
import sys
from pathlib import Path

import mlcroissant
from frictionless import Package


def check_frictionless(folder: Path) -> dict[str, object]:
    """Return what Frictionless says of `datapackage.json` and of every value of every file that it names."""
    report = Package(str(folder / "datapackage.json")).validate()
    return {
        "errors": [*report.errors, *(error.to_dict() for task in report.tasks for error in task.errors)],
        "warnings": [*report.warnings, *(warning for task in report.tasks for warning in task.warnings)],
        "rows": {task.name: task.stats.get("rows", 0) for task in report.tasks},
    }


def check_croissant(folder: Path) -> dict[str, object]:
    """Return what mlcroissant says of `croissant.json`, and how many records it reads of each set."""
    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    rows = {each.name: sum(1 for _ in dataset.records(each.id)) for each in dataset.metadata.record_sets}
    return {"errors": sorted(issues.errors), "warnings": sorted(issues.warnings), "rows": rows}


if __name__ == "__main__":
    logging.disable()
    place = Path(sys.argv[1]).resolve()
    sys.stdout.write(
        json.dumps({"frictionless": check_frictionless(place), "croissant": check_croissant(place)}, default=str) + "\n"
    )
