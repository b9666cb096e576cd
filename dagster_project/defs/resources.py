"""What every asset and job is given: the settings of this process, and the home that they name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
