"""The demo: a seeded world of families, two programmes, three months, to closed and proven books.

It uses the engine's public doors only and plays the bank with the simulator. Its clock is fixed,
so the same plan gives the same files and the same ledger head, interrupted or not.
"""

from cct_engine.demo.facts import DemoFacts
from cct_engine.demo.plan import PERIODS, DemoPlan
from cct_engine.demo.play import DatabaseInUse, Listener, play, stage_count

__all__ = ["PERIODS", "DatabaseInUse", "DemoFacts", "DemoPlan", "Listener", "play", "stage_count"]
