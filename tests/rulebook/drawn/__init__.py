"""Random laws: valid rulebooks that combine what no written law combines.

A seed gives a law, its first cycle and its households; three cycles are calculated one after the
other with the memory and the open money each leaves to the next. What the statement gives on
DuckDB, the statement on PostgreSQL and the plain reading must be the same in every cell.
"""
