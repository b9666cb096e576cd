"""Hugging Face's Daily Papers as a warehouse: digests and votes become Parquet, then a star schema in DuckDB."""
