"""The rule language read a second time, plainly: one household, one line after another, in Python.

Written from the description of the language, not from the compiler: it parses expressions itself,
counts ages on the calendar, keeps shares as fractions and walks ladders by ifs. What it and the
compiled statement give for random households must be the same, to the minor unit.
"""

from .calculation import calculate
from .law import PlainLaw

__all__ = ["PlainLaw", "calculate"]
