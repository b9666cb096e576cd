"""What a good row is: the lake's schemas, and the parting of good rows from rejects.

The schemas are the one truth about the lake's columns. Reading formats belongs in `parse`, files in `lake`.
"""
