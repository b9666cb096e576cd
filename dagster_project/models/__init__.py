"""Finds the files under `sql/`, puts them in order and runs them on a connection that it is given.

What a table means stands in the SQL itself; when and where a warehouse is built belongs in `publish`.
"""
