"""From dates to raw bytes: the only room with a network.

One module a source, and `registry`, which holds all that differs between sources; `client` has the HTTP behaviour that
they share. Whether an answer can be what was asked for is judged by the rules of `parse`, which knows the formats.
Where the bytes are kept belongs in `lake`.
"""
