"""Where bytes and Parquet lie: the raw store, the fetch log and the tables by source and day.

Everything is written to a temporary name in its own folder, flushed to the disk and renamed. What rows mean belongs in
`parse` and `validate`; how tables are made of them belongs in `models`.
"""
