"""What runs models: DuckDB, or Spark. What a model is, and in which order they run, belongs in `models`."""
