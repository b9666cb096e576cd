"""Superset on the published warehouse, with one command: its own database, what `assets/` says, a server on loopback.

    uv run --project bi/superset bi/superset/start.py [--home DIR] [--port N]

Each start makes the connection, the datasets, the charts and the dashboard what the repository says that they are.
Superset's own settings belong in `superset_config.py`, the way back into the repository in `export.py`.
"""

import os
import secrets
import socket
import sys
from contextlib import redirect_stdout
from pathlib import Path

import click
from dotenv import dotenv_values
from flask import Flask
from sqlalchemy.exc import NoSuchTableError

HERE = Path(__file__).resolve().parent
ASSETS = HERE / "assets"
CONNECTION = "duckdb:///current/papers.duckdb"
"""The address of the warehouse as `assets/` has it, from its home."""
HOST = "127.0.0.1"

home_option = click.option(
    "--home", type=click.Path(path_type=Path), help="Folder of the warehouse.  [default: as for papers]"
)


def home_of(flag: Path | None) -> Path:
    """Return the home, found as `papers` finds it: by the flag, the environment, or `.env` of the checkout."""
    checkout = HERE.parents[1]
    named = flag or os.environ.get("PAPERS_HOME") or dotenv_values(checkout / ".env").get("PAPERS_HOME")
    return Path(named or checkout / "warehouse").expanduser().absolute()


def kept(file: Path) -> str:
    """Return the secret that a file keeps, and that only its owner can read; the first call makes it."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def superset_of(home: Path) -> Flask:
    """Return Superset's application, which keeps its own things in `home`/superset."""
    own = home / "superset"
    own.mkdir(mode=0o700, exist_ok=True)
    kept(own / "secret_key")
    os.environ |= {"SUPERSET_HOME": str(own), "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py")}
    from superset.app import create_app

    return create_app()


def written(warehouse: Path) -> dict[str, str]:
    """Return the files of `assets/` by their path in it, with the connection led to `warehouse`."""
    files = {str(file.relative_to(ASSETS)): file.read_text() for file in sorted(ASSETS.rglob("*.yaml"))}
    return {name: text.replace(CONNECTION, f"duckdb:///{warehouse}") for name, text in files.items()}


def make_as_written(warehouse: Path, password: str) -> None:
    """Bring Superset's database to its present shape, and what it holds to what `assets/` says."""
    import flask_migrate
    from superset import appbuilder, db, security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.sql.parse import Table
    from superset.utils.core import override_user

    flask_migrate.upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    admin = security_manager.find_user("admin") or security_manager.add_user(
        "admin", "Daily", "Papers", "admin@localhost", security_manager.find_role("Admin")
    )
    security_manager.reset_password(admin.id, password)
    with override_user(admin):
        ImportAssetsCommand(written(warehouse)).run()
        # The warehouse itself says which columns a table has, of which types, and what they mean.
        for dataset in db.session.query(SqlaTable).filter(SqlaTable.sql.is_(None)):
            try:
                dataset.fetch_metadata()
            except NoSuchTableError:
                click.echo(
                    f"warning: the release has no table {dataset.table_name}; `papers build` may add it", err=True
                )
            else:
                dataset.description = dataset.database.get_table_comment(Table(dataset.table_name, dataset.schema))
        db.session.commit()


@click.command()
@home_option
@click.option("--port", type=click.IntRange(1, 65535), default=8088, show_default=True, help=f"Port on {HOST}.")
def main(home: Path | None, port: int) -> None:
    """Start Superset on the published warehouse, for this machine alone."""
    home = home_of(home)
    warehouse = home / "current" / "papers.duckdb"
    if not warehouse.exists():
        raise click.ClickException(f"{home} holds no release yet; make one with: papers build --home {home}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise click.ClickException(f"{HOST}:{port}: {error.strerror}; name another with --port") from None

    click.echo("Making Superset ready …")
    password = os.environ.get("SUPERSET_ADMIN_PASSWORD")
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), superset_of(home).app_context():
        make_as_written(warehouse, password or kept(home / "superset" / "admin_password"))
    where = "SUPERSET_ADMIN_PASSWORD" if password else home / "superset" / "admin_password"
    click.echo(f"Superset: http://{HOST}:{port}/superset/dashboard/daily-papers/")
    click.echo(f"Log in as admin; the password is in {where}. Ctrl+C ends it.")
    sys.stdout.flush()
    # Python and gunicorn put the current folder, which may be a stranger's, on the path of modules.
    os.chdir(home / "superset")
    gunicorn = [sys.executable, "-P", "-m", "gunicorn", "superset.app:create_app()", "--bind", f"{HOST}:{port}"]
    gunicorn += ["--threads", "8", "--timeout", "120", "--no-control-socket", "--log-level", "warning"]
    os.execv(sys.executable, gunicorn)


if __name__ == "__main__":
    main()
