"""Settings: the only module that reads the environment or `.env`.

Every limit of the program is a field here, with its unit and its default. What to do with a setting belongs in
the room that uses it.
"""

import datetime as dt
import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, ByteSize, Field, PlainValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dagster_project.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
SQL = CHECKOUT / "sql"

Engine = Literal["duckdb", "spark"]

DIGEST_URL = "https://raw.githubusercontent.com/l-yohai/daily_papers_ko/main/paper_logs/{date:%Y/%m/%d}.md"
DIGEST_INDEX_URL = DIGEST_URL.partition("{")[0] + "papers_list.csv"
HUGGINGFACE_URL = "https://huggingface.co/api/daily_papers"


def _is_template(url: str) -> str:
    """Check that `url` is a URL in which at most `{date…}` is filled in."""
    filled = _filled(url, dt.date(2024, 1, 25))
    if not filled.startswith(("http://", "https://", "file:///")):
        raise ValueError("must begin with http://, https:// or file:///")
    try:
        parts = urlsplit(filled)
        named = parts.scheme == "file" or (parts.hostname and parts.port != 0)
    except ValueError:
        named = False
    if not named:
        raise ValueError("names no host that can be asked")
    return url


def _filled(url: str, day: dt.date) -> str:
    try:
        return url.format(date=day)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        raise ValueError("only {date:…} can be filled in, for example {date:%Y/%m/%d}") from error


def _is_daily(url: str) -> str:
    """Check that the template names another address for another day."""
    days = [dt.date(2024, 1, 25), dt.date(2024, 1, 26), dt.date(2024, 2, 25), dt.date(2025, 1, 25)]
    if len({_filled(url, day) for day in days}) < len(days):
        raise ValueError("must hold the day's place, for example …/{date:%Y/%m/%d}.md")
    return _is_template(url)


def _is_token(token: SecretStr | None) -> SecretStr | None:
    """Take the white space off a token; refuse one that no header can carry, which would be shown in the error."""
    secret = token.get_secret_value().strip() if token else ""
    if not (secret.isascii() and secret.isprintable()):
        raise ValueError("holds a character that no token has; it must be the token and nothing else")
    return SecretStr(secret) if secret else None


def _is_place(home: object) -> Path:
    """Return a local folder, or one in a bucket, which is used as a path too."""
    text = str(home)
    if text.startswith("s3:"):
        return _in_bucket(text)
    if "://" in text:
        raise ValueError("must be a local folder, or s3://bucket/folder")
    return Path(text).expanduser().absolute()


def _in_bucket(address: str) -> Path:
    bucket, _, folder = address.removeprefix("s3://").strip("/").partition("/")
    if not address.startswith("s3://") or not bucket or not folder:
        raise ValueError("must name a bucket and a folder in it: s3://bucket/folder")
    if find_spec("s3fs") is None:
        raise ValueError("a home in a bucket needs more packages: uv sync --extra s3")
    from upath import UPath  # an extra

    # Others write there too: what was listed a moment ago says nothing. UPath has the methods of a Path, not its type.
    return cast("Path", UPath(f"s3://{bucket}/{folder}", use_listings_cache=False))


def _is_there(engine: Engine) -> Engine:
    """Check that what an engine needs is installed, before anything is fetched for it."""
    if engine == "spark":
        if find_spec("pyspark") is None:
            raise ValueError("Spark is not installed: uv sync --extra spark")
        if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
            raise ValueError("Spark needs Java 17 or later, and there is no `java`")
    return engine


class Settings(BaseSettings):
    """What a run may be told from outside; flags of the command line are passed in as keyword arguments."""

    model_config = SettingsConfigDict(
        env_prefix="PAPERS_", env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    home: Annotated[Path, PlainValidator(_is_place)] = Field(
        CHECKOUT / "warehouse",
        description="folder of the raw bytes, the lake and the releases; `s3://bucket/folder` needs "
        "`uv sync --extra s3`",
    )
    local: Path | None = Field(
        None,
        description="local folder of a home in a bucket: for releases in the making, those that were pulled, and "
        "Dagster's history; `warehouse/s3/<bucket>/<folder>` by default",
    )
    lease: float = Field(
        60, description="seconds after which a writer to a bucket that gave no sign is taken for dead", ge=1
    )
    digest_url: Annotated[str, AfterValidator(_is_daily)] = Field(
        DIGEST_URL, description="address of a day's digest, with `{date:…}` for the day; `file:///` works"
    )
    digest_index_url: Annotated[str, AfterValidator(_is_template)] | None = Field(
        None,
        description="address of the archive's own list of its papers, a CSV of `date,title,url`, for a check; "
        "the public archive's where its digests are read",
    )
    huggingface_url: Annotated[str, AfterValidator(_is_template)] = Field(
        HUGGINGFACE_URL,
        description="address of the `daily_papers` endpoint; or, with `file:///`, a folder of stored captures, "
        "`<date>/<captured_at>.json`",
    )
    hf_token: Annotated[SecretStr | None, AfterValidator(_is_token)] = Field(
        None, validation_alias="HF_TOKEN", description="token for a higher rate limit; sent to that host alone"
    )
    max_bytes: ByteSize = Field(
        ByteSize(32 * 1024**2), description="largest answer that is taken, after decompression", gt=0
    )
    connect_timeout: float = Field(10, description="seconds to wait for a connection", gt=0)
    read_timeout: float = Field(30, description="seconds to wait for the next bytes of an answer", gt=0)
    request_timeout: float = Field(120, description="seconds for one answer as a whole", gt=0)
    attempts: int = Field(4, description="tries for a request that fails in a passing way", ge=1)
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
    engine: Annotated[Engine, AfterValidator(_is_there)] = Field(
        "duckdb", description="what runs the models; `spark` needs `uv sync --extra spark` and Java 17"
    )
    spark_master: str = Field(
        "local[*]", description="Spark's master: `local[*]`, or the address of a cluster that shares the home's folder"
    )
    storage_version: str = Field(
        "v1.0.0", description="DuckDB storage version of a release; the oldest lets the oldest clients read it"
    )

    @property
    def workers(self) -> int:
        """Processes that read days."""
        return self.processes or os.cpu_count() or 1

    @property
    def local_folder(self) -> Path | None:
        """The local folder of a home in a bucket; None for a home on a disk, which is its own."""
        address = str(self.home)
        if not address.startswith("s3://"):
            return None
        chosen = self.local or CHECKOUT / "warehouse" / "s3" / address.removeprefix("s3://")
        return chosen.expanduser().absolute()

    @property
    def used_spark_master(self) -> str | None:
        """Spark's master where Spark is the engine."""
        return self.spark_master if self.engine == "spark" else None

    @property
    def index_url(self) -> str | None:
        """The address of the index; None where the digests are somebody else's and no index was named."""
        if self.digest_index_url is None and self.digest_url == DIGEST_URL:
            return DIGEST_INDEX_URL
        return self.digest_index_url


def spoken_command() -> str:
    """Return what a person types to call `papers`: under `uv run` the bare name is not on their path."""
    if "UV" not in os.environ:
        return "papers"
    return "uv run papers" if shutil.which("uv") else "python3 -m uv run papers"


def load_settings(**flags: object) -> Settings:
    """Return the settings, with `flags` that are not None put above the environment.

    Raises:
        SettingsError: a value cannot be used; the text names the variable and never shows a value.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0])
        name = field if field == "HF_TOKEN" else f"PAPERS_{field.upper()}"
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
