"""Loads the files under `sql/`, orders them and runs them on a given connection.

The meaning of a table belongs in its SQL; when and where a warehouse is built belongs in `publish`.
"""
