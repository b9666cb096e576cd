"""Runs models on DuckDB or Spark. The models and their order belong in `models.catalog`."""
