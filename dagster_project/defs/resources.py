"""Makes the resources of all assets and jobs: the settings of this process, and their home.

Reading settings belongs in `dagster_project.config`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import dagster as dg

from dagster_project.config import Settings, load_settings
from dagster_project.lake.home import Home


@dataclass(frozen=True, slots=True)
class Papers:
    """Settings from the environment, overridden by the flags of the command line.

    It is not a configurable resource, so that the config of a run cannot name a folder or read the environment.
    """

    flags: Mapping[str, object] = field(default_factory=dict)

    def settings(self) -> Settings:
        """Return the settings of this run."""
        return load_settings(**self.flags)

    def home(self) -> Home:
        """Return the home of this run."""
        return Home.from_settings(self.settings())


def make_resources(papers: Papers) -> dict[str, object]:
    """Return the resources by name.

    The results of a build go to its caller in memory, since no run reads the output of another. Dagster's own default
    would write them to a folder that the config of a run may name.
    """
    return {"papers": papers, "io_manager": dg.mem_io_manager}
