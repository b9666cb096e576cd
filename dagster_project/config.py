"""Settings: the only module that reads the environment or `.env`.

Every limit of the program is a field here, with its unit and default. Each source declares its own addresses
(`sources/registry.py`); this module only reads them. The use of a setting belongs in the package that needs it.

A variable of the environment comes before one of the home's `.env`, and that before one of the checkout's. No other
folder's `.env` is read, since the command may be typed in a folder of somebody else's.
"""

import datetime as dt
import os
import re
import shlex
import shutil
import string
from importlib.metadata import version
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import (
    AfterValidator,
    BaseModel,
    ByteSize,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
)

from dagster_project.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
IS_INSTALLED = (PACKAGE / "sql").is_dir()
"""Whether the package was installed from a wheel, which contains `sql/`; in a checkout, `sql/` is beside it."""
SQL = (PACKAGE if IS_INSTALLED else CHECKOUT) / "sql"
DEFAULT_HOME = user_data_path("daily-papers-warehouse", appauthor=False) if IS_INSTALLED else CHECKOUT / "warehouse"
ENV_FILE = None if IS_INSTALLED else CHECKOUT / ".env"
"""The checkout's file of settings."""
SAMPLE = PACKAGE / "sample"
VERSION = version("daily-papers-warehouse")

Engine = Literal["duckdb", "spark"]


