"""What Spark says in another way is translated, and what it cannot do is refused."""

import pytest
from sqlglot.errors import UnsupportedError

from dagster_project.models.engines.spark_sql import spark_type, to_spark


def test_keys_are_made_of_hexadecimal_digits_on_spark_too():
    translated = to_spark("SELECT CAST('0x' || substr(md5(a), 1, 15) AS BIGINT) AS a_key FROM t")
    assert translated == "SELECT CAST(CONV(SUBSTRING(MD5(a), 1, 15), 16, 10) AS BIGINT) AS a_key FROM t"


def test_what_spark_cannot_do_is_refused():
    with pytest.raises(UnsupportedError):
        to_spark("SELECT arg_max(a, b, 3) AS x FROM t")


@pytest.mark.parametrize(
    ("kind", "on_spark"), [("VARCHAR", "STRING"), ("TIMESTAMP", "TIMESTAMP_NTZ"), ("VARCHAR[]", "ARRAY<STRING>")]
)
def test_types_have_their_names_on_spark(kind, on_spark):
    assert spark_type(kind) == on_spark
