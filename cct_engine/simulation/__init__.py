"""What if: another law over the sealed inputs of a cycle, family by family, touching no books.

The comparison says who would gain and who would lose, by how much, and what it costs by component
and district. It must not know a ledger, nor write anything but what it is asked to.
"""

from cct_engine.simulation.page import page
from cct_engine.simulation.simulate import OtherProgramme, simulate
from cct_engine.simulation.values import (
    KINDS,
    ComponentChange,
    DistrictChange,
    FamilyChange,
    KindOfChange,
    Simulation,
)
from cct_engine.simulation.writing import write_out

__all__ = [
    "KINDS",
    "ComponentChange",
    "DistrictChange",
    "FamilyChange",
    "KindOfChange",
    "OtherProgramme",
    "Simulation",
    "page",
    "simulate",
    "write_out",
]
