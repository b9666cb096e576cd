"""Settings: the only module that reads the environment or `.env`.

Every limit of the program is a field here, with its unit and default. Each source declares its own addresses
(`sources/registry.py`); this module only reads them. The use of a setting belongs in the package that needs it.
"""

import datetime as dt
import os
import re
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import AfterValidator, ByteSize, Field, PlainValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dagster_project.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
IS_INSTALLED = (PACKAGE / "sql").is_dir()
"""Whether the package was installed from a wheel, which contains `sql/`; in a checkout, `sql/` is beside it."""
SQL = (PACKAGE if IS_INSTALLED else CHECKOUT) / "sql"
DEFAULT_HOME = user_data_path("daily-papers-warehouse", appauthor=False) if IS_INSTALLED else CHECKOUT / "warehouse"
SAMPLE = PACKAGE / "sample"
VERSION = version("daily-papers-warehouse")

Engine = Literal["duckdb", "spark"]


def advise_extra(name: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'daily-papers-warehouse[{name}]'" if IS_INSTALLED else f"uv sync --extra {name}"


ADDRESS = re.compile(r"PAPERS_(\w+_URL)")
"""Matches the variables that hold the addresses of sources."""


def check_address(address: str) -> None:
    """Check that an address is usable once `{date…}` is filled in.

    Raises:
        ValueError: the address is not usable; the text says why.
    """
    try:
        filled = address.format(date=dt.date(2024, 1, 25))
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        raise ValueError("only {date:…} can be filled in, for example {date:%Y/%m/%d}") from error
    if not filled.startswith(("http://", "https://", "file:///")):
        raise ValueError("must begin with http://, https:// or file:///")
    try:
        parts = urlsplit(filled)
        has_host = parts.scheme == "file" or (parts.hostname and parts.port != 0)
    except ValueError:
        has_host = False
    if not has_host:
        raise ValueError("names no host that can be asked")


def _read_token(token: SecretStr | None) -> SecretStr | None:
    """Return a token without surrounding white space.

    Raises:
        ValueError: a header cannot carry the token; the HTTP client's own error would show it.
    """
    secret = token.get_secret_value().strip() if token else ""
    if not (secret.isascii() and secret.isprintable()):
        raise ValueError("holds a character that no token has; it must be the token and nothing else")
    return SecretStr(secret) if secret else None


def _read_home(home: object) -> Path:
    """Return the path of a home: a local folder, or a folder in a bucket with the methods of a `Path`."""
    text = str(home)
    if text.startswith("s3:"):
        return _open_bucket(text)
    if "://" in text:
        raise ValueError("must be a local folder, or s3://bucket/folder")
    return Path(text).expanduser().absolute()


def _open_bucket(address: str) -> Path:
    bucket, _, folder = address.removeprefix("s3://").strip("/").partition("/")
    if not address.startswith("s3://") or not bucket or not folder:
        raise ValueError("must name a bucket and a folder in it: s3://bucket/folder")
    if find_spec("s3fs") is None:
        raise ValueError(f"a home in a bucket needs more packages: {advise_extra('s3')}")
    from upath import UPath  # an extra

    # Other machines write to the bucket, so listings are not cached. A UPath has a Path's methods but not its type.
    return cast("Path", UPath(f"s3://{bucket}/{folder}", use_listings_cache=False))


def _check_engine(engine: Engine) -> Engine:
    """Return the engine, after a check that its dependencies are installed."""
    if engine == "spark":
        if find_spec("pyspark") is None:
            raise ValueError(f"Spark is not installed: {advise_extra('spark')}")
        if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
            raise ValueError("Spark needs Java 17 or later, and there is no `java`")
    return engine


class Settings(BaseSettings):
    """All settings of a run. Flags of the command line are passed as keyword arguments."""

    model_config = SettingsConfigDict(
        env_prefix="PAPERS_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    home: Annotated[Path, PlainValidator(_read_home)] = Field(
        DEFAULT_HOME,
        description="folder of the raw bytes, the lake and the releases: by default `warehouse/` in a checkout, the "
        "user's data folder for an installed package; `s3://bucket/folder` needs the extra `s3`",
    )
    local: Path | None = Field(
        None,
        description="local folder of a home in a bucket: for releases in the making, those that were pulled, and "
        "Dagster's history; `warehouse/s3/<bucket>/<folder>` by default",
    )
    lease: float = Field(
        60,
        description="seconds without a renewal after which another machine may take the lock of a home in a bucket",
        ge=1,
    )
    addresses: dict[str, str] = Field(
        {}, description="where sources are asked, by the name of the variable without `PAPERS_`, in lower case"
    )
    hf_token: Annotated[SecretStr | None, AfterValidator(_read_token)] = Field(
        None, validation_alias="HF_TOKEN", description="token for a higher rate limit; sent to that host alone"
    )
    max_bytes: ByteSize = Field(
        ByteSize(32 * 1024**2), description="largest answer that is taken, after decompression", gt=0
    )
    connect_timeout: float = Field(10, description="seconds to wait for a connection", gt=0)
    read_timeout: float = Field(30, description="seconds to wait for the next bytes of an answer", gt=0)
    request_timeout: float = Field(120, description="seconds for one answer as a whole", gt=0)
    attempts: int = Field(4, description="tries for a request that fails for a moment", ge=1)
    max_wait: float = Field(330, description="longest wait in seconds that a server may ask for", ge=0)
    concurrency: int = Field(8, description="days that are fetched at the same time", ge=1)
    requests_per_second: float = Field(200, description="requests sent in a second, at most", gt=0)
    processes: int = Field(0, description="processes that read days, where there are many; 0 is one a core", ge=0)
    keep_releases: int = Field(3, description="releases that are kept", ge=3)
    memory_limit: ByteSize | None = Field(
        None,
        description="memory that DuckDB may use to build a release, as `6GB`, before it uses the disk; "
        "by default four fifths of the machine's",
        gt=0,
    )
    engine: Annotated[Engine, AfterValidator(_check_engine)] = Field(
        "duckdb", description="what runs the models; `spark` needs the extra `spark` and Java 17"
    )
    spark_master: str = Field(
        "local[*]", description="Spark's master: `local[*]`, or the address of a cluster that shares the home's folder"
    )
    storage_version: str = Field(
        "v1.0.0", description="DuckDB storage version of a release; the oldest lets the oldest clients read it"
    )

    @property
    def workers(self) -> int:
        """The number of processes that parse days."""
        return self.processes or os.cpu_count() or 1

    @property
    def local_folder(self) -> Path | None:
        """The local folder of a home in a bucket; None for a home on a disk."""
        address = str(self.home)
        if not address.startswith("s3://"):
            return None
        chosen = self.local or DEFAULT_HOME / "s3" / address.removeprefix("s3://")
        return chosen.expanduser().absolute()

    @property
    def used_spark_master(self) -> str | None:
        """Spark's master if Spark is the engine, otherwise None."""
        return self.spark_master if self.engine == "spark" else None


def read_addresses() -> dict[str, str]:
    """Return the addresses of sources from the environment and `.env`, by the name of the setting."""
    file = Settings.model_config.get("env_file")
    given = (dotenv_values(str(file)) if file else {}) | os.environ
    found = {name: value for name, value in given.items() if value and ADDRESS.fullmatch(name)}
    return {name.removeprefix("PAPERS_").lower(): value for name, value in found.items()}


def load_settings(**flags: Any) -> Settings:
    """Return the settings; every flag that is not None overrides the environment.

    Raises:
        SettingsError: a value is invalid; the text names the variable and never shows its value.
    """
    try:
        given = {name: value for name, value in flags.items() if value is not None}
        addresses = read_addresses() | given.pop("addresses", {})
        return Settings(addresses=addresses, **given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0])
        name = field if field == "HF_TOKEN" else f"PAPERS_{field.upper()}"
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
