"""Notices: one printable page that tells a family what it gets, why, and how to object.

Everything on it is in the explanation; this package only writes it out, in the family's language.
It must not know a database, nor names: persons are called as the explanation calls them.
"""

from cct_engine.notices.page import letter, notice

__all__ = ["letter", "notice"]
