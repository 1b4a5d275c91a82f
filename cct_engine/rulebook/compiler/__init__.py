"""From a rulebook and a month to one statement; knows no database and opens no file."""

from cct_engine.rulebook.compiler.compile import OUTLETS, QUEUE, Compiled, compile_cycle
from cct_engine.rulebook.compiler.parameters import NotInForce, ParameterRead
from cct_engine.rulebook.compiler.plan import Layer
from cct_engine.rulebook.compiler.standing import WAITING_LIST
from cct_engine.rulebook.compiler.unwritable import NotCompiled, TooLarge, Unwritable

__all__ = [
    "OUTLETS",
    "QUEUE",
    "WAITING_LIST",
    "Compiled",
    "Layer",
    "NotCompiled",
    "NotInForce",
    "ParameterRead",
    "TooLarge",
    "Unwritable",
    "compile_cycle",
]
