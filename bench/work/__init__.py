"""The phases: each function runs in a process of its own, on a home, and returns figures.

Functions take and return what JSON can hold. Times of what they only prepare do not count.
"""
