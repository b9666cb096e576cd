"""The resource that tells every asset its settings and its home."""

import dagster as dg

from dagster_project.config import PACKAGE, Settings, load_settings
from dagster_project.lake.home import Home

SAMPLE = PACKAGE / "sample"
AGAIN = "papers/again"
"""The tag of a run that makes everything again: days that the lake seems to hold, and a release that seems in use."""


class Papers(dg.ConfigurableResource):
    """Settings from the environment, with the home set here above them."""

    home_folder: str | None = None
    engine: str | None = None

    def settings(self) -> Settings:
        """Return the settings of this run."""
        return load_settings(home=self.home_folder, engine=self.engine)

    def sample_settings(self) -> Settings:
        """Return the settings under which both sources read the bundled sample."""
        return load_settings(
            home=self.home_folder,
            engine=self.engine,
            digest_url=(SAMPLE / "digests").as_uri() + "/{date:%Y/%m/%d}.md",
            huggingface_url=(SAMPLE / "api").as_uri() + "/{date:%Y-%m-%d}",
            requests_per_second=10_000,
        )

    def home(self) -> Home:
        """Return the home of this run."""
        return Home.of(self.settings())
