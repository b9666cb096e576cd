"""Dates in, raw bytes out: the only room that talks to a network.

One module a source, one for the HTTP manners that they share. What the bytes say belongs in `parse`; where they
are kept belongs in `lake`.
"""
