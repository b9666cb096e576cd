"""Writes the public site of a release: a folder of static files that any file host serves.

It holds the dashboard, pages that ask the warehouse in the browser, feeds, and the data package. Everything is made
from the release in use; the figures of a release belong in `sql/`, its publishing in `publish`.
"""
