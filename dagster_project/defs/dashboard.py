"""The dashboard as an asset: the page, written anew after every publish."""

import dagster as dg

from dagster_project import pipeline
from dagster_project.dashboard.page import write_dashboard
from dagster_project.defs.papers import Papers
from dagster_project.defs.warehouse import RELEASE


@dg.asset(deps=[RELEASE], group_name="bi", kinds={"html", "altair"})
def dashboard(papers: Papers) -> dg.MaterializeResult:
    """What the marts say, as one page that works from a file and on any static host. Written by `papers dashboard`."""
    home = papers.home()
    with pipeline.writing(home):
        path = write_dashboard(home)
    return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(path)), "bytes": path.stat().st_size})
