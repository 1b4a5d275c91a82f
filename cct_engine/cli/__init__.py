"""The console script ``cct``: every verb of the engine, for people and (``--json``) machines.

Exit codes: 0 done · 1 refused by a rule, or a check found something · 2 wrong words on the command
line · 3 a file that cannot be used · 4 no database · 70 a mistake of ours.
"""

from cct_engine.cli.main import main

__all__ = ["main"]
