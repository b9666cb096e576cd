"""Fetches the raw bytes of days: the only package that uses the network.

It has one module a source, `registry` for all that differs between sources, and `client` for the HTTP behaviour that
they share. The formats belong in `parse`; the storage of the bytes belongs in `lake`.
"""
