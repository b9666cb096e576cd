# What a contributor types: `uv run just VERB`, or `just VERB` where just is installed. CI runs the same verbs.

set positional-arguments

uv := env("UV", "python3 -m uv") # `uv run` says where it lies
run := uv + " run --quiet"
others := "(bi or browser or bucket or damage or deploy or real or spark or ui or validators or wheel)"
quick := "tests/unit tests/sql --hypothesis-profile quick -n 3" # fewer generated examples than `just test` tries; some tests wait

[private]
list:
    @{{ just_executable() }} --list --unsorted

# Tests of single rooms and of every table, in about a minute
quick *options:
    {{ run }} pytest {{ quick }} "$@"

# All tests but those that do damage, need a browser, another program or an extra, or wait or take long
test *options:
    {{ run }} pytest "$@"

# Format, lint, types, layers, SQL, Dagster's definitions
[parallel]
check: _format _lint _types _layers _sql _portable _definitions

_format:
    {{ run }} ruff format --check .

_lint:
    {{ run }} ruff check .

_types:
    {{ run }} --isolated --no-compile-bytecode --all-extras pyright # it reads the extras' types, too

_layers:
    {{ run }} lint-imports

_sql:
    {{ run }} sqlfluff lint --processes 0 sql

_portable:
    {{ run }} python -m tools.sql_lint

_definitions:
    {{ run }} dg check defs

# Format, and correct what ruff and sqlfluff can correct
fix:
    {{ run }} ruff check --fix .
    {{ run }} ruff format .
    {{ run }} sqlfluff fix sql

# Write the pages and charts that are made from the code
docs:
    {{ run }} python -m tools.settings_table
    {{ run }} python -m tools.charts
    {{ run }} python -m tools.column_origins
    {{ run }} python -m tools.licences
    {{ run }} python -m tools.data_dictionary
    UPDATE_SNAPSHOT=1 {{ run }} pytest -n 0 tests/integration/test_dagster.py -k asset_graph

# The wheel, installed in an empty environment and in the container image
wheel *options:
    {{ run }} pytest -m 'wheel and not long' tests/integration/test_wheel.py tests/integration/test_container.py "$@"

# The quick tests on the newest DuckDB, with the lowest version of all else; DuckDB's lowest is that of the lock file
versions duckdb="2.0.1":
    {{ uv }} pip compile --quiet --resolution lowest-direct pyproject.toml \
        | sed 's/^duckdb==.*/duckdb=={{ duckdb }}/' \
        | {{ run }} --locked --no-compile-bytecode --with-requirements - pytest {{ quick }}

# Beside those of `just test`, all tests but the long ones, side by side; whole real archives are left to `just real`
others *options: recipes _validators
    {{ run }} --locked --all-extras pytest -m '{{ others }} and not (long or superset)' -n 3 \
        --ignore-glob 'tests/integration/test_*_archive*.py' "$@"

# All tests that read the real archives, where they are present
real *options:
    {{ run }} pytest -m 'real and not (long or spark or bucket or damage)' -n 3 tests/unit tests/integration "$@"

# Kills, full disks, bad networks, hostile input (in Chromium, too): every fault in its short form
damage *options:
    {{ run }} pytest -m 'damage and not long' -n 3 tests/reliability "$@"

# The dashboard, the site and Dagster's UI in Chromium
browser *options:
    {{ run }} pytest -m 'browser and not long' tests/browser "$@"

# The recipes and old clients that read a release, after `just recipes`
bi *options:
    {{ run }} pytest -m 'bi and not long' tests/bi "$@"

# The models on Spark; needs Java 17
spark *options:
    {{ run }} --locked --extra spark --extra s3 pytest -m 'spark and not long' --dist worksteal tests/integration/test_spark.py "$@"

# Homes in a bucket
bucket *options:
    {{ run }} --locked --extra s3 pytest -m 'bucket and not spark and not long' --dist worksteal tests/unit/lake tests/unit/publish tests/integration/test_bucket.py "$@"

# All of deploy/, with a worker killed; needs Debian's postgresql and redis-server
deploy *options:
    {{ run }} --locked --extra deploy pytest -m deploy tests/integration/test_deploy.py "$@"

# `papers ui` with its daemon: what it imports, refuses, starts, publishes and leaves behind
ui *options:
    {{ run }} pytest -m ui tests/integration/test_ui.py "$@"

_validators:
    {{ uv }} sync --locked --quiet --project tests/validators

# The long forms of the tests, those on a Spark cluster and in a bucket too
long *options:
    {{ run }} --extra spark --extra s3 pytest -m long "$@"

# Superset, with a lock of its own
superset *options:
    {{ uv }} sync --project bi/superset
    {{ run }} pytest -m superset tests/bi "$@"

# What Frictionless and Croissant say of the data package: their validators, with a lock of their own
validators *options: _validators
    {{ run }} pytest -m validators --dist worksteal tests/integration/test_data_package.py "$@"

# Each fault in its long form; writes docs/reliability.md
faults:
    {{ run }} --group fuzz python -m tests.reliability

# What the recipes and the tests of old clients run on
recipes:
    bi/recipes/install

# Known vulnerabilities: 0 none, 1 some, 2 nobody could be asked (-s osv: another service)
audit *options:
    .ci/audit "$@"

# All that a change must pass, from an empty environment
ci:
    .ci/run