def advise_extra(name: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'daily-papers-warehouse[{name}]'" if IS_INSTALLED else f"uv sync --extra {name}"


ADDRESS = re.compile(r"PAPERS_(\w+_URL)")
"""Matches the variables that hold the addresses of sources."""
WITHOUT_PREFIX = frozenset(
    {"hf_token", "http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"}
)
"""Settings that other programs read too, under the same name."""
FOLDERS = ("PAPERS_HOME", "PAPERS_LOCAL", "PAPERS_ARCHIVES", "PAPERS_SEARCHES")
"""Variables that hold a path, which in a `.env` of the checkout is relative to it."""
MOST_TIME = 100_000
"""The most hours or days of a limit: Python counts no further than so many years."""
ACCEPTED = re.compile(r"(\w*)(?:=(\d+))?")
"""Matches a check or a source whose problems are known: its name, and the number of rows that may break its rule."""


def name_variable(field: str) -> str:
    """Return the name of a setting's variable."""
    return field.upper() if field in WITHOUT_PREFIX else f"PAPERS_{field.upper()}"


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


def check_site_address(address: str | None) -> str | None:
    """Return the address of a site with a slash at its end.

    Raises:
        ValueError: no host serves a folder there.
    """
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be the address of a folder, such as https://example.org/papers/")
    return address.rstrip("/") + "/"


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
    path = Path(text).expanduser().absolute()
    try:
        str(path).encode()
    except UnicodeEncodeError:  # bytes that are not UTF-8 stand in a path as surrogates
        raise ValueError("its path is not UTF-8, as DuckDB and Parquet need it; choose another folder") from None
    return path


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


def _check_command(command: str | None) -> str | None:
    """Return a command, after a check that it can be split into words."""
    if command is not None and not any(shlex.split(command)[:1]):
        raise ValueError("names no command")
    return command


def _check_accepted(names: str) -> str:
    """Return a list of names, after a check that each may have a number of rows."""
    for name in names.split(","):
        if not ACCEPTED.fullmatch(name.strip()):
            raise ValueError("must be names with commas between, each with =NUMBER if need be")
    return names


class Settings(BaseModel):
    """All settings of a run, which `load_settings` reads. Each field's variable is that of `name_variable`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, validate_default=True)

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
        {},
        repr=False,  # they may hold a password
        description="where sources are asked, by the name of the variable without `PAPERS_`, in lower case",
    )
    archives: Path | None = Field(
        None,
        description="TOML file of the git archives, a table `[[archive]]` each with `name`, `url`, `path`, `format` "
        "and `licence`; by default the bundled list of public ones",
    )
    archive_bytes: ByteSize = Field(
        ByteSize(2 * 1024**3), description="what the clone of an archive may take on the disk", gt=0
    )
    archive_timeout: float = Field(900, description="seconds to clone and read one archive", gt=0)
    searches: Path | None = Field(
        None,
        description="TOML file of the saved searches that the site has feeds of, a table `[[search]]` each with "
        "`name`, `title` and conditions (`docs/site.md`); by default the bundled list",
    )
    hf_token: Annotated[SecretStr | None, AfterValidator(_read_token)] = Field(
        None, description="token for a higher rate limit; sent to `huggingface.co` alone, over HTTPS"
    )
    http_proxy: SecretStr | None = Field(None, description="proxy for `http:` addresses")
    https_proxy: SecretStr | None = Field(None, description="proxy for `https:` addresses")
    all_proxy: SecretStr | None = Field(
        None, description="proxy for addresses without one of their own: `http:`, `https:`, `socks5:` or `socks5h:`"
    )
    no_proxy: str = Field(
        "",
        description="hosts that are asked without a proxy, with commas between: names (and all below them), addresses, "
        "networks as `10.0.0.0/8`, each with a `:port` if need be; `*` is all",
    )
    ssl_cert_file: Path | None = Field(None, description="file of certificates to trust in place of those of `certifi`")
    ssl_cert_dir: str | None = Field(
        None, description="folder of certificates to trust in place of those of `certifi`, as `c_rehash` makes it"
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
    keep_release_days: float | None = Field(
        None, description="days after which releases are removed, but for the newest three", gt=0, le=MOST_TIME
    )
    keep_runs: int = Field(14, description="days that runs stay in Dagster's history", ge=1)
    max_age: float = Field(
        48,
        description="hours without a build that confirms the release, after which `papers status --check` fails",
        gt=0,
        le=MOST_TIME,
    )
    max_silence: float = Field(
        4,
        description="days without an answer of a source, after which `papers status --check` fails",
        gt=0,
        le=MOST_TIME,
    )
    max_quiet: float = Field(
        10,
        description="days without a newer list of papers, after which `papers status --check` fails though the source "
        "answers: weekends and holidays have none",
        gt=0,
        le=MOST_TIME,
    )
    min_free: ByteSize = Field(
        ByteSize(1024**3),
        description="free space on the home's disk below which `papers status --check` fails; it needs twice the size "
        "of the release if that is more",
        ge=0,
    )
    accepted: Annotated[str, AfterValidator(_check_accepted)] = Field(
        "days_answered_in_full,papers_stay_on_their_lists",
        description="checks and sources whose problems `papers status --check` leaves out, with commas between; with "
        "`=NUMBER`, those of a check up to so many rows",
    )
    on_failure: Annotated[str | None, AfterValidator(_check_command)] = Field(
        None,
        repr=False,  # it may hold a secret address
        description="command that is run when a build or another run fails, with the problem on its standard input and "
        "in `PAPERS_PROBLEM`; words are split as a shell does, but no shell runs it. Not read from the home's `.env`",
    )
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

    site_address: Annotated[str | None, AfterValidator(check_site_address)] = Field(
        None, description="where the public site will be, as `https://example.org/papers/`: its feeds link there"
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


def drop_empty_variables() -> None:
    """Remove the empty variables of this process: an empty one is an unset one, for the libraries too.

    An empty list, of nothing but colons, is empty too; as `TZ` it stops DuckDB.
    """
    for name in [name for name, value in os.environ.items() if not value.strip(string.whitespace + ":")]:
        del os.environ[name]


def read_env_files(home: object = None) -> dict[Path, dict[str, str]]:
    """Return the variables of the checkout's `.env`, and then of the home's, by the file's path.

    `home` is the home if a flag names it. The home's own file cannot name another; one in a bucket has no such file.

    Raises:
        SettingsError: a file cannot be read, or is not UTF-8; the text names it.
    """
    files: dict[Path, dict[str, str]] = {}
    if ENV_FILE:
        files[ENV_FILE] = _read_env_file(ENV_FILE)
        for name in files[ENV_FILE].keys() & set(FOLDERS):
            files[ENV_FILE][name] = _anchor(files[ENV_FILE][name], ENV_FILE.parent)
    named = (given.get("PAPERS_HOME") for given in (os.environ, *files.values()))
    home = str(home or next(filter(None, named), DEFAULT_HOME))
    if "://" not in home:
        file = Path(home).expanduser().absolute() / ".env"
        files[file] = _read_env_file(file)
        files[file].pop("PAPERS_HOME", None)
        if "PAPERS_ON_FAILURE" in files[file]:  # a home may be a copy of somebody else's
            raise SettingsError(f"{file} sets PAPERS_ON_FAILURE, a command; set it in the environment instead")
    return files


def _read_env_file(file: Path, *, interpolate: bool = True) -> dict[str, str]:
    """Return the variables of a file by their name in capitals; none if there is no such file."""
    if not os.access(file, os.F_OK):
        return {}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except IsADirectoryError:
        return {}
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}; make it yours to read, or move it away") from None
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # UTF-16, or no text at all
        raise SettingsError(f"{file} is not UTF-8; save it as UTF-8")
    found = dotenv_values(stream=StringIO(text), interpolate=interpolate)
    return {name.upper(): value for name, value in found.items() if value and value.strip()}


def _anchor(folder: str, place: Path) -> str:
    """Return a folder that a file names, relative to the place of that file."""
    return folder if ":/" in folder else str(place / Path(folder).expanduser())


def list_given_addresses(home: object = None) -> dict[Path, list[str]]:
    """Return the variables of sources' addresses that each `.env` sets, and the environment does not."""
    files = read_env_files(home)
    return {
        file: names
        for file, given in files.items()
        if (names := sorted(name for name in given if ADDRESS.fullmatch(name) and not os.environ.get(name)))
    }


def describe_stray_file(settings: "Settings") -> str | None:
    """Return a line on the `.env` of the current folder if it holds settings of ours and is not read, else None.

    Of the values it shows only the home's: an address may hold a password, and the others say nothing.
    """
    stray = Path(".env")
    try:
        if not stray.is_file() or any(file.exists() and file.samefile(stray) for file in read_env_files(settings.home)):
            return None
        given = _read_env_file(stray, interpolate=False)
    except (SettingsError, OSError):
        return None
    ours = [name for name in given if name.startswith("PAPERS_") or name == "HF_TOKEN"]
    if not ours:
        return None
    names = ", ".join(f"{name}={given[name]}" if name == "PAPERS_HOME" else name for name in ours)
    own = f"{settings.home}/.env" if settings.local_folder is None else "the environment"
    return f"{stray.absolute()} is not read; it sets {names}. Settings belong in {own}, PAPERS_HOME in the environment"


def find_first_problem(error: ValidationError) -> tuple[tuple[int | str, ...], str]:
    """Return where the first problem of a validation lies, and what it is; it never shows the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    return first["loc"], first["msg"].removeprefix("Value error, ")


def load_settings(**flags: Any) -> Settings:
    """Return the settings; every flag that is not None overrides the environment and the files.

    Raises:
        SettingsError: a value is invalid; the text names the variable and never shows its value.
    """
    flags = {name: value for name, value in flags.items() if value is not None}
    variables: dict[str, str] = {}
    for given in read_env_files(flags.get("home")).values():
        variables |= given
    variables |= {name.upper(): value for name, value in os.environ.items() if value.strip()}
    fields = {field: variables.get(name_variable(field)) for field in Settings.model_fields}
    addresses = {
        name.removeprefix("PAPERS_").lower(): value for name, value in variables.items() if ADDRESS.fullmatch(name)
    }
    given = {field: value for field, value in fields.items() if value} | flags
    try:
        return Settings.model_validate(given | {"addresses": addresses | flags.get("addresses", {})})
    except ValidationError as error:
        (field, *_), problem = find_first_problem(error)
        raise SettingsError(f"{name_variable(str(field))}: {problem}") from None
