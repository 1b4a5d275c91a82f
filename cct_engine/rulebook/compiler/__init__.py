"""From a rulebook and a month to one statement; knows no database and opens no file."""

from cct_engine.rulebook.compiler.compile import OUTLETS, Compiled, compile_cycle
from cct_engine.rulebook.compiler.parameters import NotInForce, ParameterRead
from cct_engine.rulebook.compiler.place import NotCompiled
from cct_engine.rulebook.compiler.plan import Layer
from cct_engine.rulebook.compiler.standing import WAITING_LIST

__all__ = [
    "OUTLETS",
    "WAITING_LIST",
    "Compiled",
    "Layer",
    "NotCompiled",
    "NotInForce",
    "ParameterRead",
    "compile_cycle",
]
