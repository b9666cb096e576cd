"""Stores raw bytes and Parquet: the raw store, the fetch log, and the tables by source and day.

Every file is written under a temporary name in its own folder, flushed to the disk and renamed. The meaning of rows
belongs in `parse` and `validate`; the models that read them belong in `models`.
"""
