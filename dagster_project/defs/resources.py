"""What every asset and job is given: the settings of this process, and the home that they name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import dagster as dg

from dagster_project.config import Settings, load_settings
from dagster_project.lake.home import Home


@dataclass(frozen=True, slots=True)
class Papers:
    """Settings from the environment, with what the command line gave above them.

    It is no configurable resource: nothing that a run is started with can name a folder or read the environment.
    """

    flags: Mapping[str, object] = field(default_factory=dict)

    def settings(self) -> Settings:
        """Return the settings of this run."""
        return load_settings(**self.flags)

    def home(self) -> Home:
        """Return the home of this run."""
        return Home.from_settings(self.settings())


def make_resources(papers: Papers) -> dict[str, object]:
    """Return what assets and jobs are given by name.

    What came of a build goes back to its caller in memory: no run reads what another put down.
    """
    return {"papers": papers, "memory": dg.mem_io_manager}
