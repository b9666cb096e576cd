"""Builds a warehouse of Hugging Face's Daily Papers: digests and votes become Parquet, then a star schema in DuckDB."""
