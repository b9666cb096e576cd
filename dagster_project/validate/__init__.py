"""What a good row is: the schemas of the lake's tables, and how good rows are split from rejects.

Reading formats belongs in `parse`, files in `lake`.
"""
